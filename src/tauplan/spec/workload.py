"""What is computed: a model, trained or served, in a number format."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tauplan.spec.base import Spec
from tauplan.spec.load import Load
from tauplan.spec.quantity import Count, Duration, Fraction, Ratio, Total
from tauplan.spec.storage import OnDrives

Format = Literal[
    "fp32", "tf32", "bf16", "fp16", "fp8", "int8", "fp4", "nvfp4", "int4", "q8_0", "q4_0", "q4_k_m"
]
"""Number formats; int4 and the q formats store weights only, their products run in the activation format."""


class Precision(Spec):
    """Number formats of the parts of a model."""

    format: Format | None = Field(
        default=None, description="parts that are not given take what this format alone would give them"
    )
    weights: Format = Field(default="bf16", description="format in which weights are stored and streamed")
    activations: Format = Field(default="bf16", description="format in which GEMM inputs are stored")
    products: Format | None = Field(
        default=None, description="format that GEMMs run in; default: the wider of weights and activations"
    )
    attention: Format = Field(default="bf16", description="format of the attention products")
    kv_cache: Format = Field(default="bf16", description="format of cached keys and values")
    gradients: Format = Field(default="bf16", description="format in which gradients are reduced")


SoftwareDate = Annotated[str, Field(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")]


class Adapter(Spec):
    """Low-rank adapters (LoRA): they are trained, the model's own weights stay frozen."""

    rank: Count = Field(description="inner size of an adapter")
    targets: Literal["attention", "all"] = Field(
        default="attention", description="products that carry adapters: those of attention, or all"
    )


class Train(Spec):
    """Train a language model on a number of tokens."""

    task: Literal["train"]
    model: str = Field(description="catalogued model or path of a Hugging Face config.json")
    sequence: Count = Field(description="tokens per sequence")
    global_batch: Count = Field(description="sequences per optimizer step")
    tokens: Total = Field(description="tokens to train on in all")
    precision: Format | Precision = Field(
        default="bf16", description="one format or one per part of the model"
    )
    software: SoftwareDate | None = Field(
        default=None,
        description="release of the training software, YYYY-MM: which kernels it can have; default: the "
        "framework's, or today's",
    )
    framework: str = Field(
        default="Megatron", description="catalogued training framework: how its host issues kernels"
    )
    adapter: Adapter | None = Field(
        default=None, description="fine-tune low-rank adapters (LoRA) alone; default: train all weights"
    )
    optimizer: Literal["adam", "adam-bf16", "sgd"] = Field(
        default="adam", description="sets the bytes of optimizer state"
    )
    expert_imbalance: Ratio = Field(
        default=1.0, description="tokens of the busiest expert rank over the mean"
    )


class Serve(Spec):
    """Serve a language model: prompts in, tokens out, at a given batch."""

    task: Literal["serve"]
    model: str = Field(description="catalogued model or path of a Hugging Face config.json")
    prompt: Count = Field(description="prompt tokens per request")
    output: Count = Field(description="generated tokens per request")
    batch: Count | Literal["max"] = Field(
        default=1,
        description="concurrent sequences per replica, or 'max': the most that memory and tpot_limit allow",
    )
    requests: Total = Field(default=1.0, description="requests to answer in all")
    tpot_limit: Duration | None = Field(default=None, description="largest allowed time per output token")
    precision: Format | Precision = Field(
        default="bf16", description="one format or one per part of the model"
    )
    engine: str | None = Field(
        default=None,
        description="catalogued serving engine, for the simulation under load; default: the class",
    )
    framework: str | None = Field(
        default=None,
        description="catalogued framework that runs the model operator by operator (PyTorch eager): its host "
        "issues each kernel; default: an engine's fused kernels, replayed from graphs",
    )
    load: Load | None = Field(
        default=None, description="simulate this load: percentiles of latencies and goodput join the answer"
    )
    prefill_chunk: Count | None = Field(
        default=None, description="prompt tokens per forward pass; default: the whole prompt"
    )
    prefill_share: Annotated[float, Field(gt=0.0, lt=1.0)] | None = Field(
        default=None,
        description="share of the replicas that only prefill (disaggregated serving); default: all do both",
    )
    expert_imbalance: Ratio = Field(
        default=1.0, description="tokens of the busiest expert rank over the mean"
    )
    software_overhead: Duration | None = Field(
        default=None,
        description="host time per forward pass (scheduling, sampling); default from the catalogue",
    )


Workload = Annotated[Train | Serve, Field(discriminator="task")]


class Plan(Spec):
    """How the model is laid over the accelerators; data parallelism takes what the other ways leave."""

    tensor: Count = Field(default=1, description="tensor-parallel ways (TP)")
    pipeline: Count = Field(default=1, description="pipeline stages (PP)")
    context: Count = Field(default=1, description="context-parallel ways (CP)")
    expert: Count = Field(default=1, description="expert-parallel ways (EP), inside tensor x context x data")
    data: Count | None = Field(
        default=None, description="data-parallel ways (DP); default: count / (TP x PP x CP)"
    )
    micro_batch: Count = Field(default=1, description="sequences per micro-batch")
    interleave: Count = Field(default=1, description="model chunks per pipeline stage (virtual stages)")
    sequence_parallel: bool = Field(
        default=True, description="split norms and residuals over the tensor-parallel group"
    )
    recompute: Literal["none", "selective", "full"] = Field(
        default="none", description="activations recomputed in the backward pass"
    )
    zero: Literal[0, 1, 2, 3] = Field(
        default=1, description="ZeRO stage: shard optimizer (1), gradients (2), weights (3)"
    )
    overlap_data: Fraction = Field(
        default=0.9, description="share of data-parallel traffic that may hide behind compute"
    )
    overlap_tensor: Fraction = Field(
        default=0.0, description="share of tensor-parallel traffic that may hide behind compute"
    )
    overlap_expert: Fraction = Field(
        default=0.0, description="share of expert all-to-all that may hide behind compute"
    )
    offload_optimizer: Fraction = Field(
        default=0.0, description="share of the optimizer state that host memory holds and processors update"
    )
    offload_activations: Fraction = Field(
        default=0.0, description="share of the activations that waits in host memory for the backward pass"
    )
    offload_weights: Fraction = Field(
        default=0.0, description="share of the weights that is streamed from host memory for every pass"
    )
    drives: OnDrives = Field(
        default_factory=OnDrives, description="what stays on the drives of system.storage and streams in"
    )


class Reliability(Spec):
    """How often an accelerator interrupts the job and what that costs; defaults from the catalogue."""

    mtbf: Duration | None = Field(
        default=None, description="mean time between job interruptions per accelerator"
    )
    restart: Duration | None = Field(default=None, description="time from an interruption to useful work")
    checkpoint: Duration | None = Field(
        default=None, description="time the job stands still for one checkpoint"
    )
