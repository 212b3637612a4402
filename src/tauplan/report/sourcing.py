"""An order plan on one page: the answer, orders, Gantt, levers; for the terminal and as HTML."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from tauplan.report.blocks import Bar, cut, grid, heading
from tauplan.supply.plan.answer import SourcingAnswer

MOST_ORDERS = 24


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


def order_rows(answer: SourcingAnswer) -> Iterator[tuple[str, ...]]:
    """Yield the orders as cells of :data:`COLUMNS`."""
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
    rows = list(order_rows(answer))
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


def spans_of(answer: SourcingAnswer) -> list[tuple[str, str, int, int]]:
    """Return (part, vendor, first order, last due) in weeks, parts together."""
    spans: dict[tuple[str, str], tuple[int, int]] = {}
    for o in (*answer.open_orders, *answer.orders):
        start, end = spans.get((o.part, o.vendor), (o.week, o.due))
        spans[o.part, o.vendor] = min(start, o.week), max(end, o.due)
    return [(part, vendor, *span) for (part, vendor), span in sorted(spans.items())]


def _gantt(answer: SourcingAnswer) -> RenderableType:
    spans = spans_of(answer)
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


def safety_rows(answer: SourcingAnswer) -> Iterator[tuple[str, ...]]:
    """Yield the buffer of each part as cells of :data:`SAFETY`."""
    for b in answer.buffers:
        yield b.part, f"{b.need:,.0f}", f"{b.spare:+,.0f}", f"{b.weeks_p50:+.0f}", f"{b.weeks_p10:+.0f}"


def _safety(answer: SourcingAnswer) -> RenderableType:
    body = grid("lrrrr", header=SAFETY)
    for row in safety_rows(answer):
        body.add_row(*row)
    return body
