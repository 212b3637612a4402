"""Serving at a given batch: time to first token, time per output token, throughput."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan import tau
from tauplan.chip.rates import ChipRates
from tauplan.cluster.issue import CAPTURED, HostIssue
from tauplan.cluster.layout import Groups, Layout
from tauplan.cluster.stage import StageTime, stage_body, stage_time
from tauplan.link.collectives import send
from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.workload.llm.shape import ModelShape
from tauplan.workload.llm.step import ElementBytes, Pass


@dataclass(frozen=True)
class ForwardPass:
    """One forward pass through all stages: ``time`` [s], its stage, work per accelerator [FLOP], [B], [B].

    ``drives``: what drives add where they take longer than the stages [s].
    """

    time: Number
    stage: StageTime
    flops: Number
    bytes: Number
    link_bytes: Number
    drives: Number = 0.0


def forward_pass(
    shape: ModelShape,
    work: Pass,
    layout: Layout,
    groups: Groups,
    chip: ChipRates,
    size: ElementBytes,
    host_s: Number,
    streamed_s: Number = 0.0,
    issue: HostIssue = CAPTURED,
) -> ForwardPass:
    """Return one pass of a replica: p stages one after another, p−1 transfers, host time per pass [s].

    ``streamed_s``: what the drives of one stage stream beside it [s]; the longer of the two counts.
    ``issue``: what the host takes to issue kernels one by one; none where they are replayed from graphs.
    """
    stage = stage_time(shape, work, layout, groups, chip, size, host=issue)
    tokens = work.sequences * work.queries / layout.context
    residual_B = tokens * shape.hidden * size.output / layout.tensor
    hops = layout.pipeline - 1.0
    transfer = send(residual_B, groups.stage, groups.tiers) * hops
    computed = stage_body(stage, layout) * layout.pipeline + stage.head
    inside = np.maximum(computed, streamed_s * layout.pipeline)
    time = inside + transfer + host_s
    return ForwardPass(
        time,
        stage,
        stage.flops,
        stage.bytes,
        stage.link_bytes + residual_B * hops / layout.pipeline,
        tau.seconds(inside) - tau.seconds(computed),
    )


@dataclass(frozen=True)
class Streamed:
    """What drives bring: for each pass of a stage and for each prompt [s], and the share of a prompt it is [1]."""

    pass_s: Number = 0.0
    prompt_s: Number = 0.0
    share: Number = 0.0


@dataclass(frozen=True)
class Serving:
    """Serving at a steady batch; times [s].

    ``ttft``: prefill of one prompt on an idle replica; ``decode_s``: one decode step at the full batch and mean
    context; ``interference``: what other requests' prefills add to each of its tokens; ``tpot``: both together,
    as a user sees it. ``request_s``: mean time between answers of the whole system; ``fill_s``: until the
    first batch is in flight. ``prefill``, ``decode``: the passes; ``chunks`` of a prompt [1].
    """

    ttft: Number
    decode_s: Number
    interference: Number
    tpot: Number
    request_s: Number
    fill_s: Number
    prefill: ForwardPass
    decode: ForwardPass
    chunks: Number


def serving(
    shape: ModelShape,
    prompt: Number,
    output: Number,
    batch: Number,
    chunk: Number,
    replicas: Number,
    prefill_share: Number,
    layout: Layout,
    groups: Groups,
    chip: ChipRates,
    size: ElementBytes,
    host_s: Number,
    streamed: Streamed = Streamed(),
    issue: HostIssue = CAPTURED,
    *,
    unfused: bool = False,
) -> Serving:
    r"""Return latency and pace of ``replicas`` that keep ``batch`` sequences in flight each.

    .. math::
        TTFT = \lceil prompt / chunk \rceil\, t_{prefill}, \qquad
        TPOT = t_{decode} + \frac{batch - 1}{output} \frac{TTFT}{p}, \qquad
        t_{request} = \frac{1}{replicas} \left(\frac{TTFT}{p} + \frac{output}{batch} t_{decode}\right)

    While one request decodes, the other slots of its replica turn over and their prefills hold it up; p stages
    of a pipeline work on different prompts. With a ``prefill_share`` σ > 0 of the replicas that only prefill
    (disaggregation), decode is undisturbed and the slower pool sets the pace:
    max(TTFT/(p·σ), output·t_decode/(batch·(1−σ)))/replicas. A chunk attends on average to half of the prompt
    before it. Waiting in a queue is not part of it. A share of the prompt's tokens may come from drives: their keys
    and values arrive layer by layer while the others are computed; one token at least is computed. A framework that
    runs operators one by one has times of ``issue`` and ``unfused`` passes.
    """
    computed = np.maximum(prompt * (1.0 - streamed.share), 1.0)
    chunks = np.ceil(computed / chunk)
    tokens = computed / chunks
    before = prompt - computed + (computed - tokens) / 2.0
    first = Pass(1.0, tokens, before, last_token_only=True, unfused=unfused)
    prefill = forward_pass(shape, first, layout, groups, chip, size, host_s, streamed.pass_s, issue)
    in_stage = np.maximum(batch / layout.pipeline, 1.0)
    middle = Pass(in_stage, 1.0, prompt + output / 2.0, decode=True, last_token_only=True, unfused=unfused)
    decode = forward_pass(shape, middle, layout, groups, chip, size, host_s, streamed.pass_s, issue)
    ttft = np.maximum(prefill.time * chunks, streamed.prompt_s * layout.pipeline)
    apart = prefill_share > 0.0
    busy = ttft / layout.pipeline
    share = np.where(apart, prefill_share, 0.5)
    prefill_pool = busy / (replicas * share)
    decode_pool = decode.time * (output / (batch * replicas * (1.0 - share)))
    together = (busy + decode.time * (output / batch)) / replicas
    others = np.where(apart, 0.0, (batch - 1.0) / output)
    return Serving(
        ttft=ttft,
        decode_s=decode.time,
        interference=busy * others,
        tpot=decode.time + busy * others,
        request_s=np.where(apart, np.maximum(prefill_pool, decode_pool), together),
        fill_s=np.where(apart, prefill_pool * (batch * replicas * (1.0 - share)), busy * batch),
        prefill=prefill,
        decode=decode,
        chunks=chunks,
    )
