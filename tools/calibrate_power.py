"""Fit what accelerators draw per generation to measured power, and write the shares as claims.

    python tools/calibrate_power.py FOLDER

FOLDER holds tables of measured power. Runs whose activity is known (models served, images made, networks trained)
show four shares of the power limit: awake without kernels, with kernels running, with arithmetic at the sustained
rate, and the energy of moving a byte. Rows marked for calibration are fitted. Printed per generation: what is
left, and the error when the shares of all other generations stand in. Deterministic.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from tauplan.catalog.location import data_root
from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError
from tauplan.evaluate.chip_rates import OTHER
from tauplan.validate.devices import Devices
from tauplan.validate.interval import QUANTILES
from tauplan.validate.power_draw import Draw
from tauplan.validate.power_rows import row_draw
from tauplan.validate.serving_setup import Setup
from tauplan.validate.table import UnansweredError, read_table

Array = NDArray[np.float64]
FIELDS = ("awake_share", "running_share", "arithmetic_share", "transport_energy")
UNITS = ("1", "1", "1", "pJ/bit")
START, LOW, HIGH = (0.2, 0.45, 0.5, 5.0), (0.05, 0.2, 0.05, 1.0), (0.3, 0.8, 0.9, 14.0)
BAND = (0.8, 1.25)  # of a fitted share: devices of one generation differ about as much
PRIOR = 0.3  # pull to the start, so that what the rows do not show stays there
OUTLIER = 0.1  # residuals above this count linearly, not squared
PER_BIT = 8e-12  # definition: pJ/bit in J/B
HEADER = "part,field,value,unit,low,high,source,locator,grade,date,note\n"
SOURCES = {"NVIDIA Hopper": "mlenergy-leaderboard"}
ELSE = "zeus-traces"


@dataclass(frozen=True)
class Runs:
    """Runs of one generation as arrays: power of one accelerator over its TDP by what it would draw per share."""

    tdp_W: Array
    busy: Array
    arithmetic: Array
    fixed_W: Array
    byte_rate: Array
    limit_W: Array
    measured_W: Array

    def watts(self, shares: Sequence[float] | Array) -> Array:
        """Return the power of one accelerator [W]."""
        awake, running, arithmetic, transport = shares
        base = awake * (1.0 - self.busy) + running * self.busy + arithmetic * self.arithmetic
        moved_W = transport * PER_BIT * self.byte_rate
        return np.minimum(self.tdp_W * base + self.fixed_W + moved_W, self.limit_W)

    def errors(self, shares: Sequence[float] | Array) -> Array:
        """Return relative errors [1]."""
        return self.watts(shares) / self.measured_W - 1.0


def main() -> None:
    """Fit every generation that has runs, and write their claims and the mean of them for all others."""
    devices = Devices(Catalog.load())
    runs = _runs(Path(sys.argv[1]), devices)
    fitted = {generation: _fit(found) for generation, found in runs.items()}
    rows: list[str] = []
    left_out: list[Array] = []
    for generation, shares in fitted.items():
        others = [found for name, found in fitted.items() if name != generation]
        left = np.median(np.abs(runs[generation].errors(shares)))
        alone = runs[generation].errors(np.mean(others, axis=0))
        left_out.append(np.quantile(1.0 / (1.0 + alone), QUANTILES))
        note = f"fitted on {len(runs[generation].busy)} runs; median error left {left:.1%}"
        note += f"; {np.median(np.abs(alone)):.1%} with the shares of the other generations"
        print(generation, np.round(shares, 3), note)
        rows += _claims(generation, shares, SOURCES.get(generation, ELSE), "measured", note)
    mean = np.mean(list(fitted.values()), axis=0)
    rows += _claims(OTHER, mean, "tauplan-estimates", "estimate", "mean of the measured generations")
    rows += _band(np.min(left_out, axis=0)[0], np.max(left_out, axis=0)[1])
    (data_root() / "claims" / "power_shares.csv").write_text(HEADER + "".join(rows), encoding="utf-8")


def _runs(folder: Path, devices: Devices) -> dict[str, Runs]:
    setup = Setup(devices)
    found: dict[str, list[tuple[float, ...]]] = {}
    for path in sorted(folder.glob("F_*.csv")):
        for row in read_table(path).rows:
            if row.get("split_hint") != "calibration":
                continue
            try:
                draw = row_draw(row, devices, setup)
            except (InputError, UnansweredError):
                continue
            if draw is not None:
                part = devices.catalog.resolve(devices.part(row["device"]))
                values = _values(draw, row["device"], devices)
                measured = float(row["value"]) / draw.count
                found.setdefault(part.generation, []).append((*values, measured))
    return {generation: Runs(*np.array(rows).T) for generation, rows in sorted(found.items())}


def _values(draw: Draw, device: str, devices: Devices) -> tuple[float, ...]:
    """Return the columns of :class:`Runs` but the measured power."""
    tdp_W = float(devices.figure(device, "tdp") or np.nan)
    share, transport = (float(devices.needed(device, field)) for field in FIELDS[2:])
    full_W = (
        draw.energy.flop_J * draw.flops / draw.time / share
    )  # arithmetic at this rate, were the share one
    memory_W = (draw.energy.byte_J - transport) * draw.memory_B / draw.time
    link_W = draw.energy.link_J * draw.link_B / draw.time
    busy = min(draw.busy / draw.time, 1.0)
    columns = (tdp_W, busy, full_W / tdp_W, memory_W + link_W, draw.memory_B / draw.time, draw.energy.limit_W)
    return tuple(float(value) for value in columns)


def _fit(runs: Runs) -> Array:
    def loss(shares: Array) -> Array:
        pull = PRIOR * (shares / np.array(START) - 1.0)
        return np.concatenate([np.log(runs.watts(shares) / runs.measured_W), pull])

    return least_squares(loss, START, bounds=(LOW, HIGH), loss="soft_l1", f_scale=OUTLIER).x


def _claims(part: str, shares: Array, source: str, grade: str, note: str) -> list[str]:
    return [
        f"{part},{field},{value:.3g},{unit},{value * BAND[0]:.3g},{value * BAND[1]:.3g},{source},,{grade},,{note}\n"
        for field, value, unit in zip(FIELDS, shares, UNITS, strict=True)
    ]


def _band(low: float, high: float) -> list[str]:
    """Return the band of generations that were not measured: the widest of those that were left out in turn."""
    band = f"1,1,{min(low, 1.0):.3g},{max(high, 1.0):.3g}"
    note = "widest quantiles at 5 % and 95 % of the measured generations, each with the shares of the others"
    return [
        f'residual {kind} of other generations,ratio,{band},tauplan-validation,,measured,,"{note}"\n'
        for kind in ("power", "energy")
    ]


if __name__ == "__main__":
    main()
