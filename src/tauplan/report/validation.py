"""Errors of predictions as tables: an overview of one page, and one line per family and device."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from tauplan.report.blocks import grid
from tauplan.validate.overview import Line
from tauplan.validate.prediction import Summary

MOST_REASONS = 12  # of rows that were not answered, in a table of one page
WIDEST_REASON = 88
WIDEST_NAME = 36


def overview_view(lines: Sequence[Line], reasons: Mapping[str, int], *, whole: bool = False) -> Group:
    """Return one line per heading: held-out cases, then the fitted ones; and why rows were not answered."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("cases", no_wrap=True, overflow="ellipsis")
    for name in ("held out", "answered", "median", "90 % below", "inside"):
        table.add_column(name, justify="right", no_wrap=True, min_width=len(name))
    for name in ("fitted", "median"):
        table.add_column(name, justify="right", no_wrap=True, min_width=len(name), style="dim")
    for line in lines:
        held, fitted = line.held_out, line.fitted
        errors = (_percent(held.median_abs), _percent(held.p90_abs), _percent(held.inside))
        counted = (_count(held), _percent(held.coverage)) if held.cases else ("", "")
        table.add_row(line.heading, *counted, *errors, _count(fitted), _percent(fitted.median_abs))
    return Group(table, Text(""), *_reasons(reasons, whole))


def summary_view(summaries: Sequence[Summary]) -> Group:
    """Return one line per group of cases, devices under their family; long names are cut and figures are not."""
    names = ("n", "answered", "median", "90 % below", "bias", "rank", "inside")
    rows = [_summary_cells(s) for s in summaries]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("cases", overflow="ellipsis", no_wrap=True, max_width=WIDEST_NAME)
    for place, name in enumerate(names):
        widest = max([len(name), *(len(row[place]) for row in rows)])
        table.add_column(name, justify="right", no_wrap=True, min_width=widest)
    family = ""
    for s, row in zip(summaries, rows, strict=True):
        device = s.group.removeprefix(f"{family} · ") if family else s.group
        if device == s.group:
            family = s.group
        table.add_row(Text(device if device == s.group else f"  {device}"), *row)
    lines = [
        Text(f"{s.group}: {_percent(s.within)} within the stated tolerance")
        for s in summaries[:1]
        if not math.isnan(s.within)
    ]
    return Group(table, *lines)


def _summary_cells(s: Summary) -> tuple[str, ...]:
    errors = (_percent(s.median_abs), _percent(s.p90_abs), _percent(s.median_signed, signed=True))
    rank = "" if math.isnan(s.rank_correlation) else f"{s.rank_correlation:.2f}"
    return (f"{s.cases:,}", _percent(s.coverage), *errors, rank, _percent(s.inside))


def _reasons(reasons: Mapping[str, int], whole: bool) -> list[Text]:
    """Return why rows were not answered, the most frequent first; the rest as a number unless ``whole``."""
    ranked = sorted(reasons.items(), key=lambda item: -item[1])
    shown = ranked if whole else ranked[:MOST_REASONS]
    lines = [Text(f"{count:,} not answered: {_short(reason)}", style="dim") for reason, count in shown]
    left = sum(count for _, count in ranked[len(shown) :])
    if left:
        kinds = len(ranked) - len(shown)
        lines.append(Text(f"{left:,} not answered for {kinds} further reasons: --detail", style="dim"))
    return lines


def layouts_view(layouts: Sequence[tuple[str, Sequence[str]]]) -> Group:
    """Return the columns by which each layout of measured cases is recognised."""
    table = grid("ll", shrink=1, header=("layout", "columns"))
    for name, columns in layouts:
        table.add_row(name, ", ".join(columns))
    return Group(table)


def _short(reason: str) -> str:
    return reason if len(reason) <= WIDEST_REASON else reason[: WIDEST_REASON - 1] + "…"


def _count(summary: Summary) -> str:
    return f"{summary.cases:,}" if summary.cases else ""


def _percent(value: float, *, signed: bool = False) -> str:
    if math.isnan(value):
        return "–"
    return f"{100 * value:+.1f} %" if signed else f"{100 * value:.1f} %"
