"""Why a plan cannot be, and what would be worth most: in sentences and in money."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tauplan.supply.plan.build import build
from tauplan.supply.plan.open_orders import Order
from tauplan.supply.plan.scenarios import nominal
from tauplan.supply.plan.spec import WEEK_S, Offer, SourcingPlan, weeks_of

Change = Callable[[SourcingPlan], SourcingPlan]


@dataclass(frozen=True)
class Lever:
    """A change of the plan and what it saves [USD] at expected prices."""

    what: str
    worth: float


@dataclass(frozen=True)
class Limit:
    """A limit that binds and what one more unit of it is worth [USD]."""

    what: str
    worth: float
    unit: str


def cost_of(plan: SourcingPlan, open_orders: Sequence[Order] = ()) -> float:
    """Return the least cost at expected prices and P90 lead times [USD], fractions of orders allowed; inf if none.

    A bound, and the same one for every change that is compared.
    """
    solution, _ = build(plan, nominal(plan), open_orders).program.relax()
    return solution.objective


def _offer(plan: SourcingPlan, place: int, **changes: object) -> SourcingPlan:
    offers = list(plan.offers)
    offers[place] = offers[place].model_copy(update=changes)
    return plan.model_copy(update={"offers": tuple(offers)})


def _build(plan: SourcingPlan, place: int, **changes: object) -> SourcingPlan:
    builds = list(plan.builds)
    builds[place] = builds[place].model_copy(update=changes)
    return plan.model_copy(update={"builds": tuple(builds)})


def _part(plan: SourcingPlan, name: str, **changes: object) -> SourcingPlan:
    return plan.model_copy(update={"parts": plan.parts | {name: plan.parts[name].model_copy(update=changes)}})


def _vendor(plan: SourcingPlan, name: str, **changes: object) -> SourcingPlan:
    changed = plan.vendors[name].model_copy(update=changes)
    return plan.model_copy(update={"vendors": plan.vendors | {name: changed}})


def _system(plan: SourcingPlan, name: str, **changes: object) -> SourcingPlan:
    changed = plan.systems[name].model_copy(update=changes)
    return plan.model_copy(update={"systems": plan.systems | {name: changed}})


def _weekly(limit: float | None, offer: Offer) -> str:
    steps = [] if limit is None else [f"{limit:,.4g}"]
    return ", ".join(
        [*steps, *(f"{most:,.4g} from {quarter}" for quarter, most in offer.allocations.items())]
    )


def _why(offer: Offer) -> str:
    """Say which step limits the output of a part whose making is described."""
    if offer.made is None:
        return ""
    limits = offer.made.limits
    return f", limited by its {min(limits, key=lambda name: limits[name])}"


def _budget(plan: SourcingPlan, quarter: str, most: float | None) -> SourcingPlan:
    rest = {name: value for name, value in plan.budgets.items() if name != quarter}
    return plan.model_copy(update={"budgets": rest if most is None else rest | {quarter: most}})


def requirements(plan: SourcingPlan) -> list[tuple[str, Change]]:
    """Return every demand of a plan in a sentence, with the plan that does without it."""
    found: list[tuple[str, Change]] = []
    for place, wanted in enumerate(plan.builds):
        if wanted.firm:
            said = f"{wanted.count} x {wanted.system} must be ready by {wanted.by}"
            found.append((said, lambda p, n=place: _build(p, n, firm=False)))
    for quarter, most in plan.budgets.items():
        said = f"no more than {most:,.0f} USD may be paid in {quarter}"
        found.append((said, lambda p, q=quarter: _budget(p, q, None)))
    for name, part in plan.parts.items():
        if part.largest_share < 1:
            said = f"no vendor may deliver more than {part.largest_share:.0%} of {name}"
            found.append((said, lambda p, n=name: _part(p, n, largest_share=1.0)))
        if part.spare:
            said = f"{part.spare:.0%} of {name} must be left over"
            found.append((said, lambda p, n=name: _part(p, n, spare=0.0)))
    for name, vendor in plan.vendors.items():
        if vendor.barred:
            found.append(
                (f"nothing may be bought from {name}", lambda p, n=name: _vendor(p, n, barred=False))
            )
        if vendor.embargo is not None:
            said = f"{name} delivers nothing from {vendor.embargo} on"
            found.append((said, lambda p, n=name: _vendor(p, n, embargo=None)))
    for name, system in plan.systems.items():
        if system.capacity is not None:
            said = f"no more than {system.capacity:g} {name} are begun in a week"
            found.append((said, lambda p, n=name: _system(p, n, capacity=None)))
    for place, offer in enumerate(plan.offers):
        who = f"{offer.vendor} ({offer.terms})"
        limit = plan.allocation(offer, 0)
        if limit is not None or offer.allocations:
            said = f"{who} delivers at most {_weekly(limit, offer)} {offer.part} a week{_why(offer)}"
            free: dict[str, Any] = {"allocation": None, "allocations": {}, "made": None}
            found.append((said, lambda p, n=place, c=free: _offer(p, n, **c)))
        if offer.commitment is not None:
            said = f"{who} sells {offer.commitment:g} {offer.part} or none"
            found.append((said, lambda p, n=place: _offer(p, n, commitment=None)))
        if offer.total is not None:
            said = f"{who} delivers at most {offer.total:g} {offer.part} in all"
            found.append((said, lambda p, n=place: _offer(p, n, total=None)))
        if offer.minimum > 1:
            said = f"{who} takes no order below {offer.minimum} {offer.part}"
            found.append((said, lambda p, n=place: _offer(p, n, minimum=1, breaks=())))
        if offer.qualification:
            weeks = weeks_of(offer.qualification)
            said = f"{offer.part} of {offer.vendor} needs {weeks} weeks to qualify"
            found.append((said, lambda p, n=place: _offer(p, n, qualification=0.0)))
    return found


def irreducible(plan: SourcingPlan, open_orders: Sequence[Order] = ()) -> list[str]:
    """Return demands that cannot be met together, none of which can be left out, in sentences.

    Deletion filter (Chinneck & Dravnieks 1991): each demand is dropped in turn and stays dropped while the rest is
    still impossible. Empty for a plan that can be.
    """
    if _possible(plan, open_orders):
        return []
    kept: list[str] = []
    for said, without in requirements(plan):
        relaxed = without(plan)
        if _possible(relaxed, open_orders):
            kept.append(said)
        else:
            plan = relaxed
    return [*kept, *_earliest(plan)]


def _possible(plan: SourcingPlan, open_orders: Sequence[Order]) -> bool:
    program = build(plan, nominal(plan), open_orders).program
    solution, _ = program.relax()
    return solution.feasible and program.solve(gap=1.0).feasible


def _earliest(plan: SourcingPlan) -> list[str]:
    """Say when the slowest part of each firm build can be there at the earliest."""
    leads = nominal(plan).lead[0]
    said: list[str] = []
    for wanted in plan.builds:
        if not wanted.firm:
            continue
        system = plan.systems[wanted.system]
        firsts: dict[str, tuple[int, str]] = {}
        for o, offer in enumerate(plan.offers):
            if offer.part in system.parts and not plan.vendors[offer.vendor].barred:
                first = min(weeks_of(offer.qualification), plan.horizon - 1)
                week = int((np.arange(first, plan.horizon) + leads[o, first:]).min())
                firsts[offer.part] = min(firsts.get(offer.part, (week, offer.vendor)), (week, offer.vendor))
        if not firsts:
            continue
        name = max(firsts, key=lambda part: firsts[part])
        week, vendor = firsts[name]
        ready = plan.day(week) + datetime.timedelta(seconds=system.assembly)
        if ready > wanted.by:
            said.append(
                f"the first {name} is here on {plan.day(week)} at the earliest, from {vendor}; "
                f"with assembly {wanted.system} is ready on {ready}, not by {wanted.by}"
            )
    return said


def levers(plan: SourcingPlan, open_orders: Sequence[Order] = ()) -> list[Lever]:
    """Return what single changes would save, the largest first; what saves nothing is left out."""
    base = cost_of(plan, open_orders)
    found = [Lever(said, base - cost_of(change(plan), open_orders)) for said, change in _changes(plan)]
    return sorted((lever for lever in found if lever.worth > LEAST * base), key=lambda lever: -lever.worth)


LEAST = 1e-5  # definition: a share of the cost below which nobody asks
THOUSAND = 1000.0  # definition: units of allocation that a lever adds
MILLION = 1e6  # definition: dollars of budget that a lever adds


def _changes(plan: SourcingPlan) -> list[tuple[str, Change]]:
    found: list[tuple[str, Change]] = []
    week = datetime.timedelta(seconds=WEEK_S)
    for place, wanted in enumerate(plan.builds):
        said = f"one more week for the {wanted.count} x {wanted.system} due on {wanted.by}"
        found.append((said, lambda p, n=place, d=wanted.by + week: _build(p, n, by=d)))
    for place, offer in enumerate(plan.offers):
        who = f"{offer.part} of {offer.vendor} ({offer.terms})"
        limit = plan.allocation(offer, 0)
        if limit is not None or offer.allocations:
            each = THOUSAND / plan.horizon
            steps = {quarter: most + each for quarter, most in offer.allocations.items()}
            more = {"allocation": None if limit is None else limit + each, "allocations": steps, "made": None}
            said = f"a thousand more units of allocation of {who} over the plan{_why(offer)}"
            found.append((said, lambda p, n=place, c=more: _offer(p, n, **c)))
        lead, late = offer.lead_time or 0.0, max(offer.lead_time_p90 or 0.0, offer.lead_time or 0.0)
        if late > WEEK_S:
            less_a_week = {quarter: max(time - WEEK_S, 0.0) for quarter, time in offer.lead_times.items()}
            sooner = {
                "lead_time": max(lead - WEEK_S, 0.0),
                "lead_time_p90": late - WEEK_S,
                "lead_times": less_a_week,
            }
            found.append((f"{who} a week sooner", lambda p, n=place, c=sooner: _offer(p, n, **c)))
        if offer.qualification > WEEK_S:
            less = offer.qualification - WEEK_S
            said = f"{who} qualified a week sooner"
            found.append((said, lambda p, n=place, q=less: _offer(p, n, qualification=q)))
    for name, part in plan.parts.items():
        if part.largest_share < 1:
            said = f"{name} from one vendor alone"
            found.append((said, lambda p, n=name: _part(p, n, largest_share=1.0)))
    for name, vendor in plan.vendors.items():
        if vendor.barred:
            said = f"{name} as one more vendor, were it not barred"
            found.append((said, lambda p, n=name: _vendor(p, n, barred=False)))
    for quarter, most in plan.budgets.items():
        said = f"a million USD more to pay in {quarter}"
        found.append((said, lambda p, q=quarter, m=most + MILLION: _budget(p, q, m)))
    for place, offer in enumerate(plan.offers):
        if offer.terms != "spot":
            found.append((_second(offer.part, offer.vendor), lambda p, n=place: _doubled(p, n)))
    return found


def _second(part: str, vendor: str) -> str:
    return f"one more vendor of {part} on the terms of {vendor}"


def _doubled(plan: SourcingPlan, place: int) -> SourcingPlan:
    """Return the plan with another vendor that offers what this one does."""
    name = f"a second {plan.offers[place].vendor}"
    vendors = plan.vendors | {name: plan.vendors[plan.offers[place].vendor]}
    offers = (*plan.offers, plan.offers[place].model_copy(update={"vendor": name}))
    return plan.model_copy(update={"vendors": vendors, "offers": offers})


def shadow_prices(plan: SourcingPlan, open_orders: Sequence[Order] = ()) -> list[Limit]:
    """Return limits that bind and what one more unit of each saves [USD]: duals of the relaxed program."""
    program = build(plan, nominal(plan), open_orders).program
    _, worth = program.relax()
    found: dict[str, float] = {}
    for group, value in zip(program.groups, worth):
        if group.startswith(("budget", "allocation", "total")) and value < -LEAST:
            found[group] = max(found.get(group, 0.0), -float(value))
    return sorted(
        (_limit(plan, group, value) for group, value in found.items()), key=lambda limit: -limit.worth
    )


def _limit(plan: SourcingPlan, group: str, value: float) -> Limit:
    kind, _, which = group.partition(" ")
    if kind == "budget":
        return Limit(f"payments in {which}", value, "USD")
    offer = plan.offers[int(which)]
    return Limit(
        f"{kind} of {offer.part} by {offer.vendor} ({offer.terms}), in its tightest month", value, "unit"
    )
