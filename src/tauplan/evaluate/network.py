"""From claims about links and switches to the tiers of a network, with the owners of their times."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tauplan.evaluate.book import Book
from tauplan.evaluate.chip_rates import OTHER
from tauplan.link.tier import Tier
from tauplan.spec.system import System
from tauplan.tau import Number, Time
from tauplan.tau import arrays as np

SWITCH_HOPS = 3.0  # definition: leaf, spine, leaf between two pods of a two-level fat tree
UNREACHED = 1e12  # definition: the outermost tier joins everything


@dataclass(frozen=True)
class NetworkTier:
    """One tier resolved: plain times by owner, so that it can be read plain or owned.

    ``link_s``, ``switch_s``, ``software_s``: parts of one message [s]; ``energy_J``: per byte [J/B].
    """

    tier: Tier
    name: str
    bandwidth_Bps: Number
    link_s: Number
    switch_s: Number
    software_s: Number
    energy_J: Number

    def owned(self) -> Tier:
        """Return the tier with times owned by link, switch and software."""
        message = Time.split({"link": self.link_s, "switch": self.switch_s, "software": self.software_s})
        return replace(
            self.tier,
            byte_s=Time.of("link", self.tier.byte_s),
            message_s=message,
            reduce_byte_s=Time.of("switch", self.tier.reduce_byte_s),
        )


def resolve_network(
    book: Book, system: System, accelerator: str, server: str | None
) -> tuple[NetworkTier, ...]:
    """Return the tiers of a system, inside out: scale-up domain, pod of the scale-out network, core above it."""
    inner = _scale_up(book, system, accelerator, server)
    outer = _scale_out(book, system, accelerator, server)
    pod = system.scale_out.pod
    if pod is None:
        return (inner, outer)
    core_bandwidth = outer.bandwidth_Bps / system.scale_out.oversubscription
    core = replace(
        outer,
        name=f"{outer.name}, core",
        bandwidth_Bps=core_bandwidth,
        switch_s=outer.switch_s * SWITCH_HOPS,
        tier=replace(
            outer.tier,
            byte_s=outer.tier.byte_s * system.scale_out.oversubscription,
            message_s=outer.link_s + outer.switch_s * SWITCH_HOPS + outer.software_s,
        ),
    )
    return (inner, replace(outer, tier=replace(outer.tier, size=pod)), core)


def _scale_up(book: Book, system: System, accelerator: str, server: str | None) -> NetworkTier:
    chosen = system.scale_up
    generation = book.catalog.resolve(accelerator).generation or OTHER
    link = chosen.link or (book.text(server, "scale_up_link") if server else None)
    part = book.catalog.resolve(link, "link").name if link else None
    domain = chosen.domain
    if domain is None:
        domain = _first(book, "scale_up_domain", server, accelerator)
    size = np.minimum(domain if domain is not None else 1, system.count)
    bandwidth = chosen.bandwidth
    if bandwidth is None and (part is None or chosen.link is None):
        bandwidth = book.optional(accelerator, "scale_up_bandwidth")
    if bandwidth is None:
        bandwidth = book.number(part or "PCIe 4.0 x16", "bandwidth")
    if part is None and not book.has(accelerator, "scale_up_bandwidth"):
        part = "PCIe 4.0 x16"
    reduces = chosen.in_network_reduction or False
    return _tier(
        book,
        generation,
        name=part or "scale-up",
        part=part or "PCIe 4.0 x16",
        size=size,
        bandwidth=bandwidth,
        latency=chosen.latency,
        switch_s=0.0,
        software=("message_time", generation),
        direct=True,
        reduces=reduces,
    )


def _scale_out(book: Book, system: System, accelerator: str, server: str | None) -> NetworkTier:
    chosen = system.scale_out
    generation = book.catalog.resolve(accelerator).generation or OTHER
    link = chosen.link or (book.text(server, "scale_out_link") if server else None) or "Ethernet 200G RoCE"
    part = book.catalog.resolve(link, "link").name
    ports: Number = chosen.ports
    if ports is None:
        ports = _first(book, "scale_out_ports", server) if chosen.link is None else None
    bandwidth = chosen.bandwidth
    if bandwidth is None:
        bandwidth = book.number(part, "bandwidth") * (1.0 if ports is None else ports)
    switch = book.catalog.resolve(chosen.switch, "switch").name if chosen.switch else "Quantum-2 QM9700"
    return _tier(
        book,
        generation,
        name=part,
        part=part,
        size=UNREACHED,
        bandwidth=bandwidth,
        latency=chosen.latency,
        switch_s=book.number(switch, "latency"),
        software=("network_message_time", generation),
        direct=False,
        reduces=False,
    )


def _tier(
    book: Book,
    generation: str,
    *,
    name: str,
    part: str,
    size: Number,
    bandwidth: Number,
    latency: Number | None,
    switch_s: Number,
    software: tuple[str, str],
    direct: bool,
    reduces: bool,
) -> NetworkTier:
    field, owner = software
    sustained = book.number(generation, "link_sustained", (OTHER, "link_sustained"))
    payload = book.number(generation, "reduction_sustained", (OTHER, "reduction_sustained"))
    link_s = latency if latency is not None else book.number(part, "latency")
    software_s = book.number(owner, field, (OTHER, field)) if latency is None else 0.0
    tier = Tier(
        size=size,
        byte_s=1.0 / (bandwidth * sustained),
        message_s=link_s + switch_s + software_s,
        direct=direct,
        reduces=reduces,
        reduce_byte_s=1.0 / (bandwidth * payload),
    )
    energy = book.number(part, "energy_per_bit", (generation, "link_energy"), (OTHER, "link_energy"))
    return NetworkTier(tier, name, bandwidth, link_s, switch_s, software_s, energy)


def _first(book: Book, field: str, *parts: str | None) -> Number | None:
    for part in parts:
        if part is not None and book.has(part, field):
            return book.number(part, field)
    return None
