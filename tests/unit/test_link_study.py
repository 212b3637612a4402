"""Copper against light in one scenario: what is fixed stays fixed, and light wins where it should."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError
from tauplan.evaluate.link_breakeven import break_evens
from tauplan.evaluate.link_study import CLASSES, Setting, compare_links, matched
from tauplan.spec.scenario import read_scenario

CATALOG = Catalog.load()
SCENARIO = read_scenario(Path(__file__).parents[2] / "examples" / "copper-vs-light.yaml")
MATCHED = compare_links(SCENARIO, CATALOG)
WIDE = compare_links(SCENARIO, CATALOG, setting=Setting(domain=1024.0))
NATIVE = compare_links(SCENARIO, CATALOG, setting=Setting(edge_m=0.01))


def test_six_classes_answer_every_question():
    assert [option.link for option in MATCHED] == list(CLASSES)
    for option in (*MATCHED, *WIDE, *NATIVE):
        assert option.feasible
        assert option.step_s > 0
        assert option.step_J > option.link_J > 0
        assert option.step_USD > 0
        assert 0.9 < option.availability < 1.0
        assert option.time_to_result_s > option.lead_s > 0


def test_a_matched_comparison_fixes_bandwidth_and_domain():
    assert {(option.bandwidth_Bps, option.domain) for option in MATCHED} == {(400e9, 32.0)}
    steps = [option.step_s for option in MATCHED]
    assert max(steps) / min(steps) < 1.001


def test_matched_means_what_all_can_meet():
    serving = read_scenario(Path(__file__).parents[2] / "examples" / "cloudmatrix-serve.yaml")
    setting = matched(serving, CATALOG)
    assert setting.domain == 32
    options = compare_links(serving, CATALOG, setting=setting)
    assert {option.domain for option in options} == {32.0}
    tokens = serving.workload.requests * serving.workload.output
    for option in options:
        run = option.time_to_result_s - option.lead_s
        assert option.pace_s == pytest.approx(run / tokens)
        assert option.pace_s < option.step_s


def test_copper_stays_in_its_rack_and_light_does_not():
    domains = {option.link: option.domain for option in WIDE}
    assert domains["DAC 800G"] == 32
    assert all(domain == 1024 for link, domain in domains.items() if link != "DAC 800G")
    assert all(option.step_s < 0.95 * WIDE[0].step_s for option in WIDE[1:])


def test_native_bandwidth_follows_the_edge():
    twice = compare_links(SCENARIO, CATALOG, setting=Setting(edge_m=0.02))
    for one, two in zip(NATIVE, twice, strict=True):
        assert two.bandwidth_Bps == pytest.approx(2 * one.bandwidth_Bps)
        assert two.step_s <= one.step_s


def test_a_dearer_port_costs_more_per_step_and_nothing_else():
    cheap, dear = (
        compare_links(SCENARIO, CATALOG, ("CPO 800G",), Setting(price_USD=p))[0] for p in (100.0, 1000.0)
    )
    assert dear.step_USD > cheap.step_USD
    assert replace(dear, step_USD=cheap.step_USD, network_USD=cheap.network_USD) == cheap


def test_break_evens_are_where_the_answers_cross():
    found = break_evens(SCENARIO, CATALOG, CLASSES, Setting(domain=1024.0))
    assert [one.link for one in found] == list(CLASSES[1:])
    base = WIDE[0].step_USD
    for one in found:
        assert one.faster_domain is not None
        assert one.faster_domain > 32
        option = compare_links(SCENARIO, CATALOG, (one.link,), Setting(domain=1024.0, price_USD=one.par_USD))[
            0
        ]
        assert option.step_USD == pytest.approx(base, rel=1e-6)
        cheaper = next(o for o in WIDE if o.link == one.link).step_USD < base
        assert cheaper == (one.price_USD < one.par_USD)


def test_an_unknown_link_is_refused():
    with pytest.raises(InputError, match="unknown link"):
        compare_links(SCENARIO, CATALOG, ("wet string",))
    with pytest.raises(InputError):
        compare_links(SCENARIO, CATALOG, ("NVLink 1",))
