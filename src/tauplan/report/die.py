"""The cost of a die, or the figures of a node, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from tauplan import units
from tauplan.evaluate.die_report import DieReport, Figure


def die_view(report: DieReport) -> Group:
    """Return figures of a die with their bands."""
    head = Text(f"{report.name}, {report.node}; area {report.basis}", style="bold")
    return Group(head, _table(report.figures), *(Text(f"note: {n}", style="dim") for n in report.notes))


def node_view(name: str, figures: Sequence[Figure]) -> Group:
    """Return figures of a process node with their bands."""
    return Group(Text(name, style="bold"), _table(figures))


def _table(figures: Sequence[Figure]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    table.add_column("figure")
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("band of its claims", justify="right", no_wrap=True)
    for row in figures:
        band = "" if row.low == row.high else f"{_text(row.low, row.unit)} … {_text(row.high, row.unit)}"
        table.add_row(row.label, _text(row.value, row.unit), band)
    return table


def _text(value: float, unit: str) -> str:
    return units.format(value, unit)
