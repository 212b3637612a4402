"""Network tiers: nested domains of accelerators, and how a group of ranks lies across them."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.tau import Number
from tauplan.tau import arrays as np


@dataclass(frozen=True)
class Tier:
    """One tier of the network, from the inside out; times [s], ``size`` and flags [1].

    ``size``: accelerators joined up to this tier. ``byte_s``, ``message_s``: sustained seconds per byte, per
    accelerator and direction, and per message, of the protocol that long messages use; ``quick_byte_s``,
    ``quick_message_s``: of the one for short messages, which spends bandwidth to save latency.
    ``start_s``: once per collective (launch, rendezvous). Where ``direct`` is set, every pair inside may talk
    at once and a kernel of its own reads all peers: ``direct_s`` once, ``direct_byte_s`` per byte. Where
    ``reduces`` is set, switches add up an all-reduce: ``reduce_s`` once, ``reduce_byte_s`` per byte.
    """

    size: Number
    byte_s: Number
    message_s: Number
    quick_byte_s: Number
    quick_message_s: Number
    start_s: Number
    direct: Number = False
    direct_byte_s: Number = 0.0
    direct_s: Number = 0.0
    reduces: Number = False
    reduce_byte_s: Number = 0.0
    reduce_s: Number = 0.0


def plain_tier(size: Number, byte_s: Number, message_s: Number) -> Tier:
    """Return a tier with one protocol: seconds per byte and per message [s], nothing once per collective."""
    return Tier(size, byte_s, message_s, byte_s, message_s, 0.0)


def members(group: Number, stride: Number, tiers: tuple[Tier, ...]) -> tuple[Number, ...]:
    """Return how many of a group's ranks meet at each tier; their product is ``group``.

    A group takes every ``stride``-th rank. With 8 accelerators a domain, 16 ranks of stride 2 have 4 ranks
    in a domain and 4 domains.

    >>> inner = plain_tier(8.0, 0.0, 0.0)
    >>> outer = plain_tier(1024.0, 0.0, 0.0)
    >>> [float(m) for m in members(16.0, 2.0, (inner, outer))]
    [4.0, 4.0]
    """
    result: list[Number] = []
    inside: Number = 1.0
    for tier in tiers[:-1]:
        reach = np.clip(np.floor(tier.size / stride), inside, group)
        result.append(reach / inside)
        inside = reach
    return (*result, group / inside)


def crossing(stride: Number, tiers: tuple[Tier, ...]) -> tuple[Number, ...]:
    """Return 1.0 for the tier over which a rank reaches its neighbour ``stride`` ranks away, else 0.0.

    Neighbours share a tier when two strides fit into it.
    """
    result: list[Number] = []
    found: Number = 0.0
    for tier in tiers[:-1]:
        here = np.where(2.0 * stride <= tier.size, 1.0, 0.0) * (1.0 - found)
        result.append(here)
        found = found + here
    return (*result, 1.0 - found)
