"""From claims about nodes, wafers and packages to what a die and its package cost, weigh in carbon, and take."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.chip.harvest import sold_yield
from tauplan.chip.placement import Wafer, gross_dies_formula
from tauplan.chip.yields import faults, negative_binomial
from tauplan.cost.carbon import area_carbon, die_carbon
from tauplan.cost.die import good_die_cost, raw_die_cost
from tauplan.cost.fab import cycle_time, waiting_factor
from tauplan.cost.package import Carrier, Dies, Organic
from tauplan.evaluate.book import Book
from tauplan.tau import Number

WAFER = "300 mm wafer"
"""Part with the planner's wafer geometry and clustering."""


@dataclass(frozen=True)
class DieFacts:
    """One kind of die resolved: dies per wafer and yield [1], money [USD], carbon [kg], time in the fab [s]."""

    node: str
    area_m2: Number
    gross: Number
    good: Number
    raw_USD: Number
    good_USD: Number
    carbon_kg: Number
    fab_s: Number

    def dies(self, count: Number) -> Dies:
        """Return ``count`` [1] of these dies for a package."""
        return Dies(self.area_m2, self.raw_USD, self.good_USD - self.raw_USD, count)


def wafer(book: Book, name: str = WAFER) -> Wafer:
    """Return the geometry of a wafer part."""
    return Wafer(*(book.number(name, field) for field in ("diameter", "edge_exclusion", "scribe")))


def die_facts(book: Book, node: str, area_m2: Number, spare: float = 0.0) -> DieFacts:
    """Return what dies of ``area_m2`` [m2] cost in a node; vectorised, gross dies by the closed form.

    Foundries quote wafers, so badly filled lithography fields are not charged (``cost.die.field_factor`` does).
    ``spare``: share of the matrix units that may be faulty and are switched off [1].
    """
    fallback = _near(node)
    clustering = book.number(WAFER, "clustering")
    critical = book.number(WAFER, "critical_area")
    density = book.number(node, "defect_density", (fallback, "defect_density"))
    fatal = faults(area_m2, density, critical)
    good = sold_yield(fatal, spare, clustering) if spare > 0 else negative_binomial(fatal, clustering)
    gross = gross_dies_formula(area_m2, wafer(book))
    price = book.number(node, "wafer_price", (fallback, "wafer_price"))
    raw = raw_die_cost(price, gross)
    return DieFacts(
        node=node,
        area_m2=area_m2,
        gross=gross,
        good=good,
        raw_USD=raw,
        good_USD=good_die_cost(raw, good),
        carbon_kg=die_carbon(area_m2, _area_carbon(book, node, fallback), good),
        fab_s=_fab_time(book, node, fallback),
    )


def _area_carbon(book: Book, node: str, fallback: str) -> Number:
    energy, gas, materials = (
        book.number(node, field, (fallback, field))
        for field in ("energy_per_area", "gas_per_area", "materials_per_area")
    )
    return area_carbon(energy, book.number("Carbon of fabs", "grid_carbon"), gas, materials)


def late_fab_time(book: Book, node: str) -> Number:
    """Return the time in the fab [s] at the high end of its load, which nine of ten lots keep."""
    claim = book.claim(FAB, "load")
    return _fab_time(book, node, _near(node), claim.high if claim is not None else None)


FAB = "Logic fab"


def _fab_time(book: Book, node: str, fallback: str, load: Number | None = None) -> Number:
    fab = FAB
    full = book.number(fab, "load") if load is None else load
    waiting = waiting_factor(
        full, *(book.number(fab, field) for field in ("arrival_variation", "service_variation", "tools"))
    )
    layers = book.number(node, "mask_layers", (fallback, "mask_layers"))
    return cycle_time(layers, book.number(fab, "layer_time"), waiting)


def organic(book: Book, name: str = "Organic substrate") -> Organic:
    """Return a laminate substrate."""
    fields = ("price_per_area", "area_factor", "bump_price", "bond_yield")
    return Organic(*(book.number(name, field) for field in fields))


def carrier(book: Book, name: str) -> Carrier:
    """Return a wafer-made carrier: Fan-out RDL or Silicon interposer."""
    fields = ("wafer_price", "defect_density", "clustering", "area_factor", "bump_price", "bond_yield")
    return Carrier(*(book.number(name, field) for field in fields))


NEAR = {
    "TSMC 22 nm": "TSMC 28 nm",
    "TSMC N6": "TSMC N7",
    "7 nm class": "TSMC N7",
    "SMIC N+2": "TSMC N7",
    "Samsung 7LPP": "TSMC N7",
    "Intel 7": "TSMC N7",
    "TSMC 4N": "TSMC N5",
    "SMIC N+3": "TSMC N5",
    "Samsung 5LPE": "TSMC N5",
    "Intel 4": "TSMC N5",
    "TSMC N3B": "TSMC N3E",
    "Intel 18A": "TSMC N2",
    "TSMC A16": "TSMC N2",
    "SMIC 14 nm": "TSMC 16/12 nm",
    "Samsung 14LPP": "TSMC 16/12 nm",
    "Samsung 10LPP": "TSMC N10",
    "Samsung 8LPP": "TSMC N10",
}
"""The node whose claims stand in where a node of the same class has none."""


def _near(node: str) -> str:
    return NEAR.get(node, node)
