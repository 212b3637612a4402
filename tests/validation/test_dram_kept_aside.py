"""Memory channels against 438 own runs of two cycle-level simulators, beside those of ``dram_simulated.csv``.

One request a clock; parts, queues of 16 to 64 places, chunks of 128 B to 8 KiB, strides, mixes of reads and writes,
streams of four arrays, and mappings that those do not have. Bounds of the closed form's wide settings are what
its mechanisms leave; the remaining pairs of part, pattern and mapping hold those of ``test_dram_simulated``.
"""

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.memory.dram_run import compiles
from tauplan.validate.layouts import predict_file

RUNS = Path(__file__).parents[1] / "fixtures" / "dram_runs.csv"
REMAINING, RAMULATOR, DRAMSIM = "remaining pairs", "Ramulator", "DRAMsim3"


@pytest.fixture(scope="module")
def errors():
    if not compiles():
        pytest.skip("the controller is not compiled here")
    with RUNS.open() as file:
        rows = list(csv.DictReader(file))
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for prediction in predict_file(RUNS, Catalog.load()):
        row = rows[int(prediction.case) - 1]
        assert prediction.answered, prediction.reason
        group = row["source"].partition(" ")[0]
        kinds = [group, REMAINING] if row["notes"].startswith("remaining") else [group]
        for one in (prediction, prediction.second):
            for kind in kinds:
                if one is not None:
                    found[kind, one.family.removeprefix("DRAM, ")].append(abs(one.error))
    return {key: np.array(values) for key, values in found.items()}


@pytest.mark.parametrize(
    ("group", "runs", "mean", "most"),
    [(REMAINING, 32, 0.003, 0.01), (RAMULATOR, 222, 0.002, 0.02), (DRAMSIM, 216, 0.003, 0.04)],
)
def test_event_model(errors, group, runs, mean, most):
    for figure in ("bandwidth", "latency"):
        error = errors[group, f"{figure}, event model"]
        assert len(error) >= 0.95 * runs
        assert error.mean() <= mean
        assert error.max() <= most


@pytest.mark.parametrize(
    ("group", "figure", "mean", "most"),
    [
        (REMAINING, "bandwidth", 0.03, 0.10),
        (REMAINING, "latency", 0.03, 0.10),
        (RAMULATOR, "bandwidth", 0.055, 0.30),
        (RAMULATOR, "latency", 0.06, 0.40),
        (DRAMSIM, "bandwidth", 0.04, 0.18),
    ],
)
def test_closed_form(errors, group, figure, mean, most):
    error = errors[group, f"{figure}, closed form"]
    assert error.mean() <= mean
    assert error.max() <= most
