"""What repeated kernels find in the last-level cache."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauplan.catalog.lookup import Catalog
from tauplan.validate.devices import Devices
from tauplan.validate.kernels import LastLevel, cache, product_time


def test_a_cache_of_one_piece_holds_all_or_nothing():
    one = LastLevel(100.0)
    assert [float(one.held(need)) for need in (99.0, 100.0, 101.0)] == [1.0, 1.0, 0.0]
    assert float(LastLevel(0.0).held(1.0)) == 0.0


def test_parts_that_each_keep_a_copy_hold_less_of_more():
    halves = LastLevel(100.0, 2.0)
    assert [float(halves.held(need)) for need in (50.0, 75.0, 100.0, 200.0)] == [1.0, 0.5, 0.0, 0.0]


@given(st.floats(1.0, 300.0), st.sampled_from([1.0, 2.0, 4.0]))
def test_more_data_never_stay_better(need, parts):
    level = LastLevel(100.0, parts)
    assert 0.0 <= float(level.held(need * 1.1)) <= float(level.held(need)) <= 1.0


@pytest.fixture(scope="module")
def devices():
    return Devices(Catalog.load())


def test_products_near_the_size_of_a_cache_have_no_step_in_time(devices):
    """Weights of 8 to 12 MB on H100: its cache holds four copies of the first, not of the last."""
    assert cache(devices, "h100_sxm").parts == 2.0
    columns = np.arange(1000.0, 1600.0, 20.0)
    times = product_time(devices, "h100_sxm", "bfloat16", np.full(30, 64.0), columns, np.full(30, 4096.0))
    assert np.all(np.abs(np.diff(np.log(times))) < 0.1)
