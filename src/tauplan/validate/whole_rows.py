"""Tables of whole transformers in fp32: the sum of their operators, one kernel each, as a framework runs them."""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tauplan.validate.devices import Devices
from tauplan.validate.operator_tables import fp32_time
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row, Table, UnansweredError, number

MILLI = 1e-3
WORDS = "_"
FORWARD, BACKWARD = 1.0, 2.0  # definition: work of the two passes, in forward passes
WIDER = 4.0  # definition: inner width of a feed-forward layer over the model's
Part = tuple[str, float, float, float, float, float]
"""An operator: its name, copies, and B, M, N, K of a product, or B rows of H elements in the place of M."""


def whole_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict the latency [ms] of inference and of a training step (model_name, seqlen, batch, device, mode)."""
    found: list[Prediction] = []
    for i, row in enumerate(table.rows):
        family = f"whole transformers, {row['mode']}"
        head = (row.get("case_id") or str(i + 1), family, row["device"], "latency")
        measured = float("nan")
        try:
            measured = number(row, "label_all_e2e_latency")
            seconds = whole_time(row, devices)
            found.append(Prediction(*head, measured, seconds / MILLI))
        except UnansweredError as reason:
            found.append(Prediction(*head, measured, reason=str(reason)))
    return found


def whole_time(row: Row, devices: Devices) -> float:
    """Return the time of one batch of a row [s]: forward, and for training backward."""
    option = row.get("option", "")
    if option not in ("", "fusion"):
        raise UnansweredError(f"several devices: {option}")
    net = _nets(devices.catalog.root).get(row["model_name"])
    if net is None:
        raise UnansweredError(f"no layers are known of {row['model_name']}")
    passes = FORWARD + (BACKWARD if row["mode"] == "train" else 0.0)
    device = row["device"].replace(WORDS, " ")
    parts = _parts(net, number(row, "batch"), number(row, "seqlen"), fused=option == "fusion")
    total = 0.0
    for name, copies, b, m, n, k in parts:
        columns = {"B": b, "M": m, "N": n, "K": k, "H": m}
        arrays = {key: np.array([value]) for key, value in columns.items()}
        total += copies * float(fp32_time(devices, (device, name, "fp32"), arrays)[0])
    return total * passes


def _parts(net: Row, batch: float, length: float, fused: bool) -> Iterator[Part]:
    """Yield the operators of one forward pass; fused execution has no kernels of work per element."""
    layers, hidden, heads = (float(net[c]) for c in ("layers", "hidden", "heads"))
    tokens, groups, per_head = batch * length, batch * heads, hidden / heads
    rows = groups * length
    yield "ln", 2.0 * layers, tokens, hidden, 0.0, 0.0
    yield "linear", layers, 1.0, tokens, 3.0 * hidden, hidden
    yield "bmm", layers, groups, length, length, per_head
    yield "softmax", layers, rows, length, 0.0, 0.0
    yield "bmm", layers, groups, length, per_head, length
    yield "linear", layers, 1.0, tokens, hidden, hidden
    yield "linear", layers, 1.0, tokens, WIDER * hidden, hidden
    yield "linear", layers, 1.0, tokens, hidden, WIDER * hidden
    if not fused:
        yield "div", layers, rows, length, 0.0, 0.0
        yield "add", layers, rows, length, 0.0, 0.0
        yield "add", 2.0 * layers, tokens, hidden, 0.0, 0.0
        yield "gelu", layers * float(net["activation_kernels"]), tokens, WIDER * hidden, 0.0, 0.0
    if float(net["vocab"]):
        yield "linear", 1.0, 1.0, tokens, float(net["vocab"]), hidden


@functools.cache
def _nets(root: Path) -> dict[str, Row]:
    with (root / "nets" / "transformers.csv").open(newline="", encoding="utf-8") as file:
        return {row["model"]: row for row in csv.DictReader(file)}
