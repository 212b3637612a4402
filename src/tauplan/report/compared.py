"""Answers side by side as a part of an HTML page."""

from __future__ import annotations

from collections.abc import Sequence

from tauplan.evaluate.answer import Answer
from tauplan.report.compare_charts import comparison_chart, difference_chart
from tauplan.report.comparison import figures, verdicts
from tauplan.report.elements import Charts, Html, element, raw, table, text
from tauplan.report.text import signed_time, time
from tauplan.tau import LEVELS


def compared(answers: Sequence[Answer], place: Charts, *, links: bool = True) -> Html:
    """Return answers side by side: who owns the time of each, what makes the difference, figures.

    ``links`` lead to the answers themselves, where they follow on the same page.
    """
    fine = [answer for answer in answers if answer.status == "ok"]
    parts = [element("h1", text("Side by side"))]
    if links:
        items = (
            element("li", element("a", text(answer.name), attributes=f'href="#answer-{number}"'))
            for number, answer in enumerate(answers, start=1)
        )
        label = text("Answers")
        parts.append(element("nav", element("ul", *items), attributes=f'aria-label="{label}"'))
    said = (element("li", text(sentence)) for sentence in verdicts(answers))
    parts.append(element("ul", *said, attributes='class="verdicts"'))
    if fine:
        rows = [(level, *(time(answer.owned_s[level]) for answer in fine)) for level in LEVELS]
        data = table(("level", *(answer.name for answer in fine)), rows, "l" + "r" * len(fine))
        parts.append(place.figure(comparison_chart(fine), data, 2))
    if fine and answers[0] is fine[0]:
        parts += [_difference(fine[0], other, place) for other in fine[1:]]
    columns = ["figure", answers[0].name]
    for answer in answers[1:]:
        columns += [answer.name, "ratio"]
    parts.append(element("h2", text("Figures")))
    parts.append(table(columns, figures(answers), "l" + "r" * (len(columns) - 1)))
    return raw('<section class="compared">\n', *parts, "</section>\n")


def _difference(base: Answer, other: Answer, place: Charts) -> Html:
    rows = [
        (
            level,
            time(base.owned_s[level]),
            time(other.owned_s[level]),
            signed_time(other.owned_s[level] - base.owned_s[level]),
        )
        for level in LEVELS
    ]
    data = table(("level", base.name, other.name, "difference"), rows, "lrrr")
    return place.figure(difference_chart(base, other), data, 2)
