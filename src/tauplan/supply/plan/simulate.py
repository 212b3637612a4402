"""What a set of orders comes to when prices and lead times fall as they may: cost and lateness in many paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tauplan.supply.plan.build import part_value
from tauplan.supply.plan.open_orders import Order
from tauplan.supply.plan.scenarios import Scenarios, comes_in, draw
from tauplan.supply.plan.spec import YEAR_WEEKS, SourcingPlan, weeks_of

PATHS = 2000  # definition: enough for a P90 within some two per cent
SEED = 7919  # definition: other draws than the plan was made with


@dataclass(frozen=True)
class Outcome:
    """Costs [USD] and weeks late of each path, and the cost of each kind in the mean.

    ``early_weeks`` by part: how long before its builds begin the orders alone have brought enough, in each path the
    least of all builds; below zero where they come too late.
    """

    cost: Any
    late_weeks: Any
    parts: dict[str, float]
    early_weeks: dict[str, Any]

    @property
    def mean(self) -> float:
        """Return the mean cost [USD]."""
        return float(self.cost.mean())

    @property
    def p90(self) -> float:
        """Return the cost that nine of ten paths stay below [USD]."""
        return float(np.quantile(self.cost, P90))

    @property
    def chance_late(self) -> float:
        """Return the share of paths in which any system is late."""
        return float((self.late_weeks > 0).mean())


P90 = 0.9  # definition: nine in ten


def simulate(
    plan: SourcingPlan, orders: Sequence[Order], open_orders: Sequence[Order] = (), paths: int = PATHS
) -> Outcome:
    """Return what orders come to over random paths; every policy is judged on the same ones.

    Orders arrive after the path's lead time. Parts that will be missing when a build is due to begin are bought on
    the spot market, early enough for its lead time and allocation and at the path's price, where that is sooner
    than waiting; parts without spot are waited for. Systems begin at the pace of their capacity. Cost: payments,
    stock held until used, lateness.
    """
    draws = draw(plan, paths, SEED)
    horizon = plan.horizon + YEAR_WEEKS
    market = np.concatenate([draws.price, np.repeat(draws.price[:, -1:], YEAR_WEEKS, axis=1)], axis=1)
    paid, arrived = _arrivals(plan, orders, open_orders, draws, market, horizon)
    start = {name: np.cumsum(amount, axis=1) for name, amount in arrived.items()}
    wanted = sorted(plan.builds, key=lambda build: build.by)
    taken = dict.fromkeys(plan.parts, np.zeros(paths))
    late_cost: Any = np.zeros(paths)
    late_weeks: Any = np.zeros(paths)
    spot_cost: Any = np.zeros(paths)
    used = {name: np.zeros((paths, horizon)) for name in plan.parts}
    early: dict[str, Any] = {}
    pace: dict[str, Any] = {}
    for build in wanted:
        system = plan.systems[build.system]
        count: Any = (build.count * draws.demand).round()
        due, assembly = plan.week(build.by), weeks_of(system.assembly)
        span = np.ceil(count / system.capacity) - 1 if system.capacity else np.zeros(paths)
        begin = np.maximum(pace.get(build.system, np.zeros(paths)), 0.0)
        need_week = np.maximum(due - assembly - span, 0.0)
        ready = np.maximum(begin, need_week)
        for name, each in system.parts.items():
            need: Any = taken[name] + count * each
            arrives = _there(start[name], need)
            early[name] = np.minimum(early.get(name, np.inf), need_week - arrives)
            week, extra, bought = _when(plan, name, need, start[name], arrives, draws, market, need_week)
            ready = np.maximum(ready, week)
            spot_cost += extra
            start[name] = start[name] + bought[:, None] * (np.arange(horizon)[None, :] >= week[:, None])
            taken[name] = need
            np.add.at(
                used[name], (np.arange(paths), np.minimum(ready, horizon - 1).astype(int)), count * each
            )
        pace[build.system] = ready + span + 1
        weeks = np.maximum(ready + span + assembly - due, 0.0)
        # systems come out evenly over the span: the last is the latest
        late_cost += build.late * count * np.maximum(weeks - span / 2, weeks / 2)
        late_weeks = np.maximum(late_weeks, weeks)
    held: Any = np.zeros(paths)
    for name in plan.parts:
        stock = np.maximum(start[name] - np.cumsum(used[name], axis=1), 0.0)
        held += stock[:, : plan.horizon].sum(axis=1) * part_value(plan, name) * plan.holding / YEAR_WEEKS
    parts: dict[str, Any] = {"orders": paid, "spot": spot_cost, "holding": held, "lateness": late_cost}
    total = paid + spot_cost + held + late_cost
    return Outcome(total, late_weeks, {name: float(value.mean()) for name, value in parts.items()}, early)


def _there(arrived: Any, need: Any) -> Any:
    """Return the first week in which ``need`` [paths] units have arrived [paths, weeks], else the last one."""
    missing = (arrived < need[:, None] - 0.5).sum(axis=1)
    return np.minimum(missing, arrived.shape[1] - 1.0)


def _arrivals(
    plan: SourcingPlan,
    orders: Sequence[Order],
    open_orders: Sequence[Order],
    draws: Scenarios,
    market: Any,
    horizon: int,
) -> tuple[Any, dict[str, Any]]:
    """Return payments by path and arrivals by part, path and week."""
    paths = draws.count
    rows = np.arange(paths)
    arrived = {name: np.zeros((paths, horizon)) for name in plan.parts}
    for name, part in plan.parts.items():
        arrived[name][:, 0] += part.stock
    for order in open_orders:
        week = np.minimum(comes_in(plan, order, draws), horizon - 1)
        np.add.at(arrived[order.part], (rows, week), order.quantity)
    paid = np.zeros(paths)
    for order in orders:
        offer = plan.offers[order.offer]
        lead = draws.lead[:, order.offer, min(max(order.week, 0), plan.horizon - 1)]
        week = order.week + lead
        comes = lead <= plan.horizon
        week = np.minimum(week, horizon - 1)
        agreed = np.ones(paths) if order.terms == "lta" else market[:, order.week]
        later = market[rows, week]
        rung = rung_price(plan, order)
        price = rung * (agreed + offer.settlement * np.maximum(later - agreed, 0.0))
        paid += np.where(comes, price * order.quantity, 0.0)
        np.add.at(arrived[order.part], (rows, week), np.where(comes, order.quantity, 0.0))
    return paid, arrived


def rung_price(plan: SourcingPlan, order: Order) -> float:
    """Return today's price of a unit in an order of this size [USD]."""
    offer = plan.offers[order.offer]
    price = offer.price
    for step in offer.breaks:
        if order.quantity >= step.at_least:
            price = step.price
    return price


