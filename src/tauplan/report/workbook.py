"""Tables as a spreadsheet: numbers stay numbers, text stays text whatever it begins with."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tauplan.errors import InputError, Problem

LONGEST_NAME = 31  # letters of a sheet's name that spreadsheets take
WIDEST = 60
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_NUMBER = re.compile(r"[-−+]?\d{1,3}(,\d{3})*(\.\d+)?$|[-−+]?\d+(\.\d+)?(e[-+]?\d+)?$", re.IGNORECASE)


@dataclass(frozen=True)
class Sheet:
    """One table: a title, its columns and its cells as shown."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """Return an XLSX file with a sheet per table; the same tables give the same bytes.

    Errors: :class:`InputError` where the library of the ``report`` extra is not installed.
    """
    try:
        import xlsxwriter  # type: ignore[reportMissingTypeStubs]
    except ImportError:
        raise InputError(
            Problem(
                "spreadsheets need their library",
                expected="the package XlsxWriter",
                hint="install the extra: pip install 'tauplan[report]'",
            )
        ) from None
    import datetime

    file = io.BytesIO()
    book: Any = xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"created": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC).replace(tzinfo=None)})
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    names: set[str] = set()
    for sheet in sheets:
        page = book.add_worksheet(_name(sheet.title, names))
        page.freeze_panes(1, 1)
        for place, column in enumerate(sheet.columns):
            page.write_string(0, place, column, head)
            longest = max([len(column), *(len(row[place]) for row in sheet.rows if place < len(row))])
            page.set_column(place, place, min(longest + 2, WIDEST))
        for line, row in enumerate(sheet.rows, start=1):
            for place, cell in enumerate(row):
                number = as_number(cell)
                if number is None:
                    page.write_string(line, place, cell)
                else:
                    page.write_number(line, place, number)
    book.close()
    return file.getvalue()


def as_number(cell: str) -> float | None:
    """Return a cell as a number where it is one and nothing else.

    >>> as_number("1,024"), as_number("−3.5"), as_number("4 weeks"), as_number("007")
    (1024.0, -3.5, None, 7.0)
    """
    if not _NUMBER.fullmatch(cell.strip()):
        return None
    return float(cell.strip().replace(",", "").replace("−", "-"))


def _name(title: str, taken: set[str]) -> str:
    base = _FORBIDDEN.sub(" ", title).strip()[:LONGEST_NAME] or "table"
    name, number = base, 2
    while name.casefold() in taken:
        end = f" {number}"
        name, number = base[: LONGEST_NAME - len(end)] + end, number + 1
    taken.add(name.casefold())
    return name
