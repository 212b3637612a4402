"""The chart of latencies with deadlines: a span from P50 to P99 and a tick for the limit."""

from __future__ import annotations

import math

from tauplan.evaluate.findings import Grid
from tauplan.language import _, told
from tauplan.report.findings import shown
from tauplan.report.marks import (
    ROOM,
    STEP,
    Row,
    Spec,
    direct_colour,
    end_label,
    rows_axis,
    spec,
    time_axis,
    time_unit,
    tooltip,
)
from tauplan.report.palette import token

SPAN = ("P50", "P99", "deadline")
"""Columns that are drawn as a span with its limit where a table has all of them."""
LEAST_DRAWN = 2  # definition: rows that a chart compares


def span_chart(grid: Grid) -> Spec | None:
    """Return latencies from the median to the ninety-ninth percentile, with the deadline of each as a tick."""
    places = [_place(grid, head) for head in SPAN]
    if None in places:
        return None
    middle, tail, limit = (place for place in places if place is not None)
    seconds = [
        value for row in grid.rows for value in (row[tail], row[limit]) if isinstance(value, float | int)
    ]
    finite = [value for value in seconds if math.isfinite(value)]
    unit, length = time_unit(max(finite, default=1.0))
    rows: list[Row] = []
    for row in grid.rows:
        low, high, due = (row[place] for place in (middle, tail, limit))
        if not isinstance(low, float | int) or not isinstance(high, float | int):
            continue
        timed = isinstance(due, float | int) and math.isfinite(due)
        late = timed and isinstance(due, float | int) and high > due
        rows.append(
            {
                "label": str(row[0]),
                "from": low / length,
                "to": high / length,
                "edge": (max(high, due) if timed and isinstance(due, float | int) else high) / length,
                "due": due / length if timed and isinstance(due, float | int) else None,
                "text": f"{shown(low, 's')} … {shown(high, 's')}",
                "deadline": shown(due, "s") if timed else "–",
                "colour": token("bad" if late else "accent"),
            }
        )
    if len(rows) < LEAST_DRAWN:
        return None
    y = rows_axis("label")
    x = time_axis("from", 0.0, max(finite) / length * ROOM, unit, _("latency"))
    tips = tooltip(("label", told(grid.columns[0].head)), ("text", "P50 … P99"), ("deadline", _("deadline")))
    bar: Spec = {
        "mark": {"type": "bar"},
        "encoding": {"x": x, "x2": {"field": "to"}, "y": y, "color": direct_colour(), "tooltip": tips},
    }
    tick: Spec = {
        "transform": [{"filter": "isValid(datum.due)"}],
        "mark": {"type": "tick", "color": token("ink"), "thickness": 2, "size": 20},
        "encoding": {"x": {"field": "due", "type": "quantitative"}, "y": y, "tooltip": tips},
    }
    note = _("from P50 to P99; the tick is the deadline")
    return spec(grid.title, note, rows, STEP * len(rows), len(rows), layer=[bar, tick, end_label("edge", y)])


def _place(grid: Grid, head: str) -> int | None:
    heads = [column.head for column in grid.columns]
    return heads.index(head) if head in heads else None