def _when(
    plan: SourcingPlan,
    name: str,
    need: Any,
    there: Any,
    week: Any,
    draws: Scenarios,
    market: Any,
    need_week: Any,
) -> tuple[Any, Any, Any]:
    """Return the week in which ``need`` units are there, what spot cost, and how many it brought."""
    rows = np.arange(len(need))
    spot = [o for o, x in enumerate(plan.offers) if x.part == name and x.terms == "spot"]
    spot = [o for o in spot if not plan.vendors[plan.offers[o].vendor].barred]
    if not spot:
        return week, np.zeros(len(need)), np.zeros(len(need))
    o = min(spot, key=lambda place: plan.offers[place].price)
    offer = plan.offers[o]
    lead = draws.lead[rows, o, np.minimum(need_week, plan.horizon - 1).astype(int)]
    in_time = np.maximum(need_week, lead).astype(int)
    short = np.maximum(need - there[rows, np.minimum(in_time, there.shape[1] - 1)], 0.0)
    limit = plan.allocation(offer, 0)
    rate = np.inf if limit is None else limit
    spread = np.floor(np.maximum(short - 1, 0.0) / rate)  # weeks over which the allocation draws it out
    ordered: Any = np.maximum(need_week - lead - spread, 0.0).astype(int)
    comes: Any = ordered + lead + spread
    buys: Any = (week > in_time) & (lead <= plan.horizon) & (comes < week)
    price = offer.price * market[rows, np.minimum(ordered, market.shape[1] - 1)]
    bought = np.where(buys, short, 0.0)
    sooner: Any = np.minimum(comes, week)
    return week + buys * (sooner - week), bought * price, bought
