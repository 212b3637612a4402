"""Fit the coefficients of expert kernels (grouped matrix products) to published timings, write them as claims.

    python tools/calibrate_moe.py FOLDER [--out data/claims/experts.csv]

FOLDER holds ``aic_moe.csv`` in the layout that ``tauplan validate`` reads. Method, hold-out and determinism are
those of ``calibrate_network.py``. Printed per kernel: median errors on fitted and held-out shapes, and of the
common kernel's coefficients from all other devices (leave one device out).
"""

from __future__ import annotations

import argparse
import csv
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from calibrate_network import COLUMNS, HELD_OUT, Array, Coefficient, claim_row, fixed_row
from numpy.typing import NDArray
from scipy.optimize import least_squares

from tauplan import units
from tauplan.catalog.lookup import Catalog
from tauplan.chip.grouped_gemm import ExpertLayer, experts_time
from tauplan.evaluate.chip_rates import OTHER
from tauplan.evaluate.expert_kernels import COMMON, expert_rates_from
from tauplan.validate.devices import Devices
from tauplan.validate.moe_rows import SHAPE, Key, claimed_format, layer_of, peaks, read_row
from tauplan.validate.table import read_table

OUTLIER = 0.08  # residuals above this count linearly, not squared
PRIOR = 0.05  # pull to the start
WHICH = (
    Coefficient("start_cycles", "1", 36e3, 3e3, 240e3),
    Coefficient("expert_cycles", "1", 180, 2, 4000),
    Coefficient("sustained", "1", 0.6, 0.02, 1),
    Coefficient("memory_share", "1", 0.85, 0.2, 1),
    Coefficient("tile", "1", 48, 4, 256),
    Coefficient("exposed", "1", 0.3, 0.01, 1),
    Coefficient("fill", "1", 0.3, 0.01, 8),
    Coefficient("permute_B_per_cycle", "B", 6, 0.3, 60),
    Coefficient("batch_B_per_cycle", "B", 6, 0.3, 60),
)
FOREIGN = Coefficient("foreign", "1", 0.5, 0.01, 1)
COMPACT = ("foreign", 0.0, "1", "drops the rows of other ranks")


@dataclass
class Sample:
    """Timings of one kernel on one device."""

    key: Key
    layer: ExpertLayer
    measured_s: Array
    held: NDArray[np.bool_]


def gather(path: Path, devices: Devices) -> list[Sample]:
    """Sort rows by device, kernel and format; a hash of the shape holds rows out."""
    found: dict[Key, list[tuple[tuple[float, ...], float, bool]]] = {}
    for row in read_table(path).rows:
        key, values = read_row(row)
        shape = "|".join(row[column] for column in SHAPE).encode()
        held = zlib.crc32(shape) % HELD_OUT == 0
        found.setdefault(key, []).append((values, 1e-3 * float(row["latency_ms"]), held))
    samples: list[Sample] = []
    for key, rows in sorted(found.items()):
        layer = layer_of(devices, key, np.array([values for values, _, _ in rows]).T)
        samples.append(
            Sample(key, layer, np.array([t for _, t, _ in rows]), np.array([h for _, _, h in rows]))
        )
    return samples


def logs(sample: Sample, devices: Devices, values: dict[str, float]) -> Array:
    """Return ln(predicted/measured) of a sample under trial coefficients."""
    rates = expert_rates_from(lambda field: values[field], peaks(devices, sample.key))
    return np.log(experts_time(sample.layer, rates) / sample.measured_s)


def fit(which: Sequence[Coefficient], found: Sequence[Sample], devices: Devices) -> dict[str, float]:
    """Return coefficients [SI] that fit the samples."""
    scale = np.array([units.to_si(1.0, c.unit) for c in which])
    start = np.log(np.array([c.start for c in which]) * scale)
    low = np.log(np.array([c.low for c in which]) * scale)
    high = np.log(np.array([c.high for c in which]) * scale)

    def values(point: Array) -> dict[str, float]:
        return {"foreign": 0.0} | dict(zip((c.field for c in which), np.exp(point).tolist(), strict=True))

    def residuals(point: Array) -> Array:
        trial = values(point)
        parts = [PRIOR * (point - start), *(logs(s, devices, trial)[~s.held] for s in found)]
        return np.concatenate(parts)

    best = least_squares(residuals, start, bounds=(low, high), loss="soft_l1", f_scale=OUTLIER, max_nfev=60)
    return values(best.x)


def errors(values: dict[str, float], found: Sequence[Sample], devices: Devices, part: str) -> Array:
    """Return absolute errors [1] of "fitted", "held" or "all" rows."""
    kept: list[Array] = []
    for s in found:
        keep = {"fitted": ~s.held, "held": s.held, "all": np.ones_like(s.held)}[part]
        kept.append(np.abs(np.expm1(logs(s, devices, values)[keep])))
    return np.concatenate(kept)


def calibrate(folder: Path, catalog: Catalog) -> list[list[str]]:
    """Fit every kernel and format on every device; the common kernel also on all devices, as stand-in."""
    devices = Devices(catalog)
    samples = gather(folder / "aic_moe.csv", devices)
    claims: list[list[str]] = []
    apart: list[Array] = []
    unseen: list[Array] = []

    def write(kernel: str, number_format: str, place: str, found: Sequence[Sample]) -> None:
        which = (*WHICH, FOREIGN) if kernel == "padded" else WHICH
        values = fit(which, found, devices)
        left, out = (errors(values, found, devices, part) for part in ("fitted", "held"))
        systems = ", ".join(s.key.device for s in found)
        name = f"{kernel} experts {number_format}, {place}"
        note = f"fitted on {len(left)} layers of {systems}; median error left {100 * np.median(left):.1f} %"
        print(f"{name}: {note}, held out {100 * np.median(out):.1f} %")
        claims.extend(claim_row(name, c, values[c.field], float(np.median(left)), note) for c in which)
        if FOREIGN not in which:
            claims.append(fixed_row(name, *COMPACT))
        if place != OTHER:
            apart.append(out)

    for sample in samples:
        generation = str(catalog.resolve(devices.part(sample.key.device)).generation)
        write(sample.key.kernel, claimed_format(sample.key.number_format), generation, [sample])
    for number_format in sorted({s.key.number_format for s in samples if s.key.kernel == COMMON}):
        found = [s for s in samples if s.key.kernel == COMMON and s.key.number_format == number_format]
        write(COMMON, claimed_format(number_format), OTHER, found)
        for one in found if len(found) > 1 else ():
            values = fit(WHICH, [s for s in found if s is not one], devices)
            error = errors(values, [one], devices, "all")
            print(f"  {one.key.device} from the others: {100 * np.median(error):.1f} %")
            unseen.append(error)
    held, left_out = (100 * float(np.median(np.concatenate(found))) for found in (apart, unseen))
    print(f"held out, all kernels: {held:.1f} %; common kernel on a device left out: {left_out:.1f} %")
    return claims


def main(arguments: Sequence[str]) -> None:
    """Run the fits and write the claims."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path("data/claims/experts.csv"))
    options = parser.parse_args(arguments)
    claims = calibrate(options.folder, Catalog.load())
    with options.out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(claims)


if __name__ == "__main__":
    main(sys.argv[1:])
