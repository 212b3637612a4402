"""What a study of a device found, for a page: figures, and each table with the chart that suits it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from tauplan.evaluate.findings import Cell, Column, Findings, Grid
from tauplan.language import _, told
from tauplan.report.claims_table import plain_claims
from tauplan.report.elements import Charts, Html, datum, element, markup_table, paragraph, raw, text
from tauplan.report.findings import shown
from tauplan.report.marks import (
    ROOM,
    STEP,
    Row,
    Spec,
    amount_axis,
    direct_colour,
    end_label,
    rows_axis,
    spec,
    time_axis,
    time_unit,
    tooltip,
)
from tauplan.report.palette import token

DRAWN = ("samples/s", "tokens/s", "speed-up", "warm", "P99", "time", "busy")
"""Columns that are drawn as bars, the first of them that a table has."""
SPAN = ("P50", "P99", "deadline")
"""Columns that are drawn as a span with its limit where a table has all of them."""
COUNTED = ("1", "1/s")
"""Units whose numbers stand for themselves."""
LISTED = ("layer",)
"""What tables are about that are lists, not comparisons."""
LEAST_DRAWN = 2  # definition: rows that a chart compares


def findings_article(found: Findings, place: Charts, top: int = 1) -> Html:
    """Return a study of a device; ``top`` is the level of its heading, and its charts are added to ``place``."""
    return raw(
        '<article id="answer">\n',
        element(f"h{top}", text(found.name)),
        *_said(found),
        *(_grid(grid, place, top + 1) for grid in found.grids),
        element(f"h{top + 1}", text("Claims"), attributes='class="section"'),
        plain_claims(found.claims),
        *_identity(found, top + 1),
        "</article>\n",
    )


def _said(found: Findings) -> Iterator[Html]:
    if found.status == "ok":
        yield paragraph(found.said, "verdict")
    else:
        said = raw(element("strong", text("Infeasible: ")), text(found.reason), text("."))
        yield element("p", said, attributes='class="verdict bad"')
    yield from (paragraph(note, "warning") for note in found.notes)
    tiles = (
        element("div", element("dt", text(one.label)), element("dd", text(shown(one.value, one.unit))))
        for one in found.figures
    )
    yield raw(element("dl", *tiles, attributes='class="tiles"'), "\n")


def _grid(grid: Grid, place: Charts, level: int) -> Html:
    data = _table(grid)
    drawn = span_chart(grid) or bars_chart(grid)
    if drawn is None:
        note = paragraph(grid.note, "reading") if grid.note else raw()
        return raw(element(f"h{level}", text(grid.title), attributes='class="section"'), note, data)
    return place.figure(drawn, data, level)


def _table(grid: Grid) -> Html:
    sides = "".join("r" if column.unit else "l" for column in grid.columns)
    rows = [
        [_cell(value, column) for value, column in zip(row, grid.columns, strict=True)] for row in grid.rows
    ]
    return markup_table([column.head for column in grid.columns], rows, sides)


def _cell(value: Cell, column: Column) -> Html:
    words = shown(value, column.unit)
    return datum(words) if isinstance(value, str) else text(words)


def _place(grid: Grid, head: str) -> int | None:
    heads = [column.head for column in grid.columns]
    return heads.index(head) if head in heads else None


def _label(grid: Grid, row: tuple[Cell, ...]) -> str:
    """Return what a row is about: its first cell, and where more than one row has that, the next words."""
    first = shown(row[0], grid.columns[0].unit)
    unit = grid.columns[0].unit
    words = first if unit not in ("1",) else f"{first} {told(grid.columns[0].head)}"
    same = [other for other in grid.rows if other[0] == row[0]]
    return words if len(same) < LEAST_DRAWN else f"{words}, {row[1]}"


def bars_chart(grid: Grid) -> Spec | None:
    """Return the figure of a table that its rows are compared by as bars; None where there is none."""
    heads = {column.head: place for place, column in enumerate(grid.columns)}
    head = next((name for name in DRAWN if heads.get(name)), None)
    if head is None or grid.columns[0].head in LISTED or len(grid.rows) < LEAST_DRAWN:
        return None
    at = heads[head]
    unit = grid.columns[at].unit
    numbers = [(row, row[at]) for row in grid.rows]
    known = [
        (row, value) for row, value in numbers if isinstance(value, float | int) and math.isfinite(value)
    ]
    longest = max((value for _, value in known), default=0.0)
    if longest <= 0:
        return None
    scale, length = time_unit(longest) if unit == "s" else ("", 1.0)
    rows: list[Row] = [
        {
            "label": _label(grid, row),
            "value": value / length,
            "text": shown(value, unit),
            "colour": token("accent"),
        }
        for row, value in known
    ]
    y = rows_axis("label")
    what = told(head)
    axis = amount_axis("value", "" if unit in COUNTED else unit, longest * 1.4, title=what)
    if unit == "s":
        axis = time_axis("value", 0.0, longest / length * 1.4, scale, what)
    bar: Spec = {
        "mark": {"type": "bar"},
        "encoding": {
            "x": axis,
            "y": y,
            "color": direct_colour(),
            "tooltip": tooltip(("label", told(grid.columns[0].head)), ("text", what)),
        },
    }
    note = grid.note or what
    return spec(grid.title, note, rows, STEP * len(rows), len(rows), layer=[bar, end_label("value", y)])


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
    return spec(grid.title, note, rows, STEP * len(rows), len(rows), layer=[bar, tick, end_label("to", y)])


def _identity(found: Findings, level: int) -> Iterator[Html]:
    if not found.command:
        return
    yield element(f"h{level}", text("The same answer again"), attributes='class="section"')
    yield element("pre", element("code", text(found.command)))
