"""Charts of several answers side by side, as Vega-Lite specifications."""

from __future__ import annotations

from collections.abc import Sequence

from tauplan.evaluate.answer import Answer
from tauplan.report.marks import (
    STEP,
    Row,
    Spec,
    direct_colour,
    end_label,
    narrow_span,
    rows_axis,
    spec,
    time_axis,
    time_unit,
    tooltip,
)
from tauplan.report.palette import token
from tauplan.report.text import percent, share, signed_time, time
from tauplan.tau import LEVELS

TALL_BAR = 26
LABEL, LABEL_NARROW = 0.14, 0.42  # room for a label beyond a bar, as a share of the span of the bars


def comparison_chart(answers: Sequence[Answer]) -> Spec:
    """Return the time to result of feasible answers, each bar split by the levels that own it."""
    longest = max((answer.time_to_result_s for answer in answers), default=0.0)
    unit, length = time_unit(longest)
    rows: list[Row] = []
    for answer in answers:
        for order, level in enumerate(reversed(LEVELS)):  # supply first, as it comes first in time
            seconds = answer.owned_s.get(level, 0.0)
            if seconds > 0:
                part = percent(share(seconds, answer.time_to_result_s))
                row: Row = {"design": answer.name, "level": level, "value": seconds / length, "order": order}
                rows.append(row | {"time": time(seconds), "share": part})
    levels = [level for level in reversed(LEVELS) if any(row["level"] == level for row in rows)]
    scale = {"domain": levels, "range": [token(level) for level in levels]}
    chart = spec(
        "Time to result, by level",
        "who owns the time of each design",
        rows,
        48 * len(answers),
        len(answers),
        mark={"type": "bar", "height": TALL_BAR, "cornerRadius": 0},
        encoding={
            "x": time_axis("value", 0.0, longest / length * 1.04, unit, "time to result") | {"stack": "zero"},
            "y": rows_axis("design"),
            "color": {
                "field": "level",
                "type": "nominal",
                "scale": scale,
                "legend": {"title": None},
            },
            "order": {"field": "order", "type": "quantitative"},
            "tooltip": tooltip(
                ("design", "design"), ("level", "level"), ("time", "owns"), ("share", "share")
            ),
        },
    )
    chart["usermeta"]["bar"] = TALL_BAR
    chart["config"]["legend"]["columns"] = 7
    return chart


def difference_chart(base: Answer, other: Answer) -> Spec:
    """Return by how many seconds each level makes another answer later or sooner than the first."""
    changes = {level: other.owned_s[level] - base.owned_s[level] for level in LEVELS}
    widest = max((abs(change) for change in changes.values()), default=0.0)
    unit, length = time_unit(widest)
    rows: list[Row] = [
        {
            "level": level,
            "zero": 0.0,
            "value": change / length,
            "text": signed_time(change),
            "before": time(base.owned_s[level]),
            "after": time(other.owned_s[level]),
            "colour": token("later" if change > 0 else "sooner"),
        }
        for level, change in changes.items()
        if abs(change) > 1e-3 * widest
    ]
    y = rows_axis("level")
    low, high = (edge([0.0, *(row["value"] for row in rows)]) for edge in (min, max))
    (low, high), narrow = _with_room(low, high, LABEL), _with_room(low, high, LABEL_NARROW)
    tips = tooltip(("level", "level"), ("before", base.name), ("after", other.name), ("text", "difference"))
    bar: Spec = {
        "mark": {"type": "bar"},
        "encoding": {
            "x": time_axis("zero", low, high, unit, "sooner (left) or later (right)"),
            "x2": {"field": "value"},
            "y": y,
            "color": direct_colour(),
            "tooltip": tips,
        },
    }
    right, left = end_label("value", y), end_label("value", y, align="right")
    right["transform"], left["transform"] = [{"filter": "datum.value > 0"}], [{"filter": "datum.value <= 0"}]
    zero: Spec = {"mark": {"type": "rule"}, "encoding": {"x": {"datum": 0}}}
    whole = signed_time(other.time_to_result_s - base.time_to_result_s)
    note = f"{whole} against {base.name}; levels that changed, bottom of the stack first"
    chart = spec(
        f"What makes the difference: {other.name}",
        note,
        rows,
        STEP * len(rows),
        len(rows),
        layer=[bar, zero, right, left],
    )
    return narrow_span(chart, *narrow)


def _with_room(low: float, high: float, room: float) -> tuple[float, float]:
    """Return the span of an axis with room for labels, on the sides of zero that have bars."""
    margin = room * (high - low)
    return low - margin if low < 0 else low, high + margin if high > 0 else high
