"""Errors of predictions as a table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from tauplan.validate.prediction import Summary


def summary_view(summaries: Sequence[Summary], reasons: Mapping[str, int]) -> Group:
    """Return one line per group, and why rows were not answered."""
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    table.add_column("cases", overflow="fold")
    for name in ("n", "answered", "median error", "90 % below", "bias", "rank", "inside"):
        table.add_column(name, justify="right", no_wrap=True)
    for s in summaries:
        errors = (_percent(s.median_abs), _percent(s.p90_abs), _percent(s.median_signed, signed=True))
        rank = "" if math.isnan(s.rank_correlation) else f"{s.rank_correlation:.2f}"
        table.add_row(s.group, f"{s.cases:,}", _percent(s.coverage), *errors, rank, _percent(s.inside))
    lines = [
        Text(f"{s.group}: {_percent(s.within)} within the stated tolerance")
        for s in summaries[:1]
        if not math.isnan(s.within)
    ]
    lines += [Text(f"{count} not answered: {reason}", style="dim") for reason, count in reasons.items()]
    return Group(table, *lines)


def _percent(value: float, *, signed: bool = False) -> str:
    if math.isnan(value):
        return "–"
    return f"{100 * value:+.1f} %" if signed else f"{100 * value:.1f} %"
