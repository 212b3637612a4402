"""Fit the overheads of each serving engine on the calibration rows of a table and write them as claims.

Usage: python tools/calibrate_serving.py TABLE.csv [--rows 110] [--only pools|handoff] [--write]
"""

from __future__ import annotations

import argparse
import csv
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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


@dataclass(frozen=True)
class Coefficient:
    """One overhead of an engine: its field, unit, scale to the unit, first step, and bounds [SI]."""

    name: str
    field: str
    unit: str
    scale: float
    step: float
    least: float
    most: float


SHARED = (
    Coefficient("step_s", "step_time", "ms", 1e3, 0.5, 2e-4, 4e-3),
    Coefficient("layer_s", "layer_time", "us", 1e6, 0.5, 2e-5, 1.5e-3),
    Coefficient("request_s", "request_time", "ms", 1e3, 0.7, 2e-3, 0.3),
    Coefficient("prompt_stretch", "prompt_stretch", "1", 1.0, 0.1, 0.9, 1.6),
    Coefficient("mixture_stretch", "mixture_stretch", "1", 1.0, 0.4, 0.9, 4.0),
)
POOLS = (
    Coefficient("decode_mixture_stretch", "decode_mixture_stretch", "1", 1.0, 0.1, 0.9, 1.6),
    Coefficient("front_mixture_stretch", "front_mixture_stretch", "1", 1.0, 0.3, 0.9, 4.0),
    Coefficient("mixture_ageing", "mixture_ageing", "1", 1.0, 0.5, 0.02, 1.2),
)
HANDOFF = Coefficient("handoff_s", "handoff_time", "ms", 1e3, 0.0, 1e-3, 2.0)
LEAST_POOLS = 20  # fewer runs with prompt workers of their own say nothing about those
TRIES = 50
WORST = 1.0  # a row that is off by a factor of e counts no more than that: mislabelled rows exist
SEED = 20261125
MILLI = 1e-3
GRID = 400  # hand-over times tried, in equal ratios
HALF = 0.5  # weight of TTFT, which scatters more


def errors(loads: Loads, rows: Sequence[Row]) -> np.ndarray:
    """Return the logarithmic errors of TPOT and TTFT of the rows that can be answered."""
    found: list[tuple[float, float]] = []
    for row in rows:
        try:
            seen = loads.means(row)
        except (UnansweredError, InputError):
            continue
        tpot, ttft = float(row["value"]) * MILLI, float(row["second_value"]) * MILLI
        found.append((np.log(seen.tpot_s / tpot), np.log(seen.ttft_s / ttft)))
    return np.array(found)


def median(logs: np.ndarray) -> float:
    """Return the median absolute relative error."""
    return float(np.median(np.abs(np.expm1(logs))))


def sampled(rows: Sequence[Row], most: int) -> list[Row]:
    """Return a fixed sample of different rows."""
    different = list({tuple(row.get(name, "") for name in INPUTS): row for row in rows}.values())
    return random.Random(SEED).sample(different, min(most, len(different)))


def _answered(loads: Loads, row: Row) -> bool:
    try:
        loads.means(row)
    except (UnansweredError, InputError):
        return False
    return True


def known_pools(loads: Loads, row: Row) -> bool:
    """Tell whether a row has workers for prompts of their own, and one published recipe alone can be its run's."""
    return row["mode"] != "agg" and len(loads.recipes(row)) == 1


def fit(loads: Loads, engine: Engine, rows: Sequence[Row], chosen: Sequence[Coefficient]) -> Engine:
    """Return the engine with the coefficients that leave the least error on rows."""
    least, most = ([getattr(c, end) for c in chosen] for end in ("least", "most"))

    def tried(x: np.ndarray) -> Engine:
        values = np.clip(np.exp(x), least, most)
        return replace(engine, **{c.name: float(v) for c, v in zip(chosen, values, strict=True)})

    def loss(x: np.ndarray) -> float:
        loads.use(tried(x))
        logs = np.minimum(np.abs(errors(loads, rows)), WORST)
        return float(logs[:, 0].mean() + HALF * logs[:, 1].mean())

    start = np.log([getattr(engine, c.name) for c in chosen])
    simplex = start + np.vstack([np.zeros(len(chosen)), np.diag([c.step for c in chosen])])
    best = minimize(loss, start, method="Nelder-Mead", options={"maxfev": TRIES, "initial_simplex": simplex})
    return tried(best.x)


def with_handoff(loads: Loads, engine: Engine, rows: Sequence[Row]) -> Engine:
    """Return the engine with the hand-over that leaves the least error in TTFT; it moves nothing else."""
    loads.use(replace(engine, handoff_s=0.0))
    logs = errors(loads, rows)[:, 1]
    measured = np.array([float(row["second_value"]) * MILLI for row in rows])
    seen = measured * np.exp(logs)
    tried = np.geomspace(HANDOFF.least, HANDOFF.most, GRID)
    left = [np.minimum(np.abs(np.log((seen + x) / measured)), WORST).mean() for x in tried]
    return replace(engine, handoff_s=float(tried[int(np.argmin(left))]))


def main() -> None:
    """Fit every engine that the table names; print what is left, and write it on request."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path)
    parser.add_argument("--rows", type=int, default=110)
    parser.add_argument(
        "--only", choices=("pools", "handoff"), help="leave the other coefficients as they are"
    )
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    with options.table.open(newline="", encoding="utf-8") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if row["split_hint"] == "calibration" and row["metric"] == "TPOT" and row["second_metric"]
        ]
    catalog = Catalog.load()
    setup = Setup(Devices(catalog))
    loads = Loads(setup)
    claims: dict[tuple[str, str], tuple[float, str, str]] = {}
    fitted: dict[Coefficient, list[float]] = {}
    for name in sorted({row["backend"] for row in rows}):
        engine = setup.engine(name)
        mine = [row for row in rows if row["backend"] == name]
        together = sampled([row for row in mine if row["mode"] == "agg"], options.rows)
        apart = [row for row in mine if row["mode"] != "agg" and _answered(loads, row)]
        chosen: tuple[Coefficient, ...] = ()
        if not options.only:
            engine, chosen = fit(loads, engine, together, SHARED), SHARED
        if len(apart) >= LEAST_POOLS:
            if options.only != "handoff":
                known = sampled([row for row in apart if known_pools(loads, row)], options.rows)
                engine, chosen = fit(loads, engine, known, POOLS), (*chosen, *POOLS)
            engine, chosen = with_handoff(loads, engine, apart), (*chosen, HANDOFF)
        elif options.only:
            continue
        loads.use(engine)
        mine = apart if options.only else mine
        left = errors(loads, mine)
        note = (
            f"fitted on {len(mine)} calibration rows of {name}{' with pools' if options.only else ''}; "
            f"median error left: TPOT {median(left[:, 0]):.1%}, TTFT {median(left[:, 1]):.1%}"
        )
        for one in chosen:
            value = float(f"{getattr(engine, one.name) * one.scale:.4g}")
            claims[engine.name, one.field] = (value, one.unit, note)
            fitted.setdefault(one, []).append(value)
        print(engine.name, {f: v[0] for (e, f), v in claims.items() if e == engine.name}, note, flush=True)
    for one, values in fitted.items():
        claims[OTHER_ENGINE, one.field] = (float(np.median(values)), one.unit, "median of the fitted engines")
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
