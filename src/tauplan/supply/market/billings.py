"""Billings reports: blocks of months, a row per year or per region, as CSV or in a workbook."""

from __future__ import annotations

import csv
import importlib
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tauplan.errors import InputError, Problem, did_you_mean

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
THOUSANDS_PER_BILLION = 1_000_000  # definition: thousands in a billion
WORLD = "Worldwide"
SHEETS = ("monthly data", "monthly", "data")
"""Sheets that a workbook may keep its figures in; else the first one."""


def sheet_text(path: Path) -> str:
    """Return the sheet of monthly figures of a workbook as CSV. Errors: :class:`InputError` where it is none."""
    try:
        openpyxl: Any = importlib.import_module("openpyxl")
    except ImportError:
        hint = "install the extra: pip install 'tauplan[sheets]', or save the sheet as CSV"
        raise InputError(Problem("workbooks need openpyxl", str(path), hint=hint)) from None
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        named = {name.casefold(): name for name in book.sheetnames}
        wanted = next((named[name] for name in SHEETS if name in named), book.sheetnames[0])
        out = io.StringIO()
        writer = csv.writer(out)
        for row in book[wanted].iter_rows(values_only=True):
            writer.writerow(["" if cell is None else cell for cell in row])
        book.close()
    except OSError as error:
        raise InputError(Problem(f"cannot read the file: {error.strerror or error}", str(path))) from None
    except Exception as error:  # a broken workbook raises whatever its reader stumbles over
        said = next(iter(str(error).splitlines()), type(error).__name__)
        raise InputError(Problem("not a workbook", str(path), value=said, expected="an .xlsx file")) from None
    return out.getvalue()


def billings(text: str, path: Path, entity: str, problems: list[Problem]) -> Iterator[tuple[str, str, str]]:
    """Yield (period, value, unit) of monthly billings in thousands of USD.

    A row with the names of the months heads a block. Either each row below begins with a year, or the row of the
    months does and each row below begins with a region: then ``entity`` says which, "own" means the whole world.
    """
    rows = list(csv.reader(io.StringIO(text)))
    columns: list[int] = []
    year, seen = "", dict[str, None]()
    found = False
    wanted = WORLD if entity == "own" else entity
    for number, row in enumerate(rows, start=1):
        cells = [cell.strip() for cell in row]
        heads = [cell.casefold()[: len("jan")] for cell in cells]
        if set(MONTHS) <= set(heads):
            columns = [heads.index(month) for month in MONTHS]
            year = _year(cells[0])
            continue
        first = cells[0] if cells else ""
        if not columns or not first:
            continue
        if not year:
            if _year(first):
                found = True
                yield from _months(_year(first), cells, columns, f"{path}:{number}", problems)
            continue
        seen[first] = None
        if first.casefold() == wanted.casefold():
            found = True
            yield from _months(year, cells, columns, f"{path}:{number}", problems)
    if not columns:
        problems.append(
            Problem("no row with the names of the months", str(path), expected="January … December")
        )
    elif seen and not found:
        hint = did_you_mean(wanted, seen)
        problems.append(
            Problem("no such region", str(path), value=wanted, expected=", ".join(seen), hint=hint)
        )


def _year(cell: str) -> str:
    match = re.fullmatch(r"((?:19|20)\d{2})(?:\.0)?", cell)
    return match[1] if match else ""


def _months(
    year: str, cells: Sequence[str], columns: Sequence[int], place: str, problems: list[Problem]
) -> Iterator[tuple[str, str, str]]:
    for month, column in enumerate(columns, start=1):
        cell = cells[column].replace(",", "") if column < len(cells) else ""
        if cell in ("", ".", "-"):
            continue
        try:
            value = float(cell)
        except ValueError:
            problems.append(Problem("not a number", place, value=cell))
            continue
        if value < 0:
            problems.append(Problem("negative billings", place, value=cell, expected="zero or more"))
            continue
        yield f"{year}-{month:02d}", f"{value / THOUSANDS_PER_BILLION:.10g}", "USD bn"
