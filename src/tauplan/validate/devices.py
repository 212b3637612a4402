"""Devices and number formats by the names that tables use for them."""

from __future__ import annotations

import csv
import functools
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import Policy
from tauplan.chip.rates import ChipRates
from tauplan.errors import InputError
from tauplan.evaluate.book import Book
from tauplan.evaluate.chip_rates import OTHER, ChipFacts, resolve_chip
from tauplan.evaluate.facility import default_server
from tauplan.evaluate.network import NetworkTier, ScaleUpLink, resolve_network, scale_up_link
from tauplan.link.protocol import Protocol
from tauplan.spec.system import System
from tauplan.spec.workload import Precision
from tauplan.validate.table import UnansweredError

T = TypeVar("T")
MANY = 1_000_000  # definition: accelerators of a system that no tier's size limits


class Devices:
    """Resolves names through the catalogue and remembers what it resolved."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        with (catalog.root / "formats.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self._formats = {row["format"].casefold(): row for row in rows}
        self.facts = functools.cache(self._facts)
        self.network = functools.cache(self._network)
        self.link = functools.cache(self._link)
        self.units = functools.cache(self._units)
        self.path = functools.cache(self._path)
        self.protocol = functools.cache(self._protocol)

    def part(self, name: str) -> str:
        """Return the accelerator behind a device name; a server's name stands for what it holds."""
        part = self.catalog.find(name)
        if part is not None and part.kind == "server":
            held = self.catalog.choose(part.name, "accelerator")
            part = self.catalog.find(str(held.value)) if held else None
        if part is None or part.kind not in ("accelerator", "soc"):
            raise UnansweredError(f"unknown device {name!r}")
        return part.name

    def precision(self, name: str) -> Precision:
        """Return the number formats behind a format name; words after it in brackets are remarks."""
        row = self._formats.get(name.partition("(")[0].strip().casefold())
        if row is None:
            raise UnansweredError(f"unknown number format {name!r}")
        return Precision.model_validate({key: row[key] for key in ("weights", "activations", "products")})

    def _facts(self, device: str, number_format: str) -> ChipFacts:
        book = Book(self.catalog, Policy())
        try:
            return resolve_chip(book, self.part(device), self.precision(number_format), None)
        except InputError as error:
            raise UnansweredError(error.problems[0].message) from None

    def burst(self, device: str, number_format: str) -> ChipRates:
        """Return rates of short kernels: a part that works for milliseconds keeps its full clock."""
        facts = self.facts(device, number_format)
        clock = facts.clock_share
        rates = facts.rates
        return replace(
            rates,
            gemm_flop_s=rates.gemm_flop_s * clock,
            attention_flop_s=rates.attention_flop_s * clock,
            vector_flop_s=rates.vector_flop_s * clock,
            noc_byte_s=rates.noc_byte_s * clock,
        )

    def _network(self, device: str) -> tuple[NetworkTier, ...]:
        """Return the tiers of a device in the server that holds it."""
        return self._on_server(device, resolve_network)

    def _link(self, device: str) -> ScaleUpLink:
        """Return the scale-up link of a device in the server that holds it."""
        return self._on_server(device, scale_up_link)

    def _units(self, device: str) -> float:
        """Return the compute units of a device [1]."""
        part = self.catalog.resolve(self.part(device))
        generation = part.generation or OTHER
        book = Book(self.catalog, Policy())
        return float(book.number(part.name, "units", (generation, "units"), (OTHER, "units")))

    def _path(self, fabric: str, device: str, collective: str, ranks: float, inside: float) -> str:
        """Return the measured path between ranks of a fabric, or of the server that holds a device; "" for none."""
        part = self.catalog.find(device)
        server = default_server(self.catalog, part.name, None) if part else None
        for place in (fabric, server, device):
            name = f"{place}, {collective}, {ranks:g} ranks by {inside:g}"
            if place and self.catalog.find(name):
                return name
        return ""

    def _protocol(self, path: str) -> Protocol:
        """Return the protocol of a measured path."""
        book = Book(self.catalog, Policy())
        start_s, ramp_s = book.number(path, "start"), book.number(path, "ramp")
        return Protocol(start_s, 0.0, 1.0 / book.number(path, "rate"), ramp_s)

    def _on_server(self, device: str, find: Callable[[Book, System, str, str | None], T]) -> T:
        part = self.part(device)
        system = System.model_validate({"accelerator": part, "count": MANY})
        try:
            return find(Book(self.catalog, Policy()), system, part, default_server(self.catalog, part, None))
        except InputError as error:
            raise UnansweredError(error.problems[0].message) from None
