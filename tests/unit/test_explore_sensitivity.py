"""Sobol indices against closed forms and scipy's, flips that flip, and figures over random orders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import qmc, uniform
from scipy.stats import sobol_indices as of_scipy

import tauplan
from tauplan.catalog.lookup import Catalog
from tauplan.evaluate.resolve import resolve
from tauplan.explore.executors import Here
from tauplan.explore.findings import findings
from tauplan.explore.flips import flip_points
from tauplan.explore.prepared import ready
from tauplan.explore.run import explore
from tauplan.explore.sensitivity import over_axes, over_claims
from tauplan.explore.sobol import jansen, sobol_indices
from tauplan.explore.uncertainty import objectives_of
from tauplan.spec.study import Sensitivity, parse_study

ROOT = Path(__file__).parents[2]
CATALOG = Catalog.load()

STUDY = """
scenario: kunlun3-train.yaml
axes:
  system.accelerator: [Baidu Kunlun 3, NVIDIA H100 SXM5 80GB, Huawei Ascend 910C]
  system.count: [512, 1024, 2048]
  system.site.pue: [1.1, 1.5]
objectives: [time_to_result, cost, energy]
"""


def study(text):
    return ready(parse_study(text, ROOT / "examples"), CATALOG)


def ishigami(u, a=7.0, b=0.1):
    x = np.pi * (2.0 * u - 1.0)
    return np.sin(x[:, 0]) + a * np.sin(x[:, 1]) ** 2 + b * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_the_ishigami_function_has_its_indices():
    a, b = 7.0, 0.1
    whole = a**2 / 8 + b * np.pi**4 / 5 + b**2 * np.pi**8 / 18 + 0.5
    alone = [0.5 * (1 + b * np.pi**4 / 5) ** 2, a**2 / 8, 0.0]
    joint = b**2 * np.pi**8 * (1 / 18 - 1 / 50)
    found = sobol_indices(lambda u: np.stack((ishigami(u), np.full(len(u), 3.0)), axis=1), 3, 8192, 0)
    assert found.first[0] == pytest.approx(np.array(alone) / whole, abs=5e-3)
    total = [alone[0] + joint, alone[1], joint]
    assert found.total[0] == pytest.approx(np.array(total) / whole, abs=5e-3)
    assert (np.abs(found.total[0] - np.array(total) / whole) < 4 * found.error[0]).all()
    assert not found.first[1].any()  # a constant hangs on nothing
    assert not found.total[1].any()


def test_total_indices_are_those_of_scipy():
    rng = np.random.default_rng(0)
    theirs = of_scipy(func=lambda x: ishigami(x.T), n=4096, dists=[uniform()] * 3, rng=rng)
    ours = sobol_indices(lambda u: ishigami(u)[:, None], 3, 4096, 0)
    assert ours.total[0] == pytest.approx(theirs.total_order, abs=0.02)
    assert ours.first[0] == pytest.approx(theirs.first_order, abs=0.02)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0.0, 3.0), min_size=2, max_size=5), st.integers(0, 9))
def test_indices_of_a_sum_are_the_shares_of_its_variances(weights, seed):
    weights = np.array(weights)
    found = sobol_indices(lambda u: (u @ weights)[:, None], len(weights), 2048, seed)
    shares = weights**2 / max((weights**2).sum(), 1e-300) * (weights.max() > 0)
    assert found.first[0] == pytest.approx(shares, abs=0.03)
    assert found.total[0] == pytest.approx(shares, abs=0.03)


def test_points_without_a_figure_are_left_out_in_pairs():
    points = qmc.Sobol(4, rng=np.random.default_rng(1)).random(4096)
    a, b = points[:, :2], points[:, 2:]

    def model(u):
        return np.where(u[:, 0] > 0.9, np.nan, u[:, 1])[:, None]

    mixed = [np.column_stack((b[:, 0], a[:, 1])), np.column_stack((a[:, 0], b[:, 1]))]
    found = jansen(model(a), model(b), np.stack([model(m) for m in mixed]))
    assert found.used[0] == pytest.approx([0.81, 0.9], abs=0.02)
    assert found.total[0] == pytest.approx([0.0, 1.0], abs=0.05)


def test_the_axes_of_a_study_explain_its_figures():
    prepared = study(STUDY)
    found = {
        (share.figure, share.name): share for share in over_axes(prepared, Sensitivity(samples=1024)).shares
    }
    every = prepared.work.chosen(np.arange(prepared.space.designs)).objectives.reshape(3, 3, 2, 3)
    for place, figure in enumerate(("time_to_result", "cost", "energy")):
        values = every[..., place]
        for axis, name in enumerate(("system.accelerator", "system.count", "system.site.pue")):
            rest = tuple(other for other in range(3) if other != axis)
            exact = values.mean(axis=rest).var() / values.var()
            total = values.var(axis=axis).mean() / values.var()
            assert found[figure, name].first == pytest.approx(exact, abs=0.06)
            assert found[figure, name].total == pytest.approx(total, abs=0.06)
    assert found["time_to_result", "system.site.pue"].total == 0.0


def test_the_claims_behind_a_design_explain_its_figures():
    prepared = study(STUDY)
    found = over_claims(prepared, 0, Sensitivity(samples=128))
    assert found.used > 0.9
    by = {share.name: share for share in found.shares if share.figure == "time_to_result"}
    assert sum(share.total for share in by.values()) > 0.8
    assert "market: world.electricity" not in {n for n, share in by.items() if share.total > 0}
    energy = [share for share in found.shares if share.figure == "energy"]
    assert energy == sorted(energy, key=lambda share: -share.total)
    assert found == over_claims(prepared, 0, Sensitivity(samples=128))


def test_at_a_flip_two_designs_do_equally_well():
    prepared = study(STUDY)
    flips = flip_points(prepared, explore(prepared, Here()))
    assert flips
    for flip in flips:
        times = []
        for design in (flip.design, flip.rival):
            scenario = prepared.space.scenario(design)
            values = np.array([flip.chosen, flip.at])
            claims = {(flip.part, flip.field): values}
            used = resolve(scenario, CATALOG).book.uses
            table = objectives_of(prepared, scenario, claims if (flip.part, flip.field) in used else {}, 2)
            times.append(table[:, 0])
        (now, then), (rival_now, rival_then) = times
        assert now <= rival_now
        assert then == pytest.approx(rival_then, rel=5e-3)  # straight lines between 65 values
        assert flip.low <= flip.at <= flip.high


def test_findings_hold_what_a_study_asks_for_and_no_more():
    prepared = study(STUDY)
    plain = findings(prepared, explore(prepared, Here()), 3)
    assert (len(plain.top), plain.sure, plain.flips, plain.hangs) == (3, (), (), ())
    asked = study(STUDY + "uncertainty: {draws: 20}\nsensitivity: {samples: 16, designs: 2}\n")
    whole = findings(asked, explore(asked, Here()), 1)
    assert whole.sure
    assert whole.flips
    assert [hangs.of == "axes" for hangs in whole.hangs] == [True, False, False]


def test_figures_over_random_orders_are_those_of_an_answer():
    text = STUDY.replace("kunlun3-train.yaml", "ordered-train.yaml")
    base = (ROOT / "examples" / "kunlun3-train.yaml").read_text(encoding="utf-8")
    text = STUDY.replace(
        "scenario: kunlun3-train.yaml",
        "scenario:\n  "
        + base.replace("\n", "\n  ")
        + "\n  supply: {prices: {scenario: super-cycle, share: 0.3}}",
    ).replace(
        "[time_to_result, cost, energy]", "[time_to_result_p90, cost_p90, chance_late, expected_lateness]"
    )
    prepared = study(text + "ordered: 2026-12-01\ndeadline: 2027-06-01\n")
    numbers = np.arange(prepared.space.designs)
    slab = prepared.evaluator.listed(numbers)
    for design in (0, 7, 17):
        scenario = prepared.space.scenario(design)
        supply = scenario.supply.model_copy(update={"due": 182 * 86400.0})
        odds = tauplan.answer(scenario.model_copy(update={"supply": supply})).supply_odds
        assert slab.figures["time_to_result_p90"][design] == pytest.approx(odds.p90_s, rel=1e-12)
        assert slab.figures["cost_p90"][design] == pytest.approx(odds.cost_p90_USD, rel=1e-12)
        assert slab.figures["chance_late"][design] == pytest.approx(odds.chance_late, abs=1e-12)
        late = slab.figures["expected_lateness"][design]
        assert late >= max(odds.mean_s - 182 * 86400.0, 0.0) - 1.0
        assert (late > 0) == (odds.chance_late > 0)
