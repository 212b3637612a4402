"""The HTML page of a study of a device: what was found, figures, a chart and a table for each question, claims."""

from __future__ import annotations

from collections.abc import Iterator

from tauplan.evaluate.findings import Cell, Column, Findings, Grid
from tauplan.language import _, told
from tauplan.report.claims_table import claims_list
from tauplan.report.elements import Charts, Html, datum, element, markup_table, paragraph, raw, text
from tauplan.report.findings import shown
from tauplan.report.grid_charts import grid_chart
from tauplan.report.html import document
from tauplan.report.span_chart import span_chart


def device_page(found: Findings) -> str:
    """Return an HTML document of a study; the same study gives the same bytes.

    Errors: :class:`InputError` if the chart library of the ``report`` extra is not installed.
    """
    place = Charts()
    return document(found.name, device_article(found, place), place)


def device_article(found: Findings, place: Charts) -> Html:
    """Return a study: one sentence, tiles of figures, its tables with charts, remarks, claims, identity."""
    return raw('<article id="answer">\n', *_parts(found, place), "</article>\n")


def _parts(found: Findings, place: Charts) -> Iterator[Html]:
    yield element("h1", text(found.name))
    if found.status == "ok":
        yield paragraph(f"{told(found.said)}{_('.')}", "verdict")
    else:
        yield paragraph(_("Infeasible: {reason}").format(reason=told(found.reason)), "verdict bad")
    yield _tiles(found)
    for grid in found.grids:
        yield from _grid(grid, place)
    yield from (paragraph(note, "note") for note in found.notes)
    yield _heading("Claims")
    yield claims_list(found.claims)
    yield _heading("The same answer again")
    yield _identity(found)


def _tiles(found: Findings) -> Html:
    tiles = (
        element(
            "div", element("dt", text(figure.label)), element("dd", text(shown(figure.value, figure.unit)))
        )
        for figure in found.figures
    )
    return raw(element("dl", *tiles, attributes='class="tiles"'), "\n")


def _grid(grid: Grid, place: Charts) -> Iterator[Html]:
    heads = [column.head for column in grid.columns]
    sides = "".join("r" if column.unit else "l" for column in grid.columns)
    cells = [
        [_cell(value, column) for value, column in zip(row, grid.columns, strict=True)] for row in grid.rows
    ]
    chart = span_chart(grid) or grid_chart(grid)
    if chart is not None:
        yield place.figure(chart, markup_table(heads, cells, sides), 2)
        return
    yield _heading(grid.title)
    if grid.note:
        yield paragraph(grid.note, "reading")
    yield markup_table(heads, cells, sides)


def _cell(value: Cell, column: Column) -> Html:
    words = shown(value, column.unit)
    return datum(words) if isinstance(value, str) else text(words)


def _heading(words: str) -> Html:
    return raw(element("h2", text(words), attributes='class="section"'), "\n")


def _identity(found: Findings) -> Html:
    command = raw(
        element("dt", text("command")), element("dd", element("pre", element("code", text(found.command))))
    )
    stamp = _("catalogue {catalogue}").format(catalogue=found.catalogue_hash)
    made = raw(element("dt", text("identity")), element("dd", element("code", text(stamp))))
    return raw(element("dl", command if found.command else raw(), made, attributes='class="identity"'), "\n")
