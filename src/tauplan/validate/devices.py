"""Devices and number formats by the names that tables use for them."""

from __future__ import annotations

import csv
import functools
from dataclasses import replace

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import Policy
from tauplan.chip.rates import ChipRates
from tauplan.errors import InputError
from tauplan.evaluate.book import Book
from tauplan.evaluate.chip_rates import ChipFacts, resolve_chip
from tauplan.spec.workload import Precision
from tauplan.validate.table import UnansweredError


class Devices:
    """Resolves names through the catalogue and remembers what it resolved."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        with (catalog.root / "formats.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self._formats = {row["format"].casefold(): row for row in rows}
        self.facts = functools.cache(self._facts)

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
