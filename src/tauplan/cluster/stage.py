"""One micro-batch through one pipeline stage: kernels and the collectives inside the stage."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from tauplan.chip.kernels import Work, run
from tauplan.chip.rates import ChipRates
from tauplan.cluster.experts import Routed, busiest, expert_time
from tauplan.cluster.issue import CAPTURED, HostIssue, issue_time
from tauplan.cluster.layout import Groups, Layout
from tauplan.cluster.weights import stage_share
from tauplan.link.collectives import all_gather, all_reduce, all_to_all
from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.workload.llm.adapter import adapter_operators, backward_operators
from tauplan.workload.llm.layer import ROUTED, embedding_operators, head_operators, model_layer
from tauplan.workload.llm.shape import LayerGroup, ModelShape
from tauplan.workload.llm.step import ElementBytes, Pass
from tauplan.workload.operators import AttentionCore, Gemm, Operator


@dataclass(frozen=True)
class StageTime:
    """One direction of one micro-batch on the fullest stage.

    ``kernels``: layers' kernels; ``tensor``, ``expert``, ``context``: collectives before any overlap; ``head``:
    embedding and language-model head, which one stage alone computes; ``issue``: host time to issue the layers'
    kernels, ``stall``: what the accelerator waits while the host reads results back [s]. ``flops`` [FLOP],
    ``bytes`` of memory traffic and ``link_bytes`` sent [B], per accelerator,
    averaged over stages. ``experts``: the part of ``kernels`` that ranks with tokens of their own share out [s].
    """

    kernels: Number = 0.0
    tensor: Number = 0.0
    expert: Number = 0.0
    context: Number = 0.0
    head: Number = 0.0
    issue: Number = 0.0
    stall: Number = 0.0
    flops: Number = 0.0
    bytes: Number = 0.0
    link_bytes: Number = 0.0
    experts: Number = 0.0

    def plus(self, other: StageTime, times: Number = 1.0) -> StageTime:
        """Return ``self + times · other``, field by field."""
        return StageTime(*(getattr(other, f.name) * times + getattr(self, f.name) for f in fields(StageTime)))


def hide(work: Number, traffic: Number, share: Number) -> Number:
    """Return the time of work and traffic when ``share`` of the traffic may run beside the work [s].

    t = max(work, share·traffic) + (1 − share)·traffic
    """
    return np.maximum(work, traffic * share) + traffic * (1.0 - share)


def device_body(stage: StageTime, layout: Layout) -> Number:
    """Return the time the accelerator needs for the stage's layers, with overlap as the plan allows it [s]."""
    inside = hide(stage.kernels, stage.tensor + stage.context, layout.overlap_tensor)
    return hide(inside, stage.expert, layout.overlap_expert)


def stage_body(stage: StageTime, layout: Layout) -> Number:
    """Return the time of the stage's layers [s]: of the accelerator or of the host that issues its kernels.

    What the host reads back it waits for, and its lead is lost: those stalls hide behind nothing.
    """
    return np.maximum(device_body(stage, layout), stage.issue) + stage.stall


def stage_time(
    shape: ModelShape,
    work: Pass,
    layout: Layout,
    groups: Groups,
    chip: ChipRates,
    size: ElementBytes,
    *,
    back: bool = False,
    host: HostIssue = CAPTURED,
    sum_B: Number | None = None,
) -> StageTime:
    """Return the time of one micro-batch on the fullest stage, forward or backward [s].

    ``sum_B``: bytes that products of the backward pass move per element of the gradients they add up [B].
    Backward repeats the collectives on gradients. Recomputation runs the forward pass (full) or the attention
    core (selective) once more. Frozen weights (``shape.adapter``) take no gradient of their own.
    """
    share = stage_share(shape.layers, layout.pipeline)
    tokens = work.sequences * work.queries / layout.context
    total = StageTime()
    for group in shape.groups:
        split = layout.split
        if groups.exchange is not None and group.ffn.kind == "moe":
            split = replace(
                split, expert_imbalance=busiest(tokens, group.ffn, split, groups.expert, groups.exchange)
            )
        operators = model_layer(shape, group, work, split, size)
        added = adapter_operators(operators, shape.adapter)
        again: Number = np.where(layout.recompute >= 2, 1.0, 0.0) if back else 0.0
        blocks = (1.0 + again) * (group.ffn.kind == "moe")
        if back:
            reverse = backward_operators(operators, added, frozen=shape.adapter is not None, sum_B=sum_B)
            kernels = _backward((*operators, *added), reverse, layout.recompute, chip, host)
            experts: Number = 0.0
            issue = issue_time(reverse, host) + issue_time((*operators, *added), host) * again
        else:
            shared = _run(tuple(op for op in operators if op.name in ROUTED), chip, host)
            rest = (*(op for op in operators if op.name not in ROUTED), *added)
            kernels = _run(rest, chip, host).plus(shared)
            experts = shared.time
            issue = issue_time((*operators, *added), host)
        layer = _traffic(shape.hidden, group, tokens, layout, groups, size, 1.0 + again, decode=work.decode)
        layer = layer.plus(
            StageTime(
                kernels.time,
                issue=issue,
                stall=host.routing_s * blocks,
                flops=kernels.flops,
                bytes=kernels.bytes,
                experts=experts,
            )
        )
        total = total.plus(layer, group.count * share)
    ends = (
        *embedding_operators(shape.hidden, tokens, layout.split, size),
        *head_operators(shape.hidden, shape.vocab, _head_tokens(work, tokens), layout.split, size),
    )
    if back:
        ends = backward_operators(ends, (), frozen=shape.adapter is not None, sum_B=sum_B)
    head = run(ends, chip)
    spread = 1.0 / layout.pipeline
    return total.plus(StageTime(head=head.time, flops=head.flops * spread, bytes=head.bytes * spread))


