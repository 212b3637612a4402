"""Rows of PyTorch image models: step times with the totals of each network in the row."""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterable
from pathlib import Path

from tauplan.validate.nets.case import NetCase, find_slice
from tauplan.validate.table import Row, UnansweredError, number
from tauplan.workload.net.totals import GIGA, MEGA, NetTotals, find_totals

MILLI = 1e-3
FORMATS = {"amp": "fp16", "fp16": "fp16", "bf16": "bf16", "fp32": "fp32"}
LAYOUTS = ("nchw", "nhwc")
PROCESSOR = "CPU"
"""First word of a device that is no accelerator."""
Totals = dict[tuple[str, str], NetTotals]


def image_case(row: Row, totals: Totals, root: Path) -> NetCase:
    """Return the case of a row; a row without totals takes those of its network and size from other rows."""
    if row["unit"] != "ms":
        raise UnansweredError(f"unknown unit {row['unit']!r}")
    mode = row["mode"].split()
    form, _, layout = row["precision"].partition(" ")
    if layout not in LAYOUTS or form not in FORMATS or mode[-1] not in ("eager", "compiled"):
        raise UnansweredError(f"unknown way to run: {row['mode']}, {row['precision']}")
    found = totals.get(model_key(row))
    if found is None:
        found = find_totals(root, row["model"], int(number(row, "input_size")))
    if found is None:
        raise UnansweredError("no multiply-adds and activations for this model and size")
    where = " on a processor" if row["device"].startswith(PROCESSOR) else ""
    return NetCase(
        runtime=f"PyTorch {mode[-1]} {layout}{where}",
        kind=network_class(root, row["model"]),
        totals=found,
        device=find_slice(root, row["device"]),
        number_format=FORMATS[form],
        figure="time",
        unit=MILLI,
        batch=number(row, "batch"),
        training=mode[0] == "train",
    )


def network_class(root: Path, model: str) -> str:
    """Return the class of a network by the longest prefix of its name that the catalogue knows."""
    known = classes(root)
    return known[max((prefix for prefix in known if model.startswith(prefix)), key=len)]


def model_key(row: Row) -> tuple[str, str]:
    """Return a row's model, without the name of its weights, and its input size."""
    return row["model"].partition(".")[0], row["input_size"]


def model_totals(rows: Iterable[Row], root: Path) -> Totals:
    """Return the totals of one sample by model and size, from rows that state them [count]."""
    found: Totals = {}
    for row in rows:
        try:
            macs, acts = number(row, "gmacs") * GIGA, number(row, "macts_M") * MEGA
            params = number(row, "params_M", 0.0) * MEGA
        except UnansweredError:
            continue
        if macs > 0 and acts > 0:
            listed = find_totals(root, row["model"])
            products = 0.0 if listed is None else listed.products
            found[model_key(row)] = NetTotals(macs, acts, params, products)
    return found


@functools.cache
def classes(root: Path) -> dict[str, str]:
    """Return the class of network by prefix of a model's name, the empty one for all others."""
    with (root / "nets" / "classes.csv").open(newline="", encoding="utf-8") as file:
        return {row["prefix"]: row["class"] for row in csv.DictReader(file)}
