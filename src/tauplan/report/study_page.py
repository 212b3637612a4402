"""The HTML page of a study: counts, front, best designs, and what kept the others out."""

from __future__ import annotations

from collections.abc import Sequence

from tauplan.explore.findings import Findings
from tauplan.explore.outcome import Outcome
from tauplan.explore.prepared import Prepared
from tauplan.explore.rows import Row
from tauplan.explore.sensitivity import Hangs
from tauplan.explore.uncertainty import Stand
from tauplan.report.decides import deciding
from tauplan.report.elements import Charts, Html, element, paragraph, raw, table, text
from tauplan.report.front_chart import front_chart
from tauplan.report.html import document
from tauplan.report.study import counts, distinct, words
from tauplan.report.study_charts import hangs_chart, parallel_chart, stability_chart
from tauplan.report.study_hangs import flip_units, flip_words, input_name, shown_flips, shown_shares
from tauplan.report.study_lanes import lanes_columns, lanes_rows, together
from tauplan.report.text import quantity

MOST_ROWS = 100
"""Designs of the front that a table lists."""


def study_page(found: Findings) -> str:
    """Return an HTML document of a study's outcome; the same outcome gives the same bytes."""
    place = Charts()
    return document(found.prepared.file.study.name, study_article(found, place), place)


def study_article(found: Findings, place: Charts, *, fronts: bool = True) -> Html:
    """Return a study's outcome: counts, fronts, best designs, what decides, what kept the others out.

    Without ``fronts`` the charts and the table of the front are left out, for a page that shows them itself.
    """
    prepared, outcome, front, top = found.prepared, found.outcome, found.front, found.top
    title = prepared.file.study.name
    objectives = prepared.wanted.objectives
    parts = [element("h1", text(title)), paragraph(counts(prepared, outcome))]
    rows = _table(prepared, front)
    if fronts and front and len(objectives) > 1:
        parts += [
            place.figure(front_chart(prepared, outcome, front, 0, other), rows if other == 1 else raw(), 2)
            for other in range(1, len(objectives))
        ]
    if fronts:
        parts += [element("h2", text("Front")), rows]
        if len(distinct(prepared, front)) > MOST_ROWS:
            parts.append(
                paragraph(f"The first {MOST_ROWS} by {prepared.wanted.first.label}; all: --json", "note")
            )
        if len(front) > 1:
            parts.append(place.figure(parallel_chart(found), _axes(prepared), 2))
    if top:
        parts += [element("h2", text(f"Best by {prepared.wanted.first.label}")), _table(prepared, top)]
    if found.lanes:
        parts.append(element("h2", text("Lanes")))
        columns = lanes_columns(found)
        parts += [
            table(columns, list(lanes_rows(found, lanes)), "l" + "r" * (len(columns) - 1), words)
            for words, lanes in together(found.lanes).items()
        ]
    parts += _deciding(prepared, outcome) if outcome.by_axis else []
    if found.sure:
        parts.append(place.figure(stability_chart(found), _sure(prepared, found.sure), 2))
    if found.flips:
        parts += [element("h2", text("Where the choice flips")), _flips(found)]
    if found.hangs:
        parts += [place.figure(hangs_chart(found, hangs), _hangs(found, hangs), 2) for hangs in found.hangs]
    if outcome.reasons:
        reasons = sorted(outcome.reasons.items(), key=lambda item: -item[1])
        cells = [(reason, f"{count:,}") for reason, count in reasons]
        parts += [element("h2", text("Out of the running")), table(("reason", "designs"), cells, "lr")]
    known = prepared.identity
    said = f"study {known['study']} · catalogue {known['catalogue']} · tauplan {known['version']}"
    parts.append(paragraph(said, "note"))
    return raw("<article>", *parts, "</article>\n")


def _table(prepared: Prepared, rows: Sequence[Row]) -> Html:
    objectives = prepared.wanted.objectives
    columns = ("design", "made of", *(figure.label for figure in objectives))
    cells = [
        (
            str(row.design),
            words(prepared, row) + (f" (and {alike} alike)" if alike else ""),
            *(quantity(row.figures[figure.name], figure.unit) for figure in objectives),
        )
        for row, alike in distinct(prepared, rows)[:MOST_ROWS]
    ]
    return table(columns, cells, "rl" + "r" * len(objectives))


def _axes(prepared: Prepared) -> Html:
    """Return the axes of a study and their values."""
    cells = [
        (axis.name, f"{len(axis)}", "; ".join(axis.labels)) for axis in prepared.space.outer if len(axis) > 1
    ]
    return table(("axis", "values", ""), cells, "lrl")


def _deciding(prepared: Prepared, outcome: Outcome) -> list[Html]:
    """Return a table per axis: the best design for each of its values, and where the choice flips."""
    first = prepared.wanted.first
    columns = ("value", "design", first.label, "to the best", "what flips")
    found = [element("h2", text("What decides"))]
    for name, choices in deciding(prepared, outcome).items():
        cells = [
            (
                c.label,
                str(c.design),
                quantity(c.value, first.unit),
                f"{abs(c.ratio) - 1:+.1%}",
                "; ".join(c.flips),
            )
            for c in choices
        ]
        found.append(table(columns, cells, "lrrrl", name))
    return found


def _flips(found: Findings) -> Html:
    """Return the claims within whose bands another choice takes the lead."""
    units = flip_units(found)
    cells = [
        (axis, ours, theirs, claim, at, now)
        for (axis, ours), flips in shown_flips(found).items()
        for claim, now, at, theirs in (flip_words(flip, units[flip.part, flip.field]) for flip in flips)
    ]
    columns = ("axis", "from", "to", "where this claim", "passes", "now (band)")
    return table(columns, cells, "llllrr")


def _hangs(found: Findings, hangs: Hangs) -> Html:
    """Return first-order and total indices of each objective."""
    cells = [
        (figure.label, input_name(hangs, s), f"{s.first:.3f}", f"{s.total:.3f}", f"{s.error:.3f}")
        for figure in found.prepared.wanted.objectives
        for s in shown_shares(hangs, figure.name)
    ]
    return table(("figure", "input", "alone", "in all", "standard error"), cells, "llrrr")


def _sure(prepared: Prepared, sure: Sequence[Stand]) -> Html:
    """Return how often each design stays on the front, and the spread of its objectives."""
    objectives = prepared.wanted.objectives
    ends = [f"{figure.label}, {end}" for figure in objectives for end in ("10 %", "90 %")]
    cells = [
        (
            str(stand.design),
            f"{stand.share:.0%}",
            f"{stand.feasible:.0%}",
            *(
                quantity(stand.quantiles[figure.name][place], figure.unit)
                for figure in objectives
                for place in (0, -1)
            ),
        )
        for stand in sorted(sure, key=lambda stand: -stand.share)
    ]
    return table(("design", "on the front", "feasible", *ends), cells, "rrr" + "r" * len(ends))
