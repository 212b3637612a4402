"""What is known of the runs behind a suite's rows beyond what the rows tell: formats and layouts."""

from __future__ import annotations

import csv
import functools
import re
from dataclasses import dataclass
from pathlib import Path

from tauplan.validate.table import Row


@dataclass(frozen=True)
class Run:
    """The format and the layout that a row ran in, "" where it is as told."""

    number_format: str = ""
    layout: str = ""


def run_of(row: Row, root: Path) -> Run:
    """Return what is known of a row's run: of the first line whose patterns all fit."""
    for patterns, run in _runs(root):
        if all(pattern.search(row.get(column, "").casefold()) for column, pattern in patterns):
            return run
    return Run()


@functools.cache
def _runs(root: Path) -> tuple[tuple[tuple[tuple[str, re.Pattern[str]], ...], Run], ...]:
    columns = {name: name for name in ("family", "model", "framework", "device")} | {"precision": "told"}
    with (root / "nets" / "runs.csv").open(newline="", encoding="utf-8") as file:
        return tuple(
            (
                tuple((column, re.compile(row[told].casefold())) for column, told in columns.items()),
                Run(row["format"], row["layout"]),
            )
            for row in csv.DictReader(file)
        )
