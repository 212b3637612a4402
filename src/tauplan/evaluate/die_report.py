"""What one die costs, with the band of the claims it rests on."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np

from tauplan import units
from tauplan.catalog.claims import Choice
from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import Policy
from tauplan.chip.placement import gross_dies
from tauplan.errors import InputError, Problem
from tauplan.evaluate.book import Book, Key
from tauplan.evaluate.silicon import NEAR, die_facts, wafer
from tauplan.technology.density import die_area

MOVED = ("wafer_price", "defect_density")
PRODUCTS = {"soc": "Mobile die"}
"""Product class by kind of part; all others are accelerators."""


@dataclass(frozen=True)
class Figure:
    """One figure in SI units with its band over all combinations of moved claims."""

    label: str
    unit: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class DieReport:
    """A die: name, node, where its area comes from, figures, notes."""

    name: str
    node: str
    basis: str
    figures: tuple[Figure, ...]
    notes: tuple[str, ...]


def die_report(
    catalog: Catalog,
    part: str | None,
    node: str | None,
    area_m2: float | None,
    volume: int,
    spare: float = 0.0,
) -> DieReport:
    """Return cost, carbon and fab time of a part's die, or of a square die of an area [m2] in a node.

    A part without a published area gets one from its transistors, with the band of its product class. Bands are
    the extremes over wafer prices and defect densities that the catalogue holds, and over the area. ``spare``:
    share of the matrix units that may be faulty [1].
    Errors: :class:`InputError` where area or node is unknown, or no wafer holds the die.
    """
    book = Book(catalog, Policy())
    name, basis = part or "square die", "given"
    if part is not None:
        name = catalog.resolve(part, ("accelerator", "soc")).name
        node = node or book.text(name, "process_node")
    if node is None:
        raise InputError(Problem("the node is not known", path="node", expected="--node, such as 'TSMC N5'"))
    node = catalog.resolve(node, "node").name
    areas = (area_m2,) * 3 if area_m2 is not None else None
    if areas is None:
        areas, basis = _area(book, name, node)
    counts = [float(gross_dies(a**0.5, a**0.5, wafer(book))) for a in areas]
    if not min(counts):
        raise InputError(
            Problem(
                "no such die fits on a wafer",
                path="area",
                value=units.format(max(areas), "m2"),
                expected=f"a square within a wafer of {units.format(wafer(book).diameter_m, 'm')}",
            )
        )
    moved = [_extremes(book, node, field) for field in MOVED]
    rows = [(area, *values) for area in areas for values in itertools.product(*moved)]
    keys: list[Key] = [_key(book, node, field) for field in MOVED]
    spread = replace(book, substitutes={k: np.array([r[i + 1] for r in rows]) for i, k in enumerate(keys)})
    facts = die_facts(spread, node, np.array([row[0] for row in rows]), spare)
    middle = die_facts(book, node, areas[0], spare)
    masks = book.number(node, "mask_set", (NEAR.get(node, node), "mask_set"))
    design = book.number(node, "design_cost", (NEAR.get(node, node), "design_cost"))
    once = float(masks + design) / volume

    def figure(label: str, unit: str, value: object, band: object) -> Figure:
        array = np.asarray(band, dtype=float)
        return Figure(label, unit, float(np.asarray(value)), float(array.min()), float(array.max()))

    figures = (
        figure("die area", "m2", areas[0], areas),
        figure("gross dies per wafer, exact placement", "1", counts[0], counts),
        figure("yield", "1", middle.good, facts.good),
        figure("good die", "USD", middle.good_USD, facts.good_USD),
        figure(f"design and masks, each of {volume:,}", "USD", once, once),
        figure("embodied carbon", "kg", middle.carbon_kg, facts.carbon_kg),
        figure("time in the fab", "s", middle.fab_s, facts.fab_s),
    )
    return DieReport(name, node, basis, figures, _notes(book, node))


def _area(book: Book, part: str, node: str) -> tuple[tuple[float, float, float], str]:
    """Return the area of one die, its low and high end [m2], and where it comes from."""
    dies = float(book.optional(part, "dies") or 1.0)
    published = book.catalog.choose(part, "die_area")
    if published is not None and not isinstance(published.value, str):
        value, low, high = (edge / dies for edge in _edges(published))
        return (value, low, high), f"published, {published.claim.grade}"
    count = book.optional(part, "transistors")
    if count is None:
        raise InputError(
            Problem(
                f"neither area nor transistors of {part} are known",
                path=f"{part}.die_area",
                expected="--area, such as '109 mm2'",
            )
        )
    product = PRODUCTS.get(book.catalog.resolve(part).kind, "Accelerator die")
    share = book.catalog.choose(product, "density_share")
    library = book.number(node, "density", (NEAR.get(node, node), "density"))
    edges = _edges(share) if share is not None else (1.0, 1.0, 1.0)
    value, small, large = (float(die_area(count, library, edge)) / dies for edge in edges)
    return (value, min(small, large), max(small, large)), "from its transistors and the node's density"


def _edges(choice: Choice) -> tuple[float, float, float]:
    claim = choice.claim
    value = float(claim.value)
    return value, claim.low or value, claim.high or value


def _key(book: Book, node: str, field: str) -> Key:
    near = NEAR.get(node, node)
    return (node, field) if book.has(node, field) else (near, field)


def _extremes(book: Book, node: str, field: str) -> tuple[float, float]:
    """Return the lowest and highest value that claims give a field, bands and rivals included."""
    choice = book.catalog.choose(*_key(book, node, field))
    if choice is None:
        raise InputError(Problem(f"the catalogue has no {field} for {node}", path=f"{node}.{field}"))
    values: list[float] = []
    for claim in (choice.claim, *choice.rivals):
        values += [edge for edge in (claim.low, claim.value, claim.high) if isinstance(edge, float)]
    return min(values), max(values)


def _notes(book: Book, node: str) -> tuple[str, ...]:
    notes = list(book.notes)
    if not book.has(node, "defect_density"):
        notes.append(f"{node} has no defect density of its own: that of {NEAR.get(node, node)}")
    return tuple(notes)
