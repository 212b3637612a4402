"""Reading a sourcing plan: lead times from the catalogue, and every reference, date and quantity checked."""

from __future__ import annotations

import datetime
import math
import re
from pathlib import Path
from typing import Any

import pydantic

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError, Problem, did_you_mean
from tauplan.spec.diagnose import problems
from tauplan.spec.yaml_text import Document, Path_, load, loads
from tauplan.supply.plan.spec import SHORTEST, WEEK_S, Offer, SourcingPlan
from tauplan.supply.price.scenario_data import price_scenarios

QUARTER = re.compile(r"\d{4}Q[1-4]")


def read_plan(path: Path) -> SourcingPlan:
    """Read a plan. Errors: :class:`InputError` with every problem of the file at once."""
    return _validated(load(path), path.stem)


def parse_plan(text: str, name: str = "plan") -> SourcingPlan:
    """Read a plan from text; see :func:`read_plan`."""
    return _validated(loads(text, name), name)


def from_today(plan: SourcingPlan, today: datetime.date) -> SourcingPlan:
    """Return the plan as it stands on a later day: it starts then, and what qualifies has got on by as much.

    Builds whose day has passed are due at once. Errors: :class:`InputError` for a day before the plan or beyond it.
    """
    last = plan.start + datetime.timedelta(weeks=plan.horizon - SHORTEST)
    if not plan.start <= today <= last:
        expected = f"between {plan.start} and {last}"
        raise InputError(Problem("a day outside the plan", path="today", value=str(today), expected=expected))
    passed = (today - plan.start).total_seconds()
    offers = tuple(
        offer.model_copy(update={"qualification": max(offer.qualification - passed, 0.0)})
        for offer in plan.offers
    )
    soon = today + datetime.timedelta(days=1)
    builds = tuple(build.model_copy(update={"by": max(build.by, soon)}) for build in plan.builds)
    reveal = max(plan.risk.reveal - passed, 0.0)
    weeks = max(plan.horizon - math.floor(passed / WEEK_S), SHORTEST)
    changes = {"start": today, "offers": offers, "builds": builds, "weeks": weeks}
    return plan.model_copy(update=changes | {"risk": plan.risk.model_copy(update={"reveal": reveal})})


def _validated(document: Document, name: str) -> SourcingPlan:
    data: dict[str, Any] = {"name": name} | document.data
    try:
        plan = SourcingPlan.model_validate(data)
    except pydantic.ValidationError as error:
        raise InputError(problems(error, document, SourcingPlan)) from None
    plan = _with_lead_times(plan, document)
    found = list(_inconsistent(plan, document))
    if found:
        raise InputError(found)
    return plan


def _with_lead_times(plan: SourcingPlan, document: Document) -> SourcingPlan:
    """Fill in lead times from the catalogue where an offer names a market entry."""
    catalog = Catalog.load()
    offers: list[Offer] = []
    found: list[Problem] = []
    for place, offer in enumerate(plan.offers):
        if offer.lead_time_like is not None and offer.lead_time is None:
            part = catalog.find(offer.lead_time_like)
            choice = catalog.choose(part.name, "lead_time") if part else None
            if choice is None:
                known = [p.name for p in catalog.parts("market")]
                path: Path_ = ("offers", place, "lead_time_like")
                found.append(_problem(document, path, "unknown market entry", offer.lead_time_like, known))
            else:
                claim = choice.claim
                offer = offer.model_copy(
                    update={
                        "lead_time": float(claim.value),
                        "lead_time_p90": claim.high or float(claim.value),
                    }
                )
        offers.append(offer)
    if found:
        raise InputError(found)
    return plan.model_copy(update={"offers": tuple(offers)})


def _problem(
    document: Document, path: Path_, message: str, value: str, known: Any = (), expected: str = ""
) -> Problem:
    names = list(known)
    return Problem(
        message,
        place=document.place(path),
        path=".".join(str(key) for key in path),
        value=value,
        expected=expected or ", ".join(names),
        hint=did_you_mean(value, names),
    )