def _head_tokens(work: Pass, tokens: Number) -> Number:
    """Serving needs logits of the last token of each sequence alone."""
    return work.sequences if work.last_token_only else tokens


def _backward(
    operators: tuple[Operator, ...],
    reverse: tuple[Operator, ...],
    recompute: Number,
    chip: ChipRates,
    host: HostIssue,
) -> Work:
    """Return the backward kernels, and the forward ones that recomputation runs again."""
    cores = tuple(op for op in operators if isinstance(op, AttentionCore))
    full, selective = np.where(recompute >= 2, 1.0, 0.0), np.where(recompute == 1, 1.0, 0.0)
    again = _run(operators, chip, host)
    return _run(reverse, chip, host).plus(again, full).plus(run(cores, chip), selective)


def _run(operators: tuple[Operator, ...], chip: ChipRates, host: HostIssue) -> Work:
    """Return time and work of operators, each expert's products by themselves where the host issues them so."""
    if not host.experts_apart:
        return run(operators, chip)
    total = Work()
    for op in operators:
        if isinstance(op, Gemm) and op.name.startswith("expert "):
            total = total.plus(run((replace(op, groups=1.0),), chip), op.groups)
        else:
            total = total.plus(run((op,), chip))
    return total


def _traffic(
    hidden: Number,
    group: LayerGroup,
    tokens: Number,
    layout: Layout,
    groups: Groups,
    size: ElementBytes,
    repeats: Number,
    *,
    decode: bool = False,
) -> StageTime:
    """Return the collectives of one layer.

    Tensor parallelism joins the residual stream after attention and after a feed-forward block that it splits;
    experts exchange each token with ``active`` experts and back; context parallelism gathers keys and values.
    Serving software (``groups.exchange``) leaves tokens that all tensor ranks hold where they are and joins sums;
    only ranks with tokens of their own exchange them.
    """
    residual_B = tokens * hidden * size.output
    software = groups.exchange
    joined = (
        np.where(layout.tensor >= layout.expert, 1.0, 0.0) if software and group.ffn.kind == "moe" else 0.0
    )
    blocks = np.maximum(_tensor_blocks(group, layout), group.blocks * joined) * repeats
    gathered = all_gather(residual_B, groups.tensor, groups.tiers) * 2.0
    reduced = all_reduce(residual_B, groups.tensor, groups.tiers)
    tensor = np.where(layout.sequence_parallel, gathered, reduced) * blocks
    kv_B = tokens * layout.context * group.attention.cached_per_token * size.attention / layout.tensor
    context = all_gather(kv_B, groups.context, groups.tiers) * repeats
    sent = 2.0 * blocks * residual_B * (1.0 - 1.0 / layout.tensor) + repeats * kv_B * (
        1.0 - 1.0 / layout.context
    )
    if group.ffn.kind != "moe":
        return StageTime(tensor=tensor, context=context, link_bytes=sent)
    inner = group.ffn.latent or hidden
    routed_B = tokens * inner * size.output * group.ffn.active / layout.tensor * layout.expert_imbalance
    if software is None:
        expert = all_to_all(routed_B, groups.expert, groups.tiers) * (2.0 * repeats)
    else:
        ffn = group.ffn
        routed = Routed(tokens / layout.tensor, ffn.active, ffn.experts, inner, ffn.groups, ffn.groups_used)
        moved = expert_time(routed, groups.expert, software, decode=decode)
        expert = moved * layout.expert_imbalance * (1.0 - joined)
    sent = sent + 2.0 * repeats * routed_B * (1.0 - 1.0 / layout.expert)
    return StageTime(tensor=tensor, context=context, expert=expert, link_bytes=sent)


def _tensor_blocks(group: LayerGroup, layout: Layout) -> Number:
    """Blocks of a layer whose output TP must join: what mixes tokens, and the feed-forward if TP splits it."""
    if group.ffn.kind == "dense" or group.ffn.shared_width:
        return float(group.blocks)
    return np.where(layout.split.expert_tensor > 1, group.mixers + 1.0, float(group.mixers))
