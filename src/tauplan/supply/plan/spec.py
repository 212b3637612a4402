"""A sourcing plan as a person writes it: builds by date, parts, vendors, their offers, and what is uncertain."""

from __future__ import annotations

import datetime
import math
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
from pydantic import Field

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError, Problem, did_you_mean
from tauplan.spec.base import Spec
from tauplan.spec.day import Day
from tauplan.spec.diagnose import problems
from tauplan.spec.quantity import Amount, Count, Duration, Fraction, Money
from tauplan.spec.yaml_text import Document, Path_, load, loads
from tauplan.supply.price.scenario_data import price_scenarios

WEEK_S = 604_800.0  # definition: seconds of a week
YEAR_WEEKS = 52  # definition: weeks that a plan counts in a year
DAYS = 7  # definition: days of a week
HOLDING = 0.15  # definition: where a plan says nothing; capital, space and obsolescence of a year
VOLATILITY = 0.3  # definition: where a plan says nothing; the yearly spread of memory prices in calm decades
STEEPEST = 20.0  # definition: a growth beyond which a plan means something else, such as per cent
WEIGHT = 0.3  # definition: where a plan says nothing; the bad tail counts, and the mean counts more
BAD = 0.9  # definition: where a plan says nothing; one scenario in ten is bad
MOST_SCENARIOS = 500  # definition: more do not change the plan
SHORTEST, LONGEST = 4, 260  # definition: weeks of a plan, a month to five years
QUARTER = re.compile(r"\d{4}Q[1-4]")


Terms = Literal["contract", "spot", "lta"]


class Break(Spec):
    """A price that holds for every unit of an order from a quantity on."""

    at_least: Count = Field(description="units in one order")
    price: Money = Field(description="price of each unit of such an order")


class Offer(Spec):
    """What a vendor offers for a part, and on which terms."""

    part: str
    vendor: str
    terms: Terms = Field(default="contract", description="contract, spot or lta (long-term agreement)")
    price: Money = Field(description="price of a unit today")
    lead_time: Duration | None = Field(default=None, description="order to delivery, median")
    lead_time_p90: Duration | None = Field(
        default=None, description="lead time that nine of ten deliveries keep"
    )
    lead_time_like: str | None = Field(default=None, description="catalogued market entry that gives both")
    minimum: Count = Field(default=1, description="least units in an order (MOQ)")
    breaks: tuple[Break, ...] = Field(default=(), description="lower prices for larger orders")
    allocation: Amount | None = Field(
        default=None, description="most units that the vendor delivers in a week"
    )
    total: Amount | None = Field(default=None, description="most units over the whole plan")
    commitment: Amount | None = Field(
        default=None, description="units that must be taken over the plan if any are (take or pay)"
    )
    qualification: Duration = Field(default=0.0, description="time until the first order may be placed")
    settlement: Fraction = Field(
        default=0.0, description="share of a rise of the market until delivery that is paid afterwards"
    )


class Part(Spec):
    """A part that systems need."""

    stock: float = Field(default=0.0, ge=0, description="units in hand")
    largest_share: Fraction = Field(
        default=1.0, description="most of the units from one vendor (second source)"
    )
    value: Money | None = Field(
        default=None, description="value of a unit in stock; default: the cheapest offer"
    )


class System(Spec):
    """A system: its parts and the time to assemble, install and test it."""

    parts: dict[str, Count]
    assembly: Duration = Field(default=0.0)
    capacity: Amount | None = Field(default=None, description="systems that can be begun in a week")


class Build(Spec):
    """A number of systems wanted by a date."""

    system: str
    count: Count
    by: Day
    late: Money = Field(default=0.0, description="cost of each system for each week after the date")
    firm: bool = Field(default=False, description="true: late is not allowed at all")


class Vendor(Spec):
    """Who sells; a barred vendor may not be bought from."""

    barred: bool = Field(default=False, description="export restriction: no order may be placed")
    outage: Fraction = Field(
        default=0.0, description="chance that nothing is delivered during the whole plan"
    )


class Market(Spec):
    """How prices may move over the plan, for the parts named or for all."""

    scenario: str | None = Field(
        default=None, description="price scenario such as super-cycle, in place of growth and volatility"
    )
    growth: float = Field(
        default=0.0, gt=-1, lt=STEEPEST, description="expected change of the market price in a year"
    )
    volatility: Fraction = Field(
        default=VOLATILITY, description="spread of the yearly logarithm of the price"
    )
    tight: Fraction = Field(default=0.5, description="how far dear markets and long lead times go together")


class Risk(Spec):
    """Scenarios of the plan and how much the worst of them weigh."""

    scenarios: Count = Field(
        default=1, le=MOST_SCENARIOS, description="1: plan for expected prices and P90 lead times"
    )
    seed: Count = 1
    level: Fraction = Field(default=BAD, description="share of scenarios beyond which cost counts as bad")
    weight: Fraction = Field(default=WEIGHT, description="weight of the mean of the bad scenarios (CVaR)")
    reveal: Duration = Field(
        default=8 * WEEK_S, description="until then nobody knows the scenario: spot is bought alike in all"
    )
    demand: Fraction = Field(default=0.0, description="relative spread of the number of systems")


class SourcingPlan(Spec):
    """Builds by date and everything that can be bought for them."""

    name: str = ""
    start: Day = Field(description="the day of the first order")
    weeks: Annotated[int, Field(ge=SHORTEST, le=LONGEST)] | None = Field(
        default=None, description="length of the plan; default: half a year beyond the last build"
    )
    builds: tuple[Build, ...] = Field(min_length=1)
    systems: dict[str, System]
    parts: dict[str, Part]
    vendors: dict[str, Vendor]
    offers: tuple[Offer, ...] = Field(min_length=1)
    budgets: dict[str, Money] = Field(default_factory=dict[str, float], description="most to pay, by quarter")
    holding: Fraction = Field(
        default=HOLDING, description="cost of stock for a year, as a share of its value"
    )
    market: Market = Field(default_factory=Market)
    risk: Risk = Field(default_factory=Risk)

    @property
    def horizon(self) -> int:
        """Weeks that the plan covers."""
        if self.weeks is not None:
            return self.weeks
        return max(self.week(build.by) for build in self.builds) + YEAR_WEEKS // 2

    def week(self, day: datetime.date) -> int:
        """Return the whole weeks from the start to a day."""
        return (day - self.start).days // DAYS

    def day(self, week: int) -> datetime.date:
        """Return the first day of a week."""
        return self.start + datetime.timedelta(days=DAYS * week)

    def quarter(self, week: int) -> str:
        """Return the calendar quarter of a week."""
        day = self.day(week)
        return f"{day.year}Q{(day.month - 1) // 3 + 1}"


def weeks_of(seconds: float) -> int:
    """Return whole weeks, rounded up: a delivery on the first day of a week counts from its end."""
    return math.ceil(seconds / WEEK_S - TINY)


TINY = 1e-9  # definition: what a division in double precision may leave


def read_plan(path: Path) -> SourcingPlan:
    """Read a plan. Errors: :class:`InputError` with every problem of the file at once."""
    return _validated(load(path), path.stem)


def parse_plan(text: str, name: str = "plan") -> SourcingPlan:
    """Read a plan from text; see :func:`read_plan`."""
    return _validated(loads(text, name), name)


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
