"""Many variations of one scenario in one vectorised call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError, Problem, did_you_mean
from tauplan.evaluate.resolve import resolve
from tauplan.evaluate.solve import REASONS, Result, solve
from tauplan.evaluate.supply_odds import readiness
from tauplan.spec.scenario import Scenario
from tauplan.spec.system import Accelerator
from tauplan.tau import Number

CHUNK = 16_384  # definition: designs per vectorised call; temporaries then stay in the cache

FIGURES = ("time_to_result_s", "supply_s", "run_s", "energy_J", "power_W", "cost_USD", "memory_B")
ODDS = ("p50_s", "p90_s", "chance_late")
"""Figures over random lead times, on request."""


@dataclass(frozen=True)
class Batch:
    """Figures of many designs, struct of arrays: ``status`` codes and one float array per figure."""

    status: NDArray[np.int64]
    figures: dict[str, NDArray[np.float64]]

    def __len__(self) -> int:
        return len(self.status)

    def __getitem__(self, figure: str) -> NDArray[np.float64]:
        """Return one figure of all designs."""
        return self.figures[figure]

    def reason(self, index: int) -> str:
        """Return why a design is infeasible, or an empty string."""
        return REASONS[int(self.status[index])]


def evaluate_batch(
    scenario: Scenario,
    axes: Mapping[str, Sequence[Any] | NDArray[Any]],
    catalog: Catalog | None = None,
    folder: Path | None = None,
    *,
    odds: bool = False,
) -> Batch:
    """Evaluate a scenario with fields varied: ``axes`` maps dotted paths to values, all of one length.

    Numeric values are in SI units and vary inside one vectorised call; words (parts, formats, recompute) are
    grouped, one call per distinct combination. Same numbers as evaluating each design alone. ``odds`` adds
    :data:`ODDS`; it takes about a millisecond for each distinct supply chain.
    Errors: :class:`InputError` for an unknown path or lengths that differ.
    """
    catalog = catalog or Catalog.load()
    columns = {path: np.asarray(values) for path, values in axes.items()}
    lengths = {len(column) for column in columns.values()}
    if len(lengths) != 1:
        raise InputError(
            Problem("axes of different lengths", value=str(sorted(lengths)), expected="one value per design")
        )
    size = lengths.pop()
    status = np.zeros(size, dtype=np.int64)
    figures = {name: np.empty(size) for name in (*FIGURES, *(ODDS if odds else ()))}
    words = {path: column for path, column in columns.items() if column.dtype.kind not in "fiub"}
    numbers = {path: column for path, column in columns.items() if path not in words}
    for fixed, rows in _groups(words, size):
        variant = scenario
        for path, value in fixed.items():
            variant = put(variant, path, value)
        for start in range(0, len(rows), CHUNK):
            part = rows[start : start + CHUNK]
            chunk = variant
            for path, column in numbers.items():
                chunk = put(chunk, path, column[part])
            resolved = resolve(chunk, catalog, folder)
            result = solve(resolved.case)
            status[part] = result.status
            for name, values in _figures(result).items():
                figures[name][part] = values
            if odds:
                ready = readiness(resolved.waits, np.broadcast_to(result.run, len(part)), chunk.supply.due_s)
                for name in ODDS:
                    figures[name][part] = getattr(ready, name)
    return Batch(status, figures)


def put(model: Any, path: str, value: Any) -> Any:
    """Return a copy of a specification with one field, named by its dotted path, replaced; not validated."""
    head, _, rest = path.partition(".")
    if isinstance(model, dict) and not rest:
        return {**cast("dict[str, Any]", model), head: value}
    if not isinstance(model, BaseModel) or head not in type(model).model_fields:
        known = type(model).model_fields if isinstance(model, BaseModel) else ()
        raise InputError(Problem("unknown field", path=path, value=head, hint=did_you_mean(head, known)))
    if rest:
        below = getattr(model, head)
        if isinstance(below, str) and head == "accelerator":
            below = Accelerator(part=below)
        value = put(below, rest, value)
    return model.model_copy(update={head: value})


def _groups(
    words: Mapping[str, NDArray[Any]], size: int
) -> Iterator[tuple[dict[str, str], NDArray[np.int64]]]:
    """Yield each distinct combination of words and the rows that have it."""
    if not words:
        yield {}, np.arange(size)
        return
    table = np.array([column.astype(str) for column in words.values()]).T
    combinations, inverse = np.unique(table, axis=0, return_inverse=True)
    for code, combination in enumerate(combinations):
        fixed = {path: str(word) for path, word in zip(words, combination, strict=True)}
        yield fixed, np.flatnonzero(inverse.reshape(-1) == code)


def _figures(result: Result) -> dict[str, Number]:
    return {
        "time_to_result_s": result.time_to_result,
        "supply_s": result.supply,
        "run_s": result.run,
        "energy_J": result.energy_J,
        "power_W": result.power_W,
        "cost_USD": result.cost_USD,
        "memory_B": result.footprint.total,
    }
