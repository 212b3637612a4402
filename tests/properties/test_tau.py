"""The algebra of time: owned seconds sum to the total, degree 1, same numbers as plain floats."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tauplan import tau
from tauplan.tau import LEVELS, Time

PRIMITIVES = 6
times = st.lists(st.floats(1e-12, 1e6), min_size=PRIMITIVES, max_size=PRIMITIVES)
leaves = st.integers(0, PRIMITIVES - 1).map(lambda i: ("leaf", i))
factors = st.floats(0.01, 100.0)


def _nodes(children):
    pair = st.tuples(children, children)
    return st.one_of(
        pair.map(lambda p: ("add", *p)),
        pair.map(lambda p: ("max", *p)),
        pair.map(lambda p: ("min", *p)),
        pair.map(lambda p: ("mean", *p)),
        st.tuples(children, factors).map(lambda p: ("scale", *p)),
        st.tuples(children, factors).map(lambda p: ("over", *p)),
    )


expressions = st.recursive(leaves, _nodes, max_leaves=12)


def evaluate(expression, primitives):
    """Build T from primitives, which are floats, arrays or Time: the same source for all three."""
    kind = expression[0]
    if kind == "leaf":
        return primitives[expression[1]]
    if kind in ("scale", "over"):
        value = evaluate(expression[1], primitives)
        return value * expression[2] if kind == "scale" else value / expression[2]
    a, b = (evaluate(e, primitives) for e in expression[1:])
    combine = {"add": np.add, "max": np.maximum, "min": np.minimum, "mean": tau.geometric_mean}
    return combine[kind](a, b)


def owned(values):
    return [Time.of(LEVELS[i], v) for i, v in enumerate(values)]


@given(expressions, times)
def test_owned_seconds_sum_to_the_total_and_equal_plain_floats(expression, values):
    explained = evaluate(expression, owned(values))
    plain = float(evaluate(expression, values))
    assert float(explained.seconds) == pytest.approx(plain, rel=1e-12)
    assert sum(float(v) for v in explained.by_level().values()) == pytest.approx(plain, rel=1e-12)


@given(expressions, times, st.floats(1e-3, 1e3))
def test_degree_one_homogeneity(expression, values, scale):
    once = evaluate(expression, owned(values))
    scaled = evaluate(expression, owned([v * scale for v in values]))
    assert float(scaled.seconds) == pytest.approx(float(once.seconds) * scale, rel=1e-9)


def tied(expression, values):
    """Whether the two sides of any choice in the expression are so close that a step could swap them."""
    if expression[0] == "leaf":
        return False
    children = [child for child in expression[1:] if isinstance(child, tuple)]
    if any(tied(child, values) for child in children):
        return True
    if expression[0] not in ("max", "min"):
        return False
    a, b = (evaluate(child, values) for child in children)
    return math.isclose(a, b, rel_tol=1e-4)


@given(expressions, times)
def test_owned_seconds_are_theta_times_the_derivative_away_from_ties(expression, values):
    assume(not tied(expression, values))
    explained = evaluate(expression, owned(values))
    base = float(explained.seconds)
    for i, theta in enumerate(values):
        step = 1e-6
        up = float(evaluate(expression, [*values[:i], theta * (1 + step), *values[i + 1 :]]))
        down = float(evaluate(expression, [*values[:i], theta * (1 - step), *values[i + 1 :]]))
        right, left = (up - base) / step, (base - down) / step
        mine = float(explained.by_level()[LEVELS[i]])
        assert mine == pytest.approx((right + left) / 2, rel=1e-4, abs=1e-6 * base)


@given(expressions, st.lists(times, min_size=2, max_size=5))
def test_a_batch_equals_its_members(expression, rows):
    table = np.array(rows)
    batch = evaluate(expression, owned(table.T))
    for i, row in enumerate(rows):
        alone = evaluate(expression, owned(row))
        assert np.allclose(batch[i].owned, alone.owned, rtol=1e-12, atol=0.0)


@given(st.floats(1e-9, 1e9), st.floats(1.0, 50.0))
def test_stretch_charges_the_excess_to_the_level(value, factor):
    time = tau.stretch(Time.of("memory", value), factor, "schedule")
    assert float(time.by_level()["memory"]) == value
    assert float(time.seconds) == pytest.approx(value * factor, rel=1e-12)
    assert tau.stretch(value, factor, "schedule") == value * factor


def test_broadcasting_between_times_and_plain_factors_of_more_axes():
    grid = Time.of("link", np.arange(1.0, 4.0)) * np.ones((5, 1))
    assert grid.shape == (5, 3)
    assert (Time.of("link", 1.0) + grid).shape == (5, 3)
    assert np.where(np.ones((2, 1), bool), Time.of("link", np.ones(4)), 0.0).shape == (2, 4)


@pytest.mark.parametrize(
    "misuse",
    [
        lambda t: t + 1.0,
        lambda t: t * t,
        lambda t: np.subtract(t, t),
        lambda t: np.exp(t),
        lambda t: np.maximum(t, 1.0),
        lambda t: np.add.reduce(t),
    ],
)
def test_what_leaves_the_algebra_is_refused(misuse):
    with pytest.raises(TypeError):
        misuse(Time.of("memory", 2.0))


def test_ratio_of_times_is_plain_and_zero_is_neutral():
    a, b = Time.of("memory", 3.0), Time.of("link", 1.5)
    assert float(a / b) == 2.0
    assert float((a + 0.0).seconds) == 3.0
    assert float(tau.total([a, b]).seconds) == 4.5
    assert tau.total([]) == 0.0
    assert bool(a > b)
    assert not bool(a <= b)
