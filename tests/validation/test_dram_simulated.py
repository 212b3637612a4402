"""Memory channels against a cycle-level simulator: bandwidth and loaded latency by part, pattern and mapping."""

from pathlib import Path

import numpy as np
import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.memory.dram_run import compiles
from tauplan.validate.layouts import predict_file

SIMULATED = Path(__file__).parents[1] / "fixtures" / "dram_simulated.csv"
BANKED = SIMULATED.with_name("dram_simulated_banked.csv")


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


def test_controllers_with_a_queue_per_bank():
    if not compiles():
        pytest.skip("the controller is not compiled here")
    found = predict_file(BANKED, Catalog.load())
    assert all(one.answered for one in found)
    errors = {(one.case, one.family): abs(one.error) for one in found}
    assert len(errors) == 10
    assert max(errors.values()) <= 0.015
    closed = [abs(one.second.error) for one in found if one.second]
    assert len(closed) == 5
    assert max(closed) <= 0.08
    assert np.mean(closed) <= 0.03
