"""What may come of the orders: when the result is ready, at what cost, how likely late, and who holds it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tauplan.evaluate.answer import SupplyOdds
from tauplan.evaluate.resolve import Resolved
from tauplan.evaluate.solve import Result
from tauplan.spec.system import Prices
from tauplan.supply.lead_times import P90, Wait, draw_chain
from tauplan.supply.price.paths import simulate_paths
from tauplan.supply.price.scenario_data import price_scenario, shipped_terms
from tauplan.tau import Number

MEDIAN = 0.5  # definition: one in two
WEEK_S = 604_800.0  # definition: seconds of a week
LONGEST = 260  # definition: weeks of a price path; later deliveries pay the price of its end


@dataclass(frozen=True)
class Readiness:
    """Percentiles of the time to result [s] and the chance of being late [1] (NaN where nothing is due)."""

    p50_s: Number
    p90_s: Number
    chance_late: Number


def readiness(waits: Mapping[str, Wait], run: Number, due: Number | None) -> Readiness:
    """Return when results are ready over random lead times, for one design or arrays of them.

    T = finish of the chain + run. Each distinct chain is drawn once, however many designs share it.
    """
    ends = [end for wait in waits.values() for end in (wait.median_s, wait.p90_s)]
    limit: Any = np.nan if due is None else due
    shape = np.broadcast_shapes(np.shape(run), np.shape(limit), *(np.shape(end) for end in ends))
    size = int(np.prod(shape))
    table = np.array([np.broadcast_to(end, shape).reshape(-1) for end in ends]).T.reshape(size, len(ends))
    left: Any = np.broadcast_to(limit - np.asarray(run), shape).reshape(-1)
    p50, p90, late = np.zeros(size), np.zeros(size), np.zeros(size)
    chains, inverse = np.unique(table, axis=0, return_inverse=True)
    for place, chain in enumerate(chains):
        here = np.flatnonzero(inverse.reshape(-1) == place)
        alone = {
            name: replace(wait, median_s=float(chain[2 * n]), p90_s=float(chain[2 * n + 1]))
            for n, (name, wait) in enumerate(waits.items())
        }
        finish = np.sort(draw_chain(alone).finish_s) if alone else np.zeros(1)
        p50[here], p90[here] = np.quantile(finish, (MEDIAN, P90))
        late[here] = 1.0 - np.searchsorted(finish, left[here], side="right") / len(finish)
    late = np.where(np.isnan(left), np.nan, late)
    whole = (p50.reshape(shape) + run, p90.reshape(shape) + run, late.reshape(shape))
    return Readiness(*whole)


def supply_odds(resolved: Resolved, result: Result) -> SupplyOdds | None:
    """Return percentiles of time and cost over lead times and prices, or None for a system in hand.

    Waits are log-normal between median and P90, independent of each other and of prices; the run is as computed. A
    share of the capital pays the market price of the week in which the system is accepted. The draws are the same
    for every scenario, so that two designs differ by what they are.
    """
    if not resolved.waits:
        return None
    supply = resolved.scenario.supply
    due = supply.due_s
    chain = draw_chain(resolved.waits)
    ready = readiness(resolved.waits, float(result.run), due)
    cost: Any = np.full(len(chain.finish_s), float(result.cost_USD))
    if supply.prices is not None:
        cost = cost + float(result.capital_USD) * _dearer(supply.prices, chain.finish_s)
    return SupplyOdds(
        p50_s=float(ready.p50_s),
        p90_s=float(ready.p90_s),
        mean_s=float(chain.finish_s.mean() + result.run),
        due_s=due,
        chance_late=None if due is None else float(ready.chance_late),
        by_link_s=chain.by_link,
        by_vendor_s=chain.by_vendor,
        prices="" if supply.prices is None else supply.prices.scenario,
        cost_p50_USD=float(np.quantile(cost, MEDIAN)),
        cost_p90_USD=float(np.quantile(cost, P90)),
    )


def _dearer(prices: Prices, finish_s: Any) -> Any:
    """Return by how much of the capital each draw is dearer at its delivery [1]."""
    weeks = np.minimum(np.ceil(finish_s / WEEK_S).astype(int), LONGEST)
    draws = len(finish_s)
    regimes = price_scenario(prices.scenario)
    market = simulate_paths(regimes, shipped_terms(), draws, int(weeks.max())).market
    return prices.share * (market[np.arange(draws), weeks].astype(float) - 1.0)
