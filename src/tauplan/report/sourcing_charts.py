"""Charts of an order plan: when to order, and where market prices may go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tauplan.report.marks import Row, Spec, direct_colour, rows_axis, spec, time_axis, tooltip
from tauplan.report.palette import token
from tauplan.report.sourcing import spans_of
from tauplan.supply.plan.answer import SourcingAnswer
from tauplan.supply.plan.open_orders import Order
from tauplan.supply.plan.scenarios import draw
from tauplan.supply.plan.spec import SourcingPlan

STEP = 22
FAN = (0.05, 0.25, 0.5, 0.75, 0.95)
PATHS = 2000
FAN_HEIGHT = 240


def gantt_chart(answer: SourcingAnswer) -> Spec:
    """Return the orders as a Gantt chart: a bar per part and vendor, orders and dues as marks, builds as lines."""
    plan = answer.plan
    spans = [
        {"item": f"{part}, {vendor}", "from": start, "to": max(end, start + 0.5), "colour": token("quiet")}
        for part, vendor, start, end in spans_of(answer)
    ]
    marks = [
        mark
        for o in (*answer.open_orders, *answer.orders)
        for mark in _marks(answer, o, "soft" if o in answer.open_orders else "later")
    ]
    due: list[dict[str, Any]] = [
        {"at": plan.week(wanted.by), "text": f"{wanted.count} x {wanted.system}", "day": str(wanted.by)}
        for wanted in plan.builds
    ]
    last = float(max([*(row["to"] for row in spans), *(row["at"] for row in due)]))
    y = rows_axis("item")
    x = time_axis("from", 0.0, last * EDGE, "weeks", f"after {plan.start}")
    bar: Spec = {
        "mark": {"type": "bar", "opacity": 0.35},
        "encoding": {"x": x, "x2": {"field": "to"}, "y": y, "color": direct_colour()},
    }
    at: Spec = {"field": "at", "type": "quantitative"}
    dots: Spec = {
        "data": {"values": marks},
        "mark": {"type": "point", "size": 60, "opacity": 1, "strokeWidth": 1.5},
        "encoding": {
            "x": at,
            "y": y,
            "color": direct_colour(),
            "fill": direct_colour("fill"),
            "shape": {"field": "shape", "type": "nominal", "scale": None},
            "tooltip": tooltip(("item", "item"), ("starts", "ordered"), ("ends", "due"), ("text", "order")),
        },
    }
    lines: Spec = {
        "data": {"values": due},
        "mark": {"type": "rule", "strokeDash": [4, 3]},
        "encoding": {"x": at, "tooltip": tooltip(("text", "wanted"), ("day", "by"))},
    }
    names: Spec = {
        "data": {"values": due},
        "mark": {"type": "text", "align": "right", "dx": -5, "y": -8, "baseline": "middle"},
        "encoding": {"x": at, "text": {"field": "text", "type": "nominal"}},
    }
    return spec(
        "When to order",
        "circles: an order is placed; diamonds: nine in ten have come; dashed: systems wanted",
        spans,
        STEP * len(spans),
        len(spans),
        layer=[bar, lines, dots, names],
    )


EDGE = 1.03  # share of the axis beyond the last mark


def _marks(answer: SourcingAnswer, order: Order, colour: str) -> Iterator[dict[str, Any]]:
    plan = answer.plan
    told = {
        "item": f"{order.part}, {order.vendor}",
        "text": f"{order.quantity:,.0f} at {order.unit_price:,.2f} USD",
        "starts": plan.day(order.week).isoformat(),
        "ends": plan.day(order.due).isoformat(),
        "colour": token(colour),
    }
    yield told | {"at": max(order.week, 0), "shape": "circle", "fill": token(colour)}
    yield told | {"at": max(order.due, 0), "shape": "diamond", "fill": token("ground")}


def price_fan(plan: SourcingPlan) -> Spec:
    """Return where the market price may go over the plan: median and bands of half and nine in ten paths."""
    paths = draw(plan, PATHS, plan.risk.seed).price
    quantiles = np.quantile(paths, FAN, axis=0)
    rows: list[Row] = [
        {"week": week, "p5": p5, "p25": p25, "p50": p50, "p75": p75, "p95": p95}
        for week, (p5, p25, p50, p75, p95) in enumerate(quantiles.T.tolist())
    ]
    x = time_axis("week", 0.0, float(len(rows) - 1), "weeks", f"after {plan.start}")

    def band(low: str, high: str, opacity: float) -> Spec:
        y: Spec = {
            "field": low,
            "type": "quantitative",
            "scale": {"zero": False},
            "axis": {"title": "price over today's", "grid": True, "tickCount": 5},
        }
        mark: Spec = {"type": "area", "opacity": opacity, "color": token("accent")}
        return {"mark": mark, "encoding": {"x": x, "y": y, "y2": {"field": high}}}

    middle: Spec = {
        "mark": {"type": "line", "color": token("ink"), "strokeWidth": 2},
        "encoding": {"x": x, "y": {"field": "p50", "type": "quantitative"}},
    }
    note = "line: the median path; dark: half of the paths; light: nine in ten"
    layers = [band("p5", "p95", 0.18), band("p25", "p75", 0.3), middle]
    return spec("Market price", note, rows, FAN_HEIGHT, layer=layers)
