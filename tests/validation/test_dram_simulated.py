"""Memory channels against a cycle-level simulator: bandwidth and loaded latency by part, pattern and mapping."""

from pathlib import Path

import numpy as np
import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.memory.dram_run import compiles
from tauplan.validate.layouts import predict_file

SIMULATED = Path(__file__).parents[1] / "fixtures" / "dram_simulated.csv"


@pytest.fixture(scope="module")
def errors():
    if not compiles():
        pytest.skip("the controller is not compiled here")
    found: dict[str, list[float]] = {}
    for first in predict_file(SIMULATED, Catalog.load()):
        for prediction in (first, first.second):
            assert prediction is not None
            assert prediction.answered, prediction.reason
            found.setdefault(prediction.family, []).append(abs(prediction.error))
    return {family: np.array(values) for family, values in found.items()}


def test_event_model_bandwidth(errors):
    error = errors["DRAM, bandwidth, event model"]
    assert len(error) == 108
    assert error.mean() <= 0.004
    assert error.max() <= 0.02


def test_event_model_loaded_latency(errors):
    error = errors["DRAM, latency, event model"]
    assert error.mean() <= 0.004
    assert error.max() <= 0.02


@pytest.mark.parametrize("figure", ["bandwidth", "latency"])
def test_closed_form(errors, figure):
    error = errors[f"DRAM, {figure}, closed form"]
    assert len(error) == 108
    assert error.mean() <= 0.025
    assert error.max() <= 0.11
