"""What a study of a device found, for the terminal and as plain data."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tauplan.evaluate.findings import Cell, Column, Findings, Grid
from tauplan.report import text


def findings_view(found: Findings, full: bool = False) -> Group:
    """Return the sentence, figures, tables, remarks and, with ``full``, the claims of a study."""
    body: list[RenderableType] = [Text(found.name, style="bold"), Text(found.said)]
    if found.status != "ok":
        body.append(Text(f"infeasible: {found.reason}", style="red"))
    figures = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2))
    for figure in found.figures:
        figures.add_row(figure.label, shown(figure.value, figure.unit))
    body.append(figures)
    for grid in found.grids:
        body += ["", Text(grid.title, style="bold"), _table(grid)]
        if grid.note:
            body.append(Text(grid.note, style="dim"))
    body += [Text(f"note: {note}", style="dim") for note in found.notes]
    if full:
        claims = Table(box=None, pad_edge=False, padding=(0, 1))
        for head in ("part", "field", "value", "source", "grade"):
            claims.add_column(head)
        for claim in found.claims:
            claims.add_row(claim.part, claim.field, claim.value, claim.source, claim.grade)
        body += ["", Text("Claims", style="bold"), claims]
    else:
        body.append(Text(f"{len(found.claims)} claims used; --full lists them", style="dim"))
    return Group(*body)


def findings_data(found: Findings) -> dict[str, Any]:
    """Return a study as plain data in SI units; numbers that are no numbers become null."""
    return _plain(asdict(found))


def shown(value: Cell, unit: str) -> str:
    """Return a cell as text: words as they are, numbers with their unit, a dash for nothing."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if value != value:
        return "-"
    if unit == "%":
        return text.percent(value)
    if unit == "s":
        return text.time(value)
    if unit == "C":
        return f"{value:.0f} °C"
    if unit in ("1", "1/s"):
        return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
    return text.quantity(value, unit)


def _table(grid: Grid) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    for column in grid.columns:
        table.add_column(column.head, justify="right" if column.unit else "left", no_wrap=bool(column.unit))
    for row in grid.rows:
        table.add_row(*(_cell(value, column) for value, column in zip(row, grid.columns, strict=True)))
    return table


def _cell(value: Cell, column: Column) -> str:
    return shown(value, column.unit)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value
