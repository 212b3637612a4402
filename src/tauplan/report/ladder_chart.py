"""The chart of the τ ladder."""

from __future__ import annotations

from tauplan.evaluate.answer import Answer
from tauplan.report.ladder import TICKS, axis_of
from tauplan.report.marks import Row, Spec, beside, direct_colour, over, rows_axis, spec, tooltip
from tauplan.report.palette import token
from tauplan.report.text import time


def ladder_chart(answer: Answer) -> Spec:
    """Return the τ ladder: one event of each level on a log axis of time; drag pans, Ctrl and wheel zoom."""
    axis = axis_of(answer.ladder)
    middle = (axis.low_s * axis.high_s) ** 0.5
    rows: list[Row] = [
        {
            "event": rung.event,
            "level": rung.level,
            "seconds": rung.seconds,
            "time": time(rung.seconds),
            "text": f"{time(rung.seconds)} · {rung.level}",
            "of": rung.source or answer.name,
            "colour": token(rung.level),
            "high": rung.seconds > middle,
        }
        for rung in answer.ladder
        if rung.seconds > 0
    ]
    names = " : ".join(f"datum.value == {at!r} ? '1 {label}'" for label, at in TICKS)
    decades = [10.0**power for power in range(-15, 1) if axis.low_s <= 10.0**power]
    x: Spec = {
        "field": "seconds",
        "type": "quantitative",
        "scale": {"type": "log", "domain": [axis.low_s / 2, axis.high_s * 2]},
        "axis": {
            "title": "time of one event, log scale",
            "values": sorted({*decades, *(at for _, at in axis.ticks())}),
            "labelExpr": f"{names} : ''",
            "labelOverlap": "greedy",
            "labelSeparation": 8,
            "grid": True,
        },
    }
    y = rows_axis("event")
    zoom: Spec = {"type": "interval", "encodings": ["x"], "zoom": "wheel![event.ctrlKey]"}
    tips = tooltip(("event", "event"), ("level", "level"), ("time", "time"), ("of", "of"))
    return spec(
        "τ ladder",
        "how long one event of each level lasts, from a gate to the order book",
        rows,
        26 * len(rows),
        len(rows),
        params=[{"name": "zoom", "select": zoom, "bind": "scales", "views": ["rungs"]}],
        layer=[
            {
                "mark": {"type": "line", "color": token("line"), "strokeWidth": 2},
                "encoding": {"x": x, "y": y, "order": {"field": "seconds", "type": "quantitative"}},
            },
            {
                "name": "rungs",
                "mark": {"type": "point", "filled": True, "size": 130, "opacity": 1, "clip": True},
                "encoding": {"x": x, "y": y, "color": direct_colour(), "tooltip": tips},
            },
            *over(
                {
                    "mark": {"type": "text", "baseline": "middle", "clip": True, **beside("datum.high", 11)},
                    "encoding": {"x": x, "y": y, "text": {"field": "text", "type": "nominal"}},
                }
            ),
        ],
    )
