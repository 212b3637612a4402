"""Designs in full: what they are made of and what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tauplan.errors import InputError
from tauplan.explore.figures import Figure, known_figures
from tauplan.explore.prepared import Prepared

ALWAYS = ("time_to_result", "run", "supply", "cost", "energy", "power", "memory")


@dataclass(frozen=True)
class Row:
    """A design: its number, the label of each axis, figures in SI units by name, and why it is infeasible."""

    design: int
    labels: dict[str, str]
    figures: dict[str, float]
    reason: str


def shown_figures(prepared: Prepared) -> tuple[Figure, ...]:
    """Return the figures that a design is shown with: its objectives first."""
    known = known_figures(prepared.catalog, None)
    names = [figure.name for figure in prepared.wanted.objectives]
    extra = (known[name] for name in ALWAYS if name not in names)
    return (*prepared.wanted.objectives, *extra)


def rows(prepared: Prepared, designs: Sequence[int]) -> tuple[Row, ...]:
    """Return designs in full, in the order given."""
    figures = shown_figures(prepared)
    numbers = np.array(designs, np.int64)
    slab = prepared.evaluator.listed(numbers, figures)
    found: list[Row] = []
    for place, design in enumerate(designs):
        values = {figure.name: float(slab.figures[figure.name][place]) for figure in figures}
        reason = prepared.evaluator.reason(int(slab.status[place]))
        found.append(Row(int(design), prepared.space.labels(int(design)), values, reason))
    return tuple(found)


def refusal(prepared: Prepared, design: int) -> str:
    """Return why the catalogue cannot answer a design, or an empty string."""
    try:
        slab = prepared.evaluator.listed(np.array([design], np.int64))
    except InputError as error:
        return str(error)
    return next(iter(slab.refused), "")
