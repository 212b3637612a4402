"""Tables of networks other than language models: step times by class of network from the totals in the table."""

from __future__ import annotations

import csv
import functools
from pathlib import Path

from tauplan.chip.activations import two_term_time
from tauplan.validate.devices import Devices
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row, Table, UnansweredError, number
from tauplan.workload.formats import BYTES

MILLI, MEGA, GIGA = 1e-3, 1e6, 1e9
COMPILED = "networks: compiled"
FORMATS = {"amp": "fp16", "fp16": "fp16", "bf16": "bf16", "fp32": "fp32"}
LAYOUTS = ("nchw", "nhwc")
Totals = dict[tuple[str, str], tuple[float, float]]


def vision_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict step times [ms] (model, device, mode, batch, precision, gmacs, macts_M); other rows say why not.

    Rows of a model without totals take those of the same model at the same size from other rows.
    """
    totals = model_totals(table)
    found: list[Prediction] = []
    for i, row in enumerate(table.rows):
        family = f"networks, {row.get('family', '')} {row['mode']}".strip()
        head = (row.get("case_id") or str(i + 1), family, row["device"], row["metric"])
        use, measured = row.get("split_hint", ""), float("nan")
        try:
            measured = number(row, "value")
            found.append(Prediction(*head, measured, step_time(row, totals, devices) / MILLI, use=use))
        except UnansweredError as reason:
            found.append(Prediction(*head, measured, reason=str(reason), use=use))
    return found


def step_time(row: Row, totals: Totals, devices: Devices) -> float:
    """Return the time of one batch of a row [s]; errors: :class:`UnansweredError` for what is not covered."""
    if row["metric"] != "step time" or row["unit"] != "ms":
        raise UnansweredError(f"no model yet for rows of {row.get('family') or 'this family'}")
    mode = row["mode"].split()
    form, _, layout = row["precision"].partition(" ")
    if layout not in LAYOUTS or form not in FORMATS or mode[-1] not in ("eager", "compiled"):
        raise UnansweredError(f"unknown way to run: {row['mode']}, {row['precision']}")
    facts = devices.facts(row["device"], FORMATS[form])
    macs, activations = totals.get(model_key(row), (None, None))
    if macs is None or activations is None:
        raise UnansweredError("no multiply-adds and activations for this model and size")
    kind = network_class(devices.catalog.root, row["model"])
    passes = _coefficient(devices, kind, f"passes_{layout}")
    if mode[-1] == "compiled":
        passes *= _coefficient(devices, COMPILED, "compiled_share")
    flop_s = float(facts.peak_gemm_s) / _coefficient(devices, kind, "peak_share")
    batch = number(row, "batch")
    forward = two_term_time(
        macs * batch, activations * batch, passes, flop_s, facts.peak_memory_s, BYTES[FORMATS[form]]
    )
    ratio = _coefficient(devices, kind, "training_ratio") if mode[0] == "train" else 1.0
    return float(forward) * ratio


def network_class(root: Path, model: str) -> str:
    """Return the class of a network by the longest prefix of its name that the catalogue knows."""
    known = classes(root)
    return known[max((prefix for prefix in known if model.startswith(prefix)), key=len)]


def _coefficient(devices: Devices, part: str, field: str) -> float:
    key = (part, field)
    if key in devices.given:
        return float(devices.given[key])
    choice = devices.catalog.choose(part, field)
    if choice is None or isinstance(choice.value, str):
        raise UnansweredError(f"no {field} for {part}")
    return float(choice.value)


def model_key(row: Row) -> tuple[str, str]:
    """Return a row's model, without the name of its weights, and its input size."""
    return row["model"].partition(".")[0], row["input_size"]


def model_totals(table: Table) -> Totals:
    """Return multiply-adds and activations of one sample by model and size [1]."""
    return {
        model_key(row): (float(row["gmacs"]) * GIGA, float(row["macts_M"]) * MEGA)
        for row in table.rows
        if _positive(row["gmacs"]) and _positive(row["macts_M"])
    }


def _positive(text: str) -> bool:
    try:
        return float(text) > 0
    except ValueError:
        return False


@functools.cache
def classes(root: Path) -> dict[str, str]:
    """Return the class of network by prefix of a model's name, the empty one for all others."""
    with (root / "nets" / "classes.csv").open(newline="", encoding="utf-8") as file:
        return {row["prefix"]: row["class"] for row in csv.DictReader(file)}
