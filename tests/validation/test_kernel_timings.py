"""Compiled kernel timings: errors by family stay within what docs/kernels.md states, held-out shapes too."""

from __future__ import annotations

import numpy as np
import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.validate.prediction import summarise
from tauplan.validate.shipped_kernels import FAMILIES, shipped_kernels

BOUNDS = {
    "product": 0.07,
    "prefill attention": 0.08,
    "decode attention": 0.10,
    "latent prefill": 0.12,
    "latent decode": 0.12,
}


@pytest.fixture(scope="module")
def found():
    return shipped_kernels(Catalog.load())


@pytest.mark.parametrize("family", FAMILIES)
def test_the_median_error_of_a_family(found, family):
    rows = [p for p in found if p.family == f"kernels, {family}"]
    assert len(rows) >= 8
    assert summarise(family, rows).coverage == 1.0
    assert summarise(family, rows).median_abs <= BOUNDS[family]


def test_held_out_shapes_are_no_worse_than_twice_the_fitted_ones(found):
    errors = {use: [abs(p.error) for p in found if p.use == use] for use in ("calibration", "check")}
    assert len(errors["check"]) >= 12
    assert np.median(errors["check"]) <= 2 * np.median(errors["calibration"])


def test_configurations_come_out_in_the_right_order(found):
    for device in {p.device for p in found}:
        rows = [p for p in found if p.device == device]
        assert summarise(device, rows).rank_correlation > 0.95
