"""What may come of the orders: when the result is ready, at what cost, how likely late, and who holds it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tauplan import tau
from tauplan.evaluate.answer import SupplyOdds
from tauplan.evaluate.resolve import Resolved
from tauplan.evaluate.solve import Result
from tauplan.evaluate.supply_waits import stages
from tauplan.spec.system import Prices
from tauplan.supply.chain import supply_time
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


def _each_chain(waits: Mapping[str, Wait], told: Callable[[Any], Any], count: int) -> Any:
    """Return ``count`` numbers told about the finish of each distinct chain, [count, *shape of the waits]."""
    ends = [end for wait in waits.values() for end in (wait.median_s, wait.p90_s)]
    shape = np.broadcast_shapes(*(np.shape(end) for end in ends))
    table = np.array([np.broadcast_to(end, shape).reshape(-1) for end in ends]).T.reshape(-1, len(ends))
    found = np.zeros((count, len(table)))
    chains, inverse = np.unique(table, axis=0, return_inverse=True)
    for place, chain in enumerate(chains):
        alone = {
            name: replace(wait, median_s=float(chain[2 * n]), p90_s=float(chain[2 * n + 1]))
            for n, (name, wait) in enumerate(waits.items())
        }
        numbers = np.reshape(told(draw_chain(alone).finish_s), (count, 1))
        found[:, np.flatnonzero(inverse.reshape(-1) == place)] = numbers
    return found.reshape(count, *shape)


LEVELS = np.linspace(0.0, 1.0, 401)  # definition: quantiles that a chance of being late is read from


def readiness(waits: Mapping[str, Wait], run: Number, due: Number | None, sooner: Number = 1.0) -> Readiness:
    """Return when results are ready over random lead times, for one design or arrays of them.

    T = ``sooner`` x finish of the chain + run. Each distinct chain is drawn once, however many designs share it.
    The chance of being late is read between 400 quantiles, so within some 0.2 %.
    """
    if not waits:
        late = np.nan if due is None else np.where(np.asarray(run) > due, 1.0, 0.0)
        return Readiness(run, run, late)
    quantiles = _each_chain(waits, lambda finish: np.quantile(finish, LEVELS), len(LEVELS))
    p50, p90 = (quantiles[round(level * (len(LEVELS) - 1))] for level in (MEDIAN, P90))
    late: Any = np.nan
    if due is not None:
        limit = (due - np.asarray(run)) / sooner
        shape = np.broadcast_shapes(np.shape(limit), quantiles.shape[1:])
        late = 1.0 - _chance_below(np.broadcast_to(limit, shape), quantiles)
    return Readiness(p50 * sooner + run, p90 * sooner + run, late)


def _chance_below(limit: Any, quantiles: Any) -> Any:
    """Return the chance that a finish with these quantiles [levels, *shape] ends by a limit [*shape]."""
    flat = np.broadcast_to(quantiles, (len(quantiles), *limit.shape)).reshape(len(quantiles), -1)
    wanted = limit.reshape(-1)
    chances: Any = np.empty(len(wanted))
    curves, inverse = np.unique(flat, axis=1, return_inverse=True)
    for place, curve in enumerate(curves.T):
        here = inverse.reshape(-1) == place
        chances[here] = np.interp(wanted[here], curve, LEVELS, left=0.0, right=1.0)
    return chances.reshape(limit.shape)


def dearness(waits: Mapping[str, Wait], prices: Prices | None) -> tuple[Number, Number]:
    """Return by what share of the capital it is dearer at delivery, a ratio, at P50 and at P90."""
    if prices is None or not waits:
        return 0.0, 0.0
    told = _each_chain(waits, lambda finish: np.quantile(_rise(prices.scenario, finish), (MEDIAN, P90)), 2)
    return prices.share * told[0], prices.share * told[1]


def design_odds(resolved: Resolved, result: Result, due: Number | None) -> Readiness:
    """Return the readiness of designs: the waits as resolved, scaled where a result has them scaled."""
    whole = supply_time(stages(resolved.waits))
    plain = tau.seconds(whole)
    sooner = np.where(plain > 0, tau.seconds(result.supply) / np.where(plain > 0, plain, 1.0), 1.0)
    return readiness(resolved.waits, tau.seconds(result.run), due, sooner)


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
        moved = float(result.capital_USD) * supply.prices.share
        cost = cost + moved * _rise(supply.prices.scenario, chain.finish_s)
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


def _rise(scenario: str, finish_s: Any) -> Any:
    """Return the rise of the market price until each draw's delivery, a ratio."""
    weeks = np.minimum(np.ceil(finish_s / WEEK_S).astype(int), LONGEST)
    draws = len(finish_s)
    market = simulate_paths(price_scenario(scenario), shipped_terms(), draws, int(weeks.max())).market
    return market[np.arange(draws), weeks].astype(float) - 1.0
