"""Tables of worked examples of supply models: inputs and answers as JSON, each with the error it may have."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from tauplan.validate.devices import Devices
from tauplan.validate.prediction import Prediction
from tauplan.validate.supply_models import answers
from tauplan.validate.table import Row, Table, UnansweredError

AT_LEVEL = re.compile(r"^(?P<name>\w+_at)_(?P<level>[-+.\deE]+)$")
EXACT = 1e-9  # a stated "exact" leaves room for the last digits of a double


def example_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Solve each example and compare every number of its answer."""
    del devices
    return [found for index, row in enumerate(table.rows) for found in _example(index, row)]


def _example(index: int, row: Row) -> Iterator[Prediction]:
    case = row.get("case_id") or row.get("id") or str(index + 1)
    head = (case, "supply policies", row["model"])
    try:
        asked = list(_numbers(_json(row, "answer_json")))
        found = answers(row["model"], _json(row, "inputs_json"))
    except UnansweredError as reason:
        yield Prediction(*head, "answer", math.nan, reason=str(reason))
        return
    for path, stated in asked:
        try:
            value = _at(found, path)
        except UnansweredError as reason:
            yield Prediction(*head, ".".join(path), stated, reason=str(reason))
        else:
            allowed = _allowed(row.get("tolerance", ""), stated)
            yield Prediction(*head, ".".join(path), stated, value, allowed=allowed)


def _json(row: Row, column: str) -> Mapping[str, Any]:
    try:
        data: Any = json.loads(row[column])
    except json.JSONDecodeError as error:
        raise UnansweredError(f"{column} is not JSON: {error.msg}") from None
    if not isinstance(data, dict):
        raise UnansweredError(f"{column} is not an object")
    return cast("Mapping[str, Any]", data)


def _numbers(data: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], float]]:
    """Yield every number of nested data with its path."""
    if isinstance(data, Mapping):
        for key, value in cast("Mapping[str, Any]", data).items():
            yield from _numbers(value, (*path, key))
    elif isinstance(data, list):
        for place, value in enumerate(cast("list[Any]", data)):
            yield from _numbers(value, (*path, str(place + 1)))
    elif isinstance(data, int | float) and not isinstance(data, bool):
        yield path, float(data)


def _at(found: Any, path: tuple[str, ...]) -> float:
    """Return the number that stands at a path of the answer, or the cost at a level that the path names."""
    level = AT_LEVEL.match(path[0])
    if level and level["name"] in found:
        cost: Callable[[float], float] = found[level["name"]]
        return float(cost(float(level["level"])))
    here: Any = found
    for key in path:
        try:
            here = here[key if isinstance(here, dict) else int(key) - 1]
        except (KeyError, IndexError, TypeError, ValueError):
            raise UnansweredError(f"the model does not answer {'.'.join(path)}") from None
    return float(here)


def _allowed(text: str, stated: float) -> float:
    """Return the largest error of a tolerance such as "1e-6 rel", "1e-4 abs", "exact" or "1e-9"."""
    words = text.split()
    if not words or words[0] == "exact":
        return EXACT * max(abs(stated), 1.0)
    try:
        size = float(words[0])
    except ValueError:
        return math.nan
    return size * abs(stated) if words[-1].startswith("rel") else max(size, EXACT * abs(stated))
