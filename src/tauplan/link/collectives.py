r"""Times of collectives over network tiers: the best of the algorithms and protocols each tier allows.

Conventions: ``buffer_B`` is the full buffer of the operation per rank [B] (the gathered or the reduced one);
``counts`` are the ranks that meet at each tier (:func:`tauplan.link.tier.members`). With p ranks, each protocol
of :func:`tauplan.link.protocol.carry`, and κ the tier's ``own_share``:

* ring: p−1 messages, (p−1+κ)/p·B bytes for reduce-scatter and all-gather; twice the messages and
  (2(p−1)+κ)/p·B bytes for all-reduce;
* tree: 2⌈log₂p⌉ messages, 2B bytes, pipelined, between domains;
* direct, one shot: every rank reads all others, one message, (p−1)·B bytes;
* in-network: B bytes, once.

Over tiers: reduce-scatter inwards-out, all-reduce at the outermost, all-gather back; every rank carries its
share B/Π(inner ranks) over the outer tiers. Zero for a group of one. Sources: Thakur, Rabenseifner and Gropp,
"Optimization of collective communication operations in MPICH", IJHPCA 19 (2005); the protocols are those of
NCCL (simple and low-latency).
"""

from __future__ import annotations

from collections.abc import Sequence

from tauplan.link.protocol import carry
from tauplan.link.tier import Tier, bus_factor
from tauplan.tau import Number
from tauplan.tau import arrays as np

Counts = Sequence[Number]


def _together(ranks: Number) -> Number:
    return np.where(ranks > 1.0, 1.0, 0.0)


def _ring(phases: float, buffer_B: Number, ranks: Number, tier: Tier) -> Number:
    """Reduce-scatter or all-gather (one phase) or all-reduce (two) on a ring of one tier [s]."""
    messages = phases * (ranks - 1.0)
    own = tier.own_share * _together(ranks)
    moved = buffer_B * (messages + own) / ranks * bus_factor(ranks, tier)
    return np.minimum(carry(tier.long, messages, moved), carry(tier.quick, messages, moved))


def _half(buffer_B: Number, ranks: Number, tier: Tier) -> Number:
    """Reduce-scatter or all-gather among ``ranks`` of one tier [s]."""
    return _ring(1.0, buffer_B, ranks, tier)


def _tree(buffer_B: Number, ranks: Number, tier: Tier) -> Number:
    """All-reduce up and down a pipelined tree [s]."""
    messages = 2.0 * np.ceil(np.log2(ranks))
    moved = buffer_B * (2.0 * _together(ranks)) * bus_factor(ranks, tier)
    return np.minimum(carry(tier.long, messages, moved), carry(tier.quick, messages, moved))


def _tier_all_reduce(buffer_B: Number, ranks: Number, tier: Tier, outer: bool) -> Number:
    """All-reduce among ``ranks`` of one tier [s]; trees pay between domains, where messages are slow."""
    together = _together(ranks)
    best = _ring(2.0, buffer_B, ranks, tier)
    best = np.minimum(best, _tree(buffer_B, ranks, tier)) if outer else best
    read_B = buffer_B * (ranks - 1.0)
    one_shot = np.minimum(best, carry(tier.direct, together, read_B))
    best = np.where(np.logical_and(tier.direct_here, read_B <= tier.direct_limit_B), one_shot, best)
    switched = np.minimum(best, carry(tier.reduction, together, buffer_B * together))
    return np.where(np.logical_and(tier.reduces, ranks > 2.0), switched, best)


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
        here = _tier_all_reduce(held, ranks, tier, depth > 0)
        time = np.where(beyond > 1.0, there_and_back, here) + time
        held = held / ranks
    return time


def all_to_all(buffer_B: Number, counts: Counts, tiers: Sequence[Tier]) -> Number:
    """Time for every rank to send ``buffer_B`` in equal parts to all ranks of the group [s].

    The tiers work at once, each on the bytes that end inside it; the slowest decides. Messages to many peers
    leave side by side: their number counts by its logarithm, as measured on 2 to 8 ranks. A kernel that writes to
    its peers itself, as expert exchanges do, may be faster than the library's.
    """
    group: Number = 1.0
    for ranks in counts:
        group = group * ranks
    time: Number = 0.0
    inside: Number = 1.0
    for ranks, tier in zip(counts, tiers, strict=True):
        reached = inside * ranks
        moved = buffer_B * ((reached - inside) / group) * bus_factor(ranks, tier)
        here = carry(tier.exchange, np.log2(ranks), moved)
        written = np.minimum(carry(tier.dispatch, _together(ranks), moved), here)
        time = np.maximum(np.where(tier.direct_here, written, here), time)
        inside = reached
    return time


def send(buffer_B: Number, weights: Counts, tiers: Sequence[Tier]) -> Number:
    """Time of one message of ``buffer_B`` over the tier that ``weights`` select [s]."""
    time: Number = 0.0
    for weight, tier in zip(weights, tiers, strict=True):
        time = carry(tier.exchange, 1.0, buffer_B * np.maximum(tier.mesh, 1.0)) * weight + time
    return time
