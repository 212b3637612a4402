"""Charts of an answer as Vega-Lite specifications: plain data, drawn by whoever shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tauplan import units
from tauplan.evaluate.answer import Answer, Part
from tauplan.report.palette import ACCENT, COLOURS
from tauplan.report.text import time

Spec = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
TIME_AXIS = (
    "datum.value >= 604800 ? format(datum.value / 604800, '~g') + ' wk' : "
    "datum.value >= 3600 ? format(datum.value / 3600, '~g') + ' h' : "
    "datum.value >= 1 ? format(datum.value, '~g') + ' s' : "
    "datum.value >= 1e-3 ? format(datum.value * 1e3, '~g') + ' ms' : "
    "datum.value >= 1e-6 ? format(datum.value * 1e6, '~g') + ' us' : "
    "datum.value >= 1e-9 ? format(datum.value * 1e9, '~g') + ' ns' : format(datum.value * 1e12, '~g') + ' ps'"
)
STEP = 26  # pixels per bar


def _spec(title: str, rows: list[dict[str, Any]], **rest: Any) -> Spec:
    return {
        "$schema": SCHEMA,
        "title": {"text": title, "anchor": "start"},
        "width": "container",
        "background": None,
        "autosize": {"type": "fit", "contains": "padding"},
        "data": {"values": rows},
        **rest,
    }


def _level_scale(levels: Sequence[str]) -> Spec:
    return {"domain": list(levels), "range": [COLOURS[level] for level in levels]}


def ladder_chart(answer: Answer) -> Spec:
    """Return the τ ladder: one mark per event on a log axis from picoseconds to years; drag to zoom."""
    rows = [
        {"level": r.level, "event": r.event, "seconds": r.seconds, "time": time(r.seconds), "of": r.source}
        for r in answer.ladder
    ]
    order = [row["event"] for row in rows]
    levels = list(dict.fromkeys(row["level"] for row in rows))
    axis = {"title": "time of one event", "labelExpr": TIME_AXIS, "grid": True, "tickCount": 10}
    x = {
        "field": "seconds",
        "type": "quantitative",
        "scale": {"type": "log", "domain": [1e-12, 1e8]},
        "axis": axis,
    }
    y = {"field": "event", "type": "nominal", "sort": order, "axis": {"title": None, "labelLimit": 260}}
    colour = {"field": "level", "type": "nominal", "scale": _level_scale(levels), "title": "level"}
    tips = [{"field": name, "type": "nominal"} for name in ("level", "event", "time", "of")]
    return _spec(
        "τ ladder: one event of each level",
        rows,
        height={"step": STEP},
        layer=[
            {
                "mark": {"type": "rule", "opacity": 0.35},
                "encoding": {"x": {"datum": 1e-12}, "x2": {"field": "seconds"}, "y": y, "color": colour},
            },
            {
                "params": [
                    {"name": "zoom", "select": {"type": "interval", "encodings": ["x"]}, "bind": "scales"}
                ],
                "mark": {"type": "point", "filled": True, "size": 110, "opacity": 1},
                "encoding": {"x": x, "y": y, "color": colour, "tooltip": tips},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 10},
                "encoding": {"x": x, "y": y, "text": {"field": "time"}},
            },
        ],
    )


def owned_chart(answer: Answer) -> Spec:
    """Return owned seconds per level: shares of the time to result beside shares of one step or token."""
    step = "one token" if answer.kind == "serving" else "one step"
    rows: list[dict[str, Any]] = []
    for of, owned in (("time to result", answer.owned_s), (step, answer.step_owned_s)):
        whole = sum(owned.values())
        rows += [
            {"of": of, "level": level, "share": value / whole, "time": time(value), "order": i}
            for i, (level, value) in enumerate(owned.items())
            if value > 0
        ]
    levels = [level for level in COLOURS if any(row["level"] == level for row in rows)]
    return _spec(
        "Who owns the time",
        rows,
        height={"step": 44},
        mark={"type": "bar", "tooltip": True},
        encoding={
            "x": {
                "field": "share",
                "type": "quantitative",
                "axis": {"format": "%", "title": "share"},
                "stack": True,
            },
            "y": {"field": "of", "type": "nominal", "sort": ["time to result", step], "title": None},
            "color": {"field": "level", "type": "nominal", "scale": _level_scale(levels), "title": "level"},
            "order": {"field": "order", "type": "quantitative"},
            "tooltip": [
                {"field": "level", "type": "nominal"},
                {"field": "time", "type": "nominal"},
                {"field": "share", "type": "quantitative", "format": ".2%"},
            ],
        },
    )


def parts_chart(title: str, parts: Sequence[Part], unit: str) -> Spec:
    """Return a waterfall of parts that add up to a whole."""
    rows: list[dict[str, Any]] = []
    reached = 0.0
    for part in parts:
        text = units.format(part.amount, unit)
        rows.append({"part": part.label, "from": reached, "to": reached + part.amount, "amount": text})
        reached += part.amount
    rows.append({"part": "total", "from": 0.0, "to": reached, "amount": units.format(reached, unit)})
    axis: dict[str, Any] = {"title": unit, "format": "~s"}
    y = {"field": "part", "type": "nominal", "sort": None, "axis": {"title": None, "labelLimit": 240}}
    colour = {"condition": {"test": "datum.part === 'total'", "value": "#777788"}, "value": ACCENT}
    return _spec(
        title,
        rows,
        height={"step": STEP},
        layer=[
            {
                "mark": {"type": "bar"},
                "encoding": {
                    "x": {"field": "from", "type": "quantitative", "axis": axis},
                    "x2": {"field": "to"},
                    "y": y,
                    "color": colour,
                    "tooltip": [{"field": "part", "type": "nominal"}, {"field": "amount", "type": "nominal"}],
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 6},
                "encoding": {
                    "x": {"field": "to", "type": "quantitative"},
                    "y": y,
                    "text": {"field": "amount"},
                },
            },
        ],
    )


def memory_chart(answer: Answer) -> Spec:
    """Return the memory of the fullest accelerator against what is usable."""
    rows = [
        {"holds": p.label, "GB": p.amount / 1e9, "amount": units.format(p.amount, "B")}
        for p in answer.memory_parts
    ]
    capacity = answer.memory_capacity_B / 1e9
    return _spec(
        f"Memory of the fullest accelerator; {units.format(answer.memory_capacity_B, 'B')} usable",
        rows,
        height=70,
        layer=[
            {
                "mark": {"type": "bar"},
                "encoding": {
                    "x": {"field": "GB", "type": "quantitative", "stack": True, "axis": {"title": "GB"}},
                    "color": {"field": "holds", "type": "nominal", "scale": {"scheme": "tableau10"}},
                    "tooltip": [
                        {"field": "holds", "type": "nominal"},
                        {"field": "amount", "type": "nominal"},
                    ],
                },
            },
            {
                "mark": {"type": "rule", "color": "#cc3344", "strokeWidth": 2, "strokeDash": [5, 3]},
                "encoding": {"x": {"datum": capacity}},
            },
        ],
    )


def supply_chart(answer: Answer) -> Spec:
    """Return the supply chain as a Gantt chart in weeks; the critical path is dark."""
    rows = [
        {
            "item": link.name,
            "from": link.start_s / 604800,
            "to": link.end_s / 604800,
            "path": "critical" if link.critical else "has slack",
            "arrives": time(link.end_s),
        }
        for link in answer.supply_chain
    ]
    return _spec(
        "Supply: from order to acceptance",
        rows,
        height={"step": STEP},
        mark={"type": "bar", "cornerRadius": 2},
        encoding={
            "x": {"field": "from", "type": "quantitative", "axis": {"title": "weeks after the order"}},
            "x2": {"field": "to"},
            "y": {"field": "item", "type": "nominal", "sort": None, "title": None},
            "color": {
                "field": "path",
                "type": "nominal",
                "scale": {"domain": ["critical", "has slack"], "range": ["#cc5522", "#99a"]},
            },
            "tooltip": [{"field": name, "type": "nominal"} for name in ("item", "arrives", "path")],
        },
    )


def operators_chart(answer: Answer) -> Spec:
    """Return the operators by arithmetic intensity and achieved rate; the area of a mark is its time."""
    rows = [
        {
            "operator": f"{row.name}, {row.phase}",
            "intensity": row.flops / row.bytes,
            "rate": row.flops / row.seconds,
            "seconds": row.seconds,
            "time": time(row.seconds),
            "achieved": units.format(row.flops / row.seconds, "FLOP/s"),
            "bound": row.bound_by,
        }
        for row in answer.operators
        if row.flops > 0 and row.bytes > 0 and row.seconds > 0
    ]
    log = {"type": "log"}
    return _spec(
        "Operators: arithmetic intensity and achieved rate",
        rows,
        height=320,
        mark={"type": "point", "filled": True, "opacity": 0.8},
        encoding={
            "x": {
                "field": "intensity",
                "type": "quantitative",
                "scale": log,
                "title": "FLOP per byte of memory",
            },
            "y": {
                "field": "rate",
                "type": "quantitative",
                "scale": log,
                "title": "FLOP/s",
                "axis": {"format": "~s"},
            },
            "size": {
                "field": "seconds",
                "type": "quantitative",
                "scale": {"range": [40, 900]},
                "legend": None,
            },
            "color": {
                "field": "bound",
                "type": "nominal",
                "title": "bound by",
                "scale": {"scheme": "tableau10"},
            },
            "tooltip": [{"field": n, "type": "nominal"} for n in ("operator", "time", "achieved", "bound")],
        },
    )


def drivers_chart(answer: Answer, most: int = 12) -> Spec:
    """Return the claims whose bands move the time to result most, as a tornado around the answer."""
    drivers = answer.interval.drivers[:most] if answer.interval else ()
    rows = [
        {"claim": claim, "low": low / 86400, "high": high / 86400, "band": f"{time(low)} … {time(high)}"}
        for claim, low, high in drivers
    ]
    return _spec(
        "Which claims the answer hangs on: time to result at the ends of their bands",
        rows,
        height={"step": STEP},
        layer=[
            {
                "mark": {"type": "bar", "height": 12, "color": ACCENT},
                "encoding": {
                    "x": {
                        "field": "low",
                        "type": "quantitative",
                        "scale": {"zero": False},
                        "axis": {"title": "time to result, days"},
                    },
                    "x2": {"field": "high"},
                    "y": {
                        "field": "claim",
                        "type": "nominal",
                        "sort": None,
                        "axis": {"title": None, "labelLimit": 320},
                    },
                    "tooltip": [{"field": "claim", "type": "nominal"}, {"field": "band", "type": "nominal"}],
                },
            },
            {
                "mark": {"type": "rule", "color": "#cc3344"},
                "encoding": {"x": {"datum": answer.time_to_result_s / 86400}},
            },
        ],
    )


def comparison_chart(answers: Sequence[Answer]) -> Spec:
    """Return the time to result of several designs, split by level."""
    rows = [
        {"design": a.name, "level": level, "days": seconds / 86400, "time": time(seconds), "order": i}
        for a in answers
        for i, (level, seconds) in enumerate(a.owned_s.items())
        if seconds > 0
    ]
    levels = [level for level in COLOURS if any(row["level"] == level for row in rows)]
    return _spec(
        "Time to result by level",
        rows,
        height={"step": 44},
        mark={"type": "bar"},
        encoding={
            "x": {"field": "days", "type": "quantitative", "stack": True, "title": "days"},
            "y": {
                "field": "design",
                "type": "nominal",
                "sort": None,
                "axis": {"title": None, "labelLimit": 260},
            },
            "color": {"field": "level", "type": "nominal", "scale": _level_scale(levels)},
            "order": {"field": "order", "type": "quantitative"},
            "tooltip": [{"field": name, "type": "nominal"} for name in ("design", "level", "time")],
        },
    )
