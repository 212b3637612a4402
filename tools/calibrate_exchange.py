"""Fit the coefficients of expert-exchange kernels to published timings and write them as claims.

    python tools/calibrate_exchange.py FOLDER [--out data/claims/exchange.csv]

FOLDER holds ``aic_deepep_ll.csv``, ``aic_deepep_normal.csv`` and ``aic_trtllm_alltoall.csv`` in the layouts that
``tauplan validate`` reads. Method, hold-out and determinism are those of ``calibrate_network.py``.
"""

from __future__ import annotations

import argparse
import csv
import sys
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from calibrate_network import (
    COLUMNS,
    HELD_OUT,
    OUTLIER,
    PRIOR,
    Array,
    Coefficient,
    claim_row,
    fixed_row,
)
from numpy.typing import NDArray
from scipy.optimize import least_squares

from tauplan import units
from tauplan.catalog.lookup import Catalog
from tauplan.evaluate.chip_rates import OTHER
from tauplan.evaluate.network import exchange_from
from tauplan.link.exchange import Traffic, exchange_time
from tauplan.validate.devices import Devices
from tauplan.validate.exchange_rows import LOW_LATENCY, NORMAL, Phase, peer_phase, stacked
from tauplan.validate.table import Row, read_table

START = Coefficient("start", "us", 15, 1, 100)
EXPERT = Coefficient("expert_time", "ns", 15, 0.1, 200)
LINK = Coefficient("link_share", "1", 0.65, 0.1, 1)
TOKEN = Coefficient("token_time", "us", 1, 0.01, 20)
RATE = Coefficient("unit_rate", "GB/s", 22, 2, 200)
RAMP = Coefficient("ramp", "us", 0.5, 0.001, 10)
FAR_START = Coefficient("network_start", "us", 12, 1, 200)
FAR = Coefficient("network_share", "1", 0.75, 0.1, 1)
WHICH = {
    "low-latency": (START, EXPERT, LINK, TOKEN, FAR_START, FAR),
    "normal": (START, LINK, TOKEN, RATE, RAMP, FAR_START, FAR),
    "two-sided": (START, EXPERT, LINK, TOKEN, RAMP),
    "one-sided": (START, EXPERT, LINK, TOKEN, RAMP),
}
"""What the rows of a method show: low-latency blocks are bound by tokens, normal ones by bytes per unit."""
FIXED = {"expert_time": (0.0, "ns"), "ramp": (0.0, "us"), "unit_rate": (1000.0, "GB/s")}
"""What a method has not: exchanged counts, pieces in flight, a copy bound by bytes."""


@dataclass
class Sample:
    """Timings of one kernel on one device."""

    device: str
    traffic: list[Traffic]
    measured_s: list[float]
    held: list[bool]


def gather(rows: Iterable[tuple[Row, Sequence[Phase]]], devices: Devices) -> dict[tuple[str, str], Sample]:
    """Sort phases by kernel and device; a hash of the sizes holds rows out."""
    found: dict[tuple[str, str], Sample] = {}
    for row, phases in rows:
        device = row["system"]
        for phase in phases:
            sample = found.setdefault((phase.kernel, device), Sample(device, [], [], []))
            traffic = phase.traffic(devices, row)
            sample.traffic.append(traffic)
            sample.measured_s.append(phase.measured(row))
            key = f"{traffic.tokens:.0f} {traffic.inside_B:.0f}".encode()
            sample.held.append(zlib.crc32(key) % HELD_OUT == 0)
    return found


def logs(sample: Sample, devices: Devices, values: dict[str, float]) -> Array:
    """Return ln(predicted/measured) of a sample under trial coefficients."""
    ports = devices.network(sample.device)[1].bandwidth_Bps
    link_Bps = devices.link(sample.device).bandwidth_Bps
    kernel = exchange_from(lambda field: values[field], link_Bps, ports)
    return np.log(exchange_time(kernel, stacked(sample.traffic)) / np.array(sample.measured_s))


