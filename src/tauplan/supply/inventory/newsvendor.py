"""One decision before demand is known: the newsvendor, and base stock as a newsvendor over the lead time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tauplan.supply.scientific import normal_cdf, normal_pdf, normal_quantile, normal_sf, poisson_pmf
from tauplan.tau import Number


@dataclass(frozen=True)
class Level:
    """A stock level [units] and its expected cost per period."""

    level: Number
    cost: Number


def normal_loss(z: Number) -> Number:
    """Return the standard normal loss E[(Z - z)+] = phi(z) - z (1 - Phi(z)) [standard deviations]."""
    return normal_pdf(z) - z * normal_sf(z)


def normal_cost(level: Number, holding: Number, shortage: Number, mean: Number, sd: Number) -> Number:
    """Return the expected cost per period of a level, with normal demand.

    h (S - mu) + (h + p) sigma L(z) with z = (S - mu) / sigma; S, mu, sigma share the unit [units].
    """
    return holding * (level - mean) + (holding + shortage) * sd * normal_loss((level - mean) / sd)


def newsvendor_normal(
    holding: Number, shortage: Number, mean: Number, sd: Number, lead_time: Number = 0.0
) -> Level:
    """Return the best level for normal demand: S = mu + sigma Phi^-1(p / (p + h)) [units].

    With a lead time of L periods under review every period, demand of L + 1 periods counts: base stock.
    Valid for independent periods. Source: Snyder & Shen, sections 4.3 and 4.4.

    >>> round(newsvendor_normal(0.18, 0.70, 50, 8).level, 4)
    56.604
    """
    over, spread = mean * (lead_time + 1), sd * np.sqrt(lead_time + 1)
    level = over + spread * normal_quantile(shortage / (shortage + holding))
    return Level(level, normal_cost(level, holding, shortage, over, spread))


def newsvendor_discrete(holding: float, shortage: float, values: Any, chances: Any) -> Level:
    """Return the least level [units] whose chance to suffice reaches p / (p + h), and its cost.

    ``values`` in rising order with ``chances`` that sum to one. Source: Snyder & Shen, section 4.3.2.7.
    """
    demand, chance = np.asarray(values, float), np.asarray(chances, float)
    reached = np.cumsum(chance) >= shortage / (shortage + holding) - ROUNDING
    level = demand[int(np.argmax(reached))] if reached.any() else demand[-1]
    left, short = np.maximum(level - demand, 0.0), np.maximum(demand - level, 0.0)
    return Level(float(level), float(chance @ (holding * left + shortage * short)))


ROUNDING = 1e-12  # definition: chances that differ by less are equal in double precision
FAR = 12.0  # definition: standard deviations beyond which a Poisson tail is below rounding


def poisson_reach(mean: float) -> int:
    """Return the largest Poisson demand [units] that matters: mean + 12 sqrt(mean) + 12."""
    return int(np.ceil(mean + FAR * np.sqrt(mean) + FAR))


def poisson_table(mean: float) -> tuple[Any, Any]:
    """Return the values and chances of a Poisson demand, cut where nothing measurable is left."""
    values = np.arange(poisson_reach(mean) + 1)
    chances = poisson_pmf(values, mean)
    return values, chances / chances.sum()


def newsvendor_poisson(holding: float, shortage: float, mean: float, lead_time: float = 0.0) -> Level:
    """Return the best level [units] for Poisson demand of ``mean`` per period over lead time + 1 periods."""
    return newsvendor_discrete(holding, shortage, *poisson_table(mean * (lead_time + 1)))


def newsvendor_lognormal(holding: float, shortage: float, mu: float, sigma: float) -> Level:
    """Return the best level [units] for log-normal demand with log-mean mu and log-spread sigma.

    S = exp(mu + sigma z); E[(D - S)+] = m Phi(sigma - z) - S Phi(-z) with m = exp(mu + sigma^2 / 2).
    """
    z = float(normal_quantile(shortage / (shortage + holding)))
    level, mean = float(np.exp(mu + sigma * z)), float(np.exp(mu + sigma**2 / 2))
    short = mean * float(normal_cdf(sigma - z)) - level * float(normal_sf(z))
    return Level(level, holding * (level - mean) + (holding + shortage) * short)


def newsvendor_table(holding: float, shortage: float, table: Mapping[str, float]) -> Level:
    """Return the best level [units] for a table of demand -> chance."""
    pairs = sorted((float(value), chance) for value, chance in table.items())
    return newsvendor_discrete(holding, shortage, [v for v, _ in pairs], [c for _, c in pairs])


def margins(price: float, cost: float, salvage: float = 0.0) -> tuple[float, float]:
    """Return the cost of one left over and of one short [money per unit]: c - v and r - c."""
    return cost - salvage, price - cost


def normal_profit(level: Number, price: float, cost: float, salvage: float, mean: float, sd: float) -> Number:
    """Return the expected profit of a level [money]: (r - c) mu less the newsvendor's cost."""
    over, under = margins(price, cost, salvage)
    return (price - cost) * mean - normal_cost(level, over, under, mean, sd)


def convolved(values: Any, chances: Any, times: int) -> tuple[Any, Any]:
    """Return values and chances of the sum of ``times`` independent demands on whole numbers from zero."""
    one = np.zeros(int(max(values)) + 1)
    np.add.at(one, np.asarray(values, int), np.asarray(chances, float))
    total = np.ones(1)
    for _ in range(times):
        total = np.convolve(total, one)
    return np.arange(len(total)), total


def base_stock_discrete(holding: float, shortage: float, values: Any, chances: Any, lead_time: int) -> Level:
    """Return the best base stock [units] for discrete demand per period over lead time + 1 periods. Exact."""
    return newsvendor_discrete(holding, shortage, *convolved(values, chances, lead_time + 1))
