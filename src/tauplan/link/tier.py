"""Network tiers: nested domains of accelerators, and how a group of ranks lies across them."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.tau import Number
from tauplan.tau import arrays as np


@dataclass(frozen=True)
class Tier:
    """One tier of the network, from the inside out.

    ``size``: accelerators joined up to this tier [1]; ``byte_s``: sustained seconds per byte, per accelerator
    and direction; ``message_s``: one message end to end (software, link, switches) [s]; ``direct``: whether
    every pair inside may talk at once (switch or full mesh), so that collectives need no ring; ``reduces``:
    whether switches add up an all-reduce, then at ``reduce_byte_s`` seconds per byte.
    """

    size: Number
    byte_s: Number
    message_s: Number
    direct: Number = False
    reduces: Number = False
    reduce_byte_s: Number = 0.0


def members(group: Number, stride: Number, tiers: tuple[Tier, ...]) -> tuple[Number, ...]:
    """Return how many of a group's ranks meet at each tier; their product is ``group``.

    A group takes every ``stride``-th rank. With 8 accelerators a domain, 16 ranks of stride 2 have 4 ranks
    in a domain and 4 domains.

    >>> inner = Tier(8.0, 0.0, 0.0)
    >>> outer = Tier(1024.0, 0.0, 0.0)
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
