"""From claims about links and switches to the tiers of a network, with the owners of their times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tauplan.evaluate.book import Book
from tauplan.evaluate.chip_rates import OTHER
from tauplan.link.tier import Tier
from tauplan.spec.system import System
from tauplan.tau import Number, Time
from tauplan.tau import arrays as np

SWITCH_HOPS = 3.0  # definition: leaf, spine, leaf between two pods of a two-level fat tree
BUS = "PCIe 4.0 x16"
NETWORK = "Ethernet 200G RoCE"
SWITCH = "Quantum-2 QM9700"
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
        return self.tier.message_s - self.link_s - self.switch_s

    def owned(self) -> Tier:
        """Return the tier with times owned by link, switch and software."""
        tier = self.tier
        return replace(
            tier,
            byte_s=Time.of("link", tier.byte_s),
            message_s=self._split(tier.message_s),
            quick_byte_s=Time.of("link", tier.quick_byte_s),
            quick_message_s=self._split(tier.quick_message_s),
            start_s=Time.of("software", tier.start_s),
            direct_byte_s=Time.of("link", tier.direct_byte_s),
            direct_s=self._split(tier.direct_s),
            reduce_byte_s=Time.of("switch", tier.reduce_byte_s),
            reduce_s=self._split(tier.reduce_s),
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
    core = replace(
        outer,
        name=f"{outer.name}, core",
        bandwidth_Bps=outer.bandwidth_Bps / over,
        switch_s=outer.switch_s * SWITCH_HOPS,
        tier=replace(
            outer.tier,
            byte_s=outer.tier.byte_s * over,
            quick_byte_s=outer.tier.quick_byte_s * over,
            message_s=outer.tier.message_s + outer.switch_s * (SWITCH_HOPS - 1.0),
            quick_message_s=outer.tier.quick_message_s + outer.switch_s * (SWITCH_HOPS - 1.0),
        ),
    )
    return (inner, replace(outer, tier=replace(outer.tier, size=pod)), core)


def _scale_up(book: Book, system: System, accelerator: str, server: str | None) -> NetworkTier:
    """Return the tier inside a domain: ring protocols, kernels that read all peers, perhaps switches that add."""
    chosen = system.scale_up
    coefficient = _coefficients(book, accelerator)
    link = chosen.link or (book.text(server, "scale_up_link") if server else None)
    known = book.has(accelerator, "scale_up_bandwidth")
    part = book.catalog.resolve(link, "link").name if link else BUS
    domain = chosen.domain
    if domain is None:
        domain = _first(book, "scale_up_domain", server, accelerator)
    bandwidth = chosen.bandwidth
    if bandwidth is None and chosen.link is None and known:
        bandwidth = book.number(accelerator, "scale_up_bandwidth")
    if bandwidth is None:
        bandwidth = book.number(part, "bandwidth")
    link_s = book.number(part, "latency") if chosen.latency is None else chosen.latency
    sustained, payload = coefficient("link_sustained"), coefficient("reduction_sustained")
    tier = Tier(
        size=np.minimum(1 if domain is None else domain, system.count),
        byte_s=1.0 / (bandwidth * sustained),
        message_s=link_s + coefficient("message_time"),
        quick_byte_s=1.0 / (bandwidth * sustained * coefficient("quick_share")),
        quick_message_s=link_s + coefficient("quick_message_time"),
        start_s=coefficient("collective_start"),
        direct=True,
        direct_byte_s=1.0 / (bandwidth * coefficient("direct_share")),
        direct_s=link_s + coefficient("direct_start"),
        reduces=_reduces(book, part, chosen.in_network_reduction),
        reduce_byte_s=1.0 / (bandwidth * payload),
        reduce_s=link_s + coefficient("reduction_start"),
    )
    name = part if link else "scale-up"
    return NetworkTier(tier, name, bandwidth, link_s, 0.0, _energy(book, part, coefficient))


def _reduces(book: Book, part: str, chosen: bool | None) -> Number:
    """Return whether switches add up all-reduces: as the scenario says, else as the link's claim does."""
    if chosen is not None:
        return chosen
    known = book.optional(part, "in_network_reduction")
    return False if known is None else known > 0


def _scale_out(book: Book, system: System, accelerator: str, server: str | None) -> NetworkTier:
    """Return the tier between domains: network ports and switches."""
    chosen = system.scale_out
    coefficient = _coefficients(book, accelerator)
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
    message_s = link_s + switch_s + coefficient("network_message_time")
    byte_s = 1.0 / (bandwidth * coefficient("network_sustained"))
    tier = Tier(UNREACHED, byte_s, message_s, byte_s, message_s, coefficient("network_start"))
    return NetworkTier(tier, part, bandwidth, link_s, switch_s, _energy(book, part, coefficient))


def _coefficients(book: Book, accelerator: str) -> Callable[[str], Number]:
    """Return the look-up of an accelerator's generation, with its stand-in."""
    generation = book.catalog.resolve(accelerator).generation or OTHER
    return lambda field: book.number(generation, field, (OTHER, field))


def _energy(book: Book, part: str, coefficient: Callable[[str], Number]) -> Number:
    known = book.optional(part, "energy_per_bit")
    return coefficient("link_energy") if known is None else known


def _first(book: Book, field: str, *parts: str | None) -> Number | None:
    for part in parts:
        if part is not None and book.has(part, field):
            return book.number(part, field)
    return None
