"""Fit the overheads of each serving engine on the calibration rows of a table and write them as claims.

Usage: python tools/calibrate_serving.py TABLE.csv [--rows 110] [--write]
"""

from __future__ import annotations

import argparse
import csv
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from tauplan.catalog.location import data_root
from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError
from tauplan.evaluate.engine import OTHER_ENGINE, Engine
from tauplan.validate.devices import Devices
from tauplan.validate.serving_load import INPUTS, Loads
from tauplan.validate.serving_setup import Setup
from tauplan.validate.table import UnansweredError

Row = Mapping[str, str]
FITTED = ("step_s", "layer_s", "request_s", "prompt_stretch", "mixture_stretch")
FIELDS = ("step_time", "layer_time", "request_time", "prompt_stretch", "mixture_stretch")
UNITS, SCALES = ("ms", "us", "ms", "1", "1"), (1e3, 1e6, 1e3, 1.0, 1.0)
STEPS = (0.5, 0.5, 0.7, 0.1, 0.4)
LEAST, MOST = (2e-4, 2e-5, 2e-3, 0.9, 0.9), (4e-3, 1.5e-3, 0.3, 1.6, 4.0)
WORST = 1.0  # a row that is off by a factor of e counts no more than that: mislabelled rows exist
SEED = 20261125


def errors(loads: Loads, rows: Sequence[Row]) -> np.ndarray:
    """Return the logarithmic errors of TPOT and TTFT of the rows that can be answered."""
    found: list[tuple[float, float]] = []
    for row in rows:
        try:
            seen = loads.latencies(row)
        except (UnansweredError, InputError):
            continue
        milli = 1e3
        tpot, ttft = float(row["value"]) / milli, float(row["second_value"]) / milli
        found.append((np.log(seen.tpot.mean / tpot), np.log(seen.ttft.mean / ttft)))
    return np.array(found)


def median(logs: np.ndarray) -> float:
    """Return the median absolute relative error."""
    return float(np.median(np.abs(np.expm1(logs))))


def fit(loads: Loads, engine: Engine, rows: Sequence[Row], sample: int) -> Engine:
    """Return the engine with the overheads that leave the least error on a sample of different rows."""
    rows = list({tuple(row.get(name, "") for name in INPUTS): row for row in rows}.values())
    rows = random.Random(SEED).sample(rows, min(sample, len(rows)))

    def tried(x: np.ndarray) -> Engine:
        values = np.clip(np.exp(x), LEAST, MOST)
        return replace(engine, **{name: float(v) for name, v in zip(FITTED, values, strict=True)})

    def loss(x: np.ndarray) -> float:
        loads.use(tried(x))
        logs = np.minimum(np.abs(errors(loads, rows)), WORST)
        return float(2.0 * logs[:, 0].mean() + logs[:, 1].mean())

    start = np.log([getattr(engine, name) for name in FITTED])
    simplex = start + np.vstack([np.zeros(len(FITTED)), np.diag(STEPS)])
    best = minimize(loss, start, method="Nelder-Mead", options={"maxfev": 50, "initial_simplex": simplex})
    return tried(best.x)


def main() -> None:
    """Fit every engine that the table names; print what is left, and write it on request."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path)
    parser.add_argument("--rows", type=int, default=110)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    with options.table.open(newline="", encoding="utf-8") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if row["split_hint"] == "calibration" and row["metric"] == "TPOT" and row["third_metric"]
        ]
    catalog = Catalog.load()
    setup = Setup(Devices(catalog))
    loads = Loads(setup)
    claims: dict[tuple[str, str], tuple[float, str, str]] = {}
    fitted: list[Engine] = []
    for name in sorted({row["backend"] for row in rows}):
        engine = setup.engine(name)
        mine = [row for row in rows if row["backend"] == name]
        stated = [r for r in mine if r["mode"] == "agg" or r["decode_workers"]]  # what runs is known
        engine = fit(loads, engine, stated, options.rows)
        loads.use(engine)
        fitted.append(engine)
        left = errors(loads, mine)
        note = (
            f"fitted on {len(mine)} calibration rows of {name}; "
            f"median error left: TPOT {median(left[:, 0]):.1%}, TTFT {median(left[:, 1]):.1%}"
        )
        print(engine.name, {f: round(getattr(engine, f), 6) for f in FITTED}, note, flush=True)
        for field, attribute, unit, scale in zip(FIELDS, FITTED, UNITS, SCALES, strict=True):
            claims[engine.name, field] = (getattr(engine, attribute) * scale, unit, note)
    for field, attribute, unit, scale in zip(FIELDS, FITTED, UNITS, SCALES, strict=True):
        middle = float(np.median([getattr(engine, attribute) for engine in fitted])) * scale
        claims[OTHER_ENGINE, field] = (middle, unit, "median of the fitted engines")
    if options.write:
        write(claims)


def write(claims: Mapping[tuple[str, str], tuple[float, str, str]]) -> None:
    """Put the claims in place of those of the same part and field."""
    path = data_root() / "claims" / "engines.csv"
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = list(csv.reader(file))
    kept = [row for row in rows if (row[0], row[1]) not in claims]
    for (part, field), (value, unit, note) in claims.items():
        source, grade = (
            ("serving-sweeps", "measured") if part != OTHER_ENGINE else ("tauplan-estimates", "estimate")
        )
        kept.append([part, field, f"{value:.4g}", unit, "", "", source, "", grade, "2026", note])
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *sorted(kept)])


if __name__ == "__main__":
    main()
