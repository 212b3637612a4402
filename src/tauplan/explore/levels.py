"""The levels of the stack moved one by one: elasticities of every objective, and a roadmap of years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tauplan import tau
from tauplan.evaluate.case import map_times
from tauplan.evaluate.resolve import Resolved, resolve
from tauplan.evaluate.solve import Result, solve
from tauplan.explore.figures import Figure
from tauplan.explore.prepared import Prepared
from tauplan.tau import LEVELS, Time

STEP = 1e-6
"""Relative change of a level's times for a derivative; the models are piecewise smooth."""


def scaled(resolved: Resolved, factors: NDArray[np.float64]) -> Result:
    """Return the result with the times of each level scaled: ``factors`` of shape (levels, variants)."""

    def scale(time: Time) -> Time:
        return Time(time.owned.reshape(len(LEVELS), 1) * factors)

    return solve(map_times(resolved.explained(), scale))


def elasticities(resolved: Resolved, figures: Sequence[Figure]) -> dict[str, dict[str, float]]:
    """Return d ln figure / d ln time of each level, for one design: by figure, then by level.

    All levels in one vectorised call, by central differences. For the time to result without failures and
    pipeline bubbles the elasticity of a level is its share of the owned seconds (Euler's theorem).
    """
    count = len(LEVELS)
    factors = np.ones((count, 2 * count))
    for row in range(count):
        factors[row, row] += STEP
        factors[row, count + row] -= STEP
    result = _plain(scaled(resolved, factors))
    slower = factors[LEVELS.index("supply")]
    waits = {
        name: replace(wait, median_s=wait.median_s * slower, p90_s=wait.p90_s * slower)
        for name, wait in resolved.waits.items()
    }
    resolved = replace(resolved, waits=waits)
    found: dict[str, dict[str, float]] = {}
    for figure in figures:
        values = np.broadcast_to(tau.seconds(figure.read(resolved, result)), 2 * count).astype(float)
        middle = (values[:count] + values[count:]) / 2.0
        slope = np.divide(
            values[:count] - values[count:], 2.0 * STEP * middle, out=np.zeros(count), where=middle != 0
        )
        found[figure.name] = dict(zip(LEVELS, slope.tolist(), strict=True))
    return found


@dataclass(frozen=True)
class Year:
    """A design ``year`` years on: its times [s], the level that owns most of them, and its share [1]."""

    year: int
    time_to_result_s: float
    run_s: float
    level: str
    share: float


def roadmap(resolved: Resolved, improve: Mapping[Any, float], years: int) -> tuple[Year, ...]:
    """Return how the time to result falls when every level improves by its own factor a year.

    The design and its plan stay as they are; a level's primitive times are divided by ``improve`` to the power
    of the years.
    """
    factors = np.ones((len(LEVELS), years + 1))
    for level, factor in improve.items():
        factors[LEVELS.index(level)] = factor ** -np.arange(years + 1.0)
    result = scaled(resolved, factors)
    whole, run = tau.seconds(result.time_to_result), tau.seconds(result.run)
    owned: NDArray[np.float64] = result.time_to_result.owned
    most: list[int] = owned.argmax(axis=0).tolist()
    return tuple(
        Year(year, float(whole[year]), float(run[year]), LEVELS[row], float(owned[row, year] / whole[year]))
        for year, row in enumerate(most)
    )


@dataclass(frozen=True)
class Moved:
    """What a design answers when levels move: elasticities by figure and level, and the years of a roadmap."""

    elasticities: dict[str, dict[str, float]]
    years: tuple[Year, ...]


def levels_moved(prepared: Prepared, design: int) -> Moved:
    """Return how a design of a study answers when the times of the levels move."""
    resolved = resolve(prepared.space.scenario(design), prepared.catalog, prepared.file.folder)
    asked = prepared.file.study.roadmap
    years = () if asked is None else roadmap(resolved, asked.improve, asked.years)
    return Moved(elasticities(resolved, prepared.wanted.objectives), years)


def _plain(result: Result) -> Result:
    """Return a result with plain seconds, so that any figure can be read from it."""
    times = {name: tau.seconds(getattr(result, name)) for name in ("time_to_result", "run", "supply")}
    return replace(result, **times)
