"""Reading the catalogue's CSV files, with the file and line of every row that is wrong."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from tauplan import units
from tauplan.catalog.claims import Claim, Field, Part, Source
from tauplan.errors import InputError, Problem

PART_COLUMNS = ("part", "kind", "vendor", "country", "generation", "description")
ALIAS_COLUMNS = ("alias", "part")
FIELD_COLUMNS = ("kind", "field", "unit", "required", "description")
SOURCE_COLUMNS = ("source", "title", "publisher", "url", "licence")
GRADE_COLUMNS = ("grade", "rank", "description")
CLAIM_COLUMNS = (
    "part",
    "field",
    "value",
    "unit",
    "low",
    "high",
    "source",
    "locator",
    "grade",
    "date",
    "note",
)


def rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and cells of each row; the header must be ``columns``.

    Errors: :class:`InputError` for an unreadable file, a wrong header or a row of another length.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.reader(file)
            header = next(reader, list[str]())
            if tuple(header) != tuple(columns):
                raise InputError(
                    Problem(
                        "wrong columns", place=f"{path}:1", value=",".join(header), expected=",".join(columns)
                    )
                )
            for cells in reader:
                if len(cells) == len(columns):
                    yield reader.line_num, cells
                elif cells:
                    raise InputError(
                        Problem(
                            "a row of the wrong length",
                            place=f"{path}:{reader.line_num}",
                            value=f"{len(cells)} cells",
                            expected=f"{len(columns)}: {','.join(columns)}",
                            hint="quote cells that hold a comma",
                        )
                    )
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(Problem(f"cannot read the table: {error}", place=str(path))) from None


def files(root: Path, stem: str) -> list[Path]:
    """Return the CSV files of a table: ``stem.csv`` and any ``stem_*.csv``."""
    return sorted(
        path for path in root.glob(f"{stem}*.csv") if path.stem == stem or path.stem[len(stem)] == "_"
    )


def read_parts(root: Path) -> list[Part]:
    """Read all parts."""
    return [Part(*cells) for path in files(root, "parts") for _, cells in rows(path, PART_COLUMNS)]


def read_aliases(root: Path) -> list[tuple[str, str]]:
    """Read all aliases as (alias, part)."""
    return [
        (alias, part) for path in files(root, "aliases") for _, (alias, part) in rows(path, ALIAS_COLUMNS)
    ]


def read_fields(root: Path) -> list[Field]:
    """Read the fields of each kind."""
    return [
        Field(kind, name, unit, required == "yes", description)
        for path in files(root, "fields")
        for _, (kind, name, unit, required, description) in rows(path, FIELD_COLUMNS)
    ]


def read_sources(root: Path) -> list[Source]:
    """Read all sources."""
    return [Source(*cells) for path in files(root, "sources") for _, cells in rows(path, SOURCE_COLUMNS)]


def read_grades(root: Path) -> dict[str, int]:
    """Read the rank of each grade, 0 the best."""
    return {grade: int(rank) for _, (grade, rank, _) in rows(root / "grades.csv", GRADE_COLUMNS)}


def read_claims(path: Path) -> list[Claim]:
    """Read one file of claims into SI units; every bad row of the file is reported."""
    problems: list[Problem] = []
    claims: list[Claim] = []
    for line, cells in rows(path, CLAIM_COLUMNS):
        try:
            claims.append(_claim(cells))
        except (ValueError, InputError) as error:
            inner = error.problems[0] if isinstance(error, InputError) else None
            problems.append(
                Problem(
                    inner.message if inner else "not a number",
                    place=f"{path}:{line}",
                    path=f"{cells[0]}.{cells[1]}",
                    value=",".join(cells[2:6]),
                    expected="value, low and high as numbers in a known unit, or the unit 'text'",
                    hint=inner.hint if inner else "",
                )
            )
    if problems:
        raise InputError(problems)
    return claims


def _claim(cells: Sequence[str]) -> Claim:
    part, field, value, unit, low, high, *rest = cells
    if unit == "text":
        return Claim(part, field, value, "text", None, None, *rest)
    return Claim(
        part,
        field,
        units.to_si(float(value), unit),
        units.canonical(unit),
        units.to_si(float(low), unit) if low else None,
        units.to_si(float(high), unit) if high else None,
        *rest,
    )
