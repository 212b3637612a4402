"""The Pareto front equals brute force."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tauplan.explore.front import pareto_front

tables = st.tuples(st.integers(0, 60), st.integers(2, 4)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.integers(0, 8).map(float) | st.just(float("nan")))
)


@given(tables)
def test_front_equals_brute_force(table):
    def dominated(row):
        better = (table <= row).all(axis=1) & (table < row).any(axis=1)
        return better.any()

    expected = [i for i, row in enumerate(table) if not np.isnan(row).any() and not dominated(row)]
    assert pareto_front(table).tolist() == expected
