"""From claims about links and switches to the tiers of a network, with the owners of their times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tauplan.evaluate.book import Book
from tauplan.evaluate.chip_rates import OTHER
from tauplan.link.exchange import ExchangeKernel
from tauplan.link.protocol import Protocol
from tauplan.link.tier import Tier
from tauplan.spec.system import System
from tauplan.tau import Number, Time
from tauplan.tau import arrays as np

SWITCH_HOPS = 3.0  # definition: leaf, spine, leaf between two pods of a two-level fat tree
BUS = "PCIe 4.0 x16"
NETWORK = "Ethernet 200G RoCE"
SWITCH = "Quantum-2 QM9700"
EXCHANGE = "low-latency combine"  # definition: the kernel that stands for both ways of an expert exchange
UNREACHED = 1e12  # definition: the outermost tier joins everything


@dataclass(frozen=True)
class NetworkTier:
    """One tier resolved: plain times, and the parts of a message that link and switches own [s].

    ``bandwidth_Bps``: per accelerator and direction [B/s]; ``energy_J``: per byte [J/B].
    """

    tier: Tier
    name: str
    bandwidth_Bps: Number
    link_s: Number
    switch_s: Number
    energy_J: Number

    @property
    def software_s(self) -> Number:
        """Software part of one long-protocol message [s]."""
        return self.tier.long.message_s - self.link_s - self.switch_s

    def owned(self) -> Tier:
        """Return the tier with times owned by link, switch and software."""
        tier = self.tier
        return replace(
            tier,
            long=self._owned(tier.long),
            quick=self._owned(tier.quick),
            exchange=self._owned(tier.exchange),
            dispatch=self._owned(tier.dispatch),
            direct=self._owned(tier.direct),
            reduction=self._owned(tier.reduction, "switch"),
        )

    def _owned(self, protocol: Protocol, mover: str = "link") -> Protocol:
        """Return a protocol whose bytes ``mover`` owns; starts and pieces in flight belong to software."""
        return Protocol(
            start_s=Time.of("software", protocol.start_s),
            message_s=self._split(protocol.message_s),
            byte_s=Time.of(mover, protocol.byte_s),
            ramp_s=Time.of("software", protocol.ramp_s),
        )

    def _split(self, message_s: Number) -> Time:
        rest = message_s - self.link_s - self.switch_s
        return Time.split({"link": self.link_s, "switch": self.switch_s, "software": rest})


def resolve_network(
    book: Book, system: System, accelerator: str, server: str | None
) -> tuple[NetworkTier, ...]:
    """Return the tiers of a system, inside out: scale-up domain, pod of the scale-out network, core above it."""
    inner = _scale_up(book, system, accelerator, server)
    outer = _scale_out(book, system, accelerator, server)
    pod = system.scale_out.pod
    if pod is None:
        return (inner, outer)
    over = system.scale_out.oversubscription
    near = outer.tier.long
    far = replace(
        near,
        byte_s=near.byte_s * over,
        message_s=near.message_s + outer.switch_s * (SWITCH_HOPS - 1.0),
    )
    core = replace(
        outer,
        name=f"{outer.name}, core",
        bandwidth_Bps=outer.bandwidth_Bps / over,
        switch_s=outer.switch_s * SWITCH_HOPS,
        tier=replace(outer.tier, long=far, quick=far, exchange=far),
    )
    return (inner, replace(outer, tier=replace(outer.tier, size=pod)), core)


@dataclass(frozen=True)
class ScaleUpLink:
    """The link of a scale-up domain: its part and whether it is named, rate [B/s] and latency [s] of one hop.

    ``reduces``: whether its switches add; ``coefficients``: the class whose collectives it runs.
    """

    part: str
    named: bool
    bandwidth_Bps: Number
    latency_s: Number
    reduces: Number
    coefficients: str


def scale_up_link(book: Book, system: System, accelerator: str, server: str | None) -> ScaleUpLink:
    """Return the link inside a domain: the scenario's, the server's, the accelerator's own, or the host bus."""
    chosen = system.scale_up
    link = chosen.link or (book.text(server, "scale_up_link") if server else None)
    known = book.has(accelerator, "scale_up_bandwidth")
    part = book.catalog.resolve(link, "link").name if link else BUS
    bandwidth = chosen.bandwidth
    if bandwidth is None and chosen.link is None and known:
        bandwidth = book.number(accelerator, "scale_up_bandwidth")
    on_part = link is not None or bandwidth is None
    return ScaleUpLink(
        part=part,
        named=link is not None,
        bandwidth_Bps=book.number(part, "bandwidth") if bandwidth is None else bandwidth,
        latency_s=book.number(part, "latency") if chosen.latency is None else chosen.latency,
        reduces=_reduces(book, part, chosen.in_network_reduction),
        coefficients=_class(book, accelerator, part if on_part else None),
    )


