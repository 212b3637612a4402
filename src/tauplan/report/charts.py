"""Charts of one answer as Vega-Lite specifications: plain data, drawn by whoever shows them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tauplan.evaluate.answer import Answer, OperatorRow, Part
from tauplan.report.ladder import TICKS, axis_of
from tauplan.report.marks import (
    BAR,
    ROOM,
    STEP,
    Row,
    Spec,
    amount_axis,
    beside,
    decade_axis,
    direct_colour,
    end_label,
    over,
    rows_axis,
    spec,
    time_axis,
    time_unit,
    tooltip,
)
from tauplan.report.palette import token
from tauplan.report.text import claim_name, percent, quantity, share, time, unit_name

MOST_DRIVERS = 12
NAME_WIDTH, NAME_HEIGHT = 1.0, 0.15  # decades of the operators' chart that a name takes
_BOUND = {"compute": "transistor", "memory": "memory", "kernel": "software", "noc": "noc", "link": "link"}


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


def owned_chart(answer: Answer, of_step: bool = False) -> Spec:
    """Return the seconds that each level owns of the result, or of one step or token."""
    owned = answer.step_owned_s if of_step else answer.owned_s
    whole = sum(owned.values())
    what = f"one {unit_name(answer.kind)}" if of_step else "the time to result"
    rows = [
        _bar_row(
            level, share(seconds, whole), f"{percent(share(seconds, whole))} · {time(seconds)}", token(level)
        )
        for level, seconds in owned.items()
        if seconds > 0
    ]
    return _bars(f"Who owns {what}", f"share of {time(whole)} that each level of the stack owns", rows, "1")


def waterfall_chart(answer: Answer) -> Spec:
    """Return the waterfall of one step or token: each part begins where the last one ended."""
    whole = sum(part.amount for part in answer.time_parts)
    unit, length = time_unit(whole)
    rows: list[Row] = []
    reached = 0.0
    for part in (*answer.time_parts, Part("whole", whole)):
        total = part.label == "whole"
        start = 0.0 if total else reached
        reached = start + part.amount
        rows.append(
            {
                "part": f"one {unit_name(answer.kind)}" if total else part.label,
                "from": start / length,
                "to": reached / length,
                "text": time(part.amount),
                "share": percent(share(part.amount, whole)),
                "colour": token("quiet" if total else "accent"),
            }
        )
    y = rows_axis("part")
    x = time_axis("from", 0.0, whole / length * ROOM, unit, "elapsed")
    tips = tooltip(("part", "part"), ("text", "time"), ("share", "share"))
    bar: Spec = {
        "mark": {"type": "bar"},
        "encoding": {"x": x, "x2": {"field": "to"}, "y": y, "color": direct_colour(), "tooltip": tips},
    }
    title = f"Where one {unit_name(answer.kind)} goes"
    return spec(
        title,
        f"{time(whole)}, part after part",
        rows,
        STEP * len(rows),
        len(rows),
        layer=[bar, end_label("to", y)],
    )


def parts_chart(title: str, parts: Sequence[Part], unit: str) -> Spec:
    """Return the parts of an amount of energy or money as bars."""
    whole = sum(part.amount for part in parts)
    rows = [
        _bar_row(
            part.label,
            part.amount,
            f"{quantity(part.amount, unit)} · {percent(share(part.amount, whole))}",
            token("accent"),
        )
        for part in parts
    ]
    return _bars(title, f"{quantity(whole, unit)} in all", rows, unit)


def memory_chart(answer: Answer) -> Spec:
    """Return what fills the memory of one accelerator, part after part, against its capacity."""
    have = answer.memory_capacity_B
    need = sum(part.amount for part in answer.memory_parts)
    rows: list[Row] = []
    reached = 0.0
    for part in answer.memory_parts:
        over = reached + part.amount > have
        rows.append(
            {
                "part": part.label,
                "from": reached,
                "to": reached + part.amount,
                "text": quantity(part.amount, "B"),
                "share": percent(share(part.amount, have)),
                "colour": token("bad" if over else "memory"),
            }
        )
        reached += part.amount
    y = rows_axis("part")
    x = amount_axis("from", "B", max(need, have) * ROOM)
    tips = tooltip(("part", "part"), ("text", "amount"), ("share", "share of usable"))
    limit = {"x": {"datum": have}}
    return spec(
        "Memory of one accelerator",
        f"{quantity(need, 'B')} needed, {quantity(have, 'B')} usable (the dashed line)",
        rows,
        STEP * len(rows),
        len(rows),
        layer=[
            {"mark": {"type": "rule", "strokeDash": [5, 4], "color": token("ink")}, "encoding": limit},
            {
                "mark": {"type": "bar"},
                "encoding": {
                    "x": x,
                    "x2": {"field": "to"},
                    "y": y,
                    "color": direct_colour(),
                    "tooltip": tips,
                },
            },
            end_label("to", y),
        ],
    )


def supply_chart(answer: Answer) -> Spec:
    """Return the supply chain as a Gantt chart, from the order on; the critical path is in a strong colour."""
    longest = max((link.end_s for link in answer.supply_chain), default=0.0)
    unit, length = time_unit(longest)
    rows: list[Row] = [
        {
            "item": link.name,
            "from": link.start_s / length,
            "to": link.end_s / length,
            "text": f"{time(link.end_s - link.start_s)}{' · critical' if link.critical else ''}",
            "starts": time(link.start_s),
            "ends": time(link.end_s),
            "source": link.source,
            "colour": token("later" if link.critical else "quiet"),
        }
        for link in answer.supply_chain
    ]
    y = rows_axis("item")
    x = time_axis("from", 0.0, longest / length * (ROOM + 0.16), unit, "after the order")
    tips = tooltip(
        ("item", "item"), ("starts", "starts"), ("ends", "arrives"), ("text", "takes"), ("source", "source")
    )
    bar: Spec = {
        "mark": {"type": "bar"},
        "encoding": {"x": x, "x2": {"field": "to"}, "y": y, "color": direct_colour(), "tooltip": tips},
    }
    note = f"{time(longest)} from order to acceptance; the critical path decides"
    return spec("Supply chain", note, rows, STEP * len(rows), len(rows), layer=[bar, end_label("to", y)])


def operators_chart(answer: Answer) -> Spec:
    """Return the operators by arithmetic intensity and achieved rate, log-log; the area of a mark is its time."""
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
    size = {"field": "seconds", "type": "quantitative", "scale": {"range": [60, 900]}, "legend": None}
    return spec(
        "Operators",
        "rate that each operator achieves; the larger the mark, the longer it takes",
        rows,
        360,
        layer=[
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
                    "mark": {"type": "text", "baseline": "bottom", "dy": -10, **beside("datum.right", -6)},
                    "encoding": {"x": x, "y": y, "text": {"field": "operator", "type": "nominal"}},
                }
            ),
        ],
    )


def drivers_chart(answer: Answer) -> Spec:
    """Return the claims whose bands move the time to result most, as a tornado around the answer."""
    interval, base = answer.interval, answer.time_to_result_s
    drivers = interval.drivers[:MOST_DRIVERS] if interval else ()
    ends = [base, *(end for _, low, high in drivers for end in (low, high))]
    unit, length = time_unit(base)
    rows: list[Row] = []
    for claim, low, high in drivers:
        band = {"claim": claim_name(claim), "sooner": time(low), "later": time(high)}
        rows.append(band | {"from": low / length, "to": base / length, "colour": token("sooner")})
        rows.append(band | {"from": base / length, "to": high / length, "colour": token("later")})
    margin = (max(ends) - min(ends)) * 0.24
    y = rows_axis("claim")
    x = time_axis(
        "from", max(min(ends) - margin, 0.0) / length, (max(ends) + margin) / length, unit, "time to result"
    )
    tips = tooltip(("claim", "claim"), ("sooner", "at its best end"), ("later", "at its worst end"))
    low_end, high_end = end_label("from", y, "sooner", "right"), end_label("to", y, "later")
    low_end["transform"] = [{"filter": f"datum.colour === '{token('sooner')}'"}]
    high_end["transform"] = [{"filter": f"datum.colour === '{token('later')}'"}]
    return spec(
        "Claims that the answer hangs on",
        f"time to result at the ends of each claim's band; the mark is the answer, {time(base)}",
        rows,
        STEP * len(drivers),
        len(drivers),
        layer=[
            {
                "mark": {"type": "bar", "cornerRadius": 0, "height": BAR},
                "encoding": {
                    "x": x,
                    "x2": {"field": "to"},
                    "y": y,
                    "color": direct_colour(),
                    "tooltip": tips,
                },
            },
            {
                "mark": {"type": "tick", "thickness": 2, "size": BAR + 8, "color": token("ink")},
                "encoding": {"x": {"datum": base / length}, "y": y},
            },
            low_end,
            high_end,
        ],
    )


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


def _bar_row(label: str, value: float, text: str, colour: str) -> Row:
    return {"label": label, "value": value, "text": text, "colour": colour}


def _bars(title: str, note: str, rows: Sequence[Row], unit: str) -> Spec:
    """Return plain horizontal bars, each with its amount beside it."""
    longest = max((row["value"] for row in rows), default=1.0) or 1.0
    y = rows_axis("label")
    bar: Spec = {
        "mark": {"type": "bar"},
        "encoding": {
            "x": amount_axis("value", unit, longest * 1.4),
            "y": y,
            "color": direct_colour(),
            "tooltip": tooltip(("label", "part"), ("text", "amount")),
        },
    }
    return spec(title, note, rows, STEP * len(rows), len(rows), layer=[bar, end_label("value", y)])
