"""What a study found: tables for the terminal, plain data for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from tauplan.explore.figures import Figure
from tauplan.explore.findings import Findings
from tauplan.explore.outcome import Outcome
from tauplan.explore.prepared import Prepared
from tauplan.explore.rows import Row
from tauplan.explore.uncertainty import Stand
from tauplan.language import _, told
from tauplan.report.blocks import grid, section
from tauplan.report.decides import deciding, deciding_view
from tauplan.report.export import finite
from tauplan.report.study_hangs import flips_data, flips_view, hangs_data, hangs_view
from tauplan.report.study_lanes import lanes_data, lanes_view
from tauplan.report.text import quantity

MOST_ROWS = 20


def study_view(found: Findings, wall_s: float, *, whole: bool = False) -> Group:
    """Return counts, the best designs, the front, what it hangs on, and what kept the others out."""
    prepared, outcome, front, top = found.prepared, found.outcome, found.front, found.top
    space, wanted = prepared.space, prepared.wanted
    parts: list[RenderableType] = [
        Text(prepared.file.study.name, style="bold"),
        Text(counts(prepared, outcome, wall_s)),
    ]
    if top:
        parts.append(section(f"Best by {wanted.first.label}", designs_view(prepared, top, len(top))))
    if front:
        names = ", ".join(figure.label for figure in wanted.objectives)
        note = f"{len(outcome.front.designs):,} designs: {names}"
        note += f"; one front for each {' and '.join(space.given)}" if space.given else ""
        if len(distinct(prepared, front)) > MOST_ROWS and not whole:
            note += f"; {MOST_ROWS} shown, all with --front"
        parts.append(
            section("Front", designs_view(prepared, front, len(front) if whole else MOST_ROWS), note)
        )
        parts += [lanes_view(found)] if found.lanes else []
        parts += [deciding_view(prepared, outcome)] if outcome.by_axis else []
    if found.sure:
        note = "claims drawn from their bands"
        parts.append(section("How sure", sure_view(prepared, found.sure), note))
    parts += [flips_view(found)] if found.flips else []
    parts += hangs_view(found)
    if outcome.reasons:
        table = grid("rl")
        for reason, count in sorted(outcome.reasons.items(), key=lambda item: -item[1]):
            table.add_row(f"{count:,}", Text(reason))
        parts.append(section("Out of the running", table, "designs by the first reason against them"))
    if outcome.feasible:
        table = grid("lrrr", header=["", "least", "mean", "greatest"])
        for place, figure in enumerate(wanted.objectives):
            ends = (outcome.low[place], outcome.total[place] / outcome.feasible, outcome.high[place])
            values = sorted(figure.sign * float(end) for end in ends)
            table.add_row(figure.label, *(quantity(value, figure.unit) for value in values))
        parts.append(section("Feasible designs", table))
    parts.append(
        Text(f"\nexplain one: tauplan explain STUDY DESIGN   ({space.size:,} combinations)", style="dim")
    )
    return Group(*parts)


def designs_view(prepared: Prepared, rows: Sequence[Row], most: int) -> RenderableType:
    """Return designs one per line: number, what it is made of, objectives."""
    objectives = prepared.wanted.objectives
    table = grid(
        "rl" + "r" * len(objectives),
        header=["design", "", *(figure.label for figure in objectives)],
        shrink=1,
    )
    for row, alike in distinct(prepared, rows)[:most]:
        cells = [quantity(row.figures[figure.name], figure.unit) for figure in objectives]
        table.add_row(
            f"{row.design}", words(prepared, row) + (f" (and {alike} alike)" if alike else ""), *cells
        )
    return table


def distinct(prepared: Prepared, rows: Sequence[Row]) -> list[tuple[Row, int]]:
    """Return the rows that differ in an objective, each with the number of others that do not."""
    found: dict[tuple[float, ...], list[Row]] = {}
    for row in rows:
        key = tuple(row.figures[figure.name] for figure in prepared.wanted.objectives)
        found.setdefault(key, []).append(row)
    return [(alike[0], len(alike) - 1) for alike in found.values()]


def sure_view(prepared: Prepared, sure: Sequence[Stand]) -> RenderableType:
    """Return how often each design stays on the front and within its constraints, and its first objective."""
    first = prepared.wanted.first
    table = grid("rrrrr", header=["design", "on the front", "feasible", f"{first.label}: 10 %", "90 %"])
    for stand in sorted(sure, key=lambda stand: -stand.share)[:MOST_ROWS]:
        low, _, high = stand.quantiles[first.name]
        ends = (quantity(end, first.unit) for end in (low, high))
        table.add_row(f"{stand.design}", f"{stand.share:.0%}", f"{stand.feasible:.0%}", *ends)
    return table


def words(prepared: Prepared, row: Row) -> str:
    """Return what a design is made of, axes with one value left out."""
    said: list[str] = []
    for axis in prepared.space.axes:
        label = row.labels[axis.name]
        if len(axis) > 1:
            field = axis.name.rpartition(".")[2]
            known = told(field.replace("_", " "))
            named = field if known == field.replace("_", " ") else known
            said.append(told(label) if not axis.is_number or " " in label else f"{named} {label}")
    return " · ".join(said)


def study_data(found: Findings, wall_s: float | None) -> dict[str, Any]:
    """Return the outcome as plain data in SI units; all of it but the wall time is the same at every run."""
    prepared, outcome = found.prepared, found.outcome
    wanted = prepared.wanted
    choices = prepared.space.choices
    rate = None if wall_s is None else outcome.designs / max(wall_s, 1e-9)
    combinations = None if rate is None else rate * choices
    data = {
        "name": prepared.file.study.name,
        "designs": outcome.designs,
        "feasible": outcome.feasible,
        "combinations": outcome.designs * choices,
        "wall_s": wall_s,
        "designs_per_s": rate,
        "combinations_per_s": combinations,
        "objectives": [_objective(figure, outcome, place) for place, figure in enumerate(wanted.objectives)],
        "axes": [{"name": axis.name, "values": list(axis.labels)} for axis in prepared.space.axes],
        "front": [_row(row) for row in found.front],
        "top": [_row(row) for row in found.top],
        "lanes": lanes_data(found),
        "decides": {
            name: [asdict(choice) | {"flips": list(choice.flips)} for choice in choices]
            for name, choices in deciding(prepared, outcome).items()
        },
        "sure": [
            asdict(stand) | {"quantiles": {name: list(ends) for name, ends in stand.quantiles.items()}}
            for stand in found.sure
        ],
        "flips": flips_data(found.flips),
        "hangs_on": hangs_data(found),
        "infeasible": dict(sorted(outcome.reasons.items())),
        "sample": _sample(wanted.objectives, outcome),
        "identity": prepared.identity,
    }
    return finite(data)


def _objective(figure: Figure, outcome: Outcome, place: int) -> dict[str, Any]:
    ends = [figure.sign * float(end[place]) for end in (outcome.low, outcome.high)]
    mean = figure.sign * float(outcome.total[place]) / max(outcome.feasible, 1)
    better = "less" if figure.sign > 0 else "more"
    return {
        "figure": figure.name,
        "unit": figure.unit,
        "better": better,
        "least": min(ends),
        "mean": mean,
        "greatest": max(ends),
    }


def _row(row: Row) -> dict[str, Any]:
    return {"design": row.design, "choices": row.labels, "figures": row.figures}


def _sample(objectives: Iterable[Figure], outcome: Outcome) -> list[dict[str, Any]]:
    designs, table = outcome.sample
    return [
        {
            "design": int(design),
            **{
                figure.name: figure.sign * float(value)
                for figure, value in zip(objectives, values, strict=True)
            },
        }
        for design, values in zip(designs, table, strict=True)
    ]


def counts(prepared: Prepared, outcome: Outcome, wall_s: float | None = None) -> str:
    """Return how many designs there were, how many work, and how fast they were found."""
    choices = prepared.space.choices
    counted = {"n": f"{outcome.designs:,}", "m": f"{outcome.feasible:,}", "k": f"{choices:,}"}
    alone, best = _("{n} designs, {m} feasible"), _("{n} designs, {m} feasible, each the best of {k} plans")
    text = (best if choices > 1 else alone).format(**counted)
    if wall_s is None:
        return text
    rate = outcome.designs / max(wall_s, 1e-9)
    text += f"; {wall_s:.3g} s, {rate:,.0f} designs/s"
    return text + (f", {rate * choices:,.0f} combinations/s" if choices > 1 else "")


Rivals = tuple[Any, Any, int]
"""Combinations of one hardware design, how good they are (less is better), and how many share the best."""


def rivals_view(prepared: Prepared, found: Rivals) -> RenderableType:
    """Return the best plans of one hardware design, each with its distance from the best."""
    designs, values, ties = found
    figure = prepared.wanted.best
    table = grid("rlrr", header=["design", "", figure.label, "to the best"])
    for design, value in zip(designs.tolist(), values.tolist(), strict=True):
        labels = prepared.space.labels(design)
        said = " · ".join(
            f"{axis.name.rpartition('.')[2]} {labels[axis.name]}" for axis in prepared.space.search
        )
        table.add_row(
            f"{design}", said, quantity(figure.sign * value, figure.unit), f"{value / values[0] - 1:+.2%}"
        )
    note = f"best of {prepared.space.choices:,}" + (f", {ties} alike" if ties > 1 else "")
    return section("Plans", table, note)


def rivals_data(prepared: Prepared, found: Rivals) -> dict[str, Any]:
    """Return the best plans of one hardware design as plain data."""
    designs, values, ties = found
    sign = prepared.wanted.best.sign
    plans = [
        {"design": design, "value": sign * value, "choices": prepared.space.labels(design)}
        for design, value in zip(designs.tolist(), values.tolist(), strict=True)
    ]
    return {"figure": prepared.wanted.best.name, "ties": ties, "plans": plans}