def _class(book: Book, accelerator: str, link: str | None) -> str:
    """Return the class of collective coefficients.

    A generation that lives on the host bus names its class; otherwise a link that is a host bus does; otherwise
    it is the generation itself.
    """
    own = _generation(book, accelerator)
    return book.text(own, "collective_class") or (link and book.text(link, "collective_class")) or own


def _generation(book: Book, accelerator: str) -> str:
    return book.catalog.resolve(accelerator).generation or OTHER


def _scale_up(book: Book, system: System, accelerator: str, server: str | None) -> NetworkTier:
    """Return the tier inside a domain: ring protocols, kernels that read all peers, perhaps switches that add."""
    link = scale_up_link(book, system, accelerator, server)
    domain = system.scale_up.domain
    if domain is None:
        domain = _first(book, "scale_up_domain", server, accelerator)
    generation = _generation(book, accelerator)
    kernel = exchange_kernel(book, EXCHANGE, generation, link.bandwidth_Bps, link.bandwidth_Bps)
    tier = replace(
        scale_up_tier(link.bandwidth_Bps, link.latency_s, _coefficients(book, link.coefficients)),
        size=np.minimum(1 if domain is None else domain, system.count),
        reduces=link.reduces,
        mesh=_mesh(book, link.part, domain),
        dispatch=Protocol(kernel.start_s, link.latency_s, kernel.byte_s, kernel.ramp_s),
    )
    energy_J = _energy(book, link.part, _coefficients(book, generation))
    name = link.part if link.named else "scale-up"
    return NetworkTier(tier, name, link.bandwidth_Bps, link.latency_s, 0.0, energy_J)


def scale_up_tier(bandwidth: Number, link_s: Number, coefficient: Callable[[str], Number]) -> Tier:
    """Return an unbounded tier of ``bandwidth`` [B/s] and link latency [s] from a class's coefficients."""
    long_s = 1.0 / (bandwidth * coefficient("link_sustained"))
    return Tier(
        size=UNREACHED,
        long=Protocol(
            coefficient("long_start"), link_s + coefficient("message_time"), long_s, coefficient("long_ramp")
        ),
        quick=Protocol(
            coefficient("collective_start"),
            link_s + coefficient("quick_message_time"),
            long_s / coefficient("quick_share"),
            coefficient("quick_ramp"),
        ),
        exchange=Protocol(
            coefficient("exchange_start"),
            link_s + coefficient("exchange_message_time"),
            1.0 / (bandwidth * coefficient("exchange_sustained")),
            coefficient("exchange_ramp"),
        ),
        direct=Protocol(
            coefficient("direct_start"),
            link_s,
            1.0 / (bandwidth * coefficient("direct_share")),
            coefficient("direct_ramp"),
        ),
        direct_here=coefficient("direct_limit") > 0,
        direct_limit_B=coefficient("direct_limit"),
        reduction=Protocol(
            coefficient("reduction_start"),
            link_s,
            1.0 / (bandwidth * coefficient("reduction_sustained")),
            coefficient("reduction_ramp"),
        ),
        own_share=coefficient("own_share"),
        bridge=coefficient("bridge"),
        host_share=coefficient("host_share"),
    )


