"""Fit what training software adds to kernel times, and write the values into its claims.

    python tools/calibrate_training.py FOLDER

FOLDER holds tables of measured training runs; steps of one server that ship with the catalogue join them.
Each coefficient has a physical meaning and a family of runs that shows it: small models wait for the host, long
sequences show old attention kernels, large batches old products, runs in 16 bits what the power limit leaves.
Cases marked for calibration are fitted, one coefficient after the other, twice round; the others judge.
Deterministic.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar

from tauplan.catalog.location import data_root
from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError
from tauplan.evaluate.book import Key
from tauplan.validate.devices import Devices
from tauplan.validate.interval import may_fit
from tauplan.validate.iteration_rows import training_form
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row, UnansweredError, read_table
from tauplan.validate.training_rows import predict_row

ROUNDS = 2
ENOUGH = 150  # runs that show one coefficient; of more, evenly spaced ones are fitted and all are judged
TESTS, ITERATIONS = "Megatron functional tests", "iteration times"
SERVERS = ("cases", "training_servers.csv")
FAR = 0.5  # logarithm of predicted over measured from which a run is taken to have stood still, and pulls no more
BAND = (0.75, 1.3)  # of a fitted value: frameworks of one name differ about as much


@dataclass(frozen=True)
class Coefficient:
    """A claim to fit: its part and field, its unit in SI, its bounds, and the runs that show it."""

    part: str
    field: str
    unit: float
    low: float
    high: float
    family: str
    accelerator: str
    runs: str

    def shown_by(self, row: Row) -> bool:
        """Tell whether a row belongs to the runs that show the coefficient."""
        if self.field == "routing_time" and "A3B" not in row["model"].upper():
            return False
        return row["family"].startswith(self.family) and self.accelerator in row["accel"].casefold()


COEFFICIENTS = (
    Coefficient(
        "Megatron-DeepSpeed", "issue_time", 1e-6, 20, 150, "vtrain", "", "iterations of small models"
    ),
    Coefficient("NVIDIA Ampere", "attention_share_before", 1.0, 0.3, 1.0, "mosaic", "a100", "runs on A100"),
    Coefficient("NVIDIA Hopper", "attention_share_before", 1.0, 0.2, 1.0, "mosaic", "h100", "runs on H100"),
    Coefficient("NVIDIA Hopper", "gemm_share_before", 1.0, 0.5, 1.0, "mosaic", "h100", "runs on H100"),
    Coefficient(
        "Megatron", "routing_time", 1e-3, 0.5, 8, "megatron-bridge", "", "runs of a mixture of experts"
    ),
    Coefficient("NVIDIA Blackwell", "steady_share", 1.0, 0.4, 1.0, "simumax", "b200", "steps of a 70B model"),
    Coefficient(TESTS, "issue_time", 1e-6, 100, 500, ITERATIONS, "a100", "functional tests on A100"),
    Coefficient("DGX H100", "host_pace", 1.0, 0.4, 1.0, ITERATIONS, "h100", "functional tests on H100"),
)


def main() -> None:
    """Fit all coefficients and rewrite their rows of the claims file."""
    devices = Devices(Catalog.load())
    rows = _rows(Path(sys.argv[1]))
    values = {_key(c): float(devices.catalog.require(c.part, c.field).value) for c in COEFFICIENTS}
    for _ in range(ROUNDS):
        for coefficient in COEFFICIENTS:
            fitted = _spaced(
                [r for r in rows if coefficient.shown_by(r) and r["split_hint"] == "calibration"]
            )
            values[_key(coefficient)] = _best(coefficient, fitted, devices, values)
    notes: dict[Key, str] = {}
    for coefficient in COEFFICIENTS:
        shown = [r for r in rows if coefficient.shown_by(r)]
        inside, others = (
            [r for r in shown if (r["split_hint"] == "calibration") is fit] for fit in (True, False)
        )
        left, judged = (_median(members, devices, values) for members in (inside, others))
        fit = f"fitted on {len(inside)} {coefficient.runs}; median error left {left:.1%}"
        notes[_key(coefficient)] = f"{fit}; {judged:.1%} on {len(others)} others"
        print(
            coefficient.part,
            coefficient.field,
            values[_key(coefficient)],
            notes[_key(coefficient)],
            flush=True,
        )
    _write(values, notes)


def _spaced(rows: Sequence[Row]) -> Sequence[Row]:
    """Return at most as many rows as one coefficient needs, evenly spaced."""
    return rows[:: -(-len(rows) // ENOUGH)] if rows else rows


def _rows(folder: Path) -> list[Row]:
    """Return the rows of all tables of training runs, those of iteration times split by a hash of their number."""
    rows = [row for path in sorted(folder.glob("A_*.csv")) for row in read_table(path).rows]
    rows += read_table(data_root().joinpath(*SERVERS)).rows
    for path in sorted(folder.glob("A2_*.csv")):
        for i, row in enumerate(read_table(path).rows):
            form = training_form(row)
            case = Prediction(str(i + 1), f"training, {form['family']}", "", "", 0.0)
            rows.append(form | {"split_hint": "calibration" if may_fit(case) else "dev-check"})
    return rows


def _key(coefficient: Coefficient) -> Key:
    return coefficient.part, coefficient.field


def _best(c: Coefficient, rows: Sequence[Row], devices: Devices, values: dict[Key, float]) -> float:
    def loss(value: float) -> float:
        errors = np.abs(_errors(rows, devices, values | {_key(c): value * c.unit}))
        return float(np.mean(np.minimum(errors, FAR)))

    found = minimize_scalar(loss, bounds=(c.low, c.high), method="bounded", options={"maxiter": 12})
    return float(found.x) * c.unit


def _errors(rows: Sequence[Row], devices: Devices, values: dict[Key, float]) -> np.ndarray:
    """Return the logarithms of predicted over measured, of the rows that can be predicted."""
    found: list[float] = []
    for row in rows:
        try:
            predicted, _ = predict_row(row, devices, values)
        except (InputError, UnansweredError):
            continue
        found.append(np.log(predicted / float(row["value"])))
    return np.array(found)


def _median(rows: Sequence[Row], devices: Devices, values: dict[Key, float]) -> float:
    errors = _errors(rows, devices, values)
    return float(np.median(np.abs(np.expm1(errors)))) if len(errors) else float("nan")


def _write(values: dict[Key, float], notes: dict[Key, str]) -> None:
    path = data_root() / "claims" / "frameworks.csv"
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = list(csv.reader(file))
    units = {_key(c): c.unit for c in COEFFICIENTS}
    part, field, value, low, high, note = (
        header.index(name) for name in ("part", "field", "value", "low", "high", "note")
    )
    for row in rows:
        key = (row[part], row[field])
        if key in values:
            fitted = values[key] / units[key]
            row[value], row[low], row[high] = (f"{fitted * factor:.3g}" for factor in (1.0, *BAND))
            row[note] = notes[key]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


if __name__ == "__main__":
    main()
