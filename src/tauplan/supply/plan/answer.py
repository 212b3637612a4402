"""The answer to a plan: what to order, what it may cost, how likely it is late, what would help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tauplan.supply.plan.explain import Lever, Limit, irreducible, levers, shadow_prices
from tauplan.supply.plan.implied import Buffer, allocations_implied, buffers
from tauplan.supply.plan.open_orders import Order
from tauplan.supply.plan.simulate import simulate
from tauplan.supply.plan.solve import Say, solve_plan
from tauplan.supply.plan.spec import SourcingPlan

MOST_LEVERS = 3


@dataclass(frozen=True)
class SourcingAnswer:
    """Orders with simulated cost [USD] and lateness; or why there are none."""

    plan: SourcingPlan
    feasible: bool
    orders: tuple[Order, ...] = ()
    open_orders: tuple[Order, ...] = ()
    spot: tuple[Order, ...] = ()
    gap: float = 0.0
    mean: float = 0.0
    p90: float = 0.0
    chance_late: float = 0.0
    cost_parts: dict[str, float] | None = None
    levers: tuple[Lever, ...] = ()
    limits: tuple[Limit, ...] = ()
    reasons: tuple[str, ...] = ()
    buffers: tuple[Buffer, ...] = ()
    implied: tuple[str, ...] = ()

    @property
    def first(self) -> tuple[Order, ...]:
        """Return the orders to place now; all later ones may still be changed."""
        now = min((order.week for order in self.orders), default=0)
        return tuple(order for order in self.orders if order.week == now)

    @property
    def sentence(self) -> str:
        """Return the answer in a sentence."""
        if not self.feasible:
            return "No plan meets all demands: " + "; ".join(self.reasons) + "."
        wanted = ", ".join(f"{b.count} x {b.system} by {b.by}" for b in self.plan.builds)
        return (
            f"For {wanted}: {self._what_to_do}; expected "
            f"{self.mean / MILLION:.2f} M USD, P90 {self.p90 / MILLION:.2f} M USD, "
            f"late with {self.chance_late:.0%} chance."
        )

    @property
    def _what_to_do(self) -> str:
        """Say how many orders to place, beside those under way."""
        under_way = f" beside {len(self.open_orders)} under way" if self.open_orders else ""
        if not self.orders:
            return f"nothing to order{under_way}"
        shares = ", ".join(f"{share:.0%} {terms}" for terms, share in self.terms.items())
        noun = "order" if len(self.orders) == 1 else "orders"
        return f"{len(self.orders)} {noun} ({shares}){under_way}, {len(self.first)} of them now"

    @property
    def terms(self) -> dict[str, float]:
        """Return the share of each kind of terms in what orders cost."""
        whole = sum(order.cost for order in self.orders)
        by_terms: dict[str, float] = {}
        for order in self.orders:
            by_terms[order.terms] = by_terms.get(order.terms, 0.0) + order.cost / whole
        return by_terms


MILLION = 1e6  # definition: dollars in a million


def answer_plan(
    plan: SourcingPlan,
    open_orders: Sequence[Order] = (),
    *,
    say: Say | None = None,
    journal: Path | None = None,
) -> SourcingAnswer:
    """Solve a plan, judge its orders in simulated paths, and explain it; ``journal`` as in :func:`solve_plan`."""
    solved = solve_plan(plan, open_orders, say=say, journal=journal)
    if not solved.feasible:
        reasons = tuple(irreducible(plan, open_orders))
        return SourcingAnswer(plan, False, open_orders=tuple(open_orders), reasons=reasons)
    outcome = simulate(plan, solved.orders, open_orders)
    return SourcingAnswer(
        plan,
        True,
        solved.orders,
        tuple(open_orders),
        solved.spot,
        solved.gap,
        outcome.mean,
        outcome.p90,
        outcome.chance_late,
        outcome.parts,
        tuple(levers(plan, open_orders)[:MOST_LEVERS]),
        tuple(shadow_prices(plan, open_orders)),
        buffers=buffers(plan, solved.orders, open_orders, outcome),
        implied=allocations_implied(plan),
    )


def to_json(answer: SourcingAnswer) -> dict[str, Any]:
    """Return the answer as plain data; weeks as dates."""
    plan = answer.plan

    def order(o: Order) -> dict[str, Any]:
        days = {"order_on": plan.day(o.week).isoformat(), "due_on": plan.day(o.due).isoformat()}
        said = {"part": o.part, "vendor": o.vendor, "terms": o.terms, **days}
        return said | {"quantity": o.quantity, "unit_price_USD": round(o.unit_price, 4)}

    return {
        "name": plan.name,
        "feasible": answer.feasible,
        "answer": answer.sentence,
        "mean_USD": answer.mean,
        "p90_USD": answer.p90,
        "chance_late": answer.chance_late,
        "gap": answer.gap,
        "cost_parts_USD": answer.cost_parts or {},
        "orders": [order(o) for o in answer.orders],
        "expected_spot": [order(o) for o in answer.spot],
        "levers": [{"what": lever.what, "worth_USD": lever.worth} for lever in answer.levers],
        "limits": [{"what": x.what, "worth_USD": x.worth, "per": x.unit} for x in answer.limits],
        "buffers": [
            {
                "part": b.part,
                "need": b.need,
                "spare": b.spare,
                "weeks_p50": b.weeks_p50,
                "weeks_p10": b.weeks_p10,
            }
            for b in answer.buffers
        ],
        "implied": list(answer.implied),
        "reasons": list(answer.reasons),
    }
