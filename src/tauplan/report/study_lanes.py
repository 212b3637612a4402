"""The lanes of a study side by side: tables for the terminal and the page, plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from tauplan.explore.findings import Findings
from tauplan.explore.lanes import Lane
from tauplan.report.blocks import grid, section
from tauplan.report.text import quantity


def lanes_columns(found: Findings) -> list[str]:
    """Return the heads of the columns of a table of lanes."""
    labels = [figure.label for figure in found.prepared.wanted.objectives]
    leads = ["leads"] if _drawn(found.lanes) else []
    return ["", "feasible", "design", *labels, *leads]


def lanes_rows(found: Findings, lanes: Sequence[Lane]) -> Iterator[list[str]]:
    """Yield a row per lane: designs that work, the best by the first objective, the best of each, its lead."""
    for lane in lanes:
        best = [quantity(lane.best[f.name][0], f.unit) for f in found.prepared.wanted.objectives]
        leads = [f"{lane.leads:.0%}"] if _drawn(found.lanes) else []
        yield [lane.name, f"{lane.feasible:,}", f"{lane.design}", *best, *leads]


def together(lanes: Sequence[Lane]) -> dict[str, list[Lane]]:
    """Return the lanes under each combination of the given axes, by its words."""
    found: dict[str, list[Lane]] = {}
    for lane in lanes:
        found.setdefault(" · ".join(lane.given.values()), []).append(lane)
    return found


def lanes_view(found: Findings) -> RenderableType:
    """Return the lanes, those under the same given axes together."""
    columns = lanes_columns(found)
    table = grid("lrr" + "r" * (len(columns) - 3), header=columns, shrink=0)
    for words, lanes in together(found.lanes).items():
        if words:
            table.add_row(Text(words, style="bold"), *[""] * (len(columns) - 1))
        for name, *cells in lanes_rows(found, lanes):
            table.add_row(f"  {name}", *cells)
    note = "the best of each objective, and the design that is best by the first"
    note += "; leads: share of the draws in which that design is ahead" if _drawn(found.lanes) else ""
    return section("Lanes", table, note)


def lanes_data(found: Findings) -> list[dict[str, Any]]:
    """Return the lanes as plain data."""
    return [
        asdict(lane) | {"best": {name: {"value": v, "design": d} for name, (v, d) in lane.best.items()}}
        for lane in found.lanes
    ]


def _drawn(lanes: Sequence[Lane]) -> bool:
    return any(lane.leads == lane.leads for lane in lanes)
