"""The policies that buyers use by hand, to be beaten: all spot, all contract, a fixed safety stock."""

from __future__ import annotations

import math
from collections.abc import Iterator

from tauplan.supply.plan.build import WINDOW
from tauplan.supply.plan.open_orders import Order
from tauplan.supply.plan.scenarios import nominal
from tauplan.supply.plan.spec import SourcingPlan, weeks_of

POLICIES = ("all spot", "all contract", "fixed safety stock")


def by_hand(plan: SourcingPlan, policy: str, early: int = 0) -> tuple[Order, ...]:
    """Return the orders of a policy, each due ``early`` weeks before its parts are needed.

    "all spot" buys from the cheapest spot offer, or on contract where a part has no spot market. "all contract"
    fills needs from the cheapest vendor on, median lead times taken at their word. "fixed safety stock" orders a
    tenth more the same way. All keep to allocations, least orders and second sources; none looks at budgets.
    """
    extra = 1.0 + (SAFETY if policy == "fixed safety stock" else 0.0)
    orders: list[Order] = []
    room: dict[tuple[int, int], float] = {}
    for build in sorted(plan.builds, key=lambda b: b.by):
        system = plan.systems[build.system]
        span = math.ceil(build.count / system.capacity) - 1 if system.capacity else 0
        need_week = plan.week(build.by) - weeks_of(system.assembly) - span - early
        for name, each in system.parts.items():
            need = float(math.ceil(build.count * each * extra))
            most = need * plan.parts[name].largest_share
            for o in _vendors(plan, policy, name):
                if need > 0:
                    found = list(_take(plan, o, min(need, most), need_week, room))
                    need -= sum(order.quantity for order in found)
                    orders += found
    return tuple(sorted(orders, key=lambda order: order.week))


SAFETY = 0.1  # definition: the safety stock that the policy holds, as a share of need


def _vendors(plan: SourcingPlan, policy: str, name: str) -> list[int]:
    """Return the offers that a policy looks at, the cheapest first."""
    mine = [o for o, x in enumerate(plan.offers) if x.part == name and not plan.vendors[x.vendor].barred]
    spot = [o for o in mine if plan.offers[o].terms == "spot"]
    contract = [o for o in mine if plan.offers[o].terms == "contract"]
    return sorted(
        spot if policy == "all spot" and spot else contract or mine, key=lambda o: plan.offers[o].price
    )


def _take(
    plan: SourcingPlan, o: int, need: float, week: int, room: dict[tuple[int, int], float]
) -> Iterator[Order]:
    """Yield orders that an offer's allocation leaves room for: the latest months in time first, then later ones."""
    offer = plan.offers[o]
    first, lead = weeks_of(offer.qualification), weeks_of(offer.lead_time or 0.0)
    wanted = max(week - lead, first)
    weeks = [*range(wanted, first - 1, -WINDOW), *range(wanted + WINDOW, plan.horizon, WINDOW)]
    for place in weeks:
        month = place // WINDOW
        left = room.get((o, month), math.inf if offer.allocation is None else offer.allocation * WINDOW)
        quantity = min(max(need, float(offer.minimum)), left)
        if need > 0 and quantity >= offer.minimum:
            room[o, month] = left - quantity
            need -= quantity
            due = place + int(nominal(plan).lead[0, o])
            yield Order(offer.part, offer.vendor, offer.terms, place, due, round(quantity), offer.price, o)
