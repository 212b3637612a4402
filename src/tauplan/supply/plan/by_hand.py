"""The policies that buyers use by hand, to be beaten: all spot, all contract, a fixed safety stock."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from tauplan.supply.plan.build import WINDOW
from tauplan.supply.plan.open_orders import Order
from tauplan.supply.plan.scenarios import Scenarios, nominal, unit_price
from tauplan.supply.plan.spec import SourcingPlan, weeks_of

POLICIES = ("all spot", "all contract", "fixed safety stock")


def by_hand(
    plan: SourcingPlan, policy: str, early: int = 0, scenarios: Scenarios | None = None
) -> tuple[Order, ...]:
    """Return the orders of a policy, each due ``early`` weeks before its parts are needed.

    "all spot" buys from the cheapest spot offer, or on contract where a part has no spot market. "all contract"
    fills needs from the cheapest vendor on, median lead times taken at their word. "fixed safety stock" orders a
    tenth more the same way. All keep to allocations, least orders and second sources; with ``scenarios`` they keep
    to the budgets in each of those too, as the plan must: what a quarter has no money for is ordered for another.
    """
    extra = 1.0 + (SAFETY if policy == "fixed safety stock" else 0.0)
    room = _Room(plan, scenarios, nominal(plan))
    orders: list[Order] = []
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


@dataclass
class _Room:
    """What allocations and budgets leave for further orders."""

    plan: SourcingPlan
    scenarios: Scenarios | None
    expected: Scenarios
    drawn: dict[tuple[int, int], float] = field(default_factory=dict[tuple[int, int], float])
    spent: dict[tuple[int, str], float] = field(default_factory=dict[tuple[int, str], float])

    def units(self, o: int, week: int) -> float:
        """Return the most units of an offer that can be ordered in a week."""
        offer = self.plan.offers[o]
        limit = self.plan.allocation(offer, week)
        most = math.inf if limit is None else limit * WINDOW
        most -= self.drawn.get((o, week // WINDOW), 0.0)
        for s, quarter, price in self._payments(o, week):
            left = self.plan.budgets.get(quarter, math.inf) - self.spent.get((s, quarter), 0.0)
            most = min(most, left / price)
        return most

    def order(self, o: int, week: int, quantity: float) -> None:
        """Take an order out of what is left."""
        self.drawn[o, week // WINDOW] = self.drawn.get((o, week // WINDOW), 0.0) + quantity
        for s, quarter, price in self._payments(o, week):
            self.spent[s, quarter] = self.spent.get((s, quarter), 0.0) + price * quantity

    def _payments(self, o: int, week: int) -> Iterator[tuple[int, str, float]]:
        """Yield (scenario, quarter, price of a unit) as the plan counts them; a vendor that stops is not paid."""
        if self.scenarios is None:
            return
        plan, offer = self.plan, self.plan.offers[o]
        for s in range(self.scenarios.count):
            lead = int(self.scenarios.lead[s, o, week])
            if lead <= plan.horizon:
                price = unit_price(offer, offer.price, self.scenarios.price[s], week, week + lead)
                paid = week if offer.terms == "spot" else min(week + lead, plan.horizon)
                yield s, plan.quarter(paid), price


def _vendors(plan: SourcingPlan, policy: str, name: str) -> list[int]:
    """Return the offers that a policy looks at, the cheapest first."""
    mine = [o for o, x in enumerate(plan.offers) if x.part == name and not plan.vendors[x.vendor].barred]
    spot = [o for o in mine if plan.offers[o].terms == "spot"]
    contract = [o for o in mine if plan.offers[o].terms == "contract"]
    return sorted(
        spot if policy == "all spot" and spot else contract or mine, key=lambda o: plan.offers[o].price
    )


def _take(plan: SourcingPlan, o: int, need: float, week: int, room: _Room) -> Iterator[Order]:
    """Yield orders that an offer has room for: the latest months in time first, then later ones."""
    offer = plan.offers[o]
    first, lead = weeks_of(offer.qualification), weeks_of(offer.lead_time or 0.0)
    wanted = max(week - lead, first)
    weeks = [*range(wanted, first - 1, -WINDOW), *range(wanted + WINDOW, plan.horizon, WINDOW)]
    for place in weeks:
        quantity = min(max(math.ceil(need), offer.minimum), math.floor(min(room.units(o, place), MANY)))
        if need > 0 and quantity >= offer.minimum:
            room.order(o, place, quantity)
            need -= quantity
            due = place + int(room.expected.lead[0, o, place])
            yield Order(offer.part, offer.vendor, offer.terms, place, due, quantity, offer.price, o)


MANY = 1e12  # definition: more units than anyone orders
