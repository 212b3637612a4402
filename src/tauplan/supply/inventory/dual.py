"""Two sources for one part: a slow cheap one and a fast dear one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tauplan.supply.inventory.newsvendor import base_stock_discrete, convolved


@dataclass(frozen=True)
class DualSource:
    """Costs and lead times: holding and shortage per unit and period, prices per unit, leads in whole periods."""

    holding: float
    shortage: float
    regular_price: float
    expedited_price: float
    regular_lead: int
    expedited_lead: int


GAP = 1e-6  # definition: span of the bounds, as a share of the cost, at which the iteration stops
MOST_ITERATIONS = 20_000  # definition: far beyond what these chains need to mix


def dual_sourcing_cost(case: DualSource, values: Any, chances: Any) -> float:
    """Return the least average cost per period of ordering from both sources, over all policies.

    State: stock that the fast source can still influence and the slow orders under way. Relative value iteration
    until its upper and lower bound meet; orders of the slow source are bounded by the largest demand, which loses
    nothing. ``values`` are whole numbers from zero. Exact to 1e-6 of the cost. The number of states grows with
    the difference of the lead times as its power: meant for up to four or five. Source: Whittemore & Saunders 1977
    for the setting; Puterman, chapter 8, for the bounds.
    """
    demand, chance = np.asarray(values, int), np.asarray(chances, float)
    mean = float(demand @ chance)
    ahead = case.regular_lead - case.expedited_lead
    extra = case.expedited_price - case.regular_price
    if ahead < 1:
        return min(
            base_stock_discrete(case.holding, case.shortage, demand, chance, lead).cost + price * mean
            for lead, price in (
                (case.regular_lead, case.regular_price),
                (case.expedited_lead, case.expedited_price),
            )
        )
    largest = int(demand.max())
    most = (case.regular_lead + 2) * largest
    least = -(ahead + 2) * largest
    levels = np.arange(least, most + 1)
    over, odds = convolved(demand, chance, case.expedited_lead + 1)
    gaps = levels[:, None] - over[None, :]
    period = (case.holding * np.maximum(gaps, 0) + case.shortage * np.maximum(-gaps, 0)) @ odds
    average = _iterate(period, extra, largest, ahead, demand, chance)
    return average + case.regular_price * mean


def _iterate(period: Any, extra: float, largest: int, ahead: int, demand: Any, chance: Any) -> float:
    """Return the average cost. State: level, then the slow orders that arrive in 1 .. ahead-1 periods."""
    orders = largest + 1
    shape = (len(period), *[orders] * (ahead - 1))
    value = np.zeros(shape)
    low = high = 0.0
    for _ in range(MOST_ITERATIONS):
        best = _best_after_order(period, value, orders, ahead, demand, chance)
        # the fast source lifts the level to any higher one at ``extra`` per unit
        steps = np.arange(len(period)).reshape(-1, *[1] * (ahead - 1)) * extra
        lifted = np.minimum.accumulate((best + steps)[::-1], axis=0)[::-1] - steps
        change = lifted - value
        inner = change[largest:-largest]
        low, high = float(inner.min()), float(inner.max())
        value = lifted - lifted.flat[0]
        if high - low <= GAP * max(abs(high), 1.0):
            break
    return (low + high) / 2


def _best_after_order(period: Any, value: Any, orders: int, ahead: int, demand: Any, chance: Any) -> Any:
    """Return the cost of each level and pipeline after the best slow order: this period and what follows."""
    size = len(period)
    arrives = np.arange(orders)
    best = np.full(value.shape, np.inf)
    if ahead == 1:  # the slow order of now is there in the next period
        for order in arrives:
            after = sum(c * value[_clipped(size, order - d)] for d, c in zip(demand, chance))
            best = np.minimum(best, after)
        return best + period
    # expectation over demand for each first arrival; the rest of the pipeline moves up by one
    expected = np.stack(
        [sum(c * value[_clipped(size, a - d)] for d, c in zip(demand, chance)) for a in arrives], axis=1
    )
    # expected[level, first arrival, later pipeline..., new order]; the new order is chosen freely
    chosen = expected.min(axis=-1)
    return chosen + period.reshape(-1, *[1] * (ahead - 1))


def _clipped(size: int, shift: int) -> Any:
    return np.clip(np.arange(size) + int(shift), 0, size - 1)


def single_source(
    case: DualSource, values: Any, chances: Any, *, expedited: bool = False
) -> tuple[int, float]:
    """Return base stock [units] and average cost per period of using one source alone."""
    lead = case.expedited_lead if expedited else case.regular_lead
    price = case.expedited_price if expedited else case.regular_price
    best = base_stock_discrete(case.holding, case.shortage, values, chances, lead)
    mean = float(np.asarray(values, float) @ np.asarray(chances, float))
    return int(best.level), float(best.cost) + price * mean
