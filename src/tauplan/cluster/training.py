"""Time of one training step: pipeline, data parallelism, optimizer."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan import tau
from tauplan.chip.rates import ChipRates
from tauplan.cluster.issue import CAPTURED, HostIssue
from tauplan.cluster.layout import Groups, Layout
from tauplan.cluster.offload import HostMemory, Offload, beside, update_time
from tauplan.cluster.stage import StageTime, hide, stage_body, stage_time
from tauplan.cluster.weights import LocalWeights
from tauplan.link.collectives import all_gather, all_reduce, send
from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.workload.llm.shape import ModelShape
from tauplan.workload.llm.step import ElementBytes, Pass


@dataclass(frozen=True)
class TrainingStep:
    """One optimizer step.

    ``time`` [s] is what the step takes. The others say where it goes: ``forward`` and ``backward`` of one
    micro-batch on the fullest stage (overlap included), ``head`` of one micro-batch, ``transfer`` between
    stages per micro-batch, ``bubble`` of the whole step, ``reduction`` of gradients before overlap, exposed
    part ``data`` added by data parallelism, ``optimizer``, ``host``, ``drives`` where they take longer than all
    of that. Work per accelerator and step: ``flops``
    [FLOP], ``bytes`` of memory and ``link_bytes`` [B].
    """

    time: Number
    micro_batches: Number
    forward: Number
    backward: Number
    head: Number
    transfer: Number
    bubble: Number
    reduction: Number
    data: Number
    optimizer: Number
    host: Number
    forward_stage: StageTime
    backward_stage: StageTime
    flops: Number
    bytes: Number
    link_bytes: Number
    drives: Number = 0.0


def training_step(
    shape: ModelShape,
    sequence: Number,
    global_batch: Number,
    layout: Layout,
    groups: Groups,
    local: LocalWeights,
    trained: LocalWeights,
    chip: ChipRates,
    size: ElementBytes,
    gradient_B: Number,
    optimizer_B: Number,
    host_s: Number,
    *,
    host: HostIssue = CAPTURED,
    materialised: bool = False,
    fused_accumulation: bool = True,
    moved: Offload | None = None,
    memory: HostMemory | None = None,
) -> TrainingStep:
    r"""Return the time of one step [s].

    .. math::
        T = m\,(f + b + h + 2vc) + \frac{p-1}{v}\,(f + b) + T_{data} + T_{opt} + T_{host}

    m micro-batches with forward f and backward b on the fullest stage, head h, v chunks a stage, transfer c
    between stages. The second term is the 1F1B bubble, owned by the schedule. Gradients reduce beside the last
    backward pass, gathered weights beside the first forward pass, each as far as the plan overlaps them.
    ``trained`` are the parameters of ``local`` that take gradients; ``gradient_B`` and ``optimizer_B`` the bytes
    per trained parameter reduced, and read and written by the optimizer. ``host`` issues the kernels.
    With ``fused_accumulation`` the products of the backward pass add each micro-batch's gradient to the running
    sum; without it a kernel of its own does.
    ``moved`` goes to and from host ``memory`` beside each pass and in the update, where a part is kept there.
    Source: Narayanan et al., "Efficient large-scale language model training on GPU clusters" (2021).
    """
    work = Pass(layout.micro_batch, sequence, materialised=materialised)
    forward_stage = stage_time(shape, work, layout, groups, chip, size, host=host)
    micro_batches = np.maximum(global_batch / (layout.data * layout.micro_batch), 1.0)
    summed_B = gradient_B * np.where(micro_batches > 1.0, 2.0, 1.0) if fused_accumulation else None
    backward_stage = stage_time(shape, work, layout, groups, chip, size, back=True, host=host, sum_B=summed_B)
    if not fused_accumulation:
        backward_stage = backward_stage.plus(_accumulation(trained, size, gradient_B, chip))
    gather = _gather(local, groups, size)
    refreshed = _gather(trained, groups, size)
    reduction = _reduction(trained, layout, groups, gradient_B)

    sharded = layout.zero >= 3  # weights travel for every micro-batch, gradients with each backward pass
    forward = np.where(
        sharded,
        hide(stage_body(forward_stage, layout), gather, layout.overlap_data),
        stage_body(forward_stage, layout),
    )
    backward_plain = stage_body(backward_stage, layout)
    backward_sharded = hide(backward_plain, gather + reduction, layout.overlap_data)
    backward = np.where(sharded, backward_sharded, backward_plain)
    if moved is not None and memory is not None:
        forward = beside(forward, moved.forward_down, moved.forward_up, memory)
        backward = beside(backward, 0.0, moved.backward_up, memory)
    head = forward_stage.head + backward_stage.head

    residual_B = layout.micro_batch * sequence / layout.context * shape.hidden * size.output / layout.tensor
    between = np.where(layout.pipeline > 1, 2.0 * layout.interleave, 0.0)
    transfer = send(residual_B, groups.stage, groups.tiers) * between
    bubble = tau.assign((forward + backward) * ((layout.pipeline - 1.0) / layout.interleave), "schedule")

    last = np.where(sharded, backward, hide(backward, reduction, layout.overlap_data))
    regather = np.where((layout.zero >= 1) & (layout.zero < 3), 1.0, 0.0)
    first = hide(forward, refreshed * regather, layout.overlap_data)
    optimizer = _optimizer(trained, layout, optimizer_B, chip)
    if moved is not None and memory is not None:
        optimizer = update_time(optimizer, moved, memory)
    inner = (forward + backward) * (micro_batches - 1.0) + (head + transfer) * micro_batches
    time = inner + first + last + bubble + optimizer + host_s
    return TrainingStep(
        time=time,
        micro_batches=micro_batches,
        forward=forward,
        backward=backward,
        head=head,
        transfer=transfer,
        bubble=bubble,
        reduction=reduction,
        data=tau.seconds(first) + tau.seconds(last) - tau.seconds(forward) - tau.seconds(backward),
        optimizer=optimizer,
        host=host_s,
        forward_stage=forward_stage,
        backward_stage=backward_stage,
        flops=(forward_stage.flops + backward_stage.flops) * micro_batches,
        bytes=(forward_stage.bytes + backward_stage.bytes) * micro_batches
        + _optimizer_bytes(trained, layout, optimizer_B),
        link_bytes=(forward_stage.link_bytes + backward_stage.link_bytes + residual_B * between)
        * micro_batches
        + 2.0 * trained.total * gradient_B * (layout.gradient_group > 1)
        + (0.0 if moved is None else moved.step_bytes(micro_batches)),
    )


def _gather(weights: LocalWeights, groups: Groups, size: ElementBytes) -> Number:
    """Return the time to gather weights that ZeRO keeps in shares [s]."""
    dense = all_gather(weights.dense * size.weight, groups.gradient, groups.tiers)
    return dense + all_gather(weights.expert * size.weight, groups.expert_gradient, groups.tiers)


def _accumulation(local: LocalWeights, size: ElementBytes, gradient_B: Number, chip: ChipRates) -> StageTime:
    """Return the kernel that adds a fresh gradient to the running sum: read both, write the sum."""
    moved = local.total * (size.output + 2.0 * gradient_B)
    return StageTime(kernels=chip.memory_byte_s * moved, bytes=moved)


def _reduction(local: LocalWeights, layout: Layout, groups: Groups, gradient_B: Number) -> Number:
    """Return the time to reduce gradients once [s]: reduce-scatter under ZeRO, else all-reduce."""
    scattered = all_gather(local.dense * gradient_B, groups.gradient, groups.tiers)
    reduced = all_reduce(local.dense * gradient_B, groups.gradient, groups.tiers)
    scattered_experts = all_gather(local.expert * gradient_B, groups.expert_gradient, groups.tiers)
    reduced_experts = all_reduce(local.expert * gradient_B, groups.expert_gradient, groups.tiers)
    return np.where(layout.zero >= 1, scattered + scattered_experts, reduced + reduced_experts)


def _optimizer_bytes(local: LocalWeights, layout: Layout, optimizer_B: Number) -> Number:
    sharded = layout.zero >= 1
    dense = local.dense / np.where(sharded, layout.gradient_group, 1.0)
    expert = local.expert / np.where(sharded, layout.expert_replicas, 1.0)
    return (dense + expert) * optimizer_B * (1.0 - layout.offload_optimizer)


def _optimizer(local: LocalWeights, layout: Layout, optimizer_B: Number, chip: ChipRates) -> Number:
    """Return the time to read and write all optimizer state once [s]: bound by memory."""
    return chip.memory_byte_s * _optimizer_bytes(local, layout, optimizer_B) + chip.kernel_s
