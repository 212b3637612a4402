"""Tables of measured cases: read whole, one bad row never hides another."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tauplan.errors import InputError, Problem

Row = Mapping[str, str]
LARGEST = 1e12  # definition: more than there is of anything that rows count


@dataclass(frozen=True)
class Table:
    """A CSV file as rows of text, with the line each row starts on."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    lines: tuple[int, ...]

    def place(self, row: int) -> str:
        """Return "file:line" of a row."""
        return f"{self.path}:{self.lines[row]}"


def read_table(path: Path) -> Table:
    """Read a CSV file with a header. Errors: :class:`InputError` for what is no such file."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            header = next(reader, list[str]())
            rows: list[Row] = []
            lines: list[int] = []
            for cells in reader:
                if cells:
                    padded = [*cells, *[""] * (len(header) - len(cells))]
                    rows.append(dict(zip(header, padded, strict=False)))
                    lines.append(reader.line_num)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or "not a CSV text file"
        raise InputError(Problem(f"cannot read the table: {reason}", place=str(path))) from None
    if not header:
        raise InputError(Problem("an empty table", place=f"{path}:1", expected="a header and rows"))
    return Table(path, tuple(header), tuple(rows), tuple(lines))


class UnansweredError(Exception):
    """Why one row cannot be predicted; it counts against coverage and stops nothing else."""


def number(row: Row, column: str, default: float | None = None) -> float:
    """Return a cell as a finite number; an empty one, or NaN, is the default, or the row is unanswered."""
    text = row.get(column, "").strip()
    try:
        value = float(text or "nan")
    except ValueError:
        raise UnansweredError(f"{column} is not a number: {text!r}") from None
    if math.isinf(value):
        raise UnansweredError(f"{column} is not a finite number: {text!r}")
    if not math.isnan(value):
        return value
    if default is None:
        raise UnansweredError(f"{column} is missing")
    return default


def positive(row: Row, column: str, default: float | None = None) -> float:
    """Return a cell as a number above zero [see :func:`number`]."""
    value = number(row, column, default)
    if value <= 0:
        raise UnansweredError(f"{column} is not positive: {row.get(column, '').strip()!r}")
    return value


def whole(row: Row, column: str, default: int | None = None) -> int:
    """Return a cell as a whole number of at least one [see :func:`number`]."""
    value = number(row, column, default)
    if value < 1 or value > LARGEST:
        raise UnansweredError(f"{column} is not a count: {row.get(column, '').strip()!r}")
    return int(value)
