"""Published training steps: mean errors within what the planner promises, with one model for all cases."""

from __future__ import annotations

import pytest

from tauplan.validate.training import shipped_cases, training_errors


@pytest.fixture(scope="module")
def errors():
    return training_errors(shipped_cases())


def of(errors, prefix):
    return [abs(row.error) for row in errors if row.case.startswith(prefix)]


def test_weak_scaling_from_1_7_to_1008_billion_parameters(errors):
    found = of(errors, "megatron-2021")
    assert len(found) == 10
    assert sum(found) / len(found) <= 0.05
    assert max(found) <= 0.11


def test_rows_that_nothing_was_fitted_on(errors):
    held = [abs(row.error) for row in errors if row.use == "check" and row.case.startswith("megatron-2021")]
    assert len(held) == 4
    assert sum(held) / len(held) <= 0.05


def test_full_and_selective_recomputation(errors):
    found = of(errors, "recompute-2022")
    assert len(found) == 8
    assert sum(found) / len(found) <= 0.035
    assert max(found) <= 0.06
