"""An order plan on one page: the answer, orders, Gantt, levers; for the terminal and as HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from tauplan.report.blocks import Bar, cut, grid, heading
from tauplan.report.elements import Charts, Html, element, paragraph, raw, table, text
from tauplan.report.html import document
from tauplan.report.marks import Spec, direct_colour, rows_axis, spec, time_axis, tooltip
from tauplan.report.palette import token
from tauplan.report.text import percent, share
from tauplan.supply.plan.answer import SourcingAnswer
from tauplan.supply.plan.open_orders import Order

MOST_ORDERS = 24
STEP = 22


def sourcing_view(answer: SourcingAnswer, *, full: bool = False) -> Group:
    """Return the plan for the terminal; ``full`` prints every order."""
    lines: list[RenderableType] = [
        Text(answer.plan.name, style="bold"),
        Text(answer.sentence, style="" if answer.feasible else "bold red"),
    ]
    if not answer.feasible:
        lines.append(heading("What cannot be met together", "dropping any one of these makes room"))
        lines += [Text(f"- {reason}") for reason in answer.reasons]
        return Group(*lines)
    lines += [
        heading("Orders", "those of the first day are due now, the rest are plans"),
        _orders(answer, full=full),
    ]
    lines += [
        heading("Gantt", f"weeks from {answer.plan.start}; ordered to due at nine in ten"),
        _gantt(answer),
    ]
    lines += [heading("Cost", "simulated mean"), _cost(answer)]
    lines.append(heading("Worth most", "what a single change saves at expected prices"))
    lines += [Text(f"{lever.worth:>12,.0f} USD  {lever.what}") for lever in answer.levers]
    if answer.limits:
        lines.append(heading("Limits that bind", "worth of one more"))
        lines += [Text(f"{x.worth:>12,.4g} USD per {x.unit}  {x.what}") for x in answer.limits[:6]]
    lines += [heading("Safety", "what the orders hold against a late build"), _safety(answer)]
    if answer.implied:
        lines.append(heading("What the lead times say about others"))
        lines += [Text(f"- {said}") for said in answer.implied]
    lines.append(Text(f"\nwithin {answer.gap:.2%} of the best plan over its scenarios", style="dim"))
    return Group(*lines)


def _rows(answer: SourcingAnswer) -> Iterator[tuple[str, ...]]:
    plan = answer.plan
    for o in answer.orders:
        days = (plan.day(o.week).isoformat(), plan.day(o.due).isoformat())
        yield (
            days[0],
            o.part,
            o.vendor,
            o.terms,
            f"{o.quantity:,.0f}",
            f"{o.unit_price:,.2f}",
            f"{o.cost:,.0f}",
            days[1],
        )


COLUMNS = ("order on", "part", "vendor", "terms", "units", "USD each", "USD", "due by")


def _orders(answer: SourcingAnswer, *, full: bool) -> Group:
    body = grid("llllrrrl", shrink=1, header=COLUMNS)
    rows = list(_rows(answer))
    for row in rows if full else rows[:MOST_ORDERS]:
        body.add_row(row[0], cut(row[1]), *row[2:])
    lines: list[RenderableType] = [body]
    if len(rows) > MOST_ORDERS and not full:
        lines.append(Text(f"and {len(rows) - MOST_ORDERS} more with --full or --out", style="dim"))
    if answer.spot:
        units = sum(o.quantity for o in answer.spot)
        lines.append(
            Text(f"and {units:,.0f} units of spot expected later, as scenarios turn out", style="dim")
        )
    return Group(*lines)


def _spans(answer: SourcingAnswer) -> list[tuple[str, str, int, int]]:
    """Return (part, vendor, first order, last due) in weeks, parts together."""
    spans: dict[tuple[str, str], tuple[int, int]] = {}
    for o in (*answer.open_orders, *answer.orders):
        start, end = spans.get((o.part, o.vendor), (o.week, o.due))
        spans[o.part, o.vendor] = min(start, o.week), max(end, o.due)
    return [(part, vendor, *span) for (part, vendor), span in sorted(spans.items())]


def _gantt(answer: SourcingAnswer) -> RenderableType:
    spans = _spans(answer)
    whole = max([end for *_, end in spans] + [answer.plan.week(b.by) for b in answer.plan.builds]) or 1
    body = grid("lllr", bar=2, shrink=0)
    for part, vendor, start, end in spans:
        bar = Bar(end / whole, style="cyan", start=max(start, 0) / whole)
        body.add_row(cut(part), vendor, bar, f"{start} → {end}")
    for wanted in answer.plan.builds:
        due = answer.plan.week(wanted.by)
        body.add_row(
            cut(f"{wanted.count} x {wanted.system}"),
            "wanted",
            Bar(due / whole, start=due / whole - 0.01),
            str(due),
        )
    return body


def _cost(answer: SourcingAnswer) -> RenderableType:
    body = grid("lr")
    for name, value in (answer.cost_parts or {}).items():
        body.add_row(name, f"{value:,.0f} USD")
    return body


SAFETY = ("part", "units needed", "beyond need", "weeks early, P50", "P10")


def _safety_rows(answer: SourcingAnswer) -> Iterator[tuple[str, ...]]:
    for b in answer.buffers:
        yield b.part, f"{b.need:,.0f}", f"{b.spare:+,.0f}", f"{b.weeks_p50:+.0f}", f"{b.weeks_p10:+.0f}"


def _safety(answer: SourcingAnswer) -> RenderableType:
    body = grid("lrrrr", header=SAFETY)
    for row in _safety_rows(answer):
        body.add_row(*row)
    return body


def gantt_chart(answer: SourcingAnswer) -> Spec:
    """Return the orders as a Gantt chart: a bar per part and vendor, orders and dues as marks, builds as lines."""
    plan = answer.plan
    spans = [
        {"item": f"{part}, {vendor}", "from": start, "to": max(end, start + 0.5), "colour": token("quiet")}
        for part, vendor, start, end in _spans(answer)
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


def sourcing_page(answer: SourcingAnswer) -> str:
    """Return the plan as one self-contained HTML page."""
    place = Charts()
    parts = [element("h1", text(answer.plan.name))]
    if not answer.feasible:
        parts.append(element("p", text("No plan meets all demands."), attributes='class="verdict bad"'))
        parts.append(element("ul", *(element("li", text(reason)) for reason in answer.reasons)))
        return document(answer.plan.name, raw(*parts), place)
    parts.append(element("p", text(answer.sentence), attributes='class="verdict"'))
    days = [
        (part, vendor, answer.plan.day(start).isoformat(), answer.plan.day(end).isoformat())
        for part, vendor, start, end in _spans(answer)
    ]
    data = table(("part", "vendor", "first order", "last due"), days, "llll")
    parts.append(place.figure(gantt_chart(answer), data, 2))
    parts.append(element("h2", text("Orders")))
    parts.append(paragraph("Those of the first day are to be placed now; later ones are plans.", "reading"))
    parts.append(table(COLUMNS, list(_rows(answer)), "nllnrrrn"))
    parts += _worth(answer)
    return document(answer.plan.name, raw(*parts), place)


def _worth(answer: SourcingAnswer) -> Iterator[Html]:
    yield element("h2", text("Worth most"))
    saved: Sequence[Sequence[str]] = [(lever.what, f"{lever.worth:,.0f}") for lever in answer.levers]
    yield table(("change", "saves, USD"), saved, "lr")
    if answer.limits:
        yield element("h2", text("Limits that bind"))
        yield table(
            ("limit", "worth of one more, USD"),
            [(x.what, f"{x.worth:,.4g} per {x.unit}") for x in answer.limits],
            "lr",
        )
    yield element("h2", text("Safety"))
    yield paragraph("Units beyond need, and weeks that parts are there before their builds begin.", "reading")
    yield table(SAFETY, list(_safety_rows(answer)), "lrrrr")
    if answer.implied:
        yield element("h2", text("What the lead times say about others"))
        yield element("ul", *(element("li", text(said)) for said in answer.implied))
    yield element("h2", text("Cost"))
    amounts = answer.cost_parts or {}
    whole = sum(amounts.values())
    costs = [(name, f"{value:,.0f}", percent(share(value, whole))) for name, value in amounts.items()]
    costs.append(("simulated mean", f"{whole:,.0f}", percent(share(whole, whole))))
    yield table(("part of the simulated mean", "USD", "share"), costs, "lrr")
    yield paragraph(f"Within {answer.gap:.2%} of the best plan over its scenarios.", "note")
