"""How a design answers when the levels of the stack move: elasticities and a roadmap, as tables and data."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from tauplan.explore.levels import Moved
from tauplan.explore.prepared import Prepared
from tauplan.report.blocks import grid, section
from tauplan.report.palette import style
from tauplan.report.text import time
from tauplan.tau import LEVELS

SHOWN = 5e-4
"""Elasticities below this are not shown."""


def moved_view(prepared: Prepared, moved: Moved) -> Group:
    """Return the elasticity of each objective to each level, and the years of a roadmap."""
    objectives = prepared.wanted.objectives
    table = grid("l" + "r" * len(objectives), header=["times of", *(figure.label for figure in objectives)])
    for level in LEVELS:
        values = [moved.elasticities[figure.name][level] for figure in objectives]
        if any(abs(value) >= SHOWN for value in values):
            table.add_row(Text(level, style=style(level)), *(f"{value:+.3f}" for value in values))
    note = "percent of change for one percent of a level's times"
    parts: list[RenderableType] = [section("Elasticities", table, note)]
    if moved.years:
        years = grid("rrrlr", header=["year", "time to result", "run", "most of it", "share"])
        for year in moved.years:
            level = Text(year.level, style=style(year.level))
            times = (time(year.time_to_result_s), time(year.run_s))
            years.add_row(f"{year.year}", *times, level, f"{year.share:.0%}")
        parts.append(section("Roadmap", years, "the same design, every level improved each year"))
    return Group(*parts)


def moved_data(moved: Moved) -> dict[str, Any]:
    """Return elasticities and roadmap as plain data."""
    return {"elasticities": moved.elasticities, "roadmap": [asdict(year) for year in moved.years]}
