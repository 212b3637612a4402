"""Elasticities agree with owned seconds, roadmaps with plain evaluations, draws with their bands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauplan.catalog.lookup import Catalog
from tauplan.evaluate.batch import put
from tauplan.evaluate.resolve import resolve
from tauplan.evaluate.solve import solve
from tauplan.explore.executors import Here
from tauplan.explore.figures import known_figures
from tauplan.explore.levels import elasticities, roadmap
from tauplan.explore.prepared import ready
from tauplan.explore.run import explore
from tauplan.explore.uncertainty import drawn_claims, how_sure, stands, triangular
from tauplan.spec.scenario import read_scenario
from tauplan.spec.study import parse_study
from tauplan.tau import LEVELS

ROOT = Path(__file__).parents[2]
CATALOG = Catalog.load()
FIGURES = known_figures(CATALOG, None)

STUDY = """
scenario: kunlun3-train.yaml
axes:
  system.accelerator: [Baidu Kunlun 3, NVIDIA H100 SXM5 80GB, Huawei Ascend 910C]
  system.count: [512, 1024, 2048]
objectives: [run, cost]
"""


def calm(name):
    """Return an example without failures and bubbles, which have times of their own."""
    scenario = read_scenario(ROOT / "examples" / name)
    changes = {
        "reliability.mtbf": 1e30,
        "reliability.checkpoint": 0.0,
        "plan.pipeline": 1,
        "plan.interleave": 1,
    }
    for path, value in changes.items():
        scenario = put(scenario, path, value)
    return scenario


@pytest.mark.parametrize("name", ["kunlun3-train.yaml", "h100-train.yaml", "copper-vs-light-light.yaml"])
def test_the_elasticity_of_time_is_the_share_of_owned_seconds(name):
    resolved = resolve(calm(name), CATALOG)
    owned = solve(resolved.explained()).time_to_result.by_level()
    whole = sum(float(seconds) for seconds in owned.values())
    found = elasticities(resolved, [FIGURES["time_to_result"]])["time_to_result"]
    for level in LEVELS:
        assert found[level] == pytest.approx(float(owned[level]) / whole, abs=2e-6)
    assert sum(found.values()) == pytest.approx(1.0, abs=1e-5)


def test_cost_and_energy_answer_to_levels_and_supply_does_not_cost():
    found = elasticities(resolve(calm("kunlun3-train.yaml"), CATALOG), [FIGURES["cost"], FIGURES["energy"]])
    assert found["cost"]["supply"] == found["energy"]["supply"] == 0.0
    assert found["cost"]["transistor"] > 0.1
    assert sum(found["cost"].values()) <= 1.0 + 1e-6


def test_a_roadmap_ends_where_a_plain_evaluation_does():
    scenario = calm("kunlun3-train.yaml")
    years = roadmap(resolve(scenario, CATALOG), {"supply": 2.0}, 3)
    plain = solve(resolve(scenario, CATALOG).case)
    assert [year.year for year in years] == [0, 1, 2, 3]
    assert years[0].time_to_result_s == pytest.approx(float(plain.time_to_result), rel=1e-12)
    assert years[3].time_to_result_s == pytest.approx(float(plain.supply / 8 + plain.run), rel=1e-12)
    assert years[3].run_s == pytest.approx(float(plain.run), rel=1e-12)


@given(st.floats(0.1, 1.0), st.floats(0.0, 1.0), st.floats(0.01, 5.0))
def test_triangular_draws_stay_in_their_band_and_have_its_mean(low, share, width):
    high, mode = low + width, low + share * width
    uniform = (np.arange(20_000) + 0.5) / 20_000
    values = triangular(low, mode, high, uniform)
    assert values.min() >= low
    assert values.max() <= high
    assert np.all(np.diff(values) >= -1e-12)
    assert values.mean() == pytest.approx((low + mode + high) / 3.0, rel=1e-3)


def test_a_claim_has_one_value_for_all_designs_of_a_draw():
    first = resolve(read_scenario(ROOT / "examples" / "kunlun3-train.yaml"), CATALOG).book
    second = resolve(read_scenario(ROOT / "examples" / "h100-train.yaml"), CATALOG).book
    one, other = (drawn_claims(book, 20, 3) for book in (first, second))
    shared = set(one) & set(other)
    assert shared
    assert all(np.array_equal(one[key], other[key]) for key in shared)
    assert not np.array_equal(one[next(iter(shared))], drawn_claims(first, 20, 4)[next(iter(shared))])


def test_how_sure_a_front_is():
    study = ready(parse_study(STUDY + "uncertainty: {draws: 50}\n", ROOT / "examples"), CATALOG)
    outcome = explore(study, Here())
    sure = how_sure(study, outcome)
    assert [stand.design for stand in sure] == outcome.front.designs.tolist()
    assert all(0.0 <= stand.share <= stand.feasible <= 1.0 for stand in sure)
    assert max(stand.share for stand in sure) > 0.2
    for stand in sure:
        for low, middle, high in stand.quantiles.values():
            assert low <= middle <= high
    assert sure == how_sure(study, outcome)  # the same draws every time


def test_without_rivals_every_draw_has_a_front():
    study = ready(parse_study(STUDY, ROOT / "examples"), CATALOG)
    everyone = stands(study, list(range(9)), [], 30, 0)
    assert sum(stand.share for stand in everyone) >= 1.0 - 1e-12
    assert how_sure(study, explore(study, Here())) == ()
