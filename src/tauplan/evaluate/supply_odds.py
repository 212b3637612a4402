"""What may come of the orders: when the result is ready, at what cost, how likely late, and who holds it back."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tauplan.evaluate.answer import SupplyOdds
from tauplan.evaluate.resolve import Resolved
from tauplan.evaluate.solve import Result
from tauplan.spec.system import Prices
from tauplan.supply.lead_times import P90, ChainOutcome, Wait, draw_chain
from tauplan.supply.price.paths import simulate_paths
from tauplan.supply.price.scenario_data import price_scenario, shipped_terms
from tauplan.tau import Number

MEDIAN = 0.5  # definition: one in two
WEEK_S = 604_800.0  # definition: seconds of a week
LONGEST = 260  # definition: weeks of a price path; later deliveries pay the price of its end
CHAINS_KEPT = 4096  # definition: supply chains whose draws are kept between the designs of a study
MARKETS_KEPT = 16  # definition: markets whose paths are kept between the designs of a study


@dataclass(frozen=True)
class Readiness:
    """Percentiles of the time to result [s] and the chance of being late [1] (NaN where nothing is due)."""

    p50_s: Number
    p90_s: Number
    chance_late: Number


Chain = tuple[tuple[str, float, float, tuple[str, ...], str], ...]
"""A supply chain as plain words and numbers: name, median [s], P90 [s], predecessors and vendor of each wait."""


@dataclass(frozen=True)
class Chains:
    """The distinct supply chains of a batch of designs; ``place`` says which one each design has."""

    distinct: tuple[Chain, ...]
    place: NDArray[np.int64]

    @classmethod
    def of(cls, waits: Mapping[str, Wait]) -> Chains:
        """Return the chains of waits, floats or arrays that broadcast."""
        ends = [end for wait in waits.values() for end in (wait.median_s, wait.p90_s)]
        shape = np.broadcast_shapes(*(np.shape(end) for end in ends))
        table = np.array([np.broadcast_to(end, shape).reshape(-1) for end in ends]).T
        table = table.reshape(int(np.prod(shape)), len(ends))
        rows, place = np.unique(table, axis=0, return_inverse=True)
        named = list(waits.items())
        chains = tuple(
            tuple(
                (name, float(row[2 * n]), float(row[2 * n + 1]), wait.after, wait.vendor)
                for n, (name, wait) in enumerate(named)
            )
            for row in rows
        )
        return cls(chains, place.reshape(shape))

    def finish(self, chance: float) -> Number:
        """Return the time in which each design's chain ends with this chance [s]."""
        return self._spread([_finish(chain, chance) for chain in self.distinct])

    def dearer(self, prices: Prices, chance: float) -> Number:
        """Return the quantile of what the capital costs more at delivery [1]."""
        rises = [np.quantile(_dearer(prices, finish_draws(chain)), chance) for chain in self.distinct]
        return self._spread(rises)

    def chance_late(self, left: Number) -> Number:
        """Return the chance that each design's chain ends after ``left`` [s], NaN where that is NaN."""
        return self._over(
            left, lambda finish, limit: 1.0 - finish.searchsorted(limit, side="right") / len(finish)
        )

    def expected_lateness(self, left: Number) -> Number:
        """Return by how much each design's chain ends after ``left`` [s] in the mean: E max(F - left, 0) [s]."""

        def mean(finish: Any, limit: Any) -> Any:
            within = finish.searchsorted(limit, side="right")
            after = np.append(np.cumsum(finish[::-1])[::-1], 0.0)[within]
            return np.maximum(after - (len(finish) - within) * limit, 0.0) / len(finish)

        return self._over(left, mean)

    def _over(self, left: Number, figure: Callable[[Any, Any], Any]) -> Number:
        """Return a figure of each design's sorted draws and its limit, which broadcasts with the chains."""
        shape = np.broadcast_shapes(np.shape(left), self.place.shape)
        limit: Any = np.broadcast_to(left, shape)
        place = np.broadcast_to(self.place, shape)
        found = np.full(shape, np.nan)
        for number, chain in enumerate(self.distinct):
            here = (place == number) & ~np.isnan(limit)
            found[here] = figure(np.sort(finish_draws(chain)), limit[here])
        return found

    def _spread(self, values: list[Any]) -> Number:
        return np.array(values, float)[self.place]


@functools.lru_cache(maxsize=CHAINS_KEPT)
def drawn(chain: Chain) -> ChainOutcome:
    """Return what comes of a chain in each draw; kept, since many designs share a chain."""
    return draw_chain({n: Wait(median, p90, after, by) for n, median, p90, after, by in chain})


def finish_draws(chain: Chain) -> NDArray[np.float64]:
    """Return when a chain ends in each draw [s]."""
    return drawn(chain).finish_s if chain else np.zeros(1)


@functools.lru_cache(maxsize=CHAINS_KEPT)
def _finish(chain: Chain, chance: float) -> float:
    """Return the time in which a chain ends with a chance [s]."""
    return float(np.quantile(finish_draws(chain), chance))


def readiness(waits: Mapping[str, Wait], run: Number, due: Number | None) -> Readiness:
    """Return when results are ready over random lead times, for one design or arrays of them.

    T = finish of the chain + run. Each distinct chain is drawn once, however many designs share it.
    """
    chains = Chains.of(waits)
    late = chains.chance_late((np.nan if due is None else due) - np.asarray(run))
    return Readiness(chains.finish(MEDIAN) + run, chains.finish(P90) + run, late)


def cost_at(resolved: Resolved, result: Result, chance: float) -> Number:
    """Return the cost that is kept with this chance [USD], for one design or a batch.

    A share of the capital pays the market price of the week of delivery (``supply.prices``); the rest of the cost
    is as computed. Cost is affine in that price, so its quantile follows from the price's.
    """
    prices = resolved.scenario.supply.prices
    if prices is None or not resolved.waits:
        return result.cost_USD
    return result.cost_USD + result.capital_USD * Chains.of(resolved.waits).dearer(prices, chance)


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
    (only,) = Chains.of(resolved.waits).distinct
    chain = drawn(only)
    ready = readiness(resolved.waits, float(result.run), due)
    cost: Any = float(result.cost_USD)
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
    market = _market(prices.scenario, draws)
    return prices.share * (market[np.arange(draws), weeks].astype(float) - 1.0)


@functools.lru_cache(maxsize=MARKETS_KEPT)
def _market(scenario: str, draws: int) -> Any:
    """Return market prices over today's, [draws, weeks]: to one week for all designs."""
    return simulate_paths(price_scenario(scenario), shipped_terms(), draws, LONGEST).market
