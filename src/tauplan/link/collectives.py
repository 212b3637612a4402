r"""Times of collectives over network tiers: the best of the algorithms and protocols each tier allows.

Conventions: ``buffer_B`` is the full buffer of the operation per rank [B] (the gathered or the reduced one);
``counts`` are the ranks that meet at each tier (:func:`tauplan.link.tier.members`). With p ranks, α per
message and β per byte, each of the long- or the short-message protocol:

* ring: 2(p−1)α + 2(p−1)/p·Bβ for all-reduce, half of it for reduce-scatter and all-gather;
* tree: 2⌈log₂p⌉α + 2Bβ, pipelined;
* direct, one shot: every rank reads all others, α_d + (p−1)·Bβ_d;
* in-network: α_r + Bβ_r.

Over tiers: reduce-scatter inwards-out, all-reduce at the outermost, all-gather back; every rank carries its
share B/Π(inner ranks) over the outer tiers. Zero for a group of one. Sources: Thakur, Rabenseifner and Gropp,
"Optimization of collective communication operations in MPICH", IJHPCA 19 (2005); the protocols are those of
NCCL (simple and low-latency).
"""

from __future__ import annotations

from collections.abc import Sequence

from tauplan.link.tier import Tier
from tauplan.tau import Number
from tauplan.tau import arrays as np

Counts = Sequence[Number]


def _carried(messages: Number, moved_B: Number, tier: Tier) -> Number:
    """Return the time of ``messages`` one after another that move ``moved_B`` in all [s]: the better protocol."""
    long = tier.message_s * messages + tier.byte_s * moved_B
    short = tier.quick_message_s * messages + tier.quick_byte_s * moved_B
    return np.minimum(long, short) + tier.start_s * np.minimum(messages, 1.0)


def _half(buffer_B: Number, ranks: Number, tier: Tier) -> Number:
    """Reduce-scatter or all-gather among ``ranks`` of one tier [s]."""
    return _carried(ranks - 1.0, buffer_B * (ranks - 1.0) / ranks, tier)


def _tier_all_reduce(buffer_B: Number, ranks: Number, tier: Tier) -> Number:
    """All-reduce among ``ranks`` of one tier [s]."""
    together = np.where(ranks > 1.0, 1.0, 0.0)
    ring = _carried(2.0 * (ranks - 1.0), 2.0 * buffer_B * (ranks - 1.0) / ranks, tier)
    tree = _carried(2.0 * np.ceil(np.log2(ranks)), 2.0 * buffer_B * together, tier)
    best = np.minimum(ring, tree)
    one_shot = tier.direct_s * together + tier.direct_byte_s * (buffer_B * (ranks - 1.0))
    best = np.where(tier.direct, np.minimum(best, one_shot), best)
    switched = tier.reduce_s * together + tier.reduce_byte_s * (buffer_B * together)
    return np.where(tier.reduces, np.minimum(best, switched), best)


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

    The tiers work at once, each on the bytes that end inside it; the slowest decides. A rank's messages leave
    without waiting for each other, so each tier charges its latency once.
    """
    group: Number = 1.0
    for ranks in counts:
        group = group * ranks
    time: Number = 0.0
    inside: Number = 1.0
    for ranks, tier in zip(counts, tiers, strict=True):
        reached = inside * ranks
        share = (reached - inside) / group
        time = np.maximum(_carried(np.minimum(ranks - 1.0, 1.0), buffer_B * share, tier), time)
        inside = reached
    return time


def send(buffer_B: Number, weights: Counts, tiers: Sequence[Tier]) -> Number:
    """Time of one message of ``buffer_B`` over the tier that ``weights`` select [s]."""
    time: Number = 0.0
    for weight, tier in zip(weights, tiers, strict=True):
        time = _carried(1.0, buffer_B, tier) * weight + time
    return time
