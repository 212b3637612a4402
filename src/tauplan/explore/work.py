"""A unit of work: a range of designs, each with its best inner choice, summed up in a small record."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from tauplan.explore.front import fronts_apart
from tauplan.explore.slab import REFUSED, Evaluator, Slab, nearness
from tauplan.explore.space import Rect, Tiling, shape_of

CHUNK = 131_072
"""Combinations evaluated at once, about: few temporaries are as long, since most depend on some axes alone."""

WORDS = 4
"""Combinations of words that a range may hold, each a call of its own: what they share is computed once."""

SAMPLES = 2_000
"""Feasible designs that a study keeps, about, to show what the front dominates."""

MOST_DIGITS = 256
"""Values of an axis whose best designs a record tells."""

Rows = NDArray[np.int64]
Table = NDArray[np.float64]


@dataclass(frozen=True)
class Winners:
    """One row per design of hardware: its best combination, status, objectives (all to be minimised)."""

    designs: Rows
    status: NDArray[np.int16]
    objectives: Table
    refused: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True)
class Record:
    """What is kept of a range of designs: counts, the range's own front, its best, and a sample.

    ``by_axis``: for each outer axis the digits that work here, each with the least first objective and its
    design. ``low``, ``high``, ``total``: least, greatest and summed objectives of the feasible designs.
    """

    index: int
    designs: int
    feasible: int
    reasons: dict[str, int]
    front: tuple[list[int], list[list[float]]]
    top: tuple[list[int], list[list[float]]]
    sample: tuple[list[int], list[list[float]]]
    by_axis: list[list[tuple[int, float, int]]]
    low: list[float]
    high: list[float]
    total: list[float]

    def plain(self) -> dict[str, Any]:
        """Return the record as plain data for a journal."""
        return dict(self.__dict__)

    @classmethod
    def of(cls, data: dict[str, Any]) -> Record:
        """Return a record from plain data."""
        pairs = {name: tuple(data[name]) for name in ("front", "top", "sample")}
        return cls(**{**data, **cast("dict[str, Any]", pairs)})


@dataclass(frozen=True)
class Plan:
    """How a space is cut into ranges of hardware designs, and each range into blocks."""

    evaluator: Evaluator
    keep: int
    chunk: int = CHUNK
    expected: int | None = None  # designs that will be looked at, where not all

    @property
    def outer(self) -> Tiling:
        """Ranges of hardware designs, whole searches inside."""
        space = self.evaluator.space
        one_call = math.prod(len(axis) for axis in space.axes if axis.vector) <= self.chunk
        limit = self.chunk * (WORDS if one_call else 1)
        return Tiling(space.outer_sizes, max(limit // space.choices, 1))

    @property
    def inner(self) -> Tiling:
        """Blocks of inner choices."""
        return Tiling(self.evaluator.space.search_sizes, self.chunk)

    def winners(self, index: int) -> Winners:
        """Return the best combination of each hardware design of a range; ties go to the lowest number."""
        space = self.evaluator.space
        first, outer = self.outer.block(index)
        count = int(np.prod(shape_of(outer), dtype=np.int64))
        starts = (first + np.arange(count)) * space.choices
        best: tuple[Winners, Table] | None = None
        inner = self.inner
        for block in range(len(inner)):
            offset, rect = inner.block(block)
            slab = self.evaluator.slab((*outer, *rect))
            combinations = int(np.prod(shape_of(rect), dtype=np.int64))
            here = self._best(slab, starts[:, None] + (offset + np.arange(combinations)))
            best = here if best is None else _better(best, here)
        assert best is not None  # a tiling has at least one block
        return best[0]

    def _best(self, slab: Slab, designs: Rows) -> tuple[Winners, Table]:
        """Return the best of each row of combinations, and how good it is: less is better."""
        wanted = self.evaluator.wanted
        count = len(designs)
        status = slab.status.reshape(count, -1)
        figures = {name: column.reshape(count, -1) for name, column in slab.figures.items()}
        value = np.where(status == 0, wanted.best.sign * figures[wanted.best.name], np.inf)
        if value.shape[1] > 1:
            # where nothing works, the choice that is nearest to working tells why
            hopeless = ~np.isfinite(value).any(axis=1)
            near = nearness(status[hopeless]).astype(float)
            choice = np.argmin(value, axis=1)
            choice[hopeless] = np.argmax(near, axis=1)
        else:
            choice = np.zeros(count, np.int64)
        rows = np.arange(count)
        chosen = status[rows, choice]
        table = np.stack(
            [
                np.where(chosen == 0, f.sign * figures[f.name][rows, choice], np.nan)
                for f in wanted.objectives
            ],
            axis=1,
        )
        merit = value[rows, choice]
        merit = np.where(np.isfinite(merit), merit, 1e300 * (1.0 - nearness(chosen) / 100.0))
        return Winners(designs[rows, choice], chosen, table, slab.refused), merit

    def record(self, index: int) -> Record:
        """Return the record of a range."""
        return self.summed(index, self.winners(index), self.outer.block(index)[1])

    def chosen(self, outer: Rows) -> Winners:
        """Return the best combination of each of some hardware designs, given by their outer numbers."""
        choices = self.evaluator.space.choices
        step = max(self.chunk // choices, 1)
        found: list[Winners] = []
        for start in range(0, len(outer), step):
            numbers = outer[start : start + step]
            best: tuple[Winners, Table] | None = None
            for offset in range(0, choices, self.chunk):
                inner = np.arange(offset, min(offset + self.chunk, choices))
                designs = (numbers[:, None] * choices + inner).reshape(-1)
                slab = self.evaluator.listed(designs)
                here = self._best(slab, designs.reshape(len(numbers), -1))
                best = here if best is None else _better(best, here)
            if best is not None:
                found.append(best[0])
        refused = {reason: count for won in found for reason, count in won.refused.items()}
        return Winners(
            np.concatenate([won.designs for won in found]),
            np.concatenate([won.status for won in found]),
            np.concatenate([won.objectives for won in found]),
            refused,
        )

    def summed(self, index: int, won: Winners, rect: Rect | None) -> Record:
        """Return the record of designs; those of a range also by the digits of its block."""
        fine = np.flatnonzero(won.status == 0)
        table, designs = won.objectives[fine], won.designs[fine]
        front = fronts_apart(table, self.evaluator.space.groups(designs))
        # the best by the first objective; ties by the others, then by number
        order = np.lexsort((designs, *table.T[::-1]))[: self.keep]
        share = min(SAMPLES / (self.expected or self.evaluator.space.designs), 1.0)
        drawn = np.flatnonzero(_spread(designs) < share)
        reasons = dict(self._reasons(won))
        some = table if len(fine) else np.empty((1, 0))
        low, high, total = some.min(axis=0).tolist(), some.max(axis=0).tolist(), some.sum(axis=0).tolist()
        front, top, sample = (
            (designs[rows].tolist(), table[rows].tolist()) for rows in (front, order, drawn)
        )
        return Record(
            index,
            len(won.designs),
            len(fine),
            reasons,
            front,
            top,
            sample,
            self._by_axis(won, rect) if rect else [],
            low,
            high,
            total,
        )

    @staticmethod
    def _by_axis(won: Winners, rect: Rect) -> list[list[tuple[int, float, int]]]:
        """Return the best design for each digit of each axis that is short enough to be told."""
        value = np.where(won.status == 0, won.objectives[:, 0], np.inf).reshape(shape_of(rect))
        designs = won.designs.reshape(value.shape)
        found: list[list[tuple[int, float, int]]] = []
        for axis, span in enumerate(rect):
            rows = np.moveaxis(value, axis, 0).reshape(value.shape[axis], -1)
            numbers = np.moveaxis(designs, axis, 0).reshape(rows.shape)
            place = rows.argmin(axis=1)
            told = [
                (span.start + digit, float(rows[digit, at]), int(numbers[digit, at]))
                for digit, at in enumerate(place.tolist()[:MOST_DIGITS])
                if np.isfinite(rows[digit, at])
            ]
            found.append(told)
        return found

    def _reasons(self, won: Winners) -> Iterator[tuple[str, int]]:
        codes, counts = np.unique(won.status[won.status != 0], return_counts=True)
        for code, count in zip(codes.tolist(), counts.tolist(), strict=True):
            words = self.evaluator.reason(code)
            one_message = code == REFUSED and len(won.refused) == 1
            yield next(iter(won.refused)) if one_message else words, count

    def rivals(self, design: int, count: int) -> tuple[Rows, Table, int]:
        """Return the best choices within one hardware design, how good each is, and how many share the best.

        Values are those of the figure that the inner search optimises, less is better.
        """
        space, sign = self.evaluator.space, self.evaluator.wanted.best.sign
        start = design - design % space.choices
        outer = tuple(slice(d, d + 1) for d in space.digits(start)[: len(space.outer)])
        designs, values = np.empty(0, np.int64), np.empty(0)
        ties, least = 0, np.inf
        for block in range(len(self.inner)):
            offset, rect = self.inner.block(block)
            slab = self.evaluator.slab((*outer, *rect))
            value = sign * np.where(slab.status == 0, slab.figures[self.evaluator.wanted.best.name], np.nan)
            value = value.reshape(-1)
            best = np.nanmin(value) if np.isfinite(value).any() else np.inf
            if best < least:
                least, ties = best, 0
            ties += int(np.sum(value == least))
            rows = np.flatnonzero(np.isfinite(value))
            designs = np.concatenate((designs, start + offset + rows))
            values = np.concatenate((values, value[rows]))
            order = np.lexsort((designs, values))[:count]
            designs, values = designs[order], values[order]
        return designs, values, ties


def _better(one: tuple[Winners, Table], other: tuple[Winners, Table]) -> tuple[Winners, Table]:
    """Return, row by row, the better of two; the first where they are alike."""
    (first, merit), (second, value) = one, other
    better = value < merit
    won = Winners(
        np.where(better, second.designs, first.designs),
        np.where(better, second.status, first.status),
        np.where(better[:, None], second.objectives, first.objectives),
        {**first.refused, **second.refused},
    )
    return won, np.where(better, value, merit)


def _spread(designs: Rows) -> Table:
    """Return a number in [0, 1) per design, evenly spread and always the same (the SplitMix64 finaliser)."""
    with np.errstate(over="ignore"):
        x = designs.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x = x ^ (x >> np.uint64(31))
    return x.astype(np.float64) / 2.0**64
