"""Fit the paths of measured fabrics that no part describes: start, rate and ramp, written as claims.

    python tools/calibrate_paths.py FOLDER [--out data/claims/paths.csv] [--parts paths_parts.csv]

FOLDER holds ``vidur_network.csv``, ``vtrain_nccl_allreduce.csv`` and ``E_network.csv``. A path is a fabric, a
collective and a placement of ranks: between cloud servers of unknown ports, over bridges of pairs, on the
hybrid mesh whose rings depend on the number of ranks. Devices on NVSwitch need none: they take their
generation's coefficients. Hold-out as in ``calibrate_network.py``; ``dev-check`` rows are never fitted.
"""

from __future__ import annotations

import argparse
import csv
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from calibrate_network import COLUMNS, HELD_OUT, OUTLIER, PRIOR, Array, Coefficient, claim_row
from scipy.optimize import least_squares

from tauplan import units
from tauplan.link.protocol import Protocol
from tauplan.validate.collective_rows import Bench, path_time
from tauplan.validate.table import read_table

WHICH = (
    Coefficient("start", "us", 30, 1, 2000),
    Coefficient("rate", "GB/s", 10, 0.2, 600),
    Coefficient("ramp", "us", 5, 0.001, 2000),
)
SOURCES = {
    "vidur": "vidur-profiles",
    "vtrain": "vtrain-profiles",
    "b60": "aiconfigurator-kernels",
    "cloud": "ml-engineering-network",
}
CLOUD = "4 nodes x 8"
MESH = "DGX-1 V100"

Timing = tuple[str, str, str, float, float, float, float]
"""Source, place, collective, ranks, ranks per server, buffer [B], time [s]."""


def timings(folder: Path) -> Iterator[Timing]:
    """Yield the rows that need a path."""
    for row in read_table(folder / "vidur_network.csv").rows:
        ranks, inside = float(row["num_workers"]), float(row["devices_per_node"])
        switched = "dgx" in row["fabric"] and ranks <= inside
        if not switched:
            size, time = float(row["size_bytes"]), 1e-3 * float(row["median_ms"])
            yield "vidur", row["fabric"], row["collective"], ranks, inside, size, time
    for row in read_table(folder / "vtrain_nccl_allreduce.csv").rows:
        if row["gpu"] == "v100":
            ranks = float(row["n_gpu"])
            time = 1e-9 * float(row["t_oop_ns"])
            yield "vtrain", MESH, "all_reduce", ranks, ranks, float(row["size_B"]), time
    for row in read_table(folder.parent / "E_network.csv").rows:
        if row["split_hint"] == "calibration" and row["system"] in ("b60", CLOUD):
            ranks, size = float(row["n_ranks"]), float(row["bytes_per_rank"])
            inside = float(row["ranks_per_node"])
            if row["system"] == CLOUD:
                time = 2.0 * (ranks - 1.0) / ranks * size / (1e9 * float(row["busbw_GBps"]))
                yield "cloud", CLOUD, "all_reduce", ranks, inside, size, time
            else:
                yield "b60", "b60", "all_reduce", ranks, inside, size, 1e-6 * float(row["time_us"])


def fit(bench: Bench, measured: Array, held: Array) -> tuple[Array, float, float]:
    """Return start, rate, ramp [SI] and the median errors [1] left and held out."""
    scale = np.array([units.to_si(1.0, c.unit) for c in WHICH])
    start, low, high = (
        np.log(np.array([getattr(c, x) for c in WHICH]) * scale) for x in ("start", "low", "high")
    )

    def logs(point: Array) -> Array:
        s, rate, ramp = np.exp(point)
        return np.log(path_time(bench, Protocol(s, 0.0, 1.0 / rate, ramp)) / measured)

    def residuals(point: Array) -> Array:
        return np.concatenate([PRIOR * (point - start), logs(point)[held == 0]])

    best = least_squares(residuals, start, bounds=(low, high), loss="soft_l1", f_scale=2.0 * OUTLIER)
    errors = np.abs(np.expm1(logs(best.x)))
    out = float(np.median(errors[held == 1])) if held.any() else float("nan")
    return np.exp(best.x), float(np.median(errors[held == 0])), out


def main(arguments: Sequence[str]) -> None:
    """Run the fits and write the claims, and the parts that they are about."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path("data/claims/paths.csv"))
    parser.add_argument("--parts", type=Path)
    options = parser.parse_args(arguments)
    groups: dict[tuple[str, str, str, float, float], list[tuple[float, float]]] = {}
    for source, place, collective, ranks, inside, size, time in timings(options.folder):
        groups.setdefault((source, place, collective, ranks, inside), []).append((size, time))
    claims: list[list[str]] = []
    parts: list[list[str]] = []
    for (source, place, collective, ranks, inside), rows in sorted(groups.items()):
        size, time = np.array(sorted(rows)).T
        held = np.array([float(zlib.crc32(f"{x:.0f}".encode()) % HELD_OUT == 0) for x in size])
        bench = Bench(collective, "fp16", False, size, np.full_like(size, ranks))
        values, left, out = fit(bench, time, held)
        name = f"{place}, {collective}, {ranks:g} ranks by {inside:g}"
        n = int((held == 0).sum())
        note = f"fitted on {n} timings; median error left {100 * left:.1f} %, held out {100 * out:.1f} %"
        print(f"{name}: {note}")
        parts.append([name, "path", "", "", "", "ranks by ranks per server on a measured fabric"])
        for c, value in zip(WHICH, values.tolist(), strict=True):
            row = claim_row(name, c, value, left, note)
            claims.append([*row[:6], SOURCES[source], *row[7:]])
    for path, header, rows in ((options.out, COLUMNS, claims), (options.parts, (), parts)):
        if path is not None:
            with path.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file, lineterminator="\n").writerows([header, *rows] if header else rows)


if __name__ == "__main__":
    main(sys.argv[1:])
