"""The same accelerators joined by different topologies: switches, cables, price, power, failures, collectives."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import DEFAULT
from tauplan.errors import InputError, Problem
from tauplan.evaluate.book import Book
from tauplan.evaluate.link_parts import resolve_link
from tauplan.link import chain, topology
from tauplan.link import fabric_collectives as collectives
from tauplan.link.topology import Fabric
from tauplan.tau import Number

LINK, SWITCH, CIRCUITS, PORT = (
    "pluggable 800G DSP",
    "Tomahawk 5 switch",
    "optical circuit switch 136",
    "DAC 800G",
)
RUN = 20.0  # definition: metres of cable between racks
INNER = 400e9  # definition: bytes per second of a scale-up domain beside the rails
CUBE = 4  # definition: endpoints along the edge of a cube that circuit switches join
CUBE_PORTS = 128.0  # definition: ports of a circuit switch in use, spares aside


@dataclass(frozen=True)
class FabricRow:
    """One topology of ``endpoints`` accelerators.

    ``hops``: most switches a message passes; ``bisection``: over full [1]; price [USD] and power [W] of switches
    and cables; ``failures_Hz``: repairs of cables [1/s]; ``all_reduce_s``, ``all_to_all_s``: of one buffer [s].
    Cables count as ports of 800 Gb/s: thinner ones as shares.
    """

    name: str
    endpoints: float
    switches: float
    cables: float
    hops: float
    mean_hops: float
    bisection: float
    price_USD: float
    power_W: float
    failures_Hz: float
    all_reduce_s: float
    all_to_all_s: float


def compare_fabrics(
    catalog: Catalog,
    endpoints: int,
    bandwidth_Bps: float,
    buffer_B: float,
    domain: int = 8,
    inner_Bps: float = INNER,
    link_name: str = LINK,
) -> list[FabricRow]:
    """Return topologies for a number of endpoints with a bandwidth each way, and collectives of a buffer on them.

    ``domain`` and ``inner_Bps`` [B/s] are those of the scale-up network that rails need. Errors:
    :class:`InputError` for fewer than four endpoints, or a domain that does not divide them.
    """
    if endpoints < CUBE or endpoints % domain:
        raise InputError(
            Problem(
                "endpoints that no topology joins",
                value=str(endpoints),
                expected=f"a multiple of {domain}, 4 or more",
            )
        )
    book = Book(catalog, DEFAULT)
    found = _Prices(book, link_name, bandwidth_Bps)
    return [
        found.row(name, fabric, *times)
        for name, fabric, *times in _fabrics(found, float(endpoints), buffer_B, float(domain), inner_Bps)
    ]


class _Prices:
    """What a plane of the network is made of: radix, times, and the price, power and failures of its parts."""

    def __init__(self, book: Book, link_name: str, bandwidth_Bps: float) -> None:
        link = resolve_link(book, link_name)
        port = float(book.number(PORT, "bandwidth"))
        run = min(RUN, float(link.reach_m))
        self.byte_s = 1.0 / bandwidth_Bps
        self.planes = bandwidth_Bps / port
        self.radix = float(book.number(SWITCH, "throughput")) / port
        self.hop_s = float(chain.latency(link, run))
        self.switch_s = float(book.number(SWITCH, "latency"))
        self.switch = tuple(float(book.number(SWITCH, field)) for field in ("price", "power"))
        self.circuit = tuple(float(book.number(CIRCUITS, field)) for field in ("price", "power"))
        lanes = port / float(link.port_Bps)
        self.cable = (lanes * float(link.price_USD), 2.0 * port * float(chain.energy(link, run)))
        self.cable_Hz = lanes * float(link.failure_Hz)

    def message(self, fabric: Fabric) -> Number:
        """Return the latency of one message [s]."""
        if float(fabric.switches) == 0.0:
            return fabric.hops * self.hop_s
        return collectives.message_time(fabric, self.hop_s, self.switch_s)

    def row(self, name: str, fabric: Fabric, all_reduce: Number, all_to_all: Number) -> FabricRow:
        """Return a topology with all its planes."""
        cables = self.planes * float(fabric.cables * fabric.cable_share)
        circuits = max(self.planes * float(fabric.cable_share), 1.0)  # light of any rate passes one port
        price, power = (
            self.planes * float(total(fabric, self.switch[i], self.cable[i], self.cable[i]))
            + circuits * float(fabric.circuit_switches) * self.circuit[i]
            for i, total in enumerate((topology.price, topology.power))
        )
        return FabricRow(
            name=name,
            endpoints=float(fabric.endpoints),
            switches=self.planes * float(fabric.switches) + circuits * float(fabric.circuit_switches),
            cables=cables,
            hops=float(fabric.hops),
            mean_hops=float(fabric.mean_hops),
            bisection=float(fabric.bisection),
            price_USD=price,
            power_W=power,
            failures_Hz=cables * self.cable_Hz,
            all_reduce_s=float(all_reduce),
            all_to_all_s=float(all_to_all),
        )


def _fabrics(
    prices: _Prices, count: float, buffer_B: float, domain: float, inner_Bps: float
) -> Iterator[tuple[str, Fabric, Number, Number]]:
    byte_s, radix = prices.byte_s, prices.radix
    trees = (
        ("fat tree", topology.fat_tree(count, radix)),
        ("fat tree, 2:1", topology.fat_tree(count, radix, 2.0)),
        ("rail-optimised", topology.rail_optimised(count, domain, radix)),
        ("dragonfly", topology.dragonfly(count, radix)),
    )
    for name, fabric in trees:
        message = prices.message(fabric)
        yield (
            name,
            fabric,
            collectives.switched_all_reduce(buffer_B, fabric, byte_s, message),
            collectives.congested_all_to_all(buffer_B, fabric, byte_s, message),
        )
    rails = topology.rail_only(count, domain, radix)
    message = prices.message(rails)
    one_rail = topology.fat_tree(count / domain, radix)
    along = collectives.switched_all_reduce(buffer_B / domain, one_rail, byte_s, message)
    inside = 2.0 * (domain - 1.0) / domain * buffer_B / inner_Bps
    across = collectives.rail_only_all_to_all(buffer_B, domain, count, 1.0 / inner_Bps, byte_s, message)
    yield f"rail-only, domains of {domain:g}", rails, along + inside, across
    for size in (2, 3):
        sides = factors(int(count), size)
        name = " x ".join(str(side) for side in sides)
        numbers = tuple(float(side) for side in sides)
        ring = topology.torus(numbers)
        yield (
            f"torus {name}",
            ring,
            collectives.torus_all_reduce(buffer_B, numbers, byte_s, prices.hop_s),
            collectives.congested_all_to_all(buffer_B, ring, byte_s, prices.message(ring)),
        )
        mesh = topology.full_mesh(numbers)
        yield (
            f"full mesh {name}",
            mesh,
            collectives.mesh_all_reduce(buffer_B, numbers, byte_s, prices.hop_s),
            collectives.congested_all_to_all(buffer_B, mesh, byte_s, prices.message(mesh)),
        )
        if size == 3 and all(side % CUBE == 0 for side in sides):
            cubes = topology.circuit_torus(numbers, float(CUBE), CUBE_PORTS)
            yield (
                f"circuit-switched torus {name}",
                cubes,
                collectives.torus_all_reduce(buffer_B, numbers, byte_s, prices.hop_s),
                collectives.congested_all_to_all(buffer_B, cubes, byte_s, prices.message(ring)),
            )


def factors(count: int, size: int) -> tuple[int, ...]:
    """Return ``size`` whole sides whose product is the count, as equal as they can be, longest first.

    >>> factors(1024, 3)
    (16, 8, 8)
    """
    best: Sequence[int] = (count, *(1,) * (size - 1))
    small = [n for n in range(1, math.isqrt(count) + 1) if count % n == 0]
    divisors = sorted({*small, *(count // n for n in small)})
    for rest in itertools.combinations_with_replacement(divisors, size - 1):
        product = math.prod(rest)
        if count % product == 0:
            sides = sorted((count // product, *rest), reverse=True)
            best = min(best, sides, key=lambda some: (max(some), -min(some)))
    return tuple(best)
