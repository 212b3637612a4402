"""Rows that share a device and formats, predicted in one call as arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row, Table, UnansweredError, number

Array = NDArray[np.float64]
Columns = dict[str, Array]
MILLISECOND = 1e-3


@dataclass(frozen=True)
class Reading:
    """How a table of kernels is read.

    ``names``: columns of words that make a group, the device first; ``columns``: columns of numbers;
    ``defaults``: values of empty cells; ``measured`` and ``unit_s``: column of the time and its unit [s].
    """

    family: str
    names: tuple[str, ...]
    columns: tuple[str, ...]
    measured: str = "latency_ms"
    unit_s: float = MILLISECOND
    defaults: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Group:
    """Rows with the same words: their numbers in the table, columns as arrays, measured times [s]."""

    words: tuple[str, ...]
    rows: Array
    columns: Columns
    measured_s: Array


def groups(
    table: Table, reading: Reading, chosen: Iterable[int] | None = None
) -> tuple[list[Group], dict[int, str]]:
    """Return the groups of a table, and why each other row cannot be read."""
    defaults, failed = dict(reading.defaults), dict[int, str]()
    members: dict[tuple[str, ...], list[tuple[float, ...]]] = {}
    for i in range(len(table.rows)) if chosen is None else chosen:
        row = table.rows[i]
        try:
            values = [number(row, column, defaults.get(column)) for column in reading.columns]
            time = number(row, reading.measured) * reading.unit_s
        except UnansweredError as reason:
            failed[i] = str(reason)
            continue
        members.setdefault(tuple(row.get(n, "") for n in reading.names), []).append((i, time, *values))
    found: list[Group] = []
    for words, rows in members.items():
        index, times, *columns = np.array(rows).T
        found.append(Group(words, index, dict(zip(reading.columns, columns, strict=True)), times))
    return found, failed


def predict_groups(
    table: Table,
    reading: Reading,
    predict: Callable[[Sequence[str], Columns], Array],
    chosen: Iterable[int] | None = None,
    kind: Callable[[Sequence[str]], str] = lambda _: "",
) -> list[Prediction]:
    """Predict rows group by group [in the table's unit]; rows that cannot be predicted say why.

    ``kind``: of the residuals of a group with certain words, where it is not the head of the family.
    """
    found, failed = groups(table, reading, chosen)
    answers = [_unanswered(i, table.rows[i], reading, reason) for i, reason in failed.items()]
    for group in found:
        rows = [int(i) for i in group.rows]
        try:
            times = np.broadcast_to(predict(group.words, group.columns), len(rows)) / reading.unit_s
        except UnansweredError as reason:
            answers += [_unanswered(i, table.rows[i], reading, str(reason)) for i in rows]
            continue
        measured = group.measured_s / reading.unit_s
        head, of_kind = (reading.family, group.words[0], reading.measured), kind(group.words)
        answers += [
            Prediction(_name(i, table.rows[i]), *head, float(m), float(t), kind=of_kind)
            for i, m, t in zip(rows, measured, times, strict=True)
        ]
    return answers


def _name(index: int, row: Row) -> str:
    return row.get("case_id") or str(index + 1)


def _unanswered(index: int, row: Row, reading: Reading, reason: str) -> Prediction:
    try:
        measured = number(row, reading.measured)
    except UnansweredError:
        measured = math.nan
    head = (reading.family, row.get(reading.names[0], ""), reading.measured)
    return Prediction(_name(index, row), *head, measured, reason=reason)
