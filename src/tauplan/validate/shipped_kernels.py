"""The compiled kernel timings that ship with the catalogue, against predictions."""

from __future__ import annotations

import csv
from collections.abc import Callable

import numpy as np

from tauplan import units
from tauplan.catalog.lookup import Catalog
from tauplan.validate.attention_rows import decode_time, latent_decode_time, latent_prefill_time, prefill_time
from tauplan.validate.devices import Devices
from tauplan.validate.grouped import Array, Columns
from tauplan.validate.kernels import product_kind, product_time
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row

COLUMNS = {
    "m": "m",
    "n": "n",
    "k": "k",
    "batch": "batch_size",
    "prompt": "isl",
    "past": "step",
    "heads": "num_heads",
    "kv_heads": "num_key_value_heads",
    "head_dim": "head_dim",
    "window": "window_size",
}
"""Column of the measured tables by the shipped one."""


def _product(devices: Devices, words: tuple[str, str, str], c: Columns) -> Array:
    return product_time(devices, words[0], words[1], c["m"], c["n"], c["k"])


FAMILIES: dict[str, Callable[[Devices, tuple[str, str, str], Columns], Array]] = {
    "product": _product,
    "prefill attention": prefill_time,
    "decode attention": decode_time,
    "latent prefill": latent_prefill_time,
    "latent decode": latent_decode_time,
}

KINDS = {
    "prefill attention": "attention",
    "decode attention": "attention",
    "latent prefill": "latent attention",
    "latent decode": "latent attention",
}
"""Kind of residuals by family; that of products goes by their format."""


def shipped_kernels(catalog: Catalog) -> list[Prediction]:
    """Return measured beside predicted times of the compiled kernels [s]."""
    with (catalog.root / "cases" / "kernels.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    devices = Devices(catalog)
    return [_predict(row, devices) for row in rows]


def _predict(row: Row, devices: Devices) -> Prediction:
    sizes = {name: np.array([float(row[own])]) for own, name in COLUMNS.items() if row[own]}
    words = (row["device"], row["compute"], row["stored"])
    time = FAMILIES[row["family"]](devices, words, sizes)
    measured = float(units.to_si(float(row["value"]), row["unit"]))
    family = f"kernels, {row['family']}"
    product = row["family"] == "product"
    return Prediction(
        row["case"],
        family,
        row["device"],
        "time",
        measured,
        float(np.ravel(time)[0]),
        use=row["use"],
        kind=product_kind(devices, words[1]) if product else KINDS.get(row["family"], row["family"]),
    )