def _mesh(book: Book, part: str, domain: Number | None) -> Number:
    """Return the peers that a rank's links go straight to, zero where switches join a domain."""
    straight = book.optional(part, "mesh")
    return 0.0 if straight is None or domain is None else straight * (domain - 1.0)


def _reduces(book: Book, part: str, chosen: bool | None) -> Number:
    """Return whether switches add up all-reduces: as the scenario says, else as the link's claim does."""
    if chosen is not None:
        return chosen
    known = book.optional(part, "in_network_reduction")
    return False if known is None else known > 0


def _scale_out(book: Book, system: System, accelerator: str, server: str | None) -> NetworkTier:
    """Return the tier between domains: network ports and switches."""
    chosen = system.scale_out
    coefficient = _coefficients(book, _generation(book, accelerator))
    link = chosen.link or (book.text(server, "scale_out_link") if server else None) or NETWORK
    part = book.catalog.resolve(link, "link").name
    ports: Number = chosen.ports
    if ports is None and chosen.link is None:
        ports = _first(book, "scale_out_ports", server)
    bandwidth = chosen.bandwidth
    if bandwidth is None:
        bandwidth = book.number(part, "bandwidth") * (1.0 if ports is None else ports)
    link_s = book.number(part, "latency") if chosen.latency is None else chosen.latency
    switch = book.catalog.resolve(chosen.switch, "switch").name if chosen.switch else SWITCH
    switch_s = book.number(switch, "latency")
    one = Protocol(
        start_s=coefficient("network_start"),
        message_s=link_s + switch_s + coefficient("network_message_time"),
        byte_s=1.0 / (bandwidth * coefficient("network_sustained")),
        ramp_s=coefficient("network_ramp"),
    )
    tier = Tier(UNREACHED, long=one, quick=one, exchange=one)
    return NetworkTier(tier, part, bandwidth, link_s, switch_s, _energy(book, part, coefficient))


def exchange_kernel(
    book: Book, kernel: str, generation: str, link_Bps: Number, port_Bps: Number
) -> ExchangeKernel:
    """Return an exchange kernel on links of ``link_Bps`` and network ports of ``port_Bps`` [B/s].

    Coefficients are those of the kernel on the generation, or on the stand-in for all generations.
    """
    own, other = f"{kernel}, {generation}", f"{kernel}, {OTHER}"
    return exchange_from(lambda field: book.number(own, field, (other, field)), link_Bps, port_Bps)


def exchange_from(coefficient: Callable[[str], Number], link_Bps: Number, port_Bps: Number) -> ExchangeKernel:
    """Return an exchange kernel from its coefficients [SI] and the rates of its links [B/s]."""
    return ExchangeKernel(
        start_s=coefficient("start"),
        expert_s=coefficient("expert_time"),
        byte_s=1.0 / (link_Bps * coefficient("link_share")),
        token_s=coefficient("token_time"),
        unit_byte_s=1.0 / coefficient("unit_rate"),
        ramp_s=coefficient("ramp"),
        network_start_s=coefficient("network_start"),
        network_byte_s=1.0 / (port_Bps * coefficient("network_share")),
    )


def _coefficients(book: Book, coefficients: str) -> Callable[[str], Number]:
    """Return the look-up of a class of coefficients, with its stand-in."""
    return lambda field: book.number(coefficients, field, (OTHER, field))


def _energy(book: Book, part: str, coefficient: Callable[[str], Number]) -> Number:
    known = book.optional(part, "energy_per_bit")
    return coefficient("link_energy") if known is None else known


def _first(book: Book, field: str, *parts: str | None) -> Number | None:
    for part in parts:
        if part is not None and book.has(part, field):
            return book.number(part, field)
    return None
