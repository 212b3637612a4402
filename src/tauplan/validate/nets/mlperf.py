"""Rows of the public MLPerf rounds: inference by scenario, training by throughput."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from tauplan.validate.devices import Devices
from tauplan.validate.nets.case import NetCase, Slice, find_slice
from tauplan.validate.nets.recipe import find_recipe, recipe_totals
from tauplan.validate.nets.runs import run_of
from tauplan.validate.table import Row, UnansweredError, number

MILLI = 1e-3
SAVING = re.compile("maxq", re.IGNORECASE)
"""In a system's name: submitted in its power-saving mode."""
INSTANCE = re.compile(r"\(1x\dg\.")
"""In a device's name: one slice of one accelerator, however many the system has."""
FORMATS = {"int8": "int8", "fp16": "fp16", "fp8": "fp8", "fp32": "fp32", "": "int8"}
BATCHES = {"singlestream": 1.0, "multistream": 8.0}
"""Samples of one query of a scenario that measures latency."""


def inference_case(row: Row, devices: Devices) -> NetCase:
    """Return the case of a row of inference: throughput of Offline and Server, latency of the streams."""
    root = devices.catalog.root
    scenario = row["mode"].split()[-1].casefold()
    recipe = find_recipe(root, "mlperf-inference", row["model"])
    shown = find_slice(root, row["device"])
    form = run_of(row, root).number_format or FORMATS.get(row["precision"].strip().casefold())
    if form is None:
        raise UnansweredError(f"unknown number format {row['precision']!r}")
    if recipe.float8 and form == "fp16" and devices.figure(shown.part, "peak_fp8") is not None:
        form = "fp8"
    case = NetCase(
        runtime="TensorRT",
        kind=recipe.kind,
        totals=recipe_totals(root, recipe),
        device=shown,
        number_format=form,
        figure="rate",
        count=1.0 if INSTANCE.search(row["device"]) else number(row, "n_device", 1.0),
        scenario="" if scenario == "offline" else scenario,
    )
    if SAVING.search(row.get("notes", "")):
        case = replace(case, device=Slice(shown.part, shown.compute, shown.memory, saving=True))
    if row["metric"] == "latency":
        if scenario not in BATCHES or not row["unit"].startswith("ms"):
            raise UnansweredError(f"unknown latency: {row['mode']}, {row['unit']}")
        return replace(case, figure="time", unit=MILLI, batch=BATCHES[scenario])
    return case


def training_case(row: Row, root: Path) -> NetCase:
    """Return the case of a row of training: samples per second of all accelerators."""
    if row["metric"] != "throughput":
        raise UnansweredError("time to train depends on the epochs that a run happens to need")
    recipe = find_recipe(root, "mlperf-training", row["model"])
    count = number(row, "n_device", 1.0)
    return NetCase(
        runtime="MLPerf training",
        kind=recipe.kind,
        totals=recipe_totals(root, recipe),
        device=find_slice(root, row["device"]),
        number_format="fp16",
        figure="rate of one" if recipe.per_device else "rate",
        count=count,
        batch=number(row, "batch") / count,
        training=True,
    )
