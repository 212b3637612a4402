r"""Times of collectives over network tiers: the best of the algorithms each tier allows.

Conventions: ``buffer_B`` is the full buffer of the operation per rank [B] (the gathered or the reduced one);
``counts`` are the ranks that meet at each tier (:func:`tauplan.link.tier.members`). With p ranks, α per
message and β per byte:

* ring: 2(p−1)α + 2(p−1)/p·Bβ for all-reduce, half of it for reduce-scatter and all-gather;
* direct (switch or full mesh): the same bytes in two messages instead of 2(p−1);
* tree: 2⌈log₂p⌉α + 2Bβ, pipelined;
* in-network: 2α + B·β_reduce.

Over tiers: reduce-scatter inwards-out, all-reduce at the outermost, all-gather back; every rank carries its
share B/Π(inner ranks) over the outer tiers. Zero for a group of one. Source: Thakur, Rabenseifner and Gropp,
"Optimization of collective communication operations in MPICH", IJHPCA 19 (2005).
"""

from __future__ import annotations

from collections.abc import Sequence

from tauplan.link.tier import Tier
from tauplan.tau import Number
from tauplan.tau import arrays as np

Counts = Sequence[Number]


def _half(buffer_B: Number, ranks: Number, tier: Tier) -> Number:
    """Reduce-scatter or all-gather among ``ranks`` of one tier [s]."""
    steps = np.where(tier.direct, np.minimum(ranks - 1.0, 1.0), ranks - 1.0)
    return tier.message_s * steps + tier.byte_s * (buffer_B * (ranks - 1.0) / ranks)


def _tier_all_reduce(buffer_B: Number, ranks: Number, tier: Tier) -> Number:
    together = ranks > 1.0
    pairwise = _half(buffer_B, ranks, tier) * 2.0
    tree = tier.message_s * (2.0 * np.ceil(np.log2(ranks))) + tier.byte_s * (2.0 * buffer_B * together)
    switched = tier.message_s * (2.0 * together) + tier.reduce_byte_s * (buffer_B * together)
    ends = np.minimum(pairwise, tree)
    return np.where(tier.reduces, np.minimum(ends, switched), ends)


def all_gather(buffer_B: Number, counts: Counts, tiers: Sequence[Tier]) -> Number:
    """Time to assemble ``buffer_B`` on every rank, or to reduce-scatter it [s]."""
    time: Number = 0.0
    held = buffer_B
    for ranks, tier in zip(counts, tiers, strict=True):
        time = _half(held, ranks, tier) + time
        held = held / ranks
    return time


reduce_scatter = all_gather


def all_reduce(buffer_B: Number, counts: Counts, tiers: Sequence[Tier]) -> Number:
    """Time to sum ``buffer_B`` over all ranks, on all ranks [s]."""
    time: Number = 0.0
    held = buffer_B
    for depth, (ranks, tier) in enumerate(zip(counts, tiers, strict=True)):
        beyond: Number = 1.0
        for more in counts[depth + 1 :]:
            beyond = beyond * more
        there_and_back = _half(held, ranks, tier) * 2.0
        time = np.where(beyond > 1.0, there_and_back, _tier_all_reduce(held, ranks, tier)) + time
        held = held / ranks
    return time


def all_to_all(buffer_B: Number, counts: Counts, tiers: Sequence[Tier]) -> Number:
    """Time for every rank to send ``buffer_B`` in equal parts to all ranks of the group [s].

    The tiers work at once, each on the bytes that end inside it; the slowest decides.
    """
    group: Number = 1.0
    for ranks in counts:
        group = group * ranks
    time: Number = 0.0
    inside: Number = 1.0
    for ranks, tier in zip(counts, tiers, strict=True):
        reached = inside * ranks
        share = (reached - inside) / group
        there = tier.byte_s * (buffer_B * share) + tier.message_s * np.minimum(ranks - 1.0, 1.0)
        time = np.maximum(there, time)
        inside = reached
    return time


def send(buffer_B: Number, weights: Counts, tiers: Sequence[Tier]) -> Number:
    """Time of one message of ``buffer_B`` over the tier that ``weights`` select [s]."""
    time: Number = 0.0
    for weight, tier in zip(weights, tiers, strict=True):
        time = (tier.byte_s * buffer_B + tier.message_s) * weight + time
    return time
