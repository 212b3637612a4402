"""A memory channel for the terminal: its figures and the time each constraint asks of a burst."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table
from rich.text import Text

from tauplan import units
from tauplan.evaluate.dram_report import DramReport


def dram_view(report: DramReport) -> Group:
    """Return figures and constraints of a memory channel as tables."""
    figures = Table(box=None, pad_edge=False, padding=(0, 1))
    figures.add_column("figure")
    figures.add_column("value", justify="right", no_wrap=True)
    for row in report.figures:
        figures.add_row(row.label, units.format(row.value, row.unit))
    times = Table(box=None, pad_edge=False, padding=(0, 1))
    times.add_column("constraint")
    times.add_column("time of a burst", justify="right", no_wrap=True)
    times.add_column("")
    for name, seconds in report.bounds_s.items():
        times.add_row(name, units.format(seconds, "s"), "binds" if name == report.binds else "")
    return Group(Text(report.part, style="bold"), figures, Text(), times)
