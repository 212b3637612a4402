"""Market figures as tidy claims: nothing is overwritten, a revised figure is a new vintage."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tauplan.catalog.location import data_root
from tauplan.errors import InputError, Problem, did_you_mean

COLUMNS = (
    "id",
    "series",
    "entity",
    "period",
    "value",
    "unit",
    "step",
    "qualifier",
    "scope",
    "kind",
    "vintage",
    "source",
    "grade",
    "rights",
    "note",
)
KINDS = ("observed", "reported", "estimate", "forecast", "company claim", "derived")
SHIPPED_RIGHTS = ("press fact", "facts", "CC-BY", "public domain", "filing")
OWN_RIGHTS = (*SHIPPED_RIGHTS, "own use")
QUALIFIERS = ("", "about", "almost", "more than", "at least", "less than", "at most", "at best")
_PERIOD = re.compile(
    r"(?P<year>\d{4})(?:Q(?P<quarter>[1-4])|H(?P<half>[12])|-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?$"
)
_VINTAGE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?$")
SIGNED = ("growth", "qoq", "saving", "change", "profit", "basis", "margin")


@dataclass(frozen=True)
class Figure:
    """One figure as somebody stated it.

    ``step`` is the unit of its last printed digit, ``vintage`` when it was said. ``value`` is None where the
    statement is words; ``text`` is the value as written.
    """

    id: str
    series: str
    entity: str
    period: str
    text: str
    value: float | None
    unit: str
    step: float
    qualifier: str
    scope: str
    kind: str
    vintage: str
    source: str
    grade: str
    rights: str
    note: str
    place: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """What the figure is about: two of one key and one vintage must agree."""
        return self.series, self.entity, self.period, self.unit, self.scope, self.kind


def shipped_figures() -> tuple[Figure, ...]:
    """Return all figures that ship with tauplan."""
    names = sorted(path for path in (data_root() / "market").glob("*.csv") if path.stem != "checks")
    return read_figures(names, SHIPPED_RIGHTS)


def read_figures(paths: Iterable[Path], rights: Sequence[str] = OWN_RIGHTS) -> tuple[Figure, ...]:
    """Read tidy files. Errors: :class:`InputError` with every bad row of all files at once."""
    problems: list[Problem] = []
    found = [figure for path in paths for figure in _read(path, rights, problems)]
    problems += _overlaps(found)
    if problems:
        raise InputError(problems)
    return tuple(found)


def _read(path: Path, rights: Sequence[str], problems: list[Problem]) -> Iterator[Figure]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            header = tuple(reader.fieldnames or ())
            missing = [name for name in COLUMNS if name not in header]
            if missing:
                problems.append(
                    Problem(
                        "wrong columns",
                        place=f"{path}:1",
                        value=",".join(header),
                        expected=",".join(COLUMNS),
                        hint=f"missing: {', '.join(missing)}; `tauplan market import` makes such files",
                    )
                )
                return
            for row in reader:
                place = f"{path}:{reader.line_num}"
                cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
                wrong = list(_wrong(cells, rights, place))
                if wrong:
                    problems += wrong
                else:
                    yield _figure(cells, place)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or "not a CSV text file"
        problems.append(Problem(f"cannot read the table: {reason}", place=str(path)))


def _wrong(cells: dict[str, str], rights: Sequence[str], place: str) -> Iterator[Problem]:
    """Yield what is wrong with one row."""
    where = f"{cells['series']}.{cells['period']}"

    def choice(name: str, known: Sequence[str]) -> Iterator[Problem]:
        if cells[name] not in known:
            yield Problem(
                f"unknown {name}",
                place=place,
                path=where,
                value=cells[name],
                expected=", ".join(k for k in known if k),
                hint=did_you_mean(cells[name], known),
            )

    for name in ("series", "entity", "period", "value", "unit", "vintage", "source"):
        if not cells[name]:
            yield Problem(f"{name} is empty", place=place, path=where, expected="every figure has one")
    yield from choice("kind", KINDS)
    yield from choice("rights", rights)
    yield from choice("qualifier", QUALIFIERS)
    if cells["vintage"] and not _VINTAGE.match(cells["vintage"]):
        yield Problem(
            "not a date",
            place=place,
            path=where,
            value=cells["vintage"],
            expected="2026, 2026-05 or 2026-05-31",
        )
    if cells["unit"] == "text":
        return
    for name in ("value", "step"):
        value = _number(cells[name])
        if cells[name] and value is None:
            yield Problem(f"{name} is not a number", place=place, path=where, value=cells[name])
        elif value is not None and value < 0 and not any(word in cells["series"] for word in SIGNED):
            yield Problem(
                f"a negative {name}",
                place=place,
                path=where,
                value=cells[name],
                expected="zero or more",
                hint="only growth, change and profit may fall below zero",
            )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _figure(cells: dict[str, str], place: str) -> Figure:
    words = dict(cells)
    text = words.pop("value")
    value = None if cells["unit"] == "text" else _number(text)
    step = _number(words.pop("step")) or 0.0
    return Figure(**words, text=text, value=value, step=step, place=place)


def _overlaps(figures: Sequence[Figure]) -> Iterator[Problem]:
    """Yield figures that say two things about one period in one vintage from one source."""
    seen: dict[tuple[str, ...], Figure] = {}
    for figure in figures:
        key = (*figure.key, figure.vintage, figure.source)
        before = seen.setdefault(key, figure)
        if before is not figure and before.text != figure.text:
            yield Problem(
                "overlapping vintages: two values for one period in one vintage",
                place=figure.place,
                path=f"{figure.series}.{figure.entity}.{figure.period}",
                value=f"{figure.text} and {before.text} ({before.place})",
                expected="one value",
                hint="a revised figure needs the date of its revision as vintage",
            )


def as_of(figures: Iterable[Figure], date: str) -> tuple[Figure, ...]:
    """Return what was known on a date: no figure of a later vintage, whatever it is about.

    A vintage of a year or month counts as known once that year or month has begun, since no day is stated.
    Errors: :class:`InputError` for text that is no date.
    """
    if not _VINTAGE.match(date):
        raise InputError(Problem("not a date", value=date, expected="2026, 2026-05 or 2026-05-31"))
    return tuple(figure for figure in figures if figure.vintage <= date)


def latest(figures: Iterable[Figure]) -> tuple[Figure, ...]:
    """Return the newest vintage of each figure, in the order of periods."""
    newest: dict[tuple[str, ...], Figure] = {}
    for figure in figures:
        if figure.key not in newest or newest[figure.key].vintage <= figure.vintage:
            newest[figure.key] = figure
    return tuple(sorted(newest.values(), key=lambda f: (f.series, f.entity, f.period)))


def of_series(
    figures: Sequence[Figure], series: str, entity: str | None = None, *, kinds: Sequence[str] = KINDS
) -> tuple[Figure, ...]:
    """Return the figures of a series. Errors: :class:`InputError` for a series or entity that is not there."""
    found = [figure for figure in figures if figure.series == series]
    if not found:
        known = sorted({figure.series for figure in figures})
        raise InputError(
            Problem(
                "no such series",
                value=series,
                expected="one of `tauplan market list`",
                hint=did_you_mean(series, known),
            )
        )
    if entity is not None:
        known = sorted({figure.entity for figure in found})
        found = [figure for figure in found if figure.entity.casefold() == entity.casefold()]
        if not found:
            raise InputError(
                Problem(
                    f"no such entity in {series}",
                    value=entity,
                    expected=", ".join(known),
                    hint=did_you_mean(entity, known),
                )
            )
    return tuple(figure for figure in found if figure.kind in kinds)


GRAINS = ("day", "month", "half", "quarter", "year")
PER_YEAR = {"month": 12.0, "half": 2.0, "quarter": 4.0}  # definition: periods of a calendar year
MONTH_DAYS = 30.5  # definition: days of a mean month


def grain_of(period: str) -> str | None:
    """Return what a period is: "year", "half", "quarter", "month" or "day"; None for a span or words."""
    match = _PERIOD.match(period)
    return next((grain for grain in GRAINS if match[grain]), None) if match else None


def time_of(period: str) -> float | None:
    """Return the middle of a period as a year with its fraction, a whole year as its number, None for a span.

    >>> time_of("2026Q3")
    2026.625
    """
    match, grain = _PERIOD.match(period), grain_of(period)
    if match is None or grain is None:
        return None
    year = float(match["year"])
    if grain == "day":
        passed = int(match["month"]) - 1 + (int(match["day"]) - 0.5) / MONTH_DAYS
        return year + passed / PER_YEAR["month"]
    return year + (int(match[grain]) - 0.5) / PER_YEAR[grain] if grain in PER_YEAR else year
