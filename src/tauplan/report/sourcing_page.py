"""An order plan as a part of an HTML page, and as a page of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tauplan.report.elements import Charts, Html, element, paragraph, raw, table, text
from tauplan.report.html import document
from tauplan.report.sourcing import COLUMNS, SAFETY, order_rows, safety_rows, spans_of
from tauplan.report.sourcing_charts import gantt_chart, price_fan
from tauplan.report.text import percent, share
from tauplan.supply.plan.answer import SourcingAnswer


def sourcing_page(answer: SourcingAnswer) -> str:
    """Return the plan as one self-contained HTML page."""
    place = Charts()
    return document(answer.plan.name, sourcing_article(answer, place), place)


def sourcing_article(answer: SourcingAnswer, place: Charts) -> Html:
    """Return the plan: its sentence, when to order, where prices may go, every order, what would help."""
    parts = [element("h1", text(answer.plan.name))]
    if not answer.feasible:
        parts.append(element("p", text("No plan meets all demands."), attributes='class="verdict bad"'))
        parts.append(element("ul", *(element("li", text(reason)) for reason in answer.reasons)))
        return raw("<article>", *parts, "</article>\n")
    parts.append(element("p", text(answer.sentence), attributes='class="verdict"'))
    days = [
        (part, vendor, answer.plan.day(start).isoformat(), answer.plan.day(end).isoformat())
        for part, vendor, start, end in spans_of(answer)
    ]
    data = table(("part", "vendor", "first order", "last due"), days, "llll")
    parts.append(place.figure(gantt_chart(answer), data, 2))
    fan = price_fan(answer.plan)
    rows = [(str(row["week"]), *(f"{row[q]:.3f}" for q in FAN_COLUMNS)) for row in fan["data"]["values"]]
    parts.append(place.figure(fan, table(("week", "5 %", "25 %", "50 %", "75 %", "95 %"), rows, "rrrrrr"), 2))
    parts.append(element("h2", text("Orders")))
    parts.append(paragraph("Those of the first day are to be placed now; later ones are plans.", "reading"))
    parts.append(table(COLUMNS, list(order_rows(answer)), "nllnrrrn"))
    parts += _worth(answer)
    return raw("<article>", *parts, "</article>\n")


FAN_COLUMNS = ("p5", "p25", "p50", "p75", "p95")


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
    yield table(SAFETY, list(safety_rows(answer)), "lrrrr")
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
