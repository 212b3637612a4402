"""Published serving runs: errors on the shipped compilation stay within what the page on serving states."""

from __future__ import annotations

import numpy as np
import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.validate.shipped import shipped_serving


@pytest.fixture(scope="module")
def found():
    return shipped_serving(Catalog.load())


def median(rows):
    assert len(rows) >= 10
    return float(np.median([abs(p.error) for p in rows]))


def test_every_case_is_answered(found):
    assert [p.case for p in found if not p.answered] == []


@pytest.mark.parametrize("use", ["calibration", "check"])
def test_time_per_output_token_of_shared_workers(found, use):
    assert (
        median([p for p in found if p.family.endswith(", agg") and p.metric == "TPOT" and p.use == use])
        < 0.16
    )


@pytest.mark.parametrize("use", ["calibration", "check"])
def test_time_to_first_token_of_shared_workers(found, use):
    rows = [p.second for p in found if p.family.endswith(", agg") and p.second is not None and p.use == use]
    assert median(rows) < 0.42


def test_pools_of_their_own(found):
    assert median([p for p in found if p.family.endswith(", disagg")]) < 0.22


def test_highest_throughput(found):
    assert median([p for p in found if "throughput" in p.metric]) < 0.18
    values = np.array([(p.measured, p.predicted) for p in found if "throughput" in p.metric])
    assert np.corrcoef(np.log(values).T)[0, 1] > 0.95
