"""What is bought and powered around the accelerators."""

from __future__ import annotations

from tauplan.catalog.lookup import Catalog
from tauplan.evaluate.book import Book
from tauplan.evaluate.case import Facility
from tauplan.evaluate.network import NetworkTier
from tauplan.spec.scenario import Scenario
from tauplan.tau import Number
from tauplan.tau import arrays as np

FAT_TREE_LINKS = 2.0  # definition: a two-level fat tree has two cables per endpoint port
FAT_TREE_SWITCH_PORTS = 3.0  # definition: and three switch ports: leaf down, leaf up, spine down
SWITCH = "Quantum-2 QM9700"
OPTICS = "400G pluggable"
PORT = "Ethernet 400G RoCE"


def default_server(catalog: Catalog, accelerator: str, chosen: str | None) -> str | None:
    """Return the server part: the one named, or the first of the catalogue that holds the accelerator."""
    if chosen is not None:
        return catalog.resolve(chosen, "server").name
    for server in catalog.parts("server"):
        choice = catalog.choose(server.name, "accelerator")
        if choice is not None and choice.value == accelerator:
            return server.name
    return None


def resolve_facility(
    book: Book, scenario: Scenario, accelerator: str, server: str | None, network: tuple[NetworkTier, ...]
) -> Facility:
    """Return host power and capital of the system and the prices of its site."""
    system = scenario.system
    site = system.site
    market = book.catalog.resolve(f"market: {site.market}", "market").name
    host_W: Number = 0.0
    servers_USD: Number = 0.0
    if server is not None:
        per_server = book.number(server, "accelerators")
        host_W = book.number(server, "host_power") / per_server
        servers_USD = book.number(server, "host_price") * np.ceil(system.count / per_server)
    return Facility(
        host_W=host_W,
        pue=book.number(market, "pue") if site.pue is None else site.pue,
        electricity_USD_per_J=book.number(market, "electricity")
        if site.electricity is None
        else site.electricity,
        life_s=book.number("market: money", "life"),
        accelerators_USD=_price(book, accelerator) * system.count,
        servers_USD=servers_USD,
        network_USD=_network_price(book, scenario, network),
    )


def _price(book: Book, part: str) -> Number:
    """Return the price of a part [USD], from a price in CNY where there is none in USD."""
    if book.has(part, "price") or not book.has(part, "price_CNY"):
        return book.number(part, "price")
    return book.number(part, "price_CNY") / book.number("market: money", "CNY_per_USD")


def _network_price(book: Book, scenario: Scenario, network: tuple[NetworkTier, ...]) -> Number:
    """Return the price of the networks [USD].

    Between domains: optics and switch ports of a two-level fat tree; nothing where one domain holds the whole
    system. Inside a domain: the link's own price per port where it has one, else a pair of optical modules per
    port rate where it is optical; other copper is part of the server's price.
    """
    inner, outer = network[0], network[1]
    system = scenario.system
    switch = (
        book.catalog.resolve(system.scale_out.switch, "switch").name if system.scale_out.switch else SWITCH
    )
    beyond = np.where(system.count > network[0].tier.size, 1.0, 0.0)
    ports_per_switch = book.number(switch, "throughput") / outer.bandwidth_Bps
    switches = system.count * FAT_TREE_SWITCH_PORTS / ports_per_switch
    modules = beyond * system.count * FAT_TREE_LINKS * 2.0
    if book.has(inner.name, "price"):
        rate = book.number(inner.name, "bandwidth")
        own_USD = system.count * inner.bandwidth_Bps / rate * book.number(inner.name, "price")
        return (
            beyond * switches * book.number(switch, "price")
            + modules * book.number(OPTICS, "price")
            + own_USD
        )
    if book.text(inner.name, "medium") == "optical":
        modules = modules + system.count * 2.0 * inner.bandwidth_Bps / book.number(PORT, "bandwidth")
    return beyond * switches * book.number(switch, "price") + modules * book.number(OPTICS, "price")
