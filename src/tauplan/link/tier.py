"""Network tiers: nested domains of accelerators, and how a group of ranks lies across them."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.link.protocol import Protocol
from tauplan.tau import Number
from tauplan.tau import arrays as np

NONE = Protocol(0.0, 0.0, 0.0)
"""A protocol that a tier does not have; its flag keeps it out."""


@dataclass(frozen=True)
class Tier:
    """One tier of the network, from the inside out; ``size``, flags and shares [1].

    ``size``: accelerators joined up to this tier. ``long`` and ``quick``: the protocols of long messages and of
    short ones, which spend bandwidth to save latency; ``exchange``: of messages that leave side by side
    (all-to-all, send). Where ``direct_here`` is set, every pair inside may talk at once and a kernel of its own
    reads all peers (``direct``), up to ``direct_limit_B`` received, or writes to all (``dispatch``). Where
    ``reduces`` is set, switches add up an all-reduce of more than two ranks (``reduction``).
    ``own_share``: cost of a byte that a rank copies inside itself over one that it sends. On a bus, more than
    two ranks meet over a bridge: ``bridge`` times the seconds per byte; or through the host's memory, which
    all share: ``host_share`` times the ranks. ``mesh``: peers of a rank where its links go straight to one each,
    zero where switches join them: a group that leaves peers out leaves their links idle.
    """

    size: Number
    long: Protocol
    quick: Protocol
    exchange: Protocol
    dispatch: Protocol = NONE
    direct: Protocol = NONE
    direct_here: Number = False
    direct_limit_B: Number = float("inf")
    reduction: Protocol = NONE
    reduces: Number = False
    own_share: Number = 0.0
    bridge: Number = 1.0
    host_share: Number = 0.0
    mesh: Number = 0.0


def plain_tier(size: Number, byte_s: Number, message_s: Number) -> Tier:
    """Return a tier with one protocol: seconds per byte and per message [s], nothing once per collective."""
    one = Protocol(0.0, message_s, byte_s)
    return Tier(size, one, one, one)


def bus_factor(ranks: Number, tier: Tier) -> Number:
    """Return how much longer a byte takes when ``ranks`` meet than at the rate of all links of one [1].

    A bus is crowded by more than two; in a mesh of P, p ranks use (p − 1)/(P − 1) of their links.

    >>> mesh = replace(plain_tier(8.0, 0.0, 0.0), mesh=7.0)
    >>> [float(bus_factor(p, mesh)) for p in (2.0, 8.0)]
    [7.0, 1.0]
    """
    crowd = np.maximum(np.maximum(tier.bridge, tier.host_share * ranks), 1.0)
    straight = tier.mesh / np.maximum(ranks - 1.0, 1.0)
    return np.maximum(np.where(ranks > 2.0, crowd, 1.0), straight)


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
