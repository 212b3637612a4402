"""Where a comparison turns round: per rival, the inputs of the first design that do so, and at which values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from tauplan.explore.turns import Turn
from tauplan.report.blocks import cut, grid, section
from tauplan.report.text import quantity

COLUMNS = {"time_to_result": "time", "energy_J": "energy", "cost_USD": "cost"}
MOST = 20
"""Inputs that are shown."""


def turns_view(turns: Sequence[Turn]) -> Group:
    """Return one table per rival: who leads by how much, and which inputs of the first would turn that."""
    rivals = dict.fromkeys(turn.rival for turn in turns)
    views = [_rival(rival, [turn for turn in turns if turn.rival == rival]) for rival in rivals]
    return Group(Text(), *views)


def turns_rows(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """Return all turns as plain data, SI units; ``at`` is null where an input turns nothing."""
    return [
        {
            "rival": turn.rival,
            "figure": turn.figure,
            "lead": turn.lead,
            "input": turn.lever.name,
            "value": turn.lever.value,
            "unit": turn.lever.unit,
            "at": turn.at,
            "tried": [turn.lever.value / turn.reach, turn.lever.value * turn.reach],
        }
        for turn in turns
    ]


def _rival(rival: str, turns: Sequence[Turn]) -> RenderableType:
    """Return a row per input that turns anything: those of the scenario, then claims, the nearest turn first."""
    by_lever: dict[str, dict[str, Turn]] = {}
    for turn in turns:
        by_lever.setdefault(turn.lever.name, {})[turn.figure] = turn
    leads = next(iter(by_lever.values()))
    table = grid("llrrrr", header=["input of the first", "", "today", *COLUMNS.values()], shrink=0)
    table.add_row("", "", "", *(Text(_lead(leads[figure].lead), "italic") for figure in COLUMNS))
    turning = sorted((row for row in by_lever.values() if _nearest(row) < math.inf), key=_rank)
    for row in turning[:MOST]:
        lever = next(iter(row.values())).lever
        where, _, what = lever.name.rpartition(": ") if ": " in lever.name else lever.name.rpartition(".")
        cells = (_at(row[figure]) for figure in COLUMNS)
        table.add_row(cut(where), what, quantity(lever.value, lever.unit), *cells)
    views: list[RenderableType] = [table]
    if len(turning) > MOST:
        views.append(Text(f"and {len(turning) - MOST} more, see --json", "dim"))
    still = [name for name, row in by_lever.items() if _nearest(row) == math.inf]
    if still:
        views.append(Text(f"turn nothing: {', '.join(still)}", "dim"))
    return section("Where it flips", Group(*views), note=f"against {rival}; each input moves alone")


def _nearest(row: Mapping[str, Turn]) -> float:
    return min(row[figure].distance for figure in COLUMNS)


def _rank(row: Mapping[str, Turn]) -> tuple[bool, float]:
    lever = next(iter(row.values())).lever
    return not isinstance(lever.vary, str), _nearest(row)


def _at(turn: Turn) -> str:
    return "–" if turn.at is None else quantity(turn.at, turn.lever.unit)


def _lead(lead: float) -> str:
    if abs(lead) < 5e-5:
        return "even"
    return f"{'ahead' if lead > 0 else 'behind'} {abs(lead):.1%}".replace("%", " %")
