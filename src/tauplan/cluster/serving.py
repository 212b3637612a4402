"""Serving at a given batch: time to first token, time per output token, throughput."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.chip.rates import ChipRates
from tauplan.cluster.layout import Groups, Layout
from tauplan.cluster.stage import StageTime, stage_body, stage_time
from tauplan.link.collectives import send
from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.workload.llm.shape import ModelShape
from tauplan.workload.llm.step import ElementBytes, Pass


@dataclass(frozen=True)
class ForwardPass:
    """One forward pass through all stages: ``time`` [s], its stage, work per accelerator [FLOP], [B], [B]."""

    time: Number
    stage: StageTime
    flops: Number
    bytes: Number
    link_bytes: Number


def forward_pass(
    shape: ModelShape,
    work: Pass,
    layout: Layout,
    groups: Groups,
    chip: ChipRates,
    size: ElementBytes,
    host_s: Number,
) -> ForwardPass:
    """Return one pass of a replica: p stages one after another, p−1 transfers, host time per pass [s]."""
    stage = stage_time(shape, work, layout, groups, chip, size)
    tokens = work.sequences * work.queries / layout.context
    residual_B = tokens * shape.hidden * size.output / layout.tensor
    hops = layout.pipeline - 1.0
    transfer = send(residual_B, groups.stage, groups.tiers) * hops
    time = stage_body(stage, layout) * layout.pipeline + stage.head + transfer + host_s
    return ForwardPass(
        time, stage, stage.flops, stage.bytes, stage.link_bytes + residual_B * hops / layout.pipeline
    )


@dataclass(frozen=True)
class Serving:
    """Serving at a steady batch.

    ``ttft``: prefill of one prompt on an idle replica [s]; ``tpot``: one decode step at the full batch, at the
    mean context [s]; ``request_s``: mean time between answers of one replica [s]; ``prefill``, ``decode``:
    the passes.
    """

    ttft: Number
    tpot: Number
    request_s: Number
    prefill: ForwardPass
    decode: ForwardPass
    chunks: Number


def serving(
    shape: ModelShape,
    prompt: Number,
    output: Number,
    batch: Number,
    chunk: Number,
    layout: Layout,
    groups: Groups,
    chip: ChipRates,
    size: ElementBytes,
    host_s: Number,
) -> Serving:
    r"""Return latency and throughput of one replica that keeps ``batch`` sequences in flight.

    .. math::
        TTFT = \lceil prompt / chunk \rceil\, t_{prefill}, \qquad
        t_{request} = TTFT + output \cdot TPOT / batch

    Prefill of one request holds up the replica's decode steps; the p stages of a pipeline work on p parts of
    the batch. A chunk attends on average to half of the prompt before it. Queueing is not part of it.
    """
    chunks = np.ceil(prompt / chunk)
    tokens = prompt / chunks
    first = Pass(1.0, tokens, (prompt - tokens) / 2.0, last_token_only=True)
    prefill = forward_pass(shape, first, layout, groups, chip, size, host_s)
    in_stage = np.maximum(batch / layout.pipeline, 1.0)
    middle = Pass(in_stage, 1.0, prompt + output / 2.0, decode=True, last_token_only=True)
    decode = forward_pass(shape, middle, layout, groups, chip, size, host_s)
    ttft = prefill.time * chunks
    busy_prefill = ttft / layout.pipeline  # stages work on different prompts
    return Serving(
        ttft=ttft,
        tpot=decode.time,
        request_s=busy_prefill + decode.time * (output / batch),
        prefill=prefill,
        decode=decode,
        chunks=chunks,
    )
