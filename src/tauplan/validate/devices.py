"""Devices and number formats by the names that tables use for them."""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from pathlib import Path

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import Policy
from tauplan.chip.rates import ChipRates
from tauplan.errors import InputError
from tauplan.evaluate.book import Book, Key
from tauplan.evaluate.chip_rates import OTHER, ChipFacts, lines, resolve_chip
from tauplan.spec.workload import Precision
from tauplan.tau import Number
from tauplan.validate.table import UnansweredError


class Devices:
    """Resolves names through the catalogue and remembers what it resolved.

    ``given`` puts other values in the place of claims, as a calibration does: (part, field) -> SI value.
    """

    def __init__(self, catalog: Catalog, given: Mapping[Key, Number] | None = None) -> None:
        self.catalog = catalog
        self.given = dict(given or {})
        self._formats = _formats(catalog.root)
        self.facts = functools.cache(self._facts)
        self._burst = functools.cache(self._resolve_burst)

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

    def coefficient(self, device: str, field: str) -> Number | None:
        """Return a coefficient of a device's generation, of the one that stands in for it, or of the rest [SI]."""
        book = Book(self.catalog, Policy(), given=self.given)
        for line in lines(book, self._generation(device)):
            if book.has(line, field):
                return book.number(line, field)
        return None

    def needed(self, device: str, field: str) -> Number:
        """Return a coefficient [SI], or leave the row unanswered."""
        value = self.coefficient(device, field)
        if value is None:
            raise UnansweredError(f"no {field} for the generation of {device}")
        return value

    def figure(self, device: str, field: str) -> Number | None:
        """Return a figure of the device itself [SI], or None where the catalogue has no claim."""
        return Book(self.catalog, Policy()).optional(self.part(device), field)

    def _generation(self, device: str) -> str:
        return self.catalog.resolve(self.part(device)).generation or OTHER


@functools.cache
def _formats(root: Path) -> dict[str, dict[str, str]]:
    with (root / "formats.csv").open(newline="", encoding="utf-8") as file:
        return {row["format"].casefold(): row for row in csv.DictReader(file)}
