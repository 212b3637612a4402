"""A sourcing plan as a person writes it: builds by date, parts, vendors, their offers, and what is uncertain."""

from __future__ import annotations

import datetime
import math
import re
from typing import Annotated, Literal

from pydantic import Field

from tauplan.spec.base import Spec
from tauplan.spec.day import Day
from tauplan.spec.quantity import Amount, Count, Duration, Fraction, Money
from tauplan.supply.capacity import wafer_output

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


class Made(Spec):
    """How a part is made: what a week's output is limited by, and the share of it that this buyer gets."""

    wafer_starts: Amount = Field(description="wafers begun in a week")
    dies: Count = Field(description="dies on a wafer")
    yields: Fraction = Field(description="share of the dies that are good")
    packages: Amount | None = Field(default=None, description="most units packaged in a week")
    stacks: Amount | None = Field(default=None, description="memory stacks that arrive in a week")
    stacks_each: Count = Field(default=1, description="memory stacks in a unit")
    share: Fraction = Field(default=1.0, description="share of the output for customers of this class")

    @property
    def limits(self) -> dict[str, float]:
        """Return the units a week that each step leaves to this buyer."""
        steps = {
            "wafers": wafer_output(self.wafer_starts, self.yields, self.dies),
            "packaging": self.packages,
            "memory stacks": None if self.stacks is None else self.stacks / self.stacks_each,
        }
        return {name: float(units) * self.share for name, units in steps.items() if units is not None}


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
    lead_times: dict[str, Duration] = Field(
        default_factory=dict[str, float],
        description="median of orders from a quarter on, such as 2026Q4; the P90 keeps its ratio",
    )
    load: Fraction | None = Field(default=None, description="how full the maker's lines are")
    alone: Duration | None = Field(
        default=None,
        description="time that an order takes in an empty line; with load it tells who must wait",
    )
    minimum: Count = Field(default=1, description="least units in an order (MOQ)")
    breaks: tuple[Break, ...] = Field(default=(), description="lower prices for larger orders")
    allocation: Amount | None = Field(
        default=None, description="most units that the vendor delivers in a week"
    )
    allocations: dict[str, Amount] = Field(
        default_factory=dict[str, float], description="the same for orders from a quarter on, such as 2026Q4"
    )
    made: Made | None = Field(
        default=None, description="in place of an allocation: what the output is limited by"
    )
    total: Amount | None = Field(default=None, description="most units over the whole plan")
    commitment: Amount | None = Field(
        default=None, description="units that must be taken over the plan if any are (take or pay)"
    )
    qualification: Duration = Field(default=0.0, description="time until the first order may be placed")
    settlement: Fraction = Field(
        default=0.0, description="share of a rise of the market until delivery that is paid afterwards"
    )

    @property
    def key(self) -> tuple[str, str, str]:
        """Part, vendor and terms, by which an order under way belongs to an offer."""
        return self.part, self.vendor, self.terms


class Part(Spec):
    """A part that systems need."""

    stock: float = Field(default=0.0, ge=0, description="units in hand")
    largest_share: Fraction = Field(
        default=1.0, description="most of the units from one vendor (second source)"
    )
    value: Money | None = Field(
        default=None, description="value of a unit in stock; default: the cheapest offer"
    )
    spare: Fraction = Field(default=0.0, description="safety stock left over at the end, as a share of need")


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
    embargo: Day | None = Field(default=None, description="a day from which on nothing is delivered")
    embargo_chance: Fraction = Field(default=1.0, description="chance that the embargo comes")
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

    def allocation(self, offer: Offer, week: int) -> float | None:
        """Return the most units that an offer delivers of orders of one week; None without a limit."""
        most = offer.allocation if offer.made is None else min(offer.made.limits.values())
        return _since(offer.allocations, self.quarter(week), most)

    def lead_ratio(self, offer: Offer, week: int) -> float:
        """Return the lead time of orders of a week over that of today, a ratio."""
        today = offer.lead_time or 0.0
        then = _since(offer.lead_times, self.quarter(week), today) or 0.0
        return then / today if today else 1.0

    def quarter(self, week: int) -> str:
        """Return the calendar quarter of a week."""
        day = self.day(week)
        return f"{day.year}Q{(day.month - 1) // 3 + 1}"


def _since(steps: dict[str, float], quarter: str, before: float | None) -> float | None:
    """Return the value of the newest step up to a quarter."""
    begun = [name for name in steps if name <= quarter]
    return steps[max(begun)] if begun else before


def weeks_of(seconds: float) -> int:
    """Return whole weeks, rounded up: a delivery on the first day of a week counts from its end."""
    return math.ceil(seconds / WEEK_S - TINY)


TINY = 1e-9  # definition: what a division in double precision may leave
