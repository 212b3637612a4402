"""What computes: accelerators, how they are joined, what surrounds them, and how they are bought."""

from __future__ import annotations

import datetime
from typing import Literal

from pydantic import Field, model_validator

from tauplan.errors import InputError, Problem
from tauplan.spec.base import Spec
from tauplan.spec.day import Day, Due
from tauplan.spec.quantity import (
    Bandwidth,
    Bytes,
    Count,
    Duration,
    EnergyPrice,
    FlopRate,
    Fraction,
    Length,
    Money,
    OpRate,
    Power,
    Ratio,
    Voltage,
)
from tauplan.spec.storage import Storage


class Design(Spec):
    """A chip that is designed, not bought: its clock, area, power, rates, cost and fab time follow from these."""

    node: str = Field(description="catalogued process node")
    products: Count = Field(description="16-bit multiply-adds per clock of all matrix units")
    sram: Bytes = Field(default=64e6, description="on-chip memory")
    depth: float | None = Field(
        default=None, gt=0, le=400, description="gates of a clock period in FO4 delays, after its wires"
    )
    supply: Voltage | None = Field(
        default=None, description="supply of the logic; default: the node's nominal one"
    )
    chiplets: int = Field(default=1, ge=1, le=64, description="equal dies side by side that share the logic")
    tiers: int = Field(default=1, ge=1, le=8, description="tiers of logic that the die is folded onto")
    bond_pitch: Length | None = Field(default=None, description="pitch of the contacts between tiers")
    memory: str | None = Field(
        default=None, description="kind of memory, such as HBM3; default: the part's own memory"
    )
    stacks: Count = Field(default=4, description="stacks or devices of that memory")
    cooling: Literal["air", "liquid"] = Field(default="liquid", description="heat sink or cold plate")
    harvest: Fraction = Field(
        default=0.0, description="share of the matrix units that may be faulty and are switched off"
    )
    volume: Count = Field(default=1_000_000, description="units over which design and masks are written off")


class Accelerator(Spec):
    """A catalogued accelerator with fields changed: what if it had this memory, that clock."""

    part: str = Field(description="catalogued accelerator or SoC")
    peak_bf16: FlopRate | None = Field(default=None, description="dense BF16 matrix rate")
    peak_fp16: FlopRate | None = Field(default=None, description="dense FP16 matrix rate")
    peak_fp8: FlopRate | None = Field(default=None, description="dense FP8 matrix rate")
    peak_fp4: FlopRate | None = Field(default=None, description="dense FP4 matrix rate")
    peak_int8: OpRate | None = Field(default=None, description="dense INT8 matrix rate")
    peak_fp32: FlopRate | None = Field(default=None, description="FP32 vector rate")
    memory_bandwidth: Bandwidth | None = Field(default=None, description="peak off-chip memory bandwidth")
    memory_capacity: Bytes | None = Field(default=None, description="off-chip memory")
    tdp: Power | None = Field(default=None, description="thermal design power")
    price: Money | None = Field(default=None, description="price of one accelerator")
    design: Design | None = Field(
        default=None,
        description="a designed chip in place of the part's own; server and software stay the part's",
    )

    def changes(self) -> dict[str, float]:
        """Return the changed fields as SI values by catalogue field name."""
        values = {name: getattr(self, name) for name in type(self).model_fields if name not in OTHER_FIELDS}
        return {name: value for name, value in values.items() if value is not None}


OTHER_FIELDS = ("part", "design")
"""Fields of an accelerator that are not catalogue fields."""


class ScaleUp(Spec):
    """The tight network inside a domain; what is left out comes from the accelerator's own claims."""

    link: str | None = Field(default=None, description="catalogued link; default: the accelerator's own")
    domain: Count | None = Field(default=None, description="accelerators in one scale-up domain")
    bandwidth: Bandwidth | None = Field(default=None, description="per accelerator and direction")
    latency: Duration | None = Field(
        default=None, description="one message between two accelerators of the domain"
    )
    in_network_reduction: bool | None = Field(default=None, description="switches add up all-reduce operands")


