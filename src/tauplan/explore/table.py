"""Every design as a row: parts on disk while a study runs, one Parquet file at its end, questions in SQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tauplan.errors import InputError, Problem
from tauplan.explore.prepared import Prepared
from tauplan.explore.space import Axis
from tauplan.explore.work import Winners

ROW_GROUP = 122_880


@dataclass(frozen=True)
class Table:
    """Parts of a table beside the file that they become."""

    path: Path

    @property
    def parts(self) -> Path:
        """Folder of the parts."""
        return self.path.with_name(self.path.name + ".parts")

    def start(self, *, resume: bool) -> None:
        """Make the folder; without ``resume`` an empty one. Errors: :class:`InputError` where it cannot be."""
        try:
            if not resume:
                shutil.rmtree(self.parts, ignore_errors=True)
            self.parts.mkdir(exist_ok=True)
        except OSError as error:
            raise InputError(
                Problem(f"cannot write the table: {error.strerror or 'error'}", place=str(self.path))
            ) from None

    def has(self, index: int) -> bool:
        """Tell whether a range is there already."""
        return self._part(index).exists()

    def put(self, index: int, winners: Winners) -> None:
        """Keep the designs of a range, whole or not at all."""
        partial = self.parts / "partial.npy"
        columns = [winners.designs, winners.status, *winners.objectives.T]
        rows = np.rec.fromarrays(columns, names=[f"c{i}" for i in range(len(columns))])  # type: ignore[reportUnknownMemberType]
        with partial.open("wb") as file:
            np.save(file, rows.view(np.ndarray))
        partial.replace(self._part(index))

    def finish(self, prepared: Prepared) -> None:
        """Write the Parquet file from the parts, in the order of the designs, and drop them."""
        partial = self.path.with_name(self.path.name + ".partial")
        base = self.parts / "rows.duckdb"
        base.unlink(missing_ok=True)
        with connect(str(base)) as database:
            database.execute("SET threads = 1")  # one thread writes the same bytes every time
            names = [f"{figure.name}_{_unit(figure.unit)}" for figure in prepared.wanted.objectives]
            columns = ", ".join(f"v{i} DOUBLE" for i in range(len(names)))
            database.execute(f"CREATE TABLE designs (design BIGINT, status SMALLINT, {columns})")
            for index in range(len(prepared.work.outer)):
                part: Any = np.load(self._part(index))
                values = {field: np.ascontiguousarray(part[field]) for field in part.dtype.names}
                database.register("part", values)
                database.execute("INSERT INTO designs SELECT * FROM part")
                database.unregister("part")
            _dimensions(database, prepared)
            signs = [figure.sign for figure in prepared.wanted.objectives]
            measured = [
                f"nullif({sign:g} * v{i}, 'nan') AS {n}"
                for i, (sign, n) in enumerate(zip(signs, names, strict=True))
            ]
            chosen = [
                f"a{place}.value AS {_quoted(axis.name)}" for place, axis in enumerate(prepared.space.axes)
            ]
            joins = [
                f"JOIN a{place} ON a{place}.digit = (design // {stride}) % {len(axis)}"
                for place, (axis, stride) in enumerate(_strides(prepared.space.axes))
            ]
            select = ", ".join(["design", *chosen, "reasons.reason", *measured])
            database.execute(
                f"COPY (SELECT {select} FROM designs {' '.join(joins)} JOIN reasons USING (status) "  # noqa: S608
                f"ORDER BY design) TO '{str(partial).replace(chr(39), chr(39) * 2)}' "
                f"(FORMAT parquet, ROW_GROUP_SIZE {ROW_GROUP})"
            )
        partial.replace(self.path)
        shutil.rmtree(self.parts)

    def _part(self, index: int) -> Path:
        return self.parts / f"{index:08d}.npy"


def _dimensions(database: Any, prepared: Prepared) -> None:
    """Create a table per axis, digit to value, and one of the reasons."""
    for place, axis in enumerate(prepared.space.axes):
        numbers = axis.vector and not axis.is_coded
        values = axis.values if numbers else np.array(axis.labels, dtype=object)
        _create(database, f"a{place}", {"digit": np.arange(len(axis)), "value": values})
    codes = sorted(code for (code,) in database.execute("SELECT DISTINCT status FROM designs").fetchall())
    reasons = np.array([prepared.evaluator.reason(code) for code in codes], dtype=object)
    _create(database, "reasons", {"status": np.array(codes, np.int16), "reason": reasons})


def _create(database: Any, name: str, columns: dict[str, Any]) -> None:
    database.register("given", columns)
    database.execute(f"CREATE TABLE {name} AS SELECT * FROM given")  # noqa: S608
    database.unregister("given")


def _strides(axes: tuple[Axis, ...]) -> Iterator[tuple[Axis, int]]:
    """Yield each axis with the designs behind one of its digits."""
    behind = 1
    found: list[tuple[Axis, int]] = []
    for axis in reversed(axes):
        found.append((axis, behind))
        behind *= len(axis)
    yield from reversed(found)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _unit(unit: str) -> str:
    return {"1": "ratio", "1/s": "per_s"}.get(unit, unit)


def connect(database: str = ":memory:") -> Any:
    """Return a DuckDB connection. Errors: :class:`InputError` where it is not installed."""
    try:
        import duckdb
    except ImportError:
        raise InputError(
            Problem(
                "tables of designs need DuckDB",
                expected="the package duckdb",
                hint="install the extra: pip install 'tauplan[table]'",
            )
        ) from None
    return duckdb.connect(database)


def query(sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return columns and rows of a question in SQL. Errors: :class:`InputError` with the database's own words."""
    with connect() as database:
        import duckdb

        try:
            answer = database.execute(sql)
            if answer is None:
                raise InputError(Problem("no question", expected="a SELECT over tables of designs"))
            names = [column[0] for column in answer.description or ()]
            return names, answer.fetchall()
        except duckdb.Error as error:
            words = str(error).strip().splitlines()
            raise InputError(Problem(words[0], value=sql, hint=" ".join(words[1:])[:300])) from None
