"""Charts of amounts as bars: owned seconds, waterfall, energy, cost, memory, supply."""

from __future__ import annotations

from collections.abc import Sequence

from tauplan.evaluate.answer import Answer, Part
from tauplan.report.marks import (
    ROOM,
    STEP,
    Row,
    Spec,
    amount_axis,
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
from tauplan.report.text import percent, quantity, share, time, unit_name


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
        beyond = reached + part.amount > have
        rows.append(
            {
                "part": part.label,
                "from": reached,
                "to": reached + part.amount,
                "text": quantity(part.amount, "B"),
                "share": percent(share(part.amount, have)),
                "colour": token("bad" if beyond else "memory"),
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
            *over(end_label("to", y)),
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