class ScaleOut(Spec):
    """The network between domains."""

    link: str | None = Field(default=None, description="catalogued link of one network port")
    ports: float | None = Field(
        default=None,
        gt=0,
        le=1024,
        description="ports per accelerator (0.5: two share one); default: the server's",
    )
    bandwidth: Bandwidth | None = Field(
        default=None, description="per accelerator and direction; overrides link x ports"
    )
    latency: Duration | None = Field(
        default=None, description="one message between domains, without switches"
    )
    switch: str | None = Field(default=None, description="catalogued switch")
    pod: Count | None = Field(
        default=None,
        description="accelerators under one non-blocking pod; beyond it traffic crosses the core",
    )
    oversubscription: Ratio = Field(default=1.0, description="of the core above the pod")


class Host(Spec):
    """Memory of the servers' processors, where a plan may keep what accelerators have no room for."""

    link: str | None = Field(
        default=None,
        description="catalogued link from accelerator to host; default: the server's, or PCIe 4.0",
    )
    memory: Bytes | None = Field(default=None, description="per accelerator; default: the server's share")
    bandwidth: Bandwidth | None = Field(
        default=None, description="of host memory per accelerator, as processors use it; default: the class"
    )


class Site(Spec):
    """Where it runs."""

    electricity: EnergyPrice | None = Field(
        default=None, description="price of energy; default from the catalogue"
    )
    pue: Ratio | None = Field(
        default=None, description="power usage effectiveness; default from the catalogue"
    )
    market: str = Field(
        default="world", description="catalogue market for energy and money: world, US or China"
    )


class System(Spec):
    """Accelerators and all that is bought with them."""

    accelerator: str | Accelerator = Field(description="catalogued part, or a part with changed fields")
    count: Count = Field(description="accelerators in the system")
    server: str | None = Field(
        default=None, description="catalogued server; gives host power, price and domain"
    )
    scale_up: ScaleUp = Field(default_factory=ScaleUp)
    scale_out: ScaleOut = Field(default_factory=ScaleOut)
    host: Host = Field(default_factory=Host)
    storage: Storage | None = Field(
        default=None, description="drives in the servers; default: a class figure for checkpoints alone"
    )
    power_cap: Power | None = Field(
        default=None, description="power limit of one accelerator; lowers its clock"
    )
    site: Site = Field(default_factory=Site)


LeadItem = Literal[
    "accelerator",
    "design",
    "masks",
    "wafers",
    "test",
    "stacks",
    "package",
    "board",
    "server",
    "memory",
    "storage",
    "switch",
    "optics",
    "installation",
]
"""What a system waits for; a designed chip is made in steps from design to board, a catalogued one is bought."""


class Prices(Spec):
    """How the price of what is ordered may move until it is delivered."""

    scenario: str = Field(description="price scenario such as super-cycle")
    share: Fraction = Field(description="share of the capital whose price follows it until delivery")


class Supply(Spec):
    """How the system is bought."""

    in_hand: bool = Field(
        default=False, description="true when the system already stands: supply time is zero"
    )
    lead_times: dict[LeadItem, Duration] = Field(
        default_factory=dict[LeadItem, float], description="lead times that replace the catalogue's"
    )
    lead_times_p90: dict[LeadItem, Duration] = Field(
        default_factory=dict[LeadItem, float],
        description="lead times that nine of ten deliveries keep; default: the high end of the catalogue's claim",
    )
    begins: Literal["design", "masks", "wafers"] = Field(
        default="wafers", description="first step of a designed chip that is still to be done"
    )
    unfavoured: tuple[LeadItem, ...] = Field(
        default=(),
        description="items whose makers serve other customers first: they wait as a full line makes them wait",
    )
    ordered: Day | None = Field(default=None, description="the day of the order")
    due: Due | None = Field(
        default=None, description="when the result is needed: a time after the order, or a date"
    )
    prices: Prices | None = Field(default=None, description="how prices may move until delivery")

    @property
    def due_s(self) -> float | None:
        """Time from the order until the result is needed [s], or None."""
        if isinstance(self.due, datetime.date) and self.ordered is not None:
            return (self.due - self.ordered).total_seconds()
        return None if isinstance(self.due, datetime.date) else self.due

    @model_validator(mode="after")
    def _dates(self) -> Supply:
        if isinstance(self.due, datetime.date):
            if self.ordered is None:
                problem = Problem(
                    "a date is due, but no day of the order is given", expected="supply.ordered"
                )
                raise ValueError(InputError(problem))
            if self.due <= self.ordered:
                expected = f"a day after the order, {self.ordered}"
                raise ValueError(InputError(Problem("due before the order", expected=expected)))
        return self


class Pin(Spec):
    """Choose one claim among rivals by its source."""

    part: str
    field: str
    source: str
