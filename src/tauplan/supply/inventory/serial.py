"""Stages in series that each hold stock: Clark and Scarf's echelon base stocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tauplan.supply.inventory.newsvendor import poisson_reach, poisson_table
from tauplan.supply.scientific import normal_cdf


@dataclass(frozen=True)
class SerialPlan:
    """Echelon base stocks [units], the stage that serves customers first, and the cost per unit time."""

    levels: tuple[float, ...]
    cost: float


INTERVALS = 1000  # definition: steps of the grid for continuous demand, as in published solutions
SPAN = 4.0  # standard deviations that the grid covers to each side


@dataclass(frozen=True)
class _Grid:
    low: float
    step: float
    points: Any


def serial_base_stock(
    holding: Sequence[float],
    lead_times: Sequence[float],
    shortage: float,
    mean: float,
    sd: float | None = None,
    cut: float = 0.0,
) -> SerialPlan:
    """Return optimal echelon base stocks [units] of stages in series, the one that serves customers first.

    ``holding`` are echelon costs per unit and time; demand is normal, or Poisson where ``sd`` is None. With
    g_0(x) = (p + sum of h) x-: G_j(y) = E[h_j (y - D_j) + g_(j-1)(y - D_j)], S_j minimises G_j, and
    g_j(x) = G_j(min(S_j, x)). Exact for Poisson demand; normal demand on a grid of 1,000 steps, on whose points the
    levels lie. ``cut`` is a chance: demand in a tail less likely than that counts as demand at its edge, as
    published solutions do (cut = 3e-5 lowers the cost by some 1e-4). Source: Clark & Scarf 1960, in the form of
    Chen & Zheng 1994.
    """
    total = float(np.sum(lead_times))
    grid = _grid(mean * total, None if sd is None else sd * float(np.sqrt(total)))
    penalty = shortage + float(np.sum(holding))
    passed = penalty * np.maximum(-grid.points, 0.0)
    levels: list[float] = []
    cost = 0.0
    for stage, (own, lead) in enumerate(zip(holding, lead_times, strict=True)):
        slope = float(np.sum(holding[: stage + 1])) - penalty  # far to the left every stage starves
        first, chances = _demand(grid.step, mean * lead, None if sd is None else sd * lead**0.5, cut)
        expected = _expectation(grid, own * grid.points + passed, slope, first, chances)
        best = int(np.argmin(expected))
        levels.append(float(grid.points[best]))
        cost = float(expected[best])
        passed = expected[np.minimum(np.arange(len(expected)), best)]
    return SerialPlan(tuple(levels), cost)


def _grid(mean: float, sd: float | None) -> _Grid:
    if sd is None:
        high = poisson_reach(mean)
        low = -high
        return _Grid(low, 1.0, np.arange(low, high + 1.0))
    low, high = -2 * SPAN * sd, mean + SPAN * sd
    step = (high - low) / INTERVALS
    return _Grid(low, step, low + step * np.arange(INTERVALS + 1))


def _demand(step: float, mean: float, sd: float | None, cut: float) -> tuple[int, Any]:
    """Return the first multiple of ``step`` that demand takes, and the chances from there on."""
    if sd is None:
        first, chances = 0, poisson_table(mean)[1]
    else:
        first = int(np.floor((mean - 2 * SPAN * sd) / step))
        last = int(np.ceil((mean + 2 * SPAN * sd) / step))
        edges = (np.arange(first, last + 2) - 0.5) * step
        chances = np.diff(normal_cdf((edges - mean) / sd))
        chances = chances / chances.sum()
    if not cut:
        return first, chances
    below = np.cumsum(chances)
    low, high = int(np.argmax(below >= cut)), int(np.argmax(below >= 1 - cut))
    kept = chances[low : high + 1].copy()
    kept[0], kept[-1] = below[low], 1 - below[high - 1]
    return first + low, kept


def _expectation(grid: _Grid, values: Any, slope: float, first: int, chances: Any) -> Any:
    """Return E[values(y - D)] on the grid, extended as a line of known slope to its left."""
    reach = max(first + len(chances), 1)
    left = values[0] - slope * grid.step * np.arange(reach, 0, -1)
    right = values[-1] + (values[-1] - values[-2]) * np.arange(1, max(-first, 0) + 1)
    found = np.convolve(np.concatenate([left, values, right]), chances)
    return found[reach - first : reach - first + len(values)]
