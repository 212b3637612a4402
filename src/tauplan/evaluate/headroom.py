"""What each level could still give, and which investment pays first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
    floors = {level: row for level, row in _floors(resolved).items() if owned_s[level] * row[0] > 0.0}
    confirmed = _confirmed(explained, {level: 1.0 - share for level, (share, _) in floors.items()}, total)
    found: list[Headroom] = []
    for level, (share, floor) in floors.items():
        gain = owned_s[level] * share
        bound = total / (total - gain) if gain < total else float("inf")
        found.append(Headroom(level, owned_s[level], share, bound, floor, confirmed.get(level)))
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


def _confirmed(explained: Case, factors: dict[str, float], total: float) -> dict[str, float]:
    """Return the speed-up [1] with each level's primitives at their floor: ``factors`` of today's times.

    All levels in one plain, vectorised evaluation; a level whose floor makes the case infeasible is left out.
    Supply alone needs none: parts from stock leave the run and the installation.
    """
    tried = [level for level in factors if level not in (*LOST, "supply")]
    scale = np.ones((len(LEVELS), len(tried) + 1))  # the last variant is the case as it is
    for row, level in enumerate(tried):
        scale[LEVELS.index(level), row] = factors[level]

    def scaled(time: Time) -> NDArray[np.float64]:
        return (time.owned.reshape(len(LEVELS), 1) * scale).sum(axis=0)

    result = solve(map_times(explained, scaled))
    times = np.broadcast_to(result.time_to_result, len(tried) + 1)
    fine = np.broadcast_to(result.status == OK, len(tried) + 1)
    found = {level: total / float(times[row]) for row, level in enumerate(tried) if fine[row]}
    if "supply" in factors:
        alone = explained.supply["installation"].lead_s
        found["supply"] = total / float(np.broadcast_to(result.run, len(times))[-1] + alone.seconds)
    return found
