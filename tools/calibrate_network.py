"""Fit the coefficients of collectives to published timings and write them as claims.

    python tools/calibrate_network.py FOLDER [--out data/claims/network.csv]

FOLDER holds ``aic_nccl.csv`` (library collectives) and ``E_network.csv`` (all-reduce kernels of frameworks) in
the layouts that ``tauplan validate`` reads. The few coefficients of one class (a generation, or a kind of host
bus) are fitted on one device in logarithms, with a weak pull to a common start, so that what the rows do not show
stays there. One size in four, by a hash, is held out. Deterministic: the same tables give the same file.

Printed per class: median errors on fitted and held-out sizes, and of the coefficients of all other NVLink
generations on this one (leave one device out).
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
from numpy.typing import NDArray
from scipy.optimize import least_squares

from tauplan import units
from tauplan.catalog.lookup import Catalog
from tauplan.evaluate.chip_rates import OTHER
from tauplan.evaluate.network import scale_up_tier
from tauplan.validate.collective_rows import Bench, collective_time
from tauplan.validate.devices import Devices
from tauplan.validate.table import Row, read_table

Array = NDArray[np.float64]
COLUMNS = ("part", "field", "value", "unit", "low", "high", "source", "locator", "grade", "date", "note")
SOURCE = "aiconfigurator-kernels"
HELD_OUT = 4  # one size in so many judges and is not fitted
OUTLIER = 0.05  # residuals above this count linearly, not squared
PRIOR = 0.02  # pull to the start
MICRO = 1e-6


@dataclass(frozen=True)
class Coefficient:
    """A coefficient: field, unit, start and bounds of what is physical, in the unit."""

    field: str
    unit: str
    start: float
    low: float
    high: float


LIBRARY = (
    Coefficient("collective_start", "us", 7, 1, 40),
    Coefficient("quick_message_time", "us", 0.5, 0.05, 8),
    Coefficient("quick_share", "1", 0.5, 0.1, 1),
    Coefficient("quick_ramp", "us", 0.3, 0.001, 10),
    Coefficient("long_start", "us", 15, 2, 60),
    Coefficient("message_time", "us", 2, 0.05, 20),
    Coefficient("link_sustained", "1", 0.85, 0.1, 1),
    Coefficient("long_ramp", "us", 1, 0.001, 30),
    Coefficient("own_share", "1", 0.4, 0.02, 1.5),
    Coefficient("exchange_start", "us", 9, 1, 40),
    Coefficient("exchange_message_time", "us", 0.3, 0.001, 8),
    Coefficient("exchange_sustained", "1", 0.8, 0.1, 1),
    Coefficient("exchange_ramp", "us", 3, 0.001, 30),
)
SWITCHES = (
    Coefficient("reduction_start", "us", 30, 5, 120),
    Coefficient("reduction_sustained", "1", 0.6, 0.2, 1),
    Coefficient("reduction_ramp", "us", 1, 0.001, 30),
)
KERNELS = (
    Coefficient("direct_start", "us", 3.5, 1, 40),
    Coefficient("direct_share", "1", 0.6, 0.1, 1),
    Coefficient("direct_ramp", "us", 0.1, 0.001, 10),
)
LIMIT = Coefficient("direct_limit", "MB", 6, 1, 30)
LIMITS_MB = (2, 3, 4, 5, 6, 8, 10, 12, 16)  # a step has no slope: the limits are tried in turn
BRIDGE = (Coefficient("bridge", "1", 1.5, 1, 4),)
HOST = (Coefficient("host_share", "1", 0.5, 0.02, 3),)
FIXED = {"bridge": (1.0, "1"), "host_share": (0.0, "1"), "direct_limit": (0.0, "MB")}
"""What a class has unless its own rows show otherwise: no bus, no kernel that reads all peers."""

CLASSES: dict[str, tuple[tuple[str, ...], tuple[Coefficient, ...]]] = {
    "NVIDIA Ampere": (("a100_sxm",), LIBRARY),
    "NVIDIA Hopper": (("h100_sxm",), (*LIBRARY, *SWITCHES)),
    "NVIDIA Blackwell": (("b200_sxm",), (*LIBRARY, *SWITCHES)),
    OTHER: (("a100_sxm", "h100_sxm", "b200_sxm"), (*LIBRARY, *SWITCHES)),
    "host bus, peer to peer": (("rtx_pro_6000_server",), (*LIBRARY, *BRIDGE)),
    "host bus, through memory": (("l40s",), (*LIBRARY, *HOST)),
}
NVLINK = ("NVIDIA Ampere", "NVIDIA Hopper", "NVIDIA Blackwell")


@dataclass(frozen=True)
class Sample:
    """Timings of one device as arrays, and which of them are held out."""

    device: str
    benches: tuple[Bench, ...]
    measured_s: tuple[Array, ...]
    held: tuple[NDArray[np.bool_], ...]


def samples(rows: Sequence[Row], devices: Devices, device: str, time: str, unit: float) -> Sample:
    """Group a device's rows by collective, format and kind of kernel."""
    groups: dict[tuple[str, str, bool], list[tuple[float, float, float]]] = {}
    for row in rows:
        if row["system"] == device:
            bench, size, ranks = Bench.read(row, devices)
            groups.setdefault(bench, []).append((size, ranks, float(row[time]) * unit))
    benches: list[Bench] = []
    measured: list[Array] = []
    held: list[NDArray[np.bool_]] = []
    for (name, dtype, direct), found in sorted(groups.items()):
        data = np.array(found).T
        benches.append(Bench(name, dtype, direct, data[0], data[1]))
        measured.append(data[2])
        held.append(np.array([zlib.crc32(f"{size:.0f}".encode()) % HELD_OUT == 0 for size in data[0]]))
    return Sample(device, tuple(benches), tuple(measured), tuple(held))


