"""Memory of the fullest accelerator: weights, gradients, optimizer, activations, KV cache."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from tauplan.cluster.layout import Layout
from tauplan.cluster.offload import left_of
from tauplan.cluster.weights import LocalWeights, stage_share
from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.workload.llm.parameters import kv_cache_bytes, state_cache_bytes
from tauplan.workload.llm.shape import LayerGroup, ModelShape
from tauplan.workload.llm.step import ElementBytes

KEPT_RESIDUAL = 2.0  # definition: per block, inputs of a norm and of the GEMM that follows it
KEPT_SCORES_B = 5.0  # definition: softmax output and its dropout at 2 B, the mask at 1 B (Korthikanti 2022)
LOGITS_B = 6.0  # definition: logits in the output format and once more in fp32 for the softmax


@dataclass(frozen=True)
class Footprint:
    """Bytes on the fullest accelerator [B], by what they hold; ``host``: its bytes in host memory instead."""

    weights: Number
    gradients: Number
    optimizer: Number
    activations: Number
    cache: Number
    host: Number = 0.0

    @property
    def total(self) -> Number:
        """All bytes [B]."""
        return self.weights + self.gradients + self.optimizer + self.activations + self.cache

    def parts(self) -> dict[str, Number]:
        """Return the bytes by label [B]."""
        return {
            "weights": self.weights,
            "gradients": self.gradients,
            "optimizer": self.optimizer,
            "activations": self.activations,
            "KV cache": self.cache,
        }


def layer_activations(
    hidden: Number,
    group: LayerGroup,
    tokens: Number,
    keys: Number,
    layout: Layout,
    size: ElementBytes,
    materialised: bool,
) -> tuple[Number, Number]:
    r"""Return the bytes one layer keeps for its backward pass, and those left under full recompute [B].

    Per token, element size o: :math:`o\,(4h/t + (qkv + attention + ffn)/t)`, which for a GPT block is
    Korthikanti's :math:`sbh(8 + 24/t)` without dropout masks; a materialised algorithm adds :math:`5as/t`
    (dropped by selective recompute). A state space keeps what it projects, convolves, scans and gates. Full
    recompute keeps the layer's input alone.
    Source: Korthikanti et al., "Reducing activation recomputation in large transformer models" (2022).
    """
    attention, ffn = group.attention, group.ffn
    rows = tokens / np.where(layout.sequence_parallel, layout.tensor, 1.0)
    heads = attention.heads * (attention.head_dim + attention.v_dim)
    cached = attention.kv_heads * (attention.head_dim + attention.v_dim)
    halves = 2.0 if ffn.gated else 1.0
    width = (halves + 1.0) * (ffn.active_width if ffn.kind == "moe" else ffn.width)
    routed = (ffn.latent or hidden) * ffn.active if ffn.kind == "moe" else 0.0
    mixed = group.state.projected + group.state.convolved + 2.0 * group.state.inner if group.state else 0.0
    inside = tokens * (heads + cached + mixed + width + routed) / layout.tensor
    scores = KEPT_SCORES_B * attention.heads * keys * tokens / layout.tensor if materialised else 0.0
    boundary = rows * hidden * size.output
    kept = (
        KEPT_RESIDUAL * group.blocks * boundary
        + inside * size.output
        + np.where(layout.recompute >= 1, 0.0, scores)
    )
    return np.where(layout.recompute >= 2, boundary, kept), boundary


def stage_activations(
    shape: ModelShape, layout: Layout, size: ElementBytes, sequence: Number, materialised: bool
) -> Number:
    """Return the bytes that one micro-batch keeps on the fullest stage for its backward pass [B]."""
    tokens = layout.micro_batch * sequence / layout.context
    share = stage_share(shape.layers, layout.pipeline)
    kept: Number = 0.0
    for group in shape.groups:
        layer, _ = layer_activations(shape.hidden, group, tokens, sequence, layout, size, materialised)
        kept = kept + layer * group.count * share
    return kept


def training_footprint(
    shape: ModelShape,
    local: LocalWeights,
    trained: LocalWeights,
    layout: Layout,
    size: ElementBytes,
    sequence: Number,
    micro_batches: Number,
    gradient_B: Number,
    optimizer_B: Number,
    materialised: bool,
) -> Footprint:
    """Return the memory of a training step [B].

    The first stage of 1F1B holds min(m, p) micro-batches in flight; interleaving v chunks adds (p−1)/(p·v) of
    that. ZeRO divides optimizer (1), gradients (2) and weights (3) over the ranks that share them. What the plan
    offloads leaves two layers behind as buffers.
    ``gradient_B``, ``optimizer_B``: bytes per ``trained`` parameter.
    """
    sharing = layout.gradient_group
    expert_sharing = layout.expert_replicas

    def shard(stage: int, held: LocalWeights, per_parameter: Number) -> Number:
        on = layout.zero >= stage
        dense = held.dense / np.where(on, sharing, 1.0)
        expert = held.expert / np.where(on, expert_sharing, 1.0)
        return (dense + expert) * per_parameter

    tokens = layout.micro_batch * sequence / layout.context
    kept = stage_activations(shape, layout, size, sequence, materialised)
    in_flight = np.minimum(layout.pipeline, micro_batches)
    ramp = np.where(
        layout.interleave > 1, 1.0 + (layout.pipeline - 1.0) / (layout.pipeline * layout.interleave), 1.0
    )
    logits = np.where(layout.pipeline > 1, 0.0, tokens * shape.vocab / layout.tensor * LOGITS_B)
    layers = shape.layers * stage_share(shape.layers, layout.pipeline)
    flying = in_flight * ramp
    weights, optimizer, activations = (
        shard(3, local, size.weight),
        shard(1, trained, optimizer_B),
        kept * flying,
    )
    return Footprint(
        weights=weights * left_of(layout.offload_weights, layers),
        gradients=shard(2, trained, gradient_B),
        optimizer=optimizer * (1.0 - layout.offload_optimizer),
        activations=activations * left_of(layout.offload_activations, layers * flying) + logits,
        cache=0.0,
        host=weights * layout.offload_weights
        + optimizer * layout.offload_optimizer
        + activations * layout.offload_activations,
    )


def serving_footprint(
    shape: ModelShape,
    local: LocalWeights,
    layout: Layout,
    size: ElementBytes,
    batch: Number,
    context: Number,
    pass_tokens: Number,
) -> Footprint:
    """Return the memory of serving ``batch`` sequences of up to ``context`` tokens on one replica [B].

    Caches are split over stages too; ``pass_tokens``: tokens of the largest forward pass, whose widest layer sets
    the working buffers.
    """
    share = stage_share(shape.layers, layout.pipeline)
    widest: Number = 0.0
    for group in shape.groups:
        width = group.ffn.active_width * (3.0 if group.ffn.gated else 2.0)
        width = max(width, group.state.projected + group.state.convolved if group.state else 0.0)
        widest = np.maximum(widest, width / layout.tensor + 2.0 * shape.hidden)
    logits = np.minimum(pass_tokens, batch) * shape.vocab / layout.tensor * LOGITS_B
    return Footprint(
        weights=local.dense * size.weight + local.expert * size.weight,
        gradients=0.0,
        optimizer=0.0,
        activations=pass_tokens / layout.context * widest * size.output + logits,
        cache=sequence_cache(shape, context, size.cache, layout.tensor, layout.context) * batch * share,
    )


def sequence_cache(
    shape: ModelShape, context: Number, cache_B: Number, tensor: Number, ranks: Number
) -> Number:
    """Return what one sequence of ``context`` tokens holds on each accelerator of one replica's single stage [B].

    Keys and values are split over TP as far as there are key-value heads and over ``ranks`` of context
    parallelism; states, which do not grow, over TP. ``cache_B``: bytes per element of keys and values [B].
    """
    attention = shape.attention
    heads = 1.0 if attention.kind == "mla" else max(attention.kv_heads, 1)
    kept = cast("Number", kv_cache_bytes(shape, context, cache_B))
    return kept / (np.minimum(tensor, heads) * ranks) + state_cache_bytes(shape) / tensor
