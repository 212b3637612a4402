"""The parallel plan as numbers: ways, groups of ranks, and where they lie on the network."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.cluster.experts import ExpertExchange
from tauplan.link.tier import Tier, crossing, members
from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.workload.llm.shape import ModelShape
from tauplan.workload.llm.step import Split

RECOMPUTE = {"none": 0.0, "selective": 1.0, "full": 2.0}
"""Codes of the recompute choices, so that a batch can hold different ones."""


@dataclass(frozen=True)
class Layout:
    """Parallel ways and schedule choices; every field is a number or an array [1].

    Ranks are dealt tensor first, then context, data, pipeline. The expert-parallel group lies inside
    tensor x context x data. ``recompute`` holds a code of :data:`RECOMPUTE`; ``zero`` the ZeRO stage;
    ``offload_*`` the shares kept in host memory; ``flat_data`` is 1 where data-parallel traffic is one ring of
    accelerators that gathers nothing inside servers first.
    """

    tensor: Number
    context: Number
    data: Number
    pipeline: Number
    expert: Number
    interleave: Number
    micro_batch: Number
    sequence_parallel: Number
    recompute: Number
    zero: Number
    overlap_data: Number
    overlap_tensor: Number
    overlap_expert: Number
    expert_imbalance: Number = 1.0
    offload_optimizer: Number = 0.0
    offload_activations: Number = 0.0
    offload_weights: Number = 0.0
    flat_data: Number = 0.0

    @property
    def split(self) -> Split:
        """How one pass is divided."""
        return Split(self.tensor, self.context, self.expert, self.sequence_parallel, self.expert_imbalance)

    @property
    def replica(self) -> Number:
        """Accelerators that hold one copy of the model's dense part."""
        return self.tensor * self.context * self.pipeline

    @property
    def expert_replicas(self) -> Number:
        """Copies of each expert among the ranks of one stage."""
        ranks = self.tensor * self.context * self.data
        return np.maximum(ranks / (self.expert * self.split.expert_tensor), 1.0)

    @property
    def gradient_group(self) -> Number:
        """Ranks that hold the same dense weights and reduce their gradients."""
        return self.data * self.context


def divides(
    layout: Layout,
    shape: ModelShape,
    count: Number,
    global_batch: Number | None,
    sequence: Number | None = None,
) -> Number:
    """Tell whether a plan divides what it splits: accelerators, heads, layers, experts, batch, sequence.

    ``count`` accelerators [1]; ``global_batch`` sequences and ``sequence`` tokens [1], or None when serving.
    """
    ways = layout.replica
    heads = shape.heads if shape.groups else 1
    ranks = layout.tensor * layout.context * layout.data
    good = (np.mod(count, ways) == 0) & (ways * layout.data == count)
    good = good & (np.mod(heads, layout.tensor) == 0) & (layout.pipeline * layout.interleave <= shape.layers)
    if shape.experts:
        good = good & (np.mod(shape.experts, layout.expert) == 0) & (layout.expert <= ranks)
        even = np.mod(ranks, np.maximum(layout.expert, layout.tensor)) == 0
        good = good & ((layout.expert == 1.0) | even)
    else:
        good = good & (layout.expert == 1.0)
    if global_batch is not None:
        micro_batches = global_batch / (layout.data * layout.micro_batch)
        even = (layout.interleave == 1.0) | (np.mod(micro_batches, layout.pipeline) == 0)
        good = good & (np.mod(micro_batches, 1.0) == 0) & even
    if sequence is not None:
        good = good & (np.mod(sequence, layout.context) == 0)
    return good


@dataclass(frozen=True)
class Groups:
    """Ranks per tier of each parallel group, the tiers themselves, and how serving software exchanges tokens."""

    tiers: tuple[Tier, ...]
    tensor: tuple[Number, ...]
    context: tuple[Number, ...]
    gradient: tuple[Number, ...]
    expert: tuple[Number, ...]
    expert_gradient: tuple[Number, ...]
    stage: tuple[Number, ...]
    exchange: ExpertExchange | None = None


def groups(layout: Layout, tiers: tuple[Tier, ...], exchange: ExpertExchange | None = None) -> Groups:
    """Place every group of the layout on the tiers."""
    apart = np.where(
        np.asarray(layout.flat_data) > 0, tiers[0].size, 1.0
    )  # ranks of a ring that share no server
    gradient_stride = np.maximum(layout.tensor, np.where(layout.gradient_group > tiers[0].size, apart, 1.0))
    ranks = layout.tensor * layout.context * layout.data
    expert_stride = layout.split.expert_tensor
    return Groups(
        tiers=tiers,
        tensor=members(layout.tensor, 1.0, tiers),
        context=members(layout.context, layout.tensor, tiers),
        gradient=members(layout.gradient_group, gradient_stride, tiers),
        expert=members(layout.expert, expert_stride, tiers),
        expert_gradient=members(layout.expert_replicas, layout.expert * expert_stride, tiers),
        stage=crossing(ranks, tiers),
        exchange=exchange,
    )
