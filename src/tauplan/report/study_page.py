"""The HTML page of a study: counts, front, best designs, and what kept the others out."""

from __future__ import annotations

from collections.abc import Sequence

from tauplan.explore.outcome import Outcome
from tauplan.explore.prepared import Prepared
from tauplan.explore.rows import Row
from tauplan.explore.uncertainty import Stand
from tauplan.report.decides import deciding
from tauplan.report.elements import Charts, Html, element, paragraph, raw, table, text
from tauplan.report.front_chart import front_chart
from tauplan.report.html import document
from tauplan.report.study import counts, distinct, words
from tauplan.report.text import quantity


def study_page(
    prepared: Prepared,
    outcome: Outcome,
    front: Sequence[Row],
    top: Sequence[Row],
    sure: Sequence[Stand] = (),
) -> str:
    """Return an HTML document of a study's outcome; the same outcome gives the same bytes."""
    place = Charts()
    return document(
        prepared.file.study.name, study_article(prepared, outcome, front, top, place, sure), place
    )


def study_article(
    prepared: Prepared,
    outcome: Outcome,
    front: Sequence[Row],
    top: Sequence[Row],
    place: Charts,
    sure: Sequence[Stand] = (),
    *,
    fronts: bool = True,
) -> Html:
    """Return a study's outcome: counts, fronts, best designs, what decides, what kept the others out.

    Without ``fronts`` the charts and the table of the front are left out, for a page that shows them itself.
    """
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
    if top:
        parts += [element("h2", text(f"Best by {prepared.wanted.first.label}")), _table(prepared, top)]
    parts += _deciding(prepared, outcome) if outcome.by_axis else []
    if sure:
        parts += [element("h2", text("How sure the front is")), _sure(prepared, sure)]
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
        for row, alike in distinct(prepared, rows)
    ]
    return table(columns, cells, "rl" + "r" * len(objectives))


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
