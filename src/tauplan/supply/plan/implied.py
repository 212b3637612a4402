"""What a plan rests on: buffers of time and units, and who must wait so that promised lead times can be true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tauplan.supply.capacity import implied_favour
from tauplan.supply.plan.open_orders import Order
from tauplan.supply.plan.simulate import Outcome
from tauplan.supply.plan.spec import WEEK_S, Offer, SourcingPlan


@dataclass(frozen=True)
class Buffer:
    """Safety of a part: units beyond need, and weeks that it is there before its builds begin, at P50 and P10."""

    part: str
    need: float
    spare: float
    weeks_p50: float
    weeks_p10: float


def buffers(
    plan: SourcingPlan, orders: Sequence[Order], open_orders: Sequence[Order], outcome: Outcome
) -> tuple[Buffer, ...]:
    """Return what stands between each part and a late build, the thinnest first."""
    found: list[Buffer] = []
    for name, early in outcome.early_weeks.items():
        need = sum(b.count * plan.systems[b.system].parts.get(name, 0) for b in plan.builds)
        have = plan.parts[name].stock + sum(x.quantity for x in (*orders, *open_orders) if x.part == name)
        p10, p50 = np.quantile(early, (BAD, MEDIAN))
        found.append(Buffer(name, float(need), have - need, float(p50), float(p10)))
    return tuple(sorted(found, key=lambda buffer: buffer.weeks_p10))


BAD = 0.1  # definition: one in ten
MEDIAN = 0.5  # definition: one in two


def _promised(offer: Offer) -> float:
    return offer.lead_time or 0.0


def allocations_implied(plan: SourcingPlan) -> tuple[str, ...]:
    """Return, for each offer that states its maker's load, what its lead time says about other customers.

    A line at 95 % load and a wait of four weeks cannot both be there for all: :func:`implied_favour`.
    """
    said: list[str] = []
    for offer in plan.offers:
        if offer.load is not None and offer.alone is not None:
            share, others = implied_favour(offer.alone, offer.load, _promised(offer))
            who = f"{offer.part} of {offer.vendor} ({offer.terms})"
            weeks, wait = _promised(offer) / WEEK_S, float(others) / WEEK_S
            some = (
                f"no more than {float(share):.0%} of all orders can have that, and the others wait {wait:.3g} "
                "weeks in the mean"
            )
            verdict = some if share < 1 else "all customers can have that"
            said.append(f"{who} in {weeks:.3g} weeks at {offer.load:.0%} load: {verdict}")
    return tuple(said)
