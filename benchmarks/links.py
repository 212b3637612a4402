"""Photonic link designs per second in one batch, and the time of one budget, in the same run."""

from __future__ import annotations

import os
import platform
import sys
import time
from dataclasses import replace

import numpy as np

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import DEFAULT
from tauplan.evaluate.book import Book
from tauplan.evaluate.link_parts import resolve_photonic
from tauplan.link.photonic.budget import budget, with_physical_receiver
from tauplan.link.photonic.circuit import Circuit, coupler_matrix, solve, two_port
from tauplan.link.photonic.spectra import ring, waveguide

DESIGNS = 100_000
CHUNK = 16_384
SAMPLE = 200


def main() -> int:
    rng = np.random.default_rng(0)
    link = resolve_photonic(Book(Catalog.load(), DEFAULT), "ring DWDM in package")
    axes = {
        "channels": rng.choice([4.0, 8.0, 16.0, 32.0], DESIGNS),
        "rate_Bps": rng.choice([16.0, 25.0, 32.0, 50.0], DESIGNS) * 1e9 / 8,
        "demux_q": rng.uniform(2e3, 2e4, DESIGNS),
        "modulator_q": rng.uniform(3e3, 2e4, DESIGNS),
        "coupler_dB": rng.uniform(0.5, 4.0, DESIGNS),
        "laser_efficiency": rng.uniform(0.05, 0.25, DESIGNS),
        "noise_density": rng.uniform(5e-12, 25e-12, DESIGNS),
        "fibre_m": rng.uniform(1.0, 500.0, DESIGNS),
    }

    def evaluate(rows: slice | int) -> np.ndarray:
        one = replace(link, **{name: values[rows] for name, values in axes.items()})
        return budget(replace(one, sensitivity_W=with_physical_receiver(one))).total_J

    evaluate(slice(0, 1000))
    start = time.perf_counter()
    batch = np.concatenate([evaluate(slice(at, at + CHUNK)) for at in range(0, DESIGNS, CHUNK)])
    batch_s = time.perf_counter() - start
    worst, start = 0.0, time.perf_counter()
    for row in range(SAMPLE):
        worst = max(worst, abs(float(evaluate(row)) / batch[row] - 1.0))
    alone_s = (time.perf_counter() - start) / SAMPLE

    waves = np.linspace(1540e-9, 1560e-9, 1000)
    half = waveguide(waves, 2.4, 30e-6, 300.0)
    couplers = coupler_matrix(0.95, 1j * np.sqrt(1 - 0.95**2))
    parts = {"a": couplers, "b": couplers, "u": two_port(half), "d": two_port(half)}
    joined = [(("a", 3), ("u", 0)), (("u", 1), ("b", 1)), (("b", 3), ("d", 0)), (("d", 1), ("a", 1))]
    start = time.perf_counter()
    through = solve(Circuit(parts, joined, [("a", 0), ("a", 2)]))[:, 1, 0]
    circuit_s = time.perf_counter() - start
    start = time.perf_counter()
    closed = ring(half, 0.95, 0.95)[0]
    closed_s = time.perf_counter() - start

    print(f"machine: {platform.machine()}, {os.cpu_count()} cores, NumPy {np.__version__}")
    print(f"{DESIGNS:,} link designs: {batch_s:.3f} s, {DESIGNS / batch_s:,.0f} designs/s on one core")
    print(f"one budget: {1e3 * alone_s:.3f} ms; largest difference from the batch {worst:.1e}")
    print(
        f"a ring over 1,000 wavelengths: {1e3 * closed_s:.2f} ms closed, {1e3 * circuit_s:.2f} ms as a circuit"
    )
    print(f"largest difference of the two: {np.abs(through - closed).max():.1e}")
    good = worst <= 1e-12 and alone_s <= 1e-3 and DESIGNS / batch_s >= 100_000
    return 0 if good and np.abs(through - closed).max() < 1e-9 else 1


if __name__ == "__main__":
    sys.exit(main())