def ratios(sample: Sample, devices: Devices, values: dict[str, float]) -> tuple[Array, Array]:
    """Return ln(predicted/measured) of all rows under trial coefficients, and which rows are held out."""
    link = devices.link(sample.device)
    tier = scale_up_tier(link.bandwidth_Bps, link.latency_s, lambda field: values[field])
    logs = [
        np.log(collective_time(bench, tier, link.reduces) / measured)
        for bench, measured in zip(sample.benches, sample.measured_s, strict=True)
    ]
    return np.concatenate(logs), np.concatenate(sample.held)


def fit(
    which: Sequence[Coefficient], found: Sequence[Sample], devices: Devices, known: dict[str, float]
) -> dict[str, float]:
    """Return coefficients [SI] that fit the samples, on top of those known."""
    scale = np.array([units.to_si(1.0, c.unit) for c in which])
    start = np.log(np.array([c.start for c in which]) * scale)
    bounds = (
        np.log(np.array([c.low for c in which]) * scale),
        np.log(np.array([c.high for c in which]) * scale),
    )

    def values(point: Array) -> dict[str, float]:
        trial = zip((c.field for c in which), np.exp(point).tolist(), strict=True)
        return known | dict(trial)

    def residuals(point: Array) -> Array:
        parts = [PRIOR * (point - start)]
        for sample in found:
            logs, held = ratios(sample, devices, values(point))
            parts.append(logs[~held])
        return np.concatenate(parts)

    best = least_squares(residuals, start, bounds=bounds, loss="soft_l1", f_scale=OUTLIER)
    return values(best.x)


def fit_kernels(found: Sequence[Sample], devices: Devices, known: dict[str, float]) -> dict[str, float]:
    """Return the coefficients of kernels that read all peers, with the limit that leaves the least mean error."""

    def mean(values: dict[str, float]) -> float:
        parts = (ratios(sample, devices, values) for sample in found)
        return float(np.mean(np.concatenate([np.abs(logs[~held]) for logs, held in parts])))

    tried = [
        fit(KERNELS, found, devices, known | {LIMIT.field: units.to_si(limit, LIMIT.unit)})
        for limit in LIMITS_MB
    ]
    return min(tried, key=mean)


