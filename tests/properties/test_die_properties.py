"""Dies: what holds for all sizes and densities."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tauplan.chip.harvest import harvest_yield
from tauplan.chip.placement import Wafer, flush_dies, gross_dies, gross_dies_formula, searched_dies
from tauplan.chip.yields import murphy, negative_binomial, poisson, rectangular, seeds
from tauplan.cost.assembly import assembled, screened
from tauplan.cost.package import Dies, Organic, organic_package

WAFER = Wafer(0.3, 3e-3, 0.2e-3)
fault_counts = st.floats(1e-3, 8.0)
sides = st.floats(3e-3, 33e-3)


@given(fault_counts)
def test_models_keep_their_order(x):
    assert poisson(x) <= murphy(x) <= rectangular(x) <= seeds(x) * (1 + 1e-12)
    assert poisson(x) <= negative_binomial(x, 10.0) <= negative_binomial(x, 2.0) <= seeds(x) * (1 + 1e-12)


@given(st.lists(fault_counts, min_size=2, max_size=5))
def test_arrays_are_many_scalars(xs):
    for model in (poisson, murphy, rectangular, seeds, lambda x: negative_binomial(x, 3.0)):
        np.testing.assert_allclose(model(np.array(xs)), [float(model(x)) for x in xs], rtol=1e-12)


@settings(max_examples=25, deadline=None)
@given(sides, sides)
def test_placements_are_bounded_and_turn_with_the_wafer(width, height):
    best = gross_dies(width, height, WAFER)
    assert searched_dies(width, height, WAFER, 20) <= best
    assert flush_dies(width, height, WAFER) <= best
    assert best * width * height <= np.pi * WAFER.radius_m**2
    assert gross_dies(height, width, WAFER) >= 0.97 * best - 1


@settings(max_examples=25, deadline=None)
@given(sides)
def test_the_closed_form_stays_near(side):
    best = gross_dies(side, side, WAFER)
    assert abs(gross_dies_formula(side * side, WAFER) / best - 1.0) < 0.06


@settings(max_examples=25, deadline=None)
@given(st.floats(0.0, 1.0), st.floats(1e-4, 0.05), st.integers(2, 60), st.floats(1.0, 20.0))
def test_asking_for_fewer_blocks_never_lowers_yield(common, block, blocks, shape):
    reach = [float(harvest_yield(common, block, blocks, need, shape)) for need in (blocks, blocks - 1, 0)]
    assert reach[0] <= reach[1] + 1e-12 <= reach[2] + 2e-12
    assert reach[0] == float(np.clip(reach[0], 0.0, 1.0))


@given(st.floats(0.3, 1.0), st.floats(0.0, 1.0), st.floats(0.9, 1.0))
def test_a_test_moves_faults_but_loses_no_good_part(good, coverage, bond):
    one = screened(100.0, good, coverage)
    both = assembled(screened(0.0, 1.0, 1.0), [(one, 2.0)], 0.0, bond, 1.0)
    assert both.cost_USD * both.quality >= 2.0 * 100.0
    assert good - 1e-12 <= one.quality <= 1.0 + 1e-12


@given(st.floats(1e-5, 8e-4), st.floats(1.0, 1000.0), st.integers(1, 8))
def test_parts_of_a_package_add_up_and_scale_with_prices(area, price, count):
    organic = Organic(5e3, 4.0, 5e3, 0.99)
    cost = organic_package([Dies(area, price, price, count)], organic)
    parts = (cost.raw_dies, cost.defective_dies, cost.raw_package, cost.defective_package, cost.wasted_dies)
    assert np.isclose(sum(parts), cost.total)
    twice = organic_package([Dies(area, 2 * price, 2 * price, count)], Organic(1e4, 4.0, 1e4, 0.99))
    assert np.isclose(twice.total, 2 * cost.total)
