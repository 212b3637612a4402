"""Charts of the tables of a device's study: a line over a growing number, bars over words."""

from __future__ import annotations

from collections.abc import Sequence

from tauplan.evaluate.findings import Cell, Grid
from tauplan.language import _, told
from tauplan.report.findings import shown
from tauplan.report.marks import (
    STEP,
    Row,
    Spec,
    amount_axis,
    direct_colour,
    end_label,
    engineering,
    rows_axis,
    spec,
    time_unit,
    tooltip,
)
from tauplan.report.palette import token

HEIGHT = 240  # pixels of a line chart
WIDE = 8.0  # a number that grows by more than this is drawn on a scale of powers of two
ROOM_FOR_TEXT = 1.4  # the axis beyond the longest bar, for its label
POWERS: Spec = {"type": "log", "base": 2}
PADDING = 24  # pixels beside the first and the last point
MARGIN = 1.12  # the axis beyond the highest point


def grid_chart(grid: Grid) -> Spec | None:
    """Return the chart of a table, None for one that does not say what to draw or has nothing to."""
    if not grid.drawn:
        return None
    heads = [column.head for column in grid.columns]
    over, what = (heads.index(head) for head in grid.drawn)
    points = [(row[over], row[what]) for row in grid.rows]
    points = [(label, value) for label, value in points if isinstance(value, float) and value == value]
    if len(points) < 2 or label_twice(points):
        return None
    return _line(grid, over, what, points) if grid.columns[over].unit else _bars(grid, over, what, points)


def label_twice(points: Sequence[tuple[Cell, float]]) -> bool:
    """Tell whether two rows have the same label, so that bars could not be told apart."""
    return len({label for label, _ in points}) < len(points)


def _bars(grid: Grid, over: int, what: int, points: Sequence[tuple[Cell, float]]) -> Spec:
    unit = grid.columns[what].unit
    rows: list[Row] = [
        {
            "label": str(label),
            "value": value,
            "text": shown(value, unit),
            "colour": token("accent" if place else "quiet"),
        }
        for place, (label, value) in enumerate(points)
    ]
    if not _first_is_ours(grid):
        for row in rows:
            row["colour"] = token("accent")
    longest = max(row["value"] for row in rows) or 1.0
    y = rows_axis("label")
    bar: Spec = {
        "mark": {"type": "bar"},
        "encoding": {
            "x": amount_axis("value", _unit(unit), longest * ROOM_FOR_TEXT),
            "y": y,
            "color": direct_colour(),
            "tooltip": tooltip(("label", grid.columns[over].head), ("text", grid.columns[what].head)),
        },
    }
    layers = [bar, end_label("value", y)]
    return spec(grid.title, _note(grid, what), rows, STEP * len(rows), len(rows), layer=layers)


def _line(grid: Grid, over: int, what: int, points: Sequence[tuple[Cell, float]]) -> Spec:
    units = [grid.columns[i].unit for i in (over, what)]
    title, length = told(grid.columns[over].head), 1.0
    if units[0] == "s":  # drawn in the unit that people say
        name, length = time_unit(max(float(label or 0.0) for label, _value in points))
        title = f"{title}, {told(name)}"
    rows: list[Row] = [
        {
            "x": float(label or 0.0) / length,
            "y": value,
            "x_text": shown(label, units[0]),
            "y_text": shown(value, units[1]),
        }
        for label, value in points
    ]
    span, heights = ([row[name] for row in rows] for name in ("x", "y"))
    grows, rises = (min(values) > 0 and max(values) / min(values) > WIDE for values in (span, heights))
    x: Spec = {
        "field": "x",
        "type": "quantitative",
        "scale": {**(POWERS if grows else {"zero": False}), "padding": PADDING, "nice": False},
        "axis": {
            "title": title,
            "labelExpr": engineering("" if length != 1.0 else _letters(units[0])),
            "values": span,
        },
    }
    y: Spec = {
        "field": "y",
        "type": "quantitative",
        "scale": POWERS if grows and rises else {"domain": [0.0, MARGIN * max(heights)], "nice": False},
        "axis": {
            "title": told(grid.columns[what].head),
            "labelExpr": "format(datum.value, '.0%')" if units[1] == "%" else engineering(_letters(units[1])),
            "tickCount": 5,
        },
    }
    tips = tooltip(("x_text", grid.columns[over].head), ("y_text", grid.columns[what].head))
    colour = token("accent")
    mark: Spec = {"type": "line", "point": {"filled": True, "size": 60, "color": colour}, "color": colour}
    layer: Spec = {"mark": mark, "encoding": {"x": x, "y": y, "tooltip": tips}}
    return spec(grid.title, _note(grid, what), rows, HEIGHT, 0, layer=[layer])


def _note(grid: Grid, what: int) -> str:
    head = told(grid.columns[what].head)
    return _("{what}; {how}").format(what=head, how=told(grid.note)) if grid.note else head


def _first_is_ours(grid: Grid) -> bool:
    """Tell whether the first row is what was asked and the others are set beside it."""
    return grid.columns[0].head == "part"


def _unit(unit: str) -> str:
    """Return the unit of an axis that marks know: "1" is a share there."""
    return {"%": "1", "1": "", "1/s": ""}.get(unit, unit)


def _letters(unit: str) -> str:
    return {"1": "", "1/s": "", "%": ""}.get(unit, unit)
