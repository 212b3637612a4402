"""A block of designs evaluated at once: status and figures, one array element per design.

Every axis of numbers is a dimension of its own, so that whatever depends on some of the axes alone is computed
for those alone; only what joins them all is computed for every design. One source of models serves this, a list
of designs and a single one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import Policy
from tauplan.errors import InputError
from tauplan.evaluate.resolve import resolve
from tauplan.evaluate.solve import (
    FAILURES,
    LATENCY,
    MEMORY,
    OK,
    PLAN,
    REASONS,
    Result,
    ordered_anew,
    solve,
)
from tauplan.explore.figures import Figure, Wanted
from tauplan.explore.space import Rect, Setting, Space, grouped, shape_of, vector_settings, with_settings
from tauplan.spec.scenario import Scenario
from tauplan.tau import Number
from tauplan.workload.llm.catalogued import model_shape
from tauplan.workload.llm.shape import ModelShape

REFUSED = 15
"""Status of designs that the catalogue cannot answer; their reason is the message of the error."""

FIRST_CONSTRAINT = 16
"""Status of designs that break the first constraint; the next one up breaks the second, and so on."""

SUPPLY = "supply."
"""Fields that only the order, not the run, depends on."""

Solved = tuple[list[tuple[str, int]], Result]
"""What a result was solved from, apart from its supply chain, and the result."""

NEARNESS = (REFUSED, PLAN, MEMORY, FAILURES, LATENCY)
"""Ways to fail from the farthest from working to the nearest; breaking a constraint is nearer still."""


@dataclass
class Slab:
    """Status [code], figures in SI units by name, and the messages of refused designs with their count."""

    status: NDArray[np.int16]
    figures: dict[str, NDArray[np.float64]]
    refused: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True)
class Evaluator:
    """Evaluates blocks and lists of designs of one space for the figures that a study wants."""

    space: Space
    wanted: Wanted
    catalog: Catalog
    folder: Path | None = None
    shapes: dict[Any, ModelShape] = field(default_factory=dict[Any, ModelShape], repr=False, compare=False)

    def slab(self, rect: Rect, extra: Sequence[Figure] = ()) -> Slab:
        """Return a block of designs, arrays of the block's shape."""
        axes = self.space.axes
        shape = shape_of(rect)
        figures = {figure.name: figure for figure in self._needed(extra)}
        slab = _empty(shape, figures)
        vectors = vector_settings(axes, rect)
        last: Solved | None = None
        for index, settings in grouped(axes, rect):
            last = self._fill(slab, index, [*settings, *vectors.items()], figures, last)
        return slab

    def listed(self, designs: NDArray[np.int64], extra: Sequence[Figure] = ()) -> Slab:
        """Return designs given by their numbers, arrays of one dimension."""
        axes = self.space.axes
        figures = {figure.name: figure for figure in self._needed(extra)}
        slab = _empty(designs.shape, figures)
        columns = self.space.columns(designs)
        for rows in _alike(
            [c for c, axis in zip(columns, axes, strict=True) if not axis.vector], len(designs)
        ):
            settings: list[Setting] = []
            for column, axis in zip(columns, axes, strict=True):
                digits = column[rows]
                settings += (
                    [(axis.path, axis.values[digits])] if axis.vector else axis.settings[int(digits[0])]
                )
            self._fill(slab, rows, settings, figures)
        return slab

    def reason(self, code: int) -> str:
        """Return why a design is infeasible, by its status; empty for a feasible one."""
        if code >= FIRST_CONSTRAINT:
            return self.wanted.reasons[code - FIRST_CONSTRAINT]
        return "not answered by the catalogue" if code == REFUSED else REASONS[code]

    def _needed(self, extra: Sequence[Figure]) -> Iterator[Figure]:
        yield from self.wanted.objectives
        yield self.wanted.best
        yield from extra

    def _fill(
        self,
        slab: Slab,
        index: Any,
        settings: list[Setting],
        figures: dict[str, Figure],
        last: Solved | None = None,
    ) -> Solved | None:
        """Fill one part of a slab; what the part before shares with it, all but the supply chain, is not redone."""
        rest = [(path, id(value)) for path, value in settings if not path.startswith(SUPPLY)]
        try:
            scenario = with_settings(self.space.base, settings)
            resolved = resolve(scenario, self.catalog, self.folder, shape=self._shape(scenario))
            if last is not None and last[0] == rest:
                result = ordered_anew(last[1], resolved.case)
            else:
                with np.errstate(all="ignore"):  # plans that cannot be may have figures without meaning
                    result = solve(resolved.case)
        except InputError as error:
            slab.status[index] = REFUSED
            text = str(error.problems[0].message)
            slab.refused[text] = slab.refused.get(text, 0) + int(np.size(slab.status[index]))
            return None
        status: Number = np.asarray(result.status)
        for number, (figure, bound) in enumerate(self.wanted.constraints):
            broken = (status == OK) & ~np.asarray(bound.holds(figure.read(resolved, result)))
            status = np.where(broken, FIRST_CONSTRAINT + number, status)
        slab.status[index] = status
        for name, figure in figures.items():
            slab.figures[name][index] = figure.read(resolved, result)
        return rest, result

    def _shape(self, scenario: Scenario) -> ModelShape:
        """Return the shape of a scenario's model; kept, since most designs run the same one."""
        key = (scenario.workload.model, scenario.pins)
        if key not in self.shapes:
            policy = Policy({(pin.part, pin.field): pin.source for pin in scenario.pins})
            self.shapes[key] = model_shape(key[0], self.catalog, policy, self.folder)
        return self.shapes[key]


def _empty(shape: tuple[int, ...], figures: dict[str, Figure]) -> Slab:
    return Slab(np.zeros(shape, np.int16), {name: np.full(shape, np.nan) for name in figures})


def _alike(words: list[NDArray[np.int64]], size: int) -> Iterator[NDArray[np.int64]]:
    """Yield the rows of each distinct combination of words."""
    if not words or not size:
        yield from [np.arange(size)] if size else []
        return
    _, inverse = np.unique(np.stack(words, axis=1), axis=0, return_inverse=True)
    order = np.argsort(inverse.reshape(-1), kind="stable")
    counts = np.bincount(inverse.reshape(-1))
    yield from np.split(order, np.cumsum(counts)[:-1])


def nearness(status: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return how near each design is to working: feasible designs highest, refused ones lowest."""
    table = np.full(FIRST_CONSTRAINT + 64, len(NEARNESS) + 1, np.int16)
    for rank, code in enumerate(NEARNESS):
        table[code] = rank
    table[OK] = len(NEARNESS) + 2
    return table[np.minimum(status, len(table) - 1)]
