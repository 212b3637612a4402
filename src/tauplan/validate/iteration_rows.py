"""Tables of iteration times from a training framework's own functional tests: small models, host-bound."""

from __future__ import annotations

from dataclasses import replace

from tauplan.validate.devices import Devices
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row, Table, UnansweredError, whole
from tauplan.validate.training_rows import training_row

FAMILY, METRIC = "training, iteration times of functional tests", "iteration time"
SERVER = 8  # accelerators of the servers that tests name no size of
COLUMNS = {
    "layers": "num_layers",
    "hidden": "hidden",
    "ffn": "ffn",
    "heads": "heads",
    "kv_heads": "kv_groups",
    "experts": "experts",
    "topk": "topk",
    "seq_len": "seq",
    "gbs": "gbs",
    "mbs": "mbs",
    "node_size": "gpus_per_node",
    "accel": "platform",
    "tp": "tp",
    "pp": "pp",
    "cp": "cp",
    "ep": "ep",
    "recompute": "recompute",
    "precision": "precision",
    "value": "iteration_time_s_median",
}
"""Column of a table of training runs by the one that such a table has for it."""


def iteration_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict iteration times [s]; the case is the row number, since one test has several runs."""
    return [replace(_predict(i, row, devices), kind="functional tests") for i, row in enumerate(table.rows)]


def _predict(index: int, row: Row, devices: Devices) -> Prediction:
    try:
        return training_row(index, training_form(row), devices)
    except UnansweredError as reason:
        name = row.get("platform", "")
        return Prediction(str(index + 1), FAMILY, name, METRIC, float("nan"), reason=str(reason))


def training_form(row: Row) -> Row:
    """Return the row in the columns of a table of training runs."""
    renamed = {name: row.get(column, "") for name, column in COLUMNS.items()}
    return renamed | {
        "family": FAMILY.partition(", ")[2],
        "model": row.get("test_case", ""),
        "n_accel": str(_accelerators(row)),
        "framework": "Megatron functional tests",
        "metric": METRIC,
        "unit": "s",
    }


def _accelerators(row: Row) -> int:
    """Return the accelerators of a test; where it names no nodes, as many as its plan needs."""
    each = whole(row, "gpus_per_node", SERVER)
    if row.get("nodes", "").strip():
        return whole(row, "nodes") * each
    tensor, pipeline, context, expert = (whole(row, way, 1) for way in ("tp", "pp", "cp", "ep"))
    ranks = max(tensor * context, expert * whole(row, "etp", tensor if expert == 1 else 1))
    return -(-ranks * pipeline // each) * each