def _inconsistent(plan: SourcingPlan, document: Document) -> Any:
    """Yield references that lead nowhere and dates and quantities that cannot be."""
    for place, build in enumerate(plan.builds):
        here: Path_ = ("builds", place)
        if build.system not in plan.systems:
            yield _problem(document, (*here, "system"), "unknown system", build.system, plan.systems)
        if build.by <= plan.start:
            expected = f"a day after the start of the plan, {plan.start}"
            yield _problem(
                document, (*here, "by"), "a date before the first order", str(build.by), expected=expected
            )
    for name, system in plan.systems.items():
        for part in system.parts:
            if part not in plan.parts:
                yield _problem(document, ("systems", name, "parts", part), "unknown part", part, plan.parts)
    for place, offer in enumerate(plan.offers):
        yield from _wrong_offer(plan, document, offer, ("offers", place))
    for name in plan.budgets:
        if not QUARTER.fullmatch(name):
            yield _problem(document, ("budgets", name), "not a quarter", name, expected="such as 2026Q3")
    for name, vendor in plan.vendors.items():
        if vendor.embargo is not None and vendor.embargo <= plan.start:
            expected = f"a day after the start of the plan, {plan.start}; or barred: true"
            place = ("vendors", name, "embargo")
            yield _problem(
                document, place, "an embargo before the plan", str(vendor.embargo), expected=expected
            )
    scenario, known = plan.market.scenario, price_scenarios()
    if scenario is not None and scenario not in known:
        yield _problem(document, ("market", "scenario"), "unknown price scenario", scenario, known)
    offered = {offer.part for offer in plan.offers}
    for name in plan.parts:
        if name not in offered:
            yield _problem(document, ("parts", name), "a part that nobody offers", name, expected="an offer")


def _wrong_offer(plan: SourcingPlan, document: Document, offer: Offer, here: Path_) -> Any:
    if offer.part not in plan.parts:
        yield _problem(document, (*here, "part"), "unknown part", offer.part, plan.parts)
    if offer.vendor not in plan.vendors:
        yield _problem(document, (*here, "vendor"), "unknown vendor", offer.vendor, plan.vendors)
    if offer.lead_time is None:
        yield _problem(
            document, here, "an offer without lead time", offer.vendor, expected="lead_time or lead_time_like"
        )
    elif offer.lead_time_p90 is not None and offer.lead_time_p90 < offer.lead_time:
        yield _problem(
            document,
            (*here, "lead_time_p90"),
            "below the median lead time",
            "",
            expected="at least lead_time",
        )
    for field, steps in (("lead_times", offer.lead_times), ("allocations", offer.allocations)):
        for name in steps:
            if not QUARTER.fullmatch(name):
                yield _problem(
                    document, (*here, field, name), "not a quarter", name, expected="such as 2026Q3"
                )
    if offer.made is not None and offer.allocation is not None:
        expected = "one of allocation and made"
        yield _problem(document, (*here, "made"), "two limits of one output", offer.vendor, expected=expected)
    if (offer.load is None) != (offer.alone is None):
        yield _problem(
            document, here, "load without alone", offer.vendor, expected="both load and alone, or none"
        )
    elif offer.load is not None and offer.load >= 1:
        yield _problem(
            document, (*here, "load"), "a full line has no end of waiting", "100 %", expected="below 100 %"
        )
    elif offer.alone is not None and offer.lead_time is not None and offer.lead_time <= offer.alone:
        expected = "less than lead_time"
        yield _problem(
            document, (*here, "alone"), "slower alone than in line", offer.vendor, expected=expected
        )
    if offer.terms == "spot" and (offer.minimum > 1 or offer.breaks or offer.commitment):
        yield _problem(
            document,
            here,
            "spot is bought in any number",
            offer.vendor,
            expected="no minimum, breaks or commitment",
        )
    least, price = offer.minimum, offer.price
    for step, rung in enumerate(offer.breaks):
        if rung.at_least <= least or rung.price >= price:
            expected = "larger quantities at lower prices, in rising order"
            yield _problem(
                document,
                (*here, "breaks", step),
                "breaks out of order",
                str(rung.at_least),
                expected=expected,
            )
        least, price = rung.at_least, rung.price
