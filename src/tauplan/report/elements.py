"""Pieces of an HTML page: escaped text, tables, charts with their data below."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import NewType

from tauplan.language import _, told
from tauplan.report.marks import Spec
from tauplan.report.spoken import spoken

Html = NewType("Html", str)
"""Markup that is safe to put into a page; any other text is escaped."""

Rows = Sequence[Sequence[str]]

SCROLLED, WIDE = 4, 5  # columns from which a table may scroll sideways, and does so on a narrow page


def text(words: str) -> Html:
    """Return text in the language in use, with everything escaped that markup could be made of."""
    return Html(escape(told(words), quote=True))


def raw(*pieces: str) -> Html:
    """Return markup from pieces that are markup already."""
    return Html("".join(pieces))


def quoted(words: str) -> Html:
    """Return text of the catalogue in its own language: a note, a description, the title of a source."""
    return raw('<span lang="en">', escape(words, quote=True), "</span>") if words else raw()


def datum(words: str) -> Html:
    """Return a word of the catalogue: in the language in use where a message knows it, else marked as English."""
    known = told(words)
    return text(words) if known != words else quoted(words)


def filled(sentence: str, **values: Html) -> Html:
    """Return a sentence, in the language in use already, with markup in place of its ``{fields}``."""
    return raw(
        *(values[piece[1:-1]] if piece[:1] == "{" else escape(piece) for piece in _FIELDS.split(sentence))
    )


_FIELDS = re.compile(r"(\{\w+\})")


def element(name: str, *content: Html, attributes: str = "") -> Html:
    """Return an element; ``attributes`` is markup such as ``class="note"``."""
    return raw(f"<{name}{' ' + attributes if attributes else ''}>", *content, f"</{name}>")


def paragraph(words: str, kind: str = "") -> Html:
    """Return a paragraph of escaped text."""
    return element("p", text(words), attributes=f'class="{kind}"' if kind else "")


def table(columns: Sequence[str], rows: Rows, sides: str, caption: str = "") -> Html:
    """Return a table whose first column heads its rows; ``sides`` has a letter for each column.

    "l" is left, "r" right (numbers), "n" left and not broken into lines.
    """
    return markup_table(columns, [[text(cell) for cell in row] for row in rows], sides, caption)


def markup_table(
    columns: Sequence[str], rows: Sequence[Sequence[Html]], sides: str, caption: str = ""
) -> Html:
    """Return a table of cells that are markup already."""
    head = raw(
        *(
            element("th", text(name), attributes=f'scope="col"{_side(side)}')
            for name, side in zip(columns, sides, strict=True)
        )
    )
    body = [
        element(
            "tr",
            *(_cell(place, cell, side) for place, (cell, side) in enumerate(zip(row, sides, strict=True))),
        )
        for row in rows
    ]
    above = element("caption", text(caption)) if caption else raw()
    inner = raw(above, element("thead", element("tr", head)), "\n", element("tbody", *body))
    if len(columns) < SCROLLED:
        return raw(element("table", inner), "\n")
    # a table that may have to scroll sideways can be reached and scrolled by keyboard
    label = text(caption or _("Table of {what}").format(what=told(columns[0])))
    region = f'class="scroll" tabindex="0" role="region" aria-label="{label}"'
    return raw(
        element(
            "div",
            element("table", inner, attributes='class="wide"' if len(columns) >= WIDE else ""),
            attributes=region,
        ),
        "\n",
    )


def _cell(place: int, cell: Html, side: str) -> Html:
    return (
        element("th", cell, attributes=f'scope="row"{_side(side)}')
        if not place
        else element("td", cell, attributes=_side(side).strip())
    )


def _side(side: str) -> str:
    return {"r": ' class="number"', "n": ' class="whole"'}.get(side, "")


class Charts:
    """The charts of a page in the order of their places; a chart is drawn from its number."""

    def __init__(self) -> None:
        self.specs: list[Spec] = []

    def figure(self, spec: Spec, data: Html, level: int = 3, hint: str = "") -> Html:
        """Return a chart's heading, its place, and the table of its data."""
        self.specs.append(spoken(spec))
        number = len(self.specs) - 1
        title = spec["title"]
        heading = element(f"h{level}", text(title["text"]))
        reading = element("p", text(title["subtitle"]), attributes='class="reading"')
        how = element("p", text(hint), attributes='class="reading hint"') if hint else raw()
        place = f'<div class="chart" data-chart="{number}"></div>\n'
        shown = raw(
            "<details><summary>",
            text(_("Data: {what}").format(what=told(title["text"]))),
            "</summary>\n",
            data,
            "</details>",
        )
        return raw(
            "<figure>", element("figcaption", heading, reading, how), "\n", place, shown, "</figure>\n"
        )
