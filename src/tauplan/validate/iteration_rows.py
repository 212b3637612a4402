"""Tables of iteration times from a training framework's own functional tests: small models, host-bound."""

from __future__ import annotations

from dataclasses import replace

from tauplan.validate.devices import Devices
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row, Table
from tauplan.validate.training_rows import training_row

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
    rows = (training_row(i, _training(row), devices) for i, row in enumerate(table.rows))
    return [replace(row, kind="functional tests") for row in rows]


def _training(row: Row) -> Row:
    """Return the row in the columns of a table of training runs."""
    renamed = {name: row.get(column, "") for name, column in COLUMNS.items()}
    nodes, each = (
        float(row.get(column) or default) for column, default in (("nodes", "1"), ("gpus_per_node", "8"))
    )
    return renamed | {
        "family": "iteration times of functional tests",
        "model": row.get("test_case", ""),
        "n_accel": str(int(nodes * each)),
        "framework": "Megatron functional tests",
        "metric": "iteration time",
        "unit": "s",
    }
