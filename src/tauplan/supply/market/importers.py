"""Files that users bring: customs tables, index downloads, billings reports and price quotes, as tidy figures.

Nothing is fetched. What comes in keeps the rights its owner has: rows are marked "own use" and stay outside the
package.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from tauplan.errors import InputError, Problem, did_you_mean
from tauplan.supply.market.series import COLUMNS

Row = dict[str, str]
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
THOUSANDS_PER_BILLION = 1_000_000  # definition: thousands in a billion


def import_file(form: str, path: Path, series: str, entity: str, vintage: str) -> list[Row]:
    """Return the figures of a file as tidy rows.

    ``form``: "customs" (trade statistics, CSV or JSON), "index" (date and value, as index services give),
    "billings" (a billings report: years with a column per month, in thousands), "prices" (date and price of a
    user's own quotes). Errors: :class:`InputError` for a file that is not of that form.
    """
    if form not in FORMS:
        raise InputError(
            Problem("unknown form", value=form, expected=", ".join(FORMS), hint=did_you_mean(form, FORMS))
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text file; save the sheet as CSV"
        raise InputError(Problem(f"cannot read the file: {reason}", place=str(path))) from None
    problems: list[Problem] = []
    rows = [
        _tidy(period, value, unit, series, entity, vintage, path)
        for period, value, unit in FORMS[form](text, path, problems)
    ]
    if not rows and not problems:
        problems.append(
            Problem("no figures in the file", place=str(path), expected=f"a file of the form {form}")
        )
    if problems:
        raise InputError(problems)
    return rows


def _tidy(period: str, value: str, unit: str, series: str, entity: str, vintage: str, path: Path) -> Row:
    row = dict.fromkeys(COLUMNS, "")
    row |= {"series": series, "entity": entity, "period": period, "value": value, "unit": unit}
    return row | {
        "kind": "observed",
        "vintage": vintage,
        "source": path.name,
        "grade": "press",
        "rights": "own use",
    }


Found = Iterator[tuple[str, str, str]]


def _table(
    text: str, path: Path, problems: list[Problem], wanted: Mapping[str, Sequence[str]]
) -> Iterator[tuple[int, Row]]:
    """Yield line and cells by our names; columns are known by any of the names they go by."""
    reader = csv.DictReader(io.StringIO(text))
    header = {re.sub(r"[\W_]+", "", name.casefold()): name for name in reader.fieldnames or ()}
    columns = {ours: next((header[n] for n in names if n in header), None) for ours, names in wanted.items()}
    missing = [ours for ours, column in columns.items() if column is None and not ours.endswith("?")]
    if missing:
        problems.append(
            Problem(
                "wrong columns",
                place=f"{path}:1",
                value=", ".join(reader.fieldnames or ()),
                expected="; ".join(f"{m}: {' or '.join(wanted[m])}" for m in missing),
            )
        )
        return
    for row in reader:
        yield (
            reader.line_num,
            {ours: (row.get(column) or "").strip() for ours, column in columns.items() if column},
        )


def _amount(text: str, place: str, problems: list[Problem], *, positive: bool = True) -> str | None:
    """Return a number as text; a dot or a dash stands for a figure that is not there."""
    cleaned = text.replace(",", "").strip()
    if cleaned in ("", ".", "-", "na", "NA", "n/a"):
        return None
    try:
        value = float(cleaned)
    except ValueError:
        problems.append(Problem("not a number", place=place, value=text))
        return None
    if positive and value < 0:
        problems.append(Problem("a negative price", place=place, value=text, expected="zero or more"))
        return None
    return cleaned


def _period(text: str, place: str, problems: list[Problem]) -> str | None:
    """Return YYYY, YYYY-MM or YYYY-MM-DD of a date in any common way to write one."""
    match = re.fullmatch(r"(\d{4})[-/.]?(?:(\d{1,2})(?:[-/.]?(\d{1,2}))?)?", text)
    if match is None or not 1 <= int(match[2] or 1) <= len(MONTHS):
        problems.append(
            Problem("not a date", place=place, value=text, expected="such as 2026-05 or 2026-05-31")
        )
        return None
    return "-".join([match[1], *(part.zfill(2) for part in (match[2], match[3]) if part)])


def _index(text: str, path: Path, problems: list[Problem]) -> Found:
    """Date and value; a date that is the first of a month stands for the month."""
    wanted = {"date": ("observationdate", "date", "time", "period"), "value": ("value", "index", "price")}
    header = next(csv.reader(io.StringIO(text)), list[str]())
    if len(header) > 1 and re.sub(r"[\W_]+", "", header[0].casefold()) in wanted["date"]:
        second = re.sub(r"[\W_]+", "", header[1].casefold())
        wanted = wanted | {"value": (*wanted["value"], second)}
    for line, row in _table(text, path, problems, wanted):
        place = f"{path}:{line}"
        period, value = _period(row["date"], place, problems), _amount(row["value"], place, problems)
        if period and value:
            yield re.sub(r"-01$", "", period) if len(period) > len("2026-05") else period, value, "index"


def _prices(text: str, path: Path, problems: list[Problem]) -> Found:
    wanted = {
        "date": ("date", "day", "month", "period"),
        "price": ("price", "value", "quote", "unitprice"),
        "unit?": ("unit", "currency"),
    }
    for line, row in _table(text, path, problems, wanted):
        place = f"{path}:{line}"
        period, value = _period(row["date"], place, problems), _amount(row["price"], place, problems)
        if period and value:
            yield period, value, row.get("unit?") or "USD"


def _customs(text: str, path: Path, problems: list[Problem]) -> Found:
    """Monthly values of one flow: CSV with period and value, or the JSON of a trade statistics service."""
    if text.lstrip().startswith(("{", "[")):
        yield from _customs_json(text, path, problems)
        return
    wanted = {
        "period": ("period", "refperiod", "month", "date", "yearmonth"),
        "value": ("primaryvalue", "valueusd", "value", "usd", "fobvalue", "tradevalue"),
    }
    for line, row in _table(text, path, problems, wanted):
        place = f"{path}:{line}"
        period, value = _period(row["period"], place, problems), _amount(row["value"], place, problems)
        if period and value:
            yield period, value, "USD"


def _customs_json(text: str, path: Path, problems: list[Problem]) -> Found:
    try:
        data: Any = json.loads(text)
    except json.JSONDecodeError as error:
        problems.append(Problem(f"not JSON: {error.msg}", place=f"{path}:{error.lineno}:{error.colno}"))
        return
    listed: Any = cast("dict[str, Any]", data).get("data", []) if isinstance(data, dict) else data
    for place, item in enumerate(cast("list[dict[str, Any]]", listed)):
        where = f"{path}: row {place + 1}"
        period = _period(str(item.get("period", item.get("refPeriodId", ""))), where, problems)
        value = _amount(str(item.get("primaryValue", item.get("value", ""))), where, problems)
        if period and value:
            yield period, value, "USD"


def _billings(text: str, path: Path, problems: list[Problem]) -> Found:
    """A block with years in the first column and the twelve months beside them, in thousands of USD."""
    rows = list(csv.reader(io.StringIO(text)))
    head = next(
        (
            (number, [cell.strip().casefold()[: len("jan")] for cell in row])
            for number, row in enumerate(rows)
            if set(MONTHS) <= {cell.strip().casefold()[: len("jan")] for cell in row}
        ),
        None,
    )
    if head is None:
        problems.append(
            Problem("no row with the names of the months", place=str(path), expected="January … December")
        )
        return
    start, names = head
    for number, row in enumerate(rows[start + 1 :], start=start + 2):
        year = row[0].strip() if row else ""
        if not re.fullmatch(r"\d{4}", year):
            continue
        for month, name in enumerate(MONTHS, start=1):
            column = names.index(name)
            cell = row[column] if column < len(row) else ""
            value = _amount(cell, f"{path}:{number}", problems)
            if value:
                yield f"{year}-{month:02d}", f"{float(value) / THOUSANDS_PER_BILLION:.10g}", "USD bn"


FORMS: dict[str, Callable[[str, Path, list[Problem]], Found]] = {
    "customs": _customs,
    "index": _index,
    "billings": _billings,
    "prices": _prices,
}


def tidy_csv(rows: Sequence[Row]) -> str:
    """Return rows as the text of a tidy CSV file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([row[name] for name in COLUMNS] for row in rows)
    return out.getvalue()
