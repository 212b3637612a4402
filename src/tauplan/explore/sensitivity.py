"""What a study's figures hang on: Sobol indices over its axes, and over the claims behind its best designs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tauplan.evaluate.book import Key
from tauplan.evaluate.resolve import resolve
from tauplan.explore.outcome import Outcome
from tauplan.explore.prepared import Prepared
from tauplan.explore.sobol import Indices, sobol_indices
from tauplan.explore.uncertainty import Band, bands, objectives_of
from tauplan.spec.study import Sensitivity

Table = NDArray[np.float64]

ROWS = 16_384
"""Points evaluated in one vectorised call."""


@dataclass(frozen=True)
class Share:
    """One input of one figure: its first-order and total index, and the standard error of the latter [1]."""

    figure: str
    name: str
    first: float
    total: float
    error: float


@dataclass(frozen=True)
class Hangs:
    """Indices of all objectives over one set of inputs, the greatest totals first.

    ``of``: "axes", or the number of the design whose claims vary; ``used``: least share of pairs of points that
    could be compared, the rest being infeasible [1].
    """

    of: str
    shares: tuple[Share, ...]
    used: float


def hangs_on(prepared: Prepared, outcome: Outcome) -> tuple[Hangs, ...]:
    """Return Sobol indices as far as a study asks for them: over its axes, then over claims of its best designs."""
    asked = prepared.file.study.sensitivity
    if asked is None or not outcome.feasible:
        return ()
    best = best_by_each(outcome)[: asked.designs]
    over = [over_axes(prepared, asked)] if asked.axes else []
    return (*over, *(over_claims(prepared, design, asked) for design in best))


def best_by_each(outcome: Outcome) -> list[int]:
    """Return the designs of the front that are best by the first objective, the second, and so on."""
    designs, table = outcome.front.designs, outcome.front.objectives
    found = [int(designs[np.lexsort((designs, column))[0]]) for column in table.T]
    return list(dict.fromkeys(found))


def over_axes(prepared: Prepared, asked: Sensitivity) -> Hangs:
    """Return indices over the outer axes, every value of an axis alike; each design takes its best inner choice."""
    sizes = np.array(prepared.space.outer_sizes)

    def model(points: Table) -> Table:
        digits = np.minimum((points * sizes).astype(np.int64), sizes - 1)
        numbers = np.ravel_multi_index(tuple(digits.T), tuple(sizes.tolist()))
        different, place = np.unique(numbers, return_inverse=True)
        return prepared.work.chosen(different).objectives[place.reshape(-1)]

    names = [axis.name for axis in prepared.space.outer]
    free = [place for place, size in enumerate(sizes.tolist()) if size > 1]

    def varied(points: Table) -> Table:
        whole = np.zeros((len(points), len(sizes)))
        whole[:, free] = points
        return model(whole)

    found = sobol_indices(varied, len(free), asked.samples, asked.seed)
    return _told(prepared, "axes", [names[place] for place in free], found)


def over_claims(prepared: Prepared, design: int, asked: Sensitivity) -> Hangs:
    """Return indices over the bands of the claims behind one design, drawn as its Monte Carlo draws them."""
    scenario, folder = prepared.space.scenario(design), prepared.file.folder
    known = bands(resolve(scenario, prepared.catalog, folder).book)
    keys: list[Key] = list(known)

    def model(points: Table) -> Table:
        parts = [_at(known, keys, points[start : start + ROWS]) for start in range(0, len(points), ROWS)]
        return np.concatenate([objectives_of(prepared, scenario, part, len(part[keys[0]])) for part in parts])

    if not keys:
        return Hangs(str(design), (), 1.0)
    found = sobol_indices(model, len(keys), asked.samples, asked.seed)
    return _told(prepared, str(design), [".".join(key) for key in keys], found)


def _at(known: dict[Key, Band], keys: Sequence[Key], points: Table) -> dict[Key, Table]:
    return {key: known[key].at(points[:, place]) for place, key in enumerate(keys)}


def _told(prepared: Prepared, of: str, names: Sequence[str], found: Indices) -> Hangs:
    shares: list[Share] = []
    for row, figure in enumerate(prepared.wanted.objectives):
        first, total, error = (part[row].tolist() for part in (found.first, found.total, found.error))
        order = sorted(range(len(names)), key=lambda place: -total[place])
        shares += [Share(figure.name, names[n], first[n], total[n], error[n]) for n in order]
    return Hangs(of, tuple(shares), float(found.used.min(initial=1.0)))
