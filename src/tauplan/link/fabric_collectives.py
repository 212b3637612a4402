r"""Collectives over a topology: bandwidth of the endpoint, hops of the messages, congestion at the bisection.

With n endpoints, buffer B [B], seconds per byte β of an endpoint's whole bandwidth and α per message [s]:

* all-reduce: 2(n−1)/n·Bβ + steps·α, half of it for all-gather and reduce-scatter; steps 2(n−1) for a ring,
  2⌈log₂n⌉ for halving and doubling through switches, Σ2(k−1) on a torus, 2 per dimension on a full mesh;
* all-reduce in the switches: Bβ + 2·levels·α;
* all-to-all: the slowest of injection (n−1)/n·Bβ, the uplinks of a leaf, and the bisection, Bβ/(2b): n/2
  endpoints send half of their buffer across b·n/2 of their bandwidth.

Source: Thakur, Rabenseifner and Gropp, IJHPCA 19 (2005); for tori Chan et al., "Collective communication: theory,
practice, and experience" (2007). Checked against the flow simulator of :mod:`tauplan.link.flows`.
"""

from __future__ import annotations

from collections.abc import Sequence

from tauplan.link.topology import Fabric
from tauplan.tau import Number
from tauplan.tau import arrays as np


def message_time(fabric: Fabric, link_s: Number, switch_s: Number) -> Number:
    """Return the latency of one message across the network [s]: hops·switch + (hops + 1)·link, both [s]."""
    return switch_s * fabric.hops + link_s * (fabric.hops + 1.0)


def switched_all_reduce(buffer_B: Number, fabric: Fabric, byte_s: Number, message_s: Number) -> Number:
    """Return the time of an all-reduce through switches [s]: halving and doubling, or the ring where it is faster.

    Both move 2(n−1)/n of the buffer. Halving works inside leaves of d endpoints first, so that only the d-th part
    of the buffer leaves them, over uplinks that may be oversubscribed: B·(2(d−1)/d + 2(m−1)/(m·d·uplink)), m = n/d.
    """
    n = fabric.endpoints
    leaf = np.minimum(fabric.leaf, n)
    inside = 2.0 * buffer_B * (leaf - 1.0) / leaf
    beyond = 2.0 * buffer_B * (n / leaf - 1.0) / n / fabric.uplink
    doubling = message_s * (2.0 * np.ceil(np.log2(n))) + byte_s * (inside + beyond)
    ring = message_s * (2.0 * (n - 1.0)) + byte_s * (2.0 * buffer_B * (n - 1.0) / n)
    return np.minimum(doubling, ring)


def in_network_all_reduce(buffer_B: Number, fabric: Fabric, byte_s: Number, message_s: Number) -> Number:
    """Return the time of an all-reduce that switches add up [s]: one trip up and down, each byte sent once."""
    together = np.where(fabric.endpoints > 1.0, 1.0, 0.0)
    return message_s * (2.0 * together) + byte_s * (buffer_B * together)


def torus_all_reduce(
    buffer_B: Number, dimensions: Sequence[Number], byte_s: Number, message_s: Number
) -> Number:
    """Return the time of an all-reduce on a torus [s], all dimensions at work on a part of the buffer each.

    2(n−1)/n·Bβ + Σ2(k−1)α. Validity: equal sides; unequal ones leave the short dimensions idle at times.
    """
    n: Number = 1.0
    steps: Number = 0.0
    for side in dimensions:
        n = n * side
        steps = steps + 2.0 * (side - 1.0)
    return message_s * steps + byte_s * (2.0 * buffer_B * (n - 1.0) / n)


def mesh_all_reduce(
    buffer_B: Number, dimensions: Sequence[Number], byte_s: Number, message_s: Number
) -> Number:
    """Return the time of an all-reduce on a full mesh [s]: direct exchange, two messages per dimension."""
    n: Number = 1.0
    for side in dimensions:
        n = n * side
    return message_s * (2.0 * len(dimensions)) + byte_s * (2.0 * buffer_B * (n - 1.0) / n)


def congested_all_to_all(buffer_B: Number, fabric: Fabric, byte_s: Number, message_s: Number) -> Number:
    """Return the time of an all-to-all [s]: injection, leaf uplinks or bisection, the slowest, and one message."""
    n = fabric.endpoints
    out_of_leaf = (n - np.minimum(fabric.leaf, n)) / n / fabric.uplink
    load = np.maximum(np.maximum((n - 1.0) / n, out_of_leaf), 1.0 / (2.0 * fabric.bisection))
    return message_s * np.where(n > 1.0, 1.0, 0.0) + byte_s * (buffer_B * np.where(n > 1.0, load, 0.0))


def rail_only_all_to_all(
    buffer_B: Number,
    domain: Number,
    endpoints: Number,
    inner_byte_s: Number,
    byte_s: Number,
    message_s: Number,
) -> Number:
    """Return the time of an all-to-all without links between rails [s].

    Bytes for another rail first move inside the domain to the accelerator of that rail: (d−1)/d of the buffer over
    the inner network, then all that leaves the domain along the rails, (n−d)/n; the first is on top of the second.
    """
    inside = inner_byte_s * (buffer_B * (domain - 1.0) / domain)
    return inside + byte_s * (buffer_B * (endpoints - domain) / endpoints) + message_s * 2.0
