"""Devices and number formats by the names that tables use for them."""

from __future__ import annotations

import csv
import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import Policy
from tauplan.chip.rates import ChipRates
from tauplan.errors import InputError
from tauplan.evaluate.book import Book, Key
from tauplan.evaluate.chip_rates import OTHER, ChipFacts, lines, resolve_chip
from tauplan.evaluate.facility import default_server
from tauplan.evaluate.network import NetworkTier, ScaleUpLink, resolve_network, scale_up_link
from tauplan.link.protocol import Protocol
from tauplan.spec.system import System
from tauplan.spec.workload import Precision
from tauplan.tau import Number
from tauplan.validate.table import UnansweredError

T = TypeVar("T")
MANY = 1_000_000  # definition: accelerators of a system that no tier's size limits


class Devices:
    """Resolves names through the catalogue and remembers what it resolved.

    ``given`` puts other values in the place of claims, as a calibration does: (part, field) -> SI value; ``files``
    is the folder that listed files of models lie in.
    """

    def __init__(
        self, catalog: Catalog, given: Mapping[Key, Number] | None = None, files: Path | None = None
    ) -> None:
        self.catalog = catalog
        self.files = files
        self.given = dict(given or {})
        self._formats = _formats(catalog.root)
        self.facts = functools.cache(self._facts)
        self._burst = functools.cache(self._resolve_burst)
        self.network = functools.cache(self._network)
        self.link = functools.cache(self._link)
        self.units = functools.cache(self._units)
        self.cycles = functools.cache(self._cycles)
        self.path = functools.cache(self._path)
        self.protocol = functools.cache(self._protocol)
        self.figure = functools.cache(self._figure)
        self.saving_clock = functools.cache(self._saving_clock)

    def part(self, name: str) -> str:
        """Return the accelerator behind a device name; a server's name stands for what it holds.

        Words after it in brackets are remarks.
        """
        part = self.catalog.find(name) or self.catalog.find(name.partition("(")[0].strip())
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

    def kernel(self, number_format: str) -> str:
        """Return the name by which coefficients know the kernels of a format, its own as a rule."""
        row = self._formats.get(number_format.casefold(), {})
        return row.get("kernel") or number_format.casefold()

    def _facts(self, device: str, number_format: str) -> ChipFacts:
        return self._resolve(Book(self.catalog, Policy(), given=self.given), device, number_format)

    def _resolve(self, book: Book, device: str, number_format: str, **formats: str) -> ChipFacts:
        named = {role: name for role, name in formats.items() if name}
        precision = self.precision(number_format).model_copy(update=named)
        try:
            return resolve_chip(book, self.part(device), precision, None)
        except InputError as error:
            raise UnansweredError(error.problems[0].message) from None

    def burst(self, device: str, number_format: str, attention: str = "", cache: str = "") -> ChipRates:
        """Return rates of short kernels: a part that works for milliseconds keeps its full clock.

        ``attention`` and ``cache``: formats of attention's products and of its cache, where not the usual ones.
        """
        return self._burst(device, number_format, attention, cache)

    def _resolve_burst(self, device: str, number_format: str, attention: str, cache: str) -> ChipRates:
        generation = self._generation(device)
        book = Book(self.catalog, Policy(), given={**self.given, (generation, "sustained_clock"): 1.0})
        return self._resolve(book, device, number_format, attention=attention, kv_cache=cache).rates

    def coefficient(self, device: str, field: str, family: str = "") -> Number | None:
        """Return a coefficient of a device's generation, of the one that stands in for it, or of the rest [SI].

        ``family``: the kernels it belongs to, where another generation stands in for those.
        """
        book = Book(self.catalog, Policy(), given=self.given)
        for line in lines(book, self._generation(device), family):
            if book.has(line, field):
                return book.number(line, field)
        return None

    def nearest(self, device: str, field: str, base: str) -> Number | None:
        """Return a coefficient [SI] of the first stand-in that has it or its ``base``; nothing by ``base`` alone.

        Where a nearer generation is known in 16 bits, that says more than another generation's value of the format.
        """
        book = Book(self.catalog, Policy(), given=self.given)
        known = (
            line
            for line in lines(book, self._generation(device))
            if book.has(line, field) or book.has(line, base)
        )
        line = next(known, None)
        return book.number(line, field) if line and book.has(line, field) else None

    def needed(self, device: str, field: str, family: str = "") -> Number:
        """Return a coefficient [SI], or leave the row unanswered.

        What was not measured with an FP8 cache is taken as with one in 16 bits, by the nearest kin that has either.
        """
        book, base = Book(self.catalog, Policy(), given=self.given), field.removesuffix("_fp8")
        known = ((line, f) for line in lines(book, self._generation(device), family) for f in (field, base))
        key = next((key for key in known if book.has(*key)), None)
        value = book.number(*key) if key else None
        if value is None:
            raise UnansweredError(f"no {field} for the generation of {device}")
        return value

    def _saving_clock(self, device: str) -> Number:
        """Return the clock in a device's power-saving mode over that at full power [1]."""
        part = self.catalog.resolve(self.part(device))
        book = Book(self.catalog, Policy(), given=self.given)
        if book.has(part.name, "efficient_clock"):
            return book.number(part.name, "efficient_clock")
        shared = ((part.generation or OTHER, "efficient_share"), (OTHER, "efficient_share"))
        cap_W = book.number(part.name, "tdp") * book.number(part.name, "efficient_share", *shared)
        full, saving = (resolve_chip(book, part.name, Precision(), cap) for cap in (None, cap_W))
        return saving.clock_share / full.clock_share

    def _figure(self, device: str, field: str) -> Number | None:
        """Return a figure of the device itself [SI], or None where the catalogue has no claim."""
        return Book(self.catalog, Policy()).optional(self.part(device), field)

    def _generation(self, device: str) -> str:
        return self.catalog.resolve(self.part(device)).generation or OTHER

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

    def _cycles(self, device: str) -> float:
        """Return the cycles of all compute units of a device in a second [1/s]."""
        part = self.catalog.resolve(self.part(device))
        generation = part.generation or OTHER
        book = Book(self.catalog, Policy())
        clock = float(book.number(part.name, "clock", (generation, "clock"), (OTHER, "clock")))
        return clock * self.units(device)

    def period(self, device: str) -> float:
        """Return the time of one cycle of a device's clock [s]."""
        return self.units(device) / self.cycles(device)

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


@functools.cache
def _formats(root: Path) -> dict[str, dict[str, str]]:
    with (root / "formats.csv").open(newline="", encoding="utf-8") as file:
        return {row["format"].casefold(): row for row in csv.DictReader(file)}
