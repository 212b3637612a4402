"""What each level could still give, and which investment pays first."""

from __future__ import annotations

from dataclasses import replace

from tauplan.evaluate.answer import Headroom
from tauplan.evaluate.case import Case, map_times
from tauplan.evaluate.resolve import Resolved
from tauplan.evaluate.solve import OK, solve
from tauplan.supply.chain import supply_time
from tauplan.tau import LEVELS, Time

LOST = ("schedule", "failures")
"""Levels that own lost time, not primitives of their own: their gain is not re-evaluated."""


def head_room(resolved: Resolved, explained: Case, owned_s: dict[str, float]) -> tuple[Headroom, ...]:
    """Return the levels that have head-room, largest gain first.

    h = 1 − floor/θ with the published peak as floor; the bound of the speed-up is T/(T − Θh), to first order.
    The critical path may move, so the case is solved again with the level's primitives at their floor.
    """
    total = sum(owned_s.values())
    found: list[Headroom] = []
    for level, (share, floor) in _floors(resolved).items():
        gain = owned_s[level] * share
        if gain <= 0.0:
            continue
        confirmed = None if level in LOST else _confirmed(explained, level, 1.0 - share, total)
        bound = total / (total - gain) if gain < total else float("inf")
        found.append(Headroom(level, owned_s[level], share, bound, floor, confirmed))
    return tuple(sorted(found, key=lambda row: -row.owned_s * row.headroom))


def _floors(resolved: Resolved) -> dict[str, tuple[float, str]]:
    chip, network = resolved.chip, resolved.network
    compute = 1.0 - float(chip.peak_gemm_s / chip.rates.gemm_flop_s)
    memory = 1.0 - float(chip.peak_memory_s / chip.rates.memory_byte_s)
    inner = network[0]
    link = 1.0 - float(1.0 / inner.bandwidth_Bps / inner.tier.long.byte_s)
    floors = {
        "transistor": (compute, "published peak of the matrix units"),
        "wire": (compute, "published peak of the matrix units"),
        "memory": (memory, "published peak of the memory interface"),
        "link": (link, "published rate of the link"),
        "software": (1.0, "no launch, message or host overhead"),
        "schedule": (1.0, "no bubble, no imbalance"),
        "failures": (1.0, "no interruption"),
    }
    if "installation" in resolved.case.supply:
        whole = float(supply_time(resolved.case.supply))
        last = float(resolved.case.supply["installation"].lead_s)
        floors["supply"] = (1.0 - last / whole if whole else 0.0, "parts from stock, installation alone")
    return floors


def _confirmed(explained: Case, level: str, factor: float, total: float) -> float | None:
    """Solve again with one level's primitives at their floor; return the speed-up [1]."""
    if level == "supply":
        alone = replace(explained.supply["installation"], after=())
        case = replace(explained, supply={"installation": alone})
    else:
        case = map_times(explained, lambda time: _scaled(time, level, factor))
    result = solve(case)
    return total / float(result.time_to_result.seconds) if int(result.status) == OK else None


def _scaled(time: Time, level: str, factor: float) -> Time:
    owned = time.owned.copy()
    owned[LEVELS.index(level)] *= factor
    return Time(owned)
