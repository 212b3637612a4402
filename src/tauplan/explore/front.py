"""The exact Pareto front: of a table, and of a stream of tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.float64]
Rows = NDArray[np.int64]

BLOCK = 256
"""Rows compared with the front at once; the temporaries then stay in the cache."""

FEW = 64
"""Rows that a first pass compares all others with."""


def pareto_front(objectives: Table) -> Rows:
    """Return the rows that no other row dominates, in their order.

    ``objectives``: designs by objectives, all to be minimised; rows with a NaN are never on the front. A row
    dominates another if it is nowhere worse and somewhere better; equal rows all stay.
    """
    known = np.flatnonzero(~np.isnan(objectives).any(axis=1))
    values = np.ascontiguousarray(objectives[known])
    if not len(known):
        return known
    if values.shape[1] == 1:
        return known[values[:, 0] == values[:, 0].min()]
    if values.shape[1] == 2:
        return known[_two(values)]
    return known[_compiled(values)]


def _two(values: Table) -> NDArray[np.bool_]:
    """Two objectives: sorted by the first, a row is kept if its second is below all before it. O(n log n)."""
    order = np.lexsort((values[:, 1], values[:, 0]))
    first, second = values[order, 0], values[order, 1]
    fresh = np.concatenate(([True], first[1:] > first[:-1]))
    starts = np.flatnonzero(fresh)
    group = np.cumsum(fresh) - 1
    least = second[starts]  # rows are sorted, so each group starts with its least
    before = np.concatenate(([np.inf], np.minimum.accumulate(least)[:-1]))
    keep = np.empty(len(values), bool)
    keep[order] = (second == least[group]) & (least < before)[group]
    return keep


def _compiled(values: Table) -> NDArray[np.bool_]:
    """Return the mask of the front from moocore where it is installed, else from NumPy: the same rows."""
    try:
        from moocore import is_nondominated  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]
    except ImportError:
        return blockwise(values)
    return np.asarray(is_nondominated(values, maximise=False, keep_weakly=True), bool)


def blockwise(values: Table) -> NDArray[np.bool_]:
    """Return the mask of the front: sorted rows in blocks against the front so far. O(n·f) for f on the front.

    After sorting, no later row can dominate an earlier one, so a row that passes stays for good.
    """
    order = np.lexsort(values.T[::-1])
    rows = values[order]
    # a few rows that are good at everything strike out most of the others
    with np.errstate(invalid="ignore"):  # infinities have no even scale; any choice of rows is sound
        low, span = rows.min(axis=0), np.ptp(rows, axis=0)
        even = ((rows - low) / np.where(span > 0, span, 1.0)).sum(axis=1)
    alive = _survives(rows, rows[np.argsort(even, kind="stable")[:FEW]])
    order, rows = order[alive], rows[alive]
    kept: list[Rows] = []
    front = np.empty((0, values.shape[1]))
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        mask = _survives(block, front)
        mask[mask] = _survives(block[mask], block[mask])
        front = np.concatenate((front, block[mask]))
        kept.append(order[start : start + BLOCK][mask])
    keep = np.zeros(len(values), bool)
    keep[np.concatenate(kept)] = True
    return keep


def _survives(rows: Table, rivals: Table) -> NDArray[np.bool_]:
    """Tell which rows none of the rivals dominates; memory is bounded by blocks of rivals."""
    alive = np.ones(len(rows), bool)
    for start in range(0, len(rivals), BLOCK):
        some = rivals[start : start + BLOCK]
        here = rows[alive]
        no_worse = np.ones((len(some), len(here)), bool)
        better = np.zeros((len(some), len(here)), bool)
        for column in range(rows.shape[1]):
            no_worse &= some[:, column, None] <= here[None, :, column]
            better |= some[:, column, None] < here[None, :, column]
        alive[alive] = ~(no_worse & better).any(axis=0)
    return alive


def fronts_apart(objectives: Table, groups: Rows) -> Rows:
    """Return the rows that no other row of the same group dominates, in their order."""
    kinds = np.unique(groups)
    if len(kinds) < 2:
        return pareto_front(objectives)
    kept = [
        rows[pareto_front(objectives[rows])] for rows in (np.flatnonzero(groups == kind) for kind in kinds)
    ]
    return np.sort(np.concatenate(kept))


Groups = Callable[[Rows], Rows]
"""From designs to the numbers of the groups they belong to; each group has a front of its own."""


def together(designs: Rows) -> Rows:
    """Return one group for all designs."""
    return np.zeros(len(designs), np.int64)


@dataclass
class Front:
    """The front of everything seen so far: designs and their objectives, ordered by design.

    Memory is that of the front itself and of one table; adding tables in any order gives the same front.
    """

    width: int
    groups: Groups = together
    designs: Rows = field(default_factory=lambda: np.empty(0, np.int64))
    objectives: Table = field(init=False)

    def __post_init__(self) -> None:
        self.objectives = np.empty((0, self.width))

    def add(self, designs: Rows, objectives: Table) -> None:
        """Take in designs with their objectives, all to be minimised."""
        all_designs = np.concatenate((self.designs, designs))
        table = np.concatenate((self.objectives, objectives))
        keep = fronts_apart(table, self.groups(all_designs))
        keep = keep[np.argsort(all_designs[keep], kind="stable")]
        self.designs, self.objectives = all_designs[keep], table[keep]