def error(values: dict[str, float], found: Sequence[Sample], devices: Devices, part: str) -> float:
    """Return the median absolute error [1] of "fitted", "held" or "all" rows."""
    errors: list[Array] = []
    for sample in found:
        logs, held = ratios(sample, devices, values)
        keep = {"fitted": ~held, "held": held, "all": np.ones_like(held)}[part]
        errors.append(np.abs(np.expm1(logs[keep])))
    return float(np.median(np.concatenate(errors))) if errors else float("nan")


def calibrate(folder: Path, catalog: Catalog) -> list[list[str]]:
    """Fit every class and return the rows of claims."""
    devices = Devices(catalog)
    library = read_table(folder / "aic_nccl.csv").rows
    network = [
        row
        for row in read_table(_beside(folder, "E_network.csv")).rows
        if "framework" in row["collective"] and row["split_hint"] == "calibration"
    ]
    base = {c.field: units.to_si(c.start, c.unit) for c in (*LIBRARY, *SWITCHES, *KERNELS, LIMIT)}
    base |= {field: units.to_si(value, unit) for field, (value, unit) in FIXED.items()}
    rows: list[list[str]] = []
    fits: dict[str, dict[str, float]] = {}
    whole: dict[str, list[Sample]] = {}
    for name, (systems, which) in CLASSES.items():
        bus = name not in (*NVLINK, OTHER)
        found = [samples(library, devices, system, "latency_ms", 1e-3) for system in systems]
        kernels = [samples(network, devices, system, "time_us", MICRO) for system in systems]
        if bus and not found[0].benches:  # only framework rows, which fall back to the library on a bus
            found = kernels
        values = fit(which, found, devices, base)
        n = sum(int((~h).sum()) for sample in found for h in sample.held)
        left = error(values, found, devices, "fitted")
        note = f"fitted on {n} collectives of {', '.join(systems)}; median error left {100 * left:.1f} %"
        rows += [claim_row(name, c, values[c.field], left, note) for c in which]
        print(f"{name}: {note}, held out {100 * error(values, found, devices, 'held'):.1f} %")
        if not bus:
            values = fit_kernels(kernels, devices, values)
            n = sum(int((~h).sum()) for sample in kernels for h in sample.held)
            left = error(values, kernels, devices, "fitted")
            note = f"fitted on {n} all-reduce kernels of {', '.join(systems)}; median error left {100 * left:.1f} %"
            rows += [claim_row(name, c, values[c.field], left, note) for c in (*KERNELS, LIMIT)]
            print(f"  kernels: {note}, held out {100 * error(values, kernels, devices, 'held'):.1f} %")
            whole[name] = found
        fits[name] = values
        done = {row[1] for row in rows if row[0] == name}
        for field, (value, unit) in FIXED.items():
            if field not in done:
                rows.append(fixed_row(name, field, value, unit, "has none"))
    for name in NVLINK:
        others = [sample for other in NVLINK if other != name for sample in whole[other]]
        values = fit((*LIBRARY, *SWITCHES), others, devices, base)
        print(f"{name} from the other generations: {100 * error(values, whole[name], devices, 'all'):.1f} %")
    return rows


def _beside(folder: Path, name: str) -> Path:
    return folder / name if (folder / name).exists() else folder.parent / name


def claim_row(part: str, c: Coefficient, value: float, left: float, note: str) -> list[str]:
    """Return the claim of a fitted coefficient [SI], its band twice the error left and at least a tenth."""
    number = value / units.to_si(1.0, c.unit)
    band = max(2.0 * left, 0.1)
    numbers = [f"{x:.3g}" for x in (number, number * (1.0 - band), number * (1.0 + band))]
    return [part, c.field, numbers[0], c.unit, *numbers[1:], SOURCE, "", "measured", "", note]


def fixed_row(part: str, field: str, value: float, unit: str, note: str) -> list[str]:
    """Return the claim of a coefficient that the rows cannot show."""
    return [part, field, f"{value:g}", unit, "", "", "tauplan-estimates", "", "estimate", "", note]


def main(arguments: Sequence[str]) -> None:
    """Run the fits and write the claims."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path("data/claims/network.csv"))
    options = parser.parse_args(arguments)
    rows = calibrate(options.folder, Catalog.load())
    with options.out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)


if __name__ == "__main__":
    main(sys.argv[1:])