def fit(which: Sequence[Coefficient], found: Sequence[Sample], devices: Devices) -> dict[str, float]:
    """Return coefficients [SI] that fit the samples."""
    base = {
        c.field: units.to_si(c.start, c.unit)
        for c in (START, EXPERT, LINK, TOKEN, RATE, RAMP, FAR_START, FAR)
    }
    base |= {field: units.to_si(value, unit) for field, (value, unit) in FIXED.items()}
    scale = np.array([units.to_si(1.0, c.unit) for c in which])
    start = np.log(np.array([c.start for c in which]) * scale)
    low = np.log(np.array([c.low for c in which]) * scale)
    high = np.log(np.array([c.high for c in which]) * scale)

    def values(point: Array) -> dict[str, float]:
        return base | dict(zip((c.field for c in which), np.exp(point).tolist(), strict=True))

    def residuals(point: Array) -> Array:
        parts = [PRIOR * (point - start)]
        parts += [logs(s, devices, values(point))[~np.array(s.held)] for s in found]
        return np.concatenate(parts)

    best = least_squares(residuals, start, bounds=(low, high), loss="soft_l1", f_scale=OUTLIER)
    return values(best.x)


def median(values: dict[str, float], found: Sequence[Sample], devices: Devices, *, held: bool) -> float:
    """Return the median absolute error [1] of held-out or of fitted rows."""
    errors: list[NDArray[np.float64]] = []
    for sample in found:
        keep = np.array(sample.held) == held
        errors.append(np.abs(np.expm1(logs(sample, devices, values)[keep])))
    return float(np.median(np.concatenate(errors)))


def calibrate(folder: Path, catalog: Catalog) -> list[list[str]]:
    """Fit every kernel on every generation, and on all of them for the stand-in; return the rows of claims."""
    devices = Devices(catalog)
    rows: list[tuple[Row, Sequence[Phase]]] = [
        *((row, LOW_LATENCY) for row in read_table(folder / "aic_deepep_ll.csv").rows),
        *((row, NORMAL) for row in read_table(folder / "aic_deepep_normal.csv").rows),
        *((row, (peer_phase(row),)) for row in read_table(folder / "aic_trtllm_alltoall.csv").rows),
    ]
    samples = gather(rows, devices)
    claims: list[list[str]] = []
    for kernel in sorted({kernel for kernel, _ in samples}):
        found = {device: s for (name, device), s in samples.items() if name == kernel}
        which = WHICH[kernel.partition(" ")[0]]
        generations = {device: str(catalog.resolve(devices.part(device)).generation) for device in found}
        groups = {generations[device]: [found[device]] for device in sorted(found)}
        for generation, members in (*groups.items(), (OTHER, list(found.values()))):
            values = fit(which, members, devices)
            left, out = (median(values, members, devices, held=held) for held in (False, True))
            n = sum(h is False for s in members for h in s.held)
            systems = ", ".join(s.device for s in members)
            part = f"{kernel}, {generation}"
            note = f"fitted on {n} exchanges of {systems}; median error left {100 * left:.1f} %"
            print(f"{part}: {note}, held out {100 * out:.1f} %")
            claims += [claim_row(part, c, values[c.field], left, note) for c in which]
            if generation == OTHER:
                done = {c.field for c in which}
                for c in (FAR_START, FAR):
                    if c.field not in done:
                        claims.append(fixed_row(part, c.field, c.start, c.unit, "as other kernels"))
                for field, (value, unit) in FIXED.items():
                    if field not in done:
                        claims.append(fixed_row(part, field, value, unit, "has none"))
    return claims


def main(arguments: Sequence[str]) -> None:
    """Run the fits and write the claims."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path("data/claims/exchange.csv"))
    options = parser.parse_args(arguments)
    claims = calibrate(options.folder, Catalog.load())
    with options.out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(claims)


if __name__ == "__main__":
    main(sys.argv[1:])
