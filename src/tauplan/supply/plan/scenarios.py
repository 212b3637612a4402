"""What may happen to a plan: market prices, lead times, stops of vendors and demand, drawn together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from tauplan.supply.plan.open_orders import Order
from tauplan.supply.plan.spec import WEEK_S, YEAR_WEEKS, Offer, SourcingPlan
from tauplan.supply.price.paths import simulate_paths
from tauplan.supply.price.scenario_data import price_scenario, shipped_terms

P90_Z = 1.2815515655446004  # definition: standard normal quantile of nine in ten


@dataclass(frozen=True)
class Scenarios:
    """Draws of one plan: S scenarios, T weeks, one column per offer.

    ``price`` [S, T] is the market over today's; ``lead`` [S, offers, T] in whole weeks by week of the order, more
    than the plan is long where nothing arrives; ``demand`` [S] multiplies the systems wanted.
    """

    chance: Any
    price: Any
    lead: Any
    demand: Any

    @property
    def count(self) -> int:
        """Return the number of scenarios."""
        return len(self.chance)


def nominal(plan: SourcingPlan) -> Scenarios:
    """Return the one scenario of expected prices and lead times that nine of ten deliveries keep."""
    leads = _by_week(plan, np.array([[_p90(offer) for offer in plan.offers]]))
    certain = [vendor.embargo_chance >= 1 for vendor in plan.vendors.values()]
    leads = _stopped(plan, leads, np.array([certain]))
    growth = (1 + plan.market.growth) ** (np.arange(plan.horizon + 1) / YEAR_WEEKS)
    if plan.market.scenario is not None:
        growth = _market(plan, FOR_A_MEAN, 1).mean(axis=0)
    return Scenarios(np.ones(1), growth[None, :], leads, np.ones(1))


FOR_A_MEAN = 4000  # definition: paths whose mean is steady within one per cent


def _market(plan: SourcingPlan, count: int, seed: int) -> Any:
    """Return market paths over today's [count, weeks + 1] of the plan's price scenario."""
    regimes = price_scenario(plan.market.scenario or "")
    return simulate_paths(regimes, shipped_terms(), count, plan.horizon, seed).market.astype(float)


def draw(plan: SourcingPlan, count: int, seed: int) -> Scenarios:
    """Return random scenarios of equal chance.

    The slope of the logarithm of the market price is normal around its expected growth, with the yearly volatility
    as spread. A lead time is log-normal between its median and its P90, one draw per vendor and scenario,
    correlated with the price slope as ``tight`` tells: dear markets deliver late. Draws are antithetic in pairs.
    """
    rng = np.random.default_rng(seed)
    vendors = list(plan.vendors)
    half = rng.standard_normal((-(-count // 2), len(vendors) + 2))
    normal = np.concatenate([half, -half])[:count]
    slope = np.log1p(plan.market.growth) + plan.market.volatility * normal[:, 0]
    price = np.exp(slope[:, None] * np.arange(plan.horizon + 1)[None, :] / YEAR_WEEKS)
    dear: Any = normal[:, :1]
    if plan.market.scenario is not None:
        price = _market(plan, count, seed)
        level = np.log(price).mean(axis=1, keepdims=True)
        dear = (level - level.mean()) / max(float(level.std()), TINY)
    tight = plan.market.tight
    shared = tight * dear + np.sqrt(1 - tight**2) * normal[:, 1 : len(vendors) + 1]
    stopped = rng.random((count, len(vendors))) < np.array([plan.vendors[v].outage for v in vendors])
    columns = [vendors.index(offer.vendor) for offer in plan.offers]
    median = np.array([offer.lead_time or 0.0 for offer in plan.offers])
    spread = np.array(
        [np.log(max(_p90(offer), TINY) / max(offer.lead_time or 0.0, TINY)) for offer in plan.offers]
    )
    seconds = median * np.exp(spread / P90_Z * shared[:, columns])
    lead = _by_week(plan, seconds)
    lead = np.where(stopped[:, columns, None], plan.horizon + YEAR_WEEKS, lead)
    if any(vendor.embargo is not None for vendor in plan.vendors.values()):
        chances = np.array([vendor.embargo_chance for vendor in plan.vendors.values()])
        lead = _stopped(plan, lead, rng.random((count, len(vendors))) < chances)
    demand = np.maximum(1 + plan.risk.demand * normal[:, -1], 0.0)
    return Scenarios(np.full(count, 1.0 / count), price, lead, demand)


def _by_week(plan: SourcingPlan, seconds: Any) -> Any:
    """Return lead times of today [S, offers] in whole weeks for orders of each week [S, offers, T]."""
    ratios = [[plan.lead_ratio(offer, week) for week in range(plan.horizon)] for offer in plan.offers]
    return np.ceil(seconds[:, :, None] * np.array(ratios)[None] / WEEK_S - TINY).astype(int)


def _stopped(plan: SourcingPlan, lead: Any, comes: Any) -> Any:
    """Return lead times with nothing delivered from an embargo on, where it ``comes`` [S, vendors]."""
    names = list(plan.vendors)
    for o, offer in enumerate(plan.offers):
        day = plan.vendors[offer.vendor].embargo
        if day is not None:
            late = np.arange(plan.horizon) + lead[:, o] >= plan.week(day)
            hit = late & comes[:, names.index(offer.vendor), None]
            lead[:, o] = np.where(hit, plan.horizon + YEAR_WEEKS, lead[:, o])
    return lead


def comes_in(plan: SourcingPlan, order: Order, drawn: Scenarios) -> Any:
    """Return the week in which an order under way arrives in each scenario [S], zero for today.

    Its due date is taken as the one that nine of ten deliveries keep: it comes as much sooner or later as the lead
    time of its offer is drawn below or above its P90. Orders of no offer come on the day.
    """
    matching = [
        o for o, offer in enumerate(plan.offers) if offer.key == (order.part, order.vendor, order.terms)
    ]
    if not matching or order.due <= 0:
        return np.full(drawn.count, max(order.due, 0))
    offer = plan.offers[matching[0]]
    kept = math.ceil(_p90(offer) * plan.lead_ratio(offer, 0) / WEEK_S - TINY)
    return np.maximum(order.due + drawn.lead[:, matching[0], 0] - kept, 0)


TINY = 1e-9  # definition: keeps the ratio of two lead times of zero at one


def _p90(offer: Offer) -> float:
    return max(offer.lead_time or 0.0, offer.lead_time_p90 or 0.0)


def unit_price(offer: Offer, rung: float, market: Any, ordered: int, arrives: int) -> float:
    """Return what a unit costs in the end [USD] along one market path.

    Spot and contract take the market's price in the week of the order, a long-term agreement keeps today's. With
    post-settlement the buyer later pays the agreed share of what the market rose by from that price to delivery.
    """
    agreed = 1.0 if offer.terms == "lta" else float(market[ordered])
    later = float(market[min(arrives, len(market) - 1)])
    return rung * (agreed + offer.settlement * max(later - agreed, 0.0))
