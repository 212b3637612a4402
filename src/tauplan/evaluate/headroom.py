"""What each level could still give, and which investment pays first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tauplan.evaluate.answer import Headroom
from tauplan.evaluate.case import Case, map_times
from tauplan.evaluate.resolve import Resolved
from tauplan.evaluate.solve import OK, solve
from tauplan.supply.chain import supply_time
from tauplan.tau import LEVELS

LOST = ("schedule", "failures")
"""Levels that own lost time, not primitives of their own: their gain is not re-evaluated."""


def head_room(resolved: Resolved, explained: Case, owned_s: dict[str, float]) -> tuple[Headroom, ...]:
    """Return the levels that have head-room, largest gain first.

    h = 1 − floor/θ with the published peak as floor; the bound of the speed-up is T/(T − Θh), to first order.
    The critical path may move, so the case is solved again with the level's primitives at their floor.
    """
    total = sum(owned_s.values())
    gains = {
        level: (share, floor)
        for level, (share, floor) in _floors(resolved).items()
        if owned_s[level] * share > 0.0
    }
    solved = _solved(
        explained, {level: 1.0 - share for level, (share, _) in gains.items() if level not in LOST}
    )
    found: list[Headroom] = []
    for level, (share, floor) in gains.items():
        gain = owned_s[level] * share
        time = solved.get(level)
        bound = total / (total - gain) if gain < total else float("inf")
        found.append(Headroom(level, owned_s[level], share, bound, floor, total / time if time else None))
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


def _solved(explained: Case, factors: dict[str, float]) -> dict[str, float]:
    """Return the time to result [s] with one level scaled by its factor, for each level, in one batch.

    The supply level is not scaled: its parts come from stock, so that installation alone is left. Levels whose
    design is infeasible then are left out.
    """
    if not factors:
        return {}
    levels = list(factors)
    kept = np.ones((len(levels), len(LEVELS)))
    for row, level in enumerate(levels):
        kept[row, LEVELS.index(level)] = factors[level]
    if "supply" in levels:
        kept[levels.index("supply")] = 1.0
    case = map_times(explained, lambda time: kept @ time.owned)
    to_wait = np.array([float(level != "supply") for level in levels])
    waits = {
        name: stage if name == "installation" else replace(stage, lead_s=stage.lead_s * to_wait)
        for name, stage in case.supply.items()
    }
    case = replace(case, supply=waits)
    result = solve(case)
    times = np.broadcast_to(result.time_to_result, len(levels))
    status = np.broadcast_to(result.status, len(levels))
    return {level: float(time) for level, time, code in zip(levels, times, status, strict=True) if code == OK}
