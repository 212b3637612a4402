"""Scenarios per second in one vectorised call, against the same evaluations one by one in the same run."""

from __future__ import annotations

import os
import platform
import sys
import time
from pathlib import Path

import numpy as np

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError
from tauplan.evaluate.batch import evaluate_batch, put
from tauplan.evaluate.resolve import resolve
from tauplan.evaluate.solve import solve
from tauplan.spec.scenario import read_scenario

DESIGNS = 100_000
SAMPLE = 200
EXAMPLE = Path(__file__).parent.parent / "examples" / "kunlun3-train.yaml"


def variations(rng: np.random.Generator, count: int) -> dict[str, np.ndarray]:
    """Eight fields of the example varied at once: plan, chip and network."""
    return {
        "plan.tensor": rng.choice([1, 2, 4, 8], count),
        "plan.pipeline": rng.choice([1, 2, 4, 8], count),
        "plan.micro_batch": rng.choice([1, 2, 4], count),
        "plan.interleave": rng.choice([1, 2, 5], count),
        "system.accelerator.memory_bandwidth": rng.uniform(0.5e12, 4e12, count),
        "system.accelerator.peak_bf16": rng.uniform(100e12, 400e12, count),
        "system.scale_up.bandwidth": rng.uniform(100e9, 900e9, count),
        "system.scale_out.bandwidth": rng.uniform(10e9, 100e9, count),
    }


def main() -> int:
    rng = np.random.default_rng(0)
    scenario, catalog = read_scenario(EXAMPLE), Catalog.load()
    axes = variations(rng, DESIGNS)
    evaluate_batch(scenario, {path: column[:1000] for path, column in axes.items()}, catalog)
    start = time.perf_counter()
    batch = evaluate_batch(scenario, axes, catalog)
    batch_s = time.perf_counter() - start
    worst, start = 0.0, time.perf_counter()
    for row in rng.integers(0, DESIGNS, SAMPLE):
        one = scenario
        for path, column in axes.items():
            one = put(one, path, column[row].item())
        try:
            result = solve(resolve(one, catalog).case)
        except InputError:  # a plan that divides nothing: refused alone, a status in the batch
            assert batch.reason(int(row))
            continue
        worst = max(worst, abs(float(result.time_to_result) / batch["time_to_result_s"][row] - 1.0))
    alone_s = (time.perf_counter() - start) / SAMPLE * DESIGNS
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}"
    print(f"machine: {platform.machine()}, {os.cpu_count()} cores, {versions}")
    print(f"{DESIGNS:,} variations: {batch_s:.3f} s, {DESIGNS / batch_s:,.0f} scenarios/s on one core")
    print(
        f"one by one: {DESIGNS / alone_s:,.0f} scenarios/s; the batch is {alone_s / batch_s:,.0f} times as fast"
    )
    print(f"largest difference from the scalar answers: {worst:.1e}")
    return 0 if worst <= 1e-12 and DESIGNS / batch_s >= 100_000 else 1


if __name__ == "__main__":
    sys.exit(main())
