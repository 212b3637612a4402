"""What an evaluation returns: one frozen record that explains itself and that every front end prints."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Part:
    """One bar of a waterfall: a label and its amount in SI units (s, J, USD or B)."""

    label: str
    amount: float


@dataclass(frozen=True)
class Rung:
    """One rung of the τ ladder: how long one event of a level lasts."""

    level: str
    event: str
    seconds: float
    source: str = ""


@dataclass(frozen=True)
class OperatorRow:
    """One operator of the step on one accelerator: work, time and the resource that binds it."""

    name: str
    phase: str
    count: float
    flops: float
    bytes: float
    seconds: float
    bound_by: str


@dataclass(frozen=True)
class Headroom:
    """What a level could give: owned seconds, share still removable, bound of the speed-up T/(T − Θh)."""

    level: str
    owned_s: float
    headroom: float
    speedup_bound: float
    floor: str
    confirmed_speedup: float | None = None


@dataclass(frozen=True)
class SupplyLink:
    """One link of the supply chain, from order (t = 0) to acceptance, in seconds."""

    name: str
    start_s: float
    end_s: float
    critical: bool
    source: str
    vendor: str = ""
    p90_s: float = 0.0  # the wait itself that nine of ten deliveries keep


@dataclass(frozen=True)
class SupplyOdds:
    """Time to result [s] and cost [USD] over lead times and prices that fall as they may.

    ``by_link_s`` and ``by_vendor_s`` are the mean seconds that each owns of the wait from order to acceptance; each
    sums to the mean wait. ``chance_late`` is against ``due_s``, None where nothing is due.
    """

    p50_s: float
    p90_s: float
    mean_s: float
    due_s: float | None
    chance_late: float | None
    by_link_s: dict[str, float]
    by_vendor_s: dict[str, float]
    prices: str
    cost_p50_USD: float
    cost_p90_USD: float


@dataclass(frozen=True)
class Rival:
    """A claim that was not used, and what the answer would be with it (ratio of time to result)."""

    value: str
    source: str
    grade: str
    time_ratio: float | None


@dataclass(frozen=True)
class ClaimUse:
    """A catalogue claim that this answer rests on, with the claims it was preferred to."""

    part: str
    field: str
    value: str
    source: str
    grade: str
    date: str
    rivals: tuple[Rival, ...] = ()


@dataclass(frozen=True)
class Interval:
    """Range of the time to result from the low and high ends of the claims used."""

    low_s: float
    high_s: float
    drivers: tuple[tuple[str, float, float], ...] = ()  # (claim, seconds at low end, seconds at high end)


@dataclass(frozen=True)
class LightBudget:
    """Light on its way, per wavelength: laser, what the receiver needs [dBm], losses between [dB].

    ``channels`` of ``rate_Bps`` [B/s] share a fibre; ``slack_dB``: light in the waveguide below its cap [dB].
    """

    platform: str
    laser_dBm: float
    sensitivity_dBm: float
    losses_dB: dict[str, float]
    channels: float
    rate_Bps: float
    slack_dB: float


@dataclass(frozen=True)
class LinkBlocks:
    """A link over ``length_m``: latency of a hop [s] and energy of both ends [J/B], block by block."""

    link: str
    length_m: float
    latency_parts_s: dict[str, float]
    energy_parts_J: dict[str, float]
    energy_boundary: str
    light: LightBudget | None = None


@dataclass(frozen=True)
class Identity:
    """What makes the answer reproducible."""

    scenario_hash: str
    catalogue_hash: str
    version: str
    command: str
    python: str


@dataclass(frozen=True)
class Metric:
    """A named figure of the answer in SI units, with the unit it is best read in."""

    key: str
    label: str
    value: float
    unit: str


@dataclass(frozen=True)
class Answer:
    """When the result is ready, what it costs, what holds it back, and on which claims that rests.

    ``owned_s`` holds one entry per level of :data:`tauplan.tau.LEVELS` and sums to ``time_to_result_s``.
    An infeasible design carries ``status="infeasible"`` and a ``reason``; its times are NaN.
    """

    name: str
    kind: str  # "training" or "serving"
    status: str  # "ok" or "infeasible"
    reason: str
    identity: Identity
    summary: str  # one sentence: what was evaluated
    time_to_result_s: float
    supply_s: float
    run_s: float
    owned_s: dict[str, float]
    step_owned_s: dict[str, float]  # the same split of one step (training) or one output token (serving)
    step_s: float | None
    ttft_s: float | None
    tpot_s: float | None
    energy_J: float
    power_W: float
    cost_USD: float
    bound_by: str
    metrics: tuple[Metric, ...] = ()
    ladder: tuple[Rung, ...] = ()
    time_parts: tuple[Part, ...] = ()  # waterfall of one step or one output token
    energy_parts: tuple[Part, ...] = ()
    cost_parts: tuple[Part, ...] = ()
    memory_parts: tuple[Part, ...] = ()
    memory_capacity_B: float = 0.0
    operators: tuple[OperatorRow, ...] = ()
    headroom: tuple[Headroom, ...] = ()
    supply_chain: tuple[SupplyLink, ...] = ()
    supply_odds: SupplyOdds | None = None
    claims: tuple[ClaimUse, ...] = ()
    interval: Interval | None = None
    links: tuple[LinkBlocks, ...] = ()
    warnings: tuple[str, ...] = field(default=())
