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
from tauplan.supply.market.billings import billings, sheet_text
from tauplan.supply.market.series import COLUMNS

Row = dict[str, str]
Found = Iterator[tuple[str, str, str]]
MONTHS = 12  # definition: months of a year


def import_file(
    form: str, path: Path, series: str, entity: str, vintage: str, *, cumulative: bool = False
) -> list[Row]:
    """Return the figures of a file as tidy rows.

    ``form``: "customs" (trade statistics, CSV or JSON), "index" (date and value, as index services give),
    "billings" (a billings report: a column per month, in thousands, a row per year or per region; CSV or XLSX),
    "prices" (date and price of a user's own quotes). ``cumulative`` figures are sums since January and become those
    of each month. Errors: :class:`InputError` for a file that is not of that form.
    """
    if form not in FORMS:
        raise InputError(
            Problem("unknown form", value=form, expected=", ".join(FORMS), hint=did_you_mean(form, FORMS))
        )
    text = sheet_text(path) if path.suffix.casefold() == ".xlsx" else _text(path)
    problems: list[Problem] = []
    read = FORMS[form](text, path, entity, problems)
    found = list(_differences(read, path, problems) if cumulative else read)
    rows = [_tidy(period, value, unit, series, entity, vintage, path) for period, value, unit in found]
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


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text file"
        raise InputError(Problem(f"cannot read the file: {reason}", place=str(path))) from None


def _differences(read: Found, path: Path, problems: list[Problem]) -> Found:
    """Yield the figure of each month from sums since January; a month whose predecessor is missing is an error."""
    sums = {period: (float(value), unit) for period, value, unit in read}
    for period, (total, unit) in sorted(sums.items()):
        year, _, month = period.partition("-")
        before = f"{year}-{int(month or 1) - 1:02d}"
        if not month or (int(month) > 1 and before not in sums):
            expected = f"the sum up to {before} too" if month else "sums since January by month"
            problems.append(
                Problem("a sum without the one before", str(path), value=period, expected=expected)
            )
        else:
            yield period, f"{total - (sums[before][0] if int(month) > 1 else 0.0):.12g}", unit


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
    if match is None or not 1 <= int(match[2] or 1) <= MONTHS:
        problems.append(
            Problem("not a date", place=place, value=text, expected="such as 2026-05 or 2026-05-31")
        )
        return None
    return "-".join([match[1], *(part.zfill(2) for part in (match[2], match[3]) if part)])


def _index(text: str, path: Path, entity: str, problems: list[Problem]) -> Found:
    """Date and value; a date that is the first of a month stands for the month."""
    del entity
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


def _prices(text: str, path: Path, entity: str, problems: list[Problem]) -> Found:
    del entity
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


def _customs(text: str, path: Path, entity: str, problems: list[Problem]) -> Found:
    """Monthly values of one flow: CSV with period and value, or the JSON of a trade statistics service."""
    if text.lstrip().startswith(("{", "[")):
        yield from _customs_json(text, path, problems)
        return
    del entity
    wanted = {
        "period": ("period", "refperiod", "month", "date", "yearmonth"),
        "value": ("primaryvalue", "valueusd", "value", "usd", "fobvalue", "tradevalue"),
    }
    flows: set[tuple[str, ...]] = set()
    for line, row in _table(text, path, problems, wanted | {f"{name}?": (name,) for name in ONE_OF}):
        place = f"{path}:{line}"
        period, value = _period(row["period"], place, problems), _amount(row["value"], place, problems)
        flows.add(tuple(row.get(f"{name}?", "") for name in ONE_OF))
        if period and value:
            yield period, value, "USD"
    _one_flow(flows, path, problems)


ONE_OF = ("reporterdesc", "flowdesc", "partnerdesc", "cmdcode", "flow", "commodity")


def _one_flow(flows: set[tuple[str, ...]], path: Path, problems: list[Problem]) -> None:
    """Refuse a file that mixes reporters, flows, partners or commodities: their figures are no one series."""
    if len(flows) > 1:
        named = [", ".join(word for word in flow if word) for flow in sorted(flows)]
        problems.append(
            Problem(
                "several flows in one file",
                str(path),
                value="; ".join(named[:MOST_NAMED]),
                expected="one reporter, flow, partner and commodity",
                hint="keep the rows of one flow and import each on its own",
            )
        )


MOST_NAMED = 4  # flows that a message names


def _customs_json(text: str, path: Path, problems: list[Problem]) -> Found:
    try:
        data: Any = json.loads(text)
    except json.JSONDecodeError as error:
        problems.append(Problem(f"not JSON: {error.msg}", place=f"{path}:{error.lineno}:{error.colno}"))
        return
    listed: Any = cast("dict[str, Any]", data).get("data", []) if isinstance(data, dict) else data
    flows: set[tuple[str, ...]] = set()
    for place, item in enumerate(cast("list[dict[str, Any]]", listed)):
        named = {key.casefold(): str(word) for key, word in item.items() if isinstance(word, str | int)}
        flows.add(tuple(named.get(name, "") for name in ONE_OF))
        where = f"{path}: row {place + 1}"
        period = _period(str(item.get("period", item.get("refPeriodId", ""))), where, problems)
        value = _amount(str(item.get("primaryValue", item.get("value", ""))), where, problems)
        if period and value:
            yield period, value, "USD"
    _one_flow(flows, path, problems)


FORMS: dict[str, Callable[[str, Path, str, list[Problem]], Found]] = {
    "customs": _customs,
    "index": _index,
    "billings": billings,
    "prices": _prices,
}


def tidy_csv(rows: Sequence[Row]) -> str:
    """Return rows as the text of a tidy CSV file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([row[name] for name in COLUMNS] for row in rows)
    return out.getvalue()
