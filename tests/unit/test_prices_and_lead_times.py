"""Price paths, price scenarios, lead times as distributions, and the chain that owns them."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauplan.errors import InputError
from tauplan.supply.capacity import favoured_lead_time, mean_lead_time, wafer_output
from tauplan.supply.inventory.queueing import kingman_wait
from tauplan.supply.lead_times import Wait, chance_within, draw_chain, quantile
from tauplan.supply.market.series import of_series, shipped_figures
from tauplan.supply.market.timeline import timeline
from tauplan.supply.price.fit import fit_regimes, still
from tauplan.supply.price.forecast import ALL_MODELS, backtest
from tauplan.supply.price.paths import Regime, Terms, simulate_paths
from tauplan.supply.price.scenario_data import price_scenario, price_scenarios, shipped_terms

TERMS = shipped_terms()
WEEK = 604800.0


def test_ten_thousand_paths_of_two_years_are_quick():
    start = time.process_time()
    simulate_paths(price_scenario("super-cycle"), TERMS, 10_000, 104)
    assert time.process_time() - start < 0.2


def test_one_regime_is_a_random_walk_of_its_numbers():
    paths = simulate_paths((Regime(0.2, 0.3, 1e9, 1.0),), TERMS, 20_000, 52)
    year = np.log(paths.market[:, -1])
    assert year.mean() == pytest.approx(0.2, abs=0.01)
    assert year.std() == pytest.approx(0.3, rel=0.03)
    assert (paths.market[:, 0] == 1).all()


def test_contracts_stand_still_between_resets_and_then_step():
    paths = simulate_paths(price_scenario("super-cycle"), TERMS, 500, 52)
    changes = np.diff(np.log(paths.contract), axis=1) != 0
    weeks = np.flatnonzero(changes.any(axis=0)) + 1
    assert (weeks % TERMS.reset_weeks == 0).all()
    still = 1 - changes[:, weeks - 1].mean()
    assert still == pytest.approx(TERMS.sticky, abs=0.03)


def test_a_contract_that_passes_all_follows_the_market():
    free = Terms(1, 0.0, 1.0, 10.0, 0.0, 8.0)
    paths = simulate_paths(price_scenario("super-cycle"), free, 50, 30)
    np.testing.assert_allclose(paths.contract[:, 1:], paths.market[:, 1:], rtol=1e-5)
    np.testing.assert_allclose(paths.spot, paths.market)


def test_a_regime_ends_when_it_must():
    paths = simulate_paths(price_scenario("normalises by 2027Q2"), TERMS, 2000, 60)
    assert (paths.regime[:, 20] == 0).any()
    assert not (paths.regime[:, 45:] == 0).any()


def test_dear_scenarios_are_dearer():
    end = {
        name: np.median(simulate_paths(r, TERMS, 4000, 52).contract[:, -1])
        for name, r in price_scenarios().items()
    }
    assert end["embargo on one vendor"] > end["super-cycle"] > end["normalises by 2027Q2"] > end["calm"]


def test_scenario_files_are_checked(tmp_path):
    head = "scenario,regime,drift_per_year,volatility,stay_weeks,start,until_week,source,grade,note\n"
    path = tmp_path / "s.csv"
    path.write_text(head + "mine,up,0.5,0.1,20,1,,me,estimate,\n", encoding="utf-8")
    assert price_scenario("mine", path)[0].drift == 0.5
    path.write_text(
        head + "mine,up,much,0.1,20,1,,me,estimate,\nmine,up,1,-1,20,0,,me,estimate,\n", encoding="utf-8"
    )
    with pytest.raises(InputError) as error:
        price_scenarios(path)
    for word in ("s.csv:2", "not a number", "out of range", "no regime to start in"):
        assert word in str(error.value)
    with pytest.raises(InputError, match="did you mean 'super-cycle'"):
        price_scenario("supercycle")
    with pytest.raises(InputError, match="cannot read"):
        price_scenarios(tmp_path / "none.csv")


@given(st.floats(1.0, 30.0), st.floats(1.05, 4.0), st.floats(0.05, 0.95))
def test_quantile_and_chance_are_inverse(median, ratio, chance):
    limit = quantile(median, median * ratio, chance)
    assert chance_within(median, median * ratio, limit) == pytest.approx(chance)
    assert quantile(median, median * ratio, 0.9) == pytest.approx(median * ratio)


def test_a_chain_is_owned_by_its_longest_path():
    chain = {
        "wafers": Wait(12 * WEEK, 12 * WEEK, (), "foundry"),
        "memory": Wait(4 * WEEK, 4 * WEEK, (), "memory maker"),
        "server": Wait(3 * WEEK, 3 * WEEK, ("wafers", "memory"), "OEM"),
    }
    found = draw_chain(chain, 100)
    assert found.by_vendor == pytest.approx({"foundry": 12 * WEEK, "memory maker": 0.0, "OEM": 3 * WEEK})
    uncertain = chain | {"memory": Wait(10 * WEEK, 30 * WEEK, (), "memory maker")}
    drawn = draw_chain(uncertain, 4000)
    assert sum(drawn.by_vendor.values()) == pytest.approx(drawn.finish_s.mean())
    assert drawn.by_vendor["memory maker"] > WEEK
    assert drawn.chance_late(15.01 * WEEK) == pytest.approx(1 - chance_within(10, 30, 12.01), abs=0.03)


@given(st.floats(0.3, 0.98), st.floats(0.05, 0.9), st.floats(0.2, 2.0))
def test_favour_moves_waits_but_makes_no_capacity(load, share, variability):
    first, others = favoured_lead_time(1.0, load, share, variability)
    mean = share * first + (1 - share) * others
    assert mean == pytest.approx(mean_lead_time(1.0, load, variability), rel=1e-9)
    assert first <= mean <= others


def test_full_factories_and_short_waits_are_both_true_for_the_favoured_alone():
    first, others = favoured_lead_time(1.0, 0.95, 0.5)
    assert first < 4 < 12 < others
    assert mean_lead_time(1.0, 0.95) == pytest.approx(1 + kingman_wait(0.95, 1.0)) == pytest.approx(20.0)


def test_output_is_proportional():
    assert wafer_output(1000, 0.5, 60, 0.9) == pytest.approx(27_000)


def test_regimes_are_found_again_in_what_they_made():
    """Steps drawn from three known states give back their drifts, spreads and stays."""
    rng = np.random.default_rng(5)
    state, steps = 0, []
    for _ in range(900):
        state = state if rng.random() < 0.95 else int(rng.integers(3))
        steps.append(rng.normal((-0.3, 0.0, 0.4)[state], (0.06, 0.03, 0.08)[state]))
    fit = fit_regimes(steps)
    np.testing.assert_allclose(fit.mean, (-0.3, 0.0, 0.4), atol=0.03)
    np.testing.assert_allclose(fit.spread, (0.06, 0.03, 0.08), rtol=0.2)
    assert (np.diag(fit.moves) > 0.93).all()
    assert fit.now[state] > 0.9
    assert fit.forecast(1) == pytest.approx(float(fit.now @ fit.moves @ fit.mean))
    gaps = np.array(steps)
    gaps[100:130] = np.nan
    np.testing.assert_allclose(fit_regimes(gaps).mean, fit.mean, atol=0.02)


def test_the_scenario_of_the_past_is_the_fit_to_the_history_that_ships():
    line = timeline(of_series(shipped_figures(), "retail_memory_price"))
    fit = fit_regimes(np.diff(np.log(line.values)))
    for regime, told in zip(fit.regimes(1), price_scenario("as in the past"), strict=True):
        assert told.drift == pytest.approx(regime.drift, abs=0.02)
        assert told.volatility == pytest.approx(regime.volatility, abs=0.02)
        assert told.stay_weeks == pytest.approx(regime.stay_weeks, rel=0.05)
        assert told.start == pytest.approx(regime.start, abs=0.02)


def test_a_contract_stands_still_as_often_as_its_prints_say():
    assert still([1, 1, 2, np.nan, 2, 2]) == pytest.approx(2 / 3)


def test_regimes_beat_no_change_where_prices_move_in_regimes():
    rng = np.random.default_rng(2)
    state, steps = 0, []
    for _ in range(90):
        state = state if rng.random() < 0.94 else int(rng.integers(3))
        steps.append(rng.normal((-0.15, 0.0, 0.2)[state], 0.03))
    scores = {(s.model, s.horizon): s.ratio for s in backtest(np.cumsum(steps), (1, 3), ALL_MODELS).scores()}
    assert scores["regimes", 1] < 0.6 and scores["regimes", 3] < 0.8
