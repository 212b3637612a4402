"""The chart of operators: arithmetic intensity against achieved rate, below the roof that they reach together."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tauplan.evaluate.answer import Answer, OperatorRow
from tauplan.report.marks import Row, Spec, beside, decade_axis, over, spec, tooltip
from tauplan.report.palette import token
from tauplan.report.text import quantity, time

NAME_WIDTH, NAME_HEIGHT = 1.0, 0.45  # decades of the operators' chart that a name takes
SMALLEST, LARGEST = 60.0, 900.0  # square pixels of a mark
_BOUND = {"compute": "transistor", "memory": "memory", "kernel": "software", "noc": "noc", "link": "link"}


def operators_chart(answer: Answer) -> Spec:
    """Return the operators by arithmetic intensity and achieved rate, log-log; the area of a mark is its time.

    The roof is min(best rate, best memory traffic × intensity), both the best that an operator of the answer
    achieves: what lies well below it is held back by something else than arithmetic or memory.
    """
    drawn = [row for row in answer.operators if row.flops > 0 and row.bytes > 0 and row.seconds > 0]
    rows = [_operator(row) for row in drawn]
    _name_apart(rows)
    kinds = list(dict.fromkeys(row.bound_by for row in drawn))
    colours = [token(_BOUND.get(kind, "schedule")) for kind in kinds]
    x = decade_axis("intensity", "FLOP per byte of memory traffic", "", [row["intensity"] for row in rows])
    y = decade_axis("rate", "achieved rate", "FLOP/s", [row["rate"] for row in rows])
    bound: Spec = {"field": "bound", "type": "nominal", "scale": {"domain": kinds, "range": colours}}
    shape: Spec = {
        "field": "bound",
        "type": "nominal",
        "scale": {"domain": kinds},
        "legend": {"title": "bound by"},
    }
    tips = tooltip(
        ("operator", "operator"),
        ("time", "time"),
        ("achieved", "rate"),
        ("traffic", "memory traffic"),
        ("perbyte", "FLOP per byte"),
        ("bound", "bound by"),
    )
    longest = max((row.seconds for row in drawn), default=1.0)
    for row in rows:
        row["lift"] = -6 - math.sqrt((SMALLEST + (LARGEST - SMALLEST) * row["seconds"] / longest) / math.pi)
    size = {
        "field": "seconds",
        "type": "quantitative",
        "scale": {"domain": [0, longest], "range": [SMALLEST, LARGEST]},
        "legend": None,
    }
    return spec(
        "Operators",
        "rate that each operator achieves; the larger the mark, the longer it takes; dashed, the best rate and the "
        "best memory traffic that any of them achieves",
        rows,
        360,
        layer=[
            *_roof(drawn, x, y),
            {
                "mark": {"type": "point", "filled": True, "opacity": 0.85},
                "encoding": {
                    "x": x,
                    "y": y,
                    "color": {**bound, "legend": {"title": "bound by"}},
                    "shape": shape,
                    "size": size,
                    "tooltip": tips,
                },
            },
            *over(
                {
                    "transform": [{"filter": "datum.named"}],
                    "mark": {
                        "type": "text",
                        "baseline": "bottom",
                        "dy": {"expr": "datum.lift"},
                        **beside("datum.right", -6),
                    },
                    "encoding": {"x": x, "y": y, "text": {"field": "operator", "type": "nominal"}},
                }
            ),
        ],
    )


def _roof(drawn: Sequence[OperatorRow], x: Spec, y: Spec) -> list[Spec]:
    """Return the layer of the roof: along the best memory traffic up to the ridge, then along the best rate."""
    if not drawn:
        return []
    rate = max(row.flops / row.seconds for row in drawn)
    traffic = max(row.bytes / row.seconds for row in drawn)
    low, high = x["scale"]["domain"]
    edge = [{"intensity": at, "rate": min(rate, traffic * at)} for at in sorted((low, rate / traffic, high))]
    line = {"type": "line", "strokeDash": [5, 4], "strokeWidth": 1.5, "color": token("quiet"), "clip": True}
    tips = {"value": f"best rate {quantity(rate, 'FLOP/s')}, best memory traffic {quantity(traffic, 'B/s')}"}
    return [{"data": {"values": edge}, "mark": line, "encoding": {"x": x, "y": y, "tooltip": tips}}]


def _name_apart(rows: Sequence[Row]) -> None:
    """Mark the operators to name, the longest first, so that no two names stand on each other."""
    named: list[tuple[float, float]] = []
    middle = sum(math.log10(row["intensity"]) for row in rows) / max(len(rows), 1)
    for row in rows:
        at = math.log10(row["intensity"]), math.log10(row["rate"])
        row["right"] = at[0] > middle
        row["named"] = all(abs(at[0] - x) > NAME_WIDTH or abs(at[1] - y) > NAME_HEIGHT for x, y in named)
        if row["named"]:
            named.append(at)


def _operator(row: OperatorRow) -> Row:
    rate, intensity = row.flops / row.seconds, row.flops / row.bytes
    return {
        "operator": f"{row.name}, {row.phase}",
        "intensity": intensity,
        "rate": rate,
        "seconds": row.seconds,
        "time": time(row.seconds),
        "achieved": quantity(rate, "FLOP/s"),
        "traffic": quantity(row.bytes / row.seconds, "B/s"),
        "perbyte": f"{intensity:.3g}",
        "bound": row.bound_by,
    }
