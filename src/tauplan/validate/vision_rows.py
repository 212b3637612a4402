"""Tables of networks other than language models: every row through the reader of its suite."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from tauplan.validate.devices import Devices
from tauplan.validate.nets.case import NetCase, predicted
from tauplan.validate.nets.horizon import horizon_values
from tauplan.validate.nets.images import image_case, model_totals
from tauplan.validate.nets.mlperf import inference_case, training_case
from tauplan.validate.nets.recipes import recipe_cases
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row, Table, UnansweredError, number

ZOO = "horizon"
RECIPES = ("nvidia-dle", "lambda", "flagperf")
IMAGES = "timm"


def vision_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict rows (model, device, mode, batch, precision, gmacs, macts_M, metric, unit); others say why not.

    The column ``family`` names the suite; a row without one is read as one of PyTorch image models.
    """
    found: list[Prediction] = []
    for at, row, value in _values(table.rows, devices):
        family = f"networks, {row.get('family', '')} {row['mode']}".strip()
        head = (row.get("case_id") or str(at + 1), family, row["device"], metric_of(row))
        use, kind = row.get("split_hint", ""), f"networks {suite_of(row)}"
        try:
            measured = number(row, "value")
        except UnansweredError as problem:
            value, measured = problem, math.nan
        if isinstance(value, UnansweredError):
            found.append(Prediction(*head, measured, reason=str(value), use=use, kind=kind))
        else:
            found.append(Prediction(*head, measured, value, use=use, kind=kind))
    return found


def metric_of(row: Row) -> str:
    """Return what a row measures: tables of several metrics in one column tell it by the unit."""
    if suite_of(row) == IMAGES:
        return row["metric"]
    return "latency" if row["unit"].startswith("ms") else "throughput"


def suite_of(row: Row) -> str:
    """Return the suite of a row: what comes before the year or version in its family."""
    family = row.get("family", "") or IMAGES
    return family.partition("-v")[0]


def net_cases(rows: Sequence[Row], devices: Devices) -> Iterator[tuple[int, Row, NetCase | UnansweredError]]:
    """Yield place, row and case of the rows whose suite states one network per row."""
    root = devices.catalog.root
    totals = model_totals(rows, root)
    told = [row for row in rows if suite_of(row).startswith(RECIPES)]
    recipes = iter(recipe_cases(told, root))
    for at, row in enumerate(rows):
        suite = suite_of(row)
        if suite.startswith(ZOO):
            continue
        try:
            if suite.startswith(RECIPES):
                yield at, row, next(recipes)
            elif suite == "mlperf-inference":
                yield at, row, inference_case(row, devices)
            elif suite == "mlperf-training":
                yield at, row, training_case(row, root)
            else:
                yield at, row, image_case(row, totals, root)
        except UnansweredError as reason:
            yield at, row, reason


def _values(rows: Sequence[Row], devices: Devices) -> Iterator[tuple[int, Row, float | UnansweredError]]:
    for at, row, case in net_cases(rows, devices):
        if isinstance(case, UnansweredError):
            yield at, row, case
            continue
        try:
            yield at, row, predicted(case, devices)
        except UnansweredError as reason:
            yield at, row, reason
    zoo = [(at, row) for at, row in enumerate(rows) if suite_of(row).startswith(ZOO)]
    for (at, row), value in zip(zoo, horizon_values([row for _, row in zoo], devices), strict=True):
        yield at, row, value
