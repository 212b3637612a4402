r"""Topologies: switches, cables, hops and bisection of the networks that join n endpoints.

``bisection`` is the bandwidth through the worst cut into halves, one way, over what one half can inject: 1 is full
bisection. Endpoint bandwidth is that of all its ports together. Counts are of one plane; multiply for several.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tauplan.tau import Number
from tauplan.tau import arrays as np


@dataclass(frozen=True)
class Fabric:
    """A network of ``endpoints``; all fields are numbers or arrays [1].

    ``access``: cables between an endpoint and a switch (between endpoints, where there are no switches);
    ``trunks``: cables between switches; ``hops``: most switches (or endpoints) that a message passes; ``mean_hops``
    under uniform traffic; ``circuit_switches``: optical ones, which pass light through. ``leaf``: endpoints under
    the lowest switch, and ``uplink``: bandwidth that leaves it over what they inject. ``cable_share``: bandwidth of
    a cable over that of an endpoint.
    """

    endpoints: Number
    switches: Number
    access: Number
    trunks: Number
    hops: Number
    mean_hops: Number
    bisection: Number
    circuit_switches: Number = 0.0
    leaf: Number = 1.0
    uplink: Number = 1.0
    cable_share: Number = 1.0

    @property
    def cables(self) -> Number:
        """All cables [1]."""
        return self.access + self.trunks

    @property
    def cable_ends(self) -> Number:
        """Ends of all cables, the number of optical modules where all are optical [1]."""
        return 2.0 * self.cables


def fat_tree(endpoints: Number, radix: Number, oversubscription: Number = 1.0) -> Fabric:
    """Return a folded Clos of one to three levels, as many as the number of endpoints needs.

    Switches of ``radix`` ports of the endpoint's rate; a leaf has ``oversubscription`` times as many ports down
    as up. One level holds r endpoints, two r²/2, three r³/4 (at full bisection). Counts are ceilings [1].
    """
    down = radix * oversubscription / (1.0 + oversubscription)
    one, two = endpoints <= radix, endpoints <= down * radix
    leaves = np.where(one, 1.0, np.ceil(endpoints / down))
    up = leaves * (radix - down)
    spines = np.where(one, 0.0, np.ceil(up / radix))
    middle = np.where(two, 0.0, np.ceil(2.0 * up / radix))
    levels = np.where(one, 1.0, np.where(two, 2.0, 3.0))
    trunks = np.where(one, 0.0, np.where(two, up, 2.0 * up))
    near = np.where(one, 1.0, down / endpoints)
    hops = 2.0 * levels - 1.0
    mean = np.where(one, 1.0, near + (1.0 - near) * hops)
    share = np.where(one, 1.0, 1.0 / oversubscription)
    leaf = np.where(one, endpoints, down)
    whole = endpoints * 1.0
    return Fabric(whole, leaves + spines + middle, whole, trunks, hops, mean, share, leaf=leaf, uplink=share)


def rail_optimised(endpoints: Number, domain: Number, radix: Number) -> Fabric:
    """Return a fat tree whose leaves join the accelerators of one index in all domains.

    Same switches and cables as :func:`fat_tree`; traffic along a rail passes one leaf while the rail fits under it,
    so the mean over rail traffic is that of a tree over endpoints/domain [1].
    """
    whole = fat_tree(endpoints, radix)
    rail = fat_tree(endpoints / domain, radix)
    return replace(whole, mean_hops=rail.mean_hops)


def rail_only(endpoints: Number, domain: Number, radix: Number) -> Fabric:
    """Return separate networks per rail, without spines between them: domain trees of endpoints/domain each.

    Traffic between rails first moves inside a domain. Source: Wang et al., "Rail-only", arXiv 2307.12169. [1]
    """
    rail = fat_tree(endpoints / domain, radix)
    return replace(
        rail,
        endpoints=endpoints * 1.0,
        switches=rail.switches * domain,
        access=rail.access * domain,
        trunks=rail.trunks * domain,
    )


def torus(dimensions: Sequence[Number]) -> Fabric:
    """Return a torus of any number of dimensions, sides [1]; 2·d links per endpoint share its bandwidth.

    The bisection is 2/(k·d) for the longest side k: two cuts through a ring, each endpoint link 1/(2d) of the
    bandwidth. Mean hops are the sum of k/4 (even sides).
    """
    count = _product(dimensions)
    size = len(dimensions)
    longest = dimensions[0]
    mean: Number = 0.0
    farthest: Number = 0.0
    for side in dimensions:
        longest = np.maximum(longest, side)
        mean = mean + side / 4.0
        farthest = farthest + np.floor(side / 2.0)
    zero = count * 0.0
    share = 1.0 / (2.0 * size)
    bisection = 2.0 / (longest * size)
    return Fabric(count, zero, count * size, zero, farthest, mean, bisection, cable_share=share)


def full_mesh(dimensions: Sequence[Number]) -> Fabric:
    """Return a mesh in which every endpoint is joined to all others along each dimension, sides [1].

    Bandwidth is shared equally by Σ(k − 1) links. Cutting side k: k²/4 links per line. Source of the nD form:
    UB-Mesh, arXiv 2503.20377.
    """
    count = _product(dimensions)
    degree: Number = 0.0
    mean: Number = 0.0
    worst: Number = np.inf
    for side in dimensions:
        degree = degree + (side - 1.0)
        mean = mean + (side - 1.0) / side
    for side in dimensions:
        worst = np.minimum(worst, side / (2.0 * degree))
    zero = count * 0.0
    hops = 1.0 * len(dimensions)
    return Fabric(count, zero, count * degree / 2.0, zero, hops, mean, worst, cable_share=1.0 / degree)


def dragonfly(endpoints: Number, radix: Number) -> Fabric:
    """Return a balanced dragonfly: p endpoints, 2p − 1 local and p global ports per switch, p = (radix + 1)/4.

    Groups of 2p switches, all joined; minimal routing passes four switches at most. Bisection ½ under minimal
    routing to spread groups. Source: Kim et al., "Technology-driven, highly-scalable dragonfly topology" (2008).
    Validity: up to 4p⁴ + 2p² endpoints; counts are shares of a full machine [1].
    """
    p = np.floor((radix + 1.0) / 4.0)
    switches = np.ceil(endpoints / p)
    local = switches * (2.0 * p - 1.0) / 2.0
    across = switches * p / 2.0
    near = np.minimum(2.0 * p * p / endpoints, 1.0)
    mean = 2.0 * near + (1.0 - near) * 4.0
    whole = endpoints * 1.0
    return Fabric(whole, switches, whole, local + across, 4.0 + 0.0 * whole, mean, 0.5 + 0.0 * whole)


def circuit_torus(dimensions: Sequence[Number], block: Number, radix: Number) -> Fabric:
    """Return a torus of cubes whose faces meet at optical circuit switches of ``radix`` ports.

    Cubes of ``block``³ endpoints; the 6·block² links of a cube's faces are optical and end at circuit switches,
    the rest is copper inside racks. Three dimensions, sides [1].
    """
    plain = torus(dimensions)
    cubes = plain.endpoints / block**3
    optical = cubes * 2.0 * 3.0 * block**2
    switches = np.ceil(optical / radix)
    return Fabric(
        plain.endpoints,
        0.0 * cubes,
        plain.access - optical / 2.0,
        optical,
        plain.hops,
        plain.mean_hops,
        plain.bisection,
        switches,
        cable_share=plain.cable_share,
    )


def price(
    fabric: Fabric, switch_USD: Number, access_USD: Number, trunk_USD: Number, circuit_USD: Number = 0.0
) -> Number:
    """Return the price of a network [USD]: per switch, per cable with both ends, per circuit switch.

    Prices of cables are for one of the endpoint's bandwidth; thinner ones cost in proportion.
    """
    return (
        fabric.switches * switch_USD
        + (fabric.access * access_USD + fabric.trunks * trunk_USD) * fabric.cable_share
        + fabric.circuit_switches * circuit_USD
    )


def power(
    fabric: Fabric, switch_W: Number, access_W: Number, trunk_W: Number, circuit_W: Number = 0.0
) -> Number:
    """Return the power of a network [W]: per switch, per cable with both ends, per circuit switch.

    Powers of cables are for one of the endpoint's bandwidth; thinner ones take it in proportion.
    """
    return (
        fabric.switches * switch_W
        + (fabric.access * access_W + fabric.trunks * trunk_W) * fabric.cable_share
        + fabric.circuit_switches * circuit_W
    )


def availability(fabric: Fabric, cable_Hz: Number, switch_Hz: Number, repair_s: Number) -> Number:
    """Return the share of time in which no cable and no switch of the network is under repair [1].

    exp(−Σ rate · repair): failure rates [1/s], mean repair [s]. Spares and reroutes are not counted.
    """
    return np.exp(-(fabric.cables * cable_Hz + fabric.switches * switch_Hz) * repair_s)


def with_backup(endpoints: Number, spares: Number, failure_Hz: Number, repair_s: Number) -> Number:
    r"""Return the availability of a group of endpoints with spares [1], up to one spare per group.

    Without spare (1 − u)^n, with one (1 − u)^{n+1}·(1 + (n+1)u/(1 − u)); u = failure rate [1/s] · repair [s],
    small. ``spares`` is 0 or 1.
    """
    down = failure_Hz * repair_s / (1.0 + failure_Hz * repair_s)
    bare = (1.0 - down) ** endpoints
    backed = (1.0 - down) ** (endpoints + 1.0) * (1.0 + (endpoints + 1.0) * down / (1.0 - down))
    return np.where(spares > 0.0, backed, bare)


def _product(dimensions: Sequence[Number]) -> Number:
    count: Number = 1.0
    for side in dimensions:
        count = count * side
    return count
