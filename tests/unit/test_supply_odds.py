"""Supply in an answer: percentiles, lateness, prices until delivery, and the vendors that hold it back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tauplan
from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError
from tauplan.evaluate.batch import ODDS, evaluate_batch
from tauplan.evaluate.supply_odds import readiness
from tauplan.explore.prepared import ready
from tauplan.explore.rows import rows
from tauplan.report.export import to_json_dict
from tauplan.spec.study import parse_study
from tauplan.supply.lead_times import Wait, chance_within, quantile

EXAMPLES = Path(__file__).parents[2] / "examples"
WEEK = 7 * 86400.0


def scenario(example, *changes):
    return tauplan.read_scenario(EXAMPLES / f"{example}.yaml", changes)


def odds(example, *changes):
    return tauplan.answer(scenario(example, *changes)).supply_odds


@pytest.mark.parametrize(("example", "holds"), [("kunlun3-train", "SSD makers"), ("h100-train", "NVIDIA")])
def test_the_wait_is_owned_by_vendors(example, holds):
    answer = tauplan.answer(scenario(example))
    found = answer.supply_odds
    assert max(found.by_vendor_s, key=found.by_vendor_s.get) == holds
    assert sum(found.by_vendor_s.values()) == pytest.approx(found.mean_s - answer.run_s)
    assert sum(found.by_link_s.values()) == pytest.approx(found.mean_s - answer.run_s)
    # a maximum of uncertain waits is later than the maximum of their medians
    assert answer.time_to_result_s < found.p50_s < found.p90_s
    assert to_json_dict(answer)["supply_odds"]["by_vendor_s"] == found.by_vendor_s


def test_a_single_uncertain_order_is_the_log_normal_itself():
    """Against the closed form: one order, all else kept to the day."""
    waits = {"memory": Wait(10 * WEEK, 30 * WEEK), "install": Wait(2 * WEEK, 2 * WEEK, ("memory",))}
    found = readiness(waits, WEEK, 20 * WEEK)
    assert found.p50_s == pytest.approx(13 * WEEK, rel=1e-3)
    assert found.p90_s == pytest.approx(quantile(10 * WEEK, 30 * WEEK, 0.9) + 3 * WEEK, rel=2e-3)
    assert found.chance_late == pytest.approx(1 - chance_within(10, 30, 17), abs=1e-3)


def test_a_longer_deadline_is_missed_less_often_and_a_date_is_a_time_after_the_order():
    tight, loose = (odds("kunlun3-train", f"supply.due={weeks} weeks").chance_late for weeks in (30, 60))
    assert 1 > tight > loose > 0
    dated = odds("kunlun3-train", "supply.ordered=2026-06-01", "supply.due=2026-12-28")
    assert dated.due_s == 30 * WEEK
    assert dated.chance_late == tight
    assert odds("kunlun3-train").chance_late is None
    assert odds("kunlun3-train", "supply.in_hand=true") is None


def test_lead_times_kept_to_the_day_leave_no_chance():
    items = ("accelerator", "server", "memory", "storage", "switch", "optics", "installation")
    sure = odds("kunlun3-train", *(f"supply.lead_times.{item}=10 weeks" for item in items))
    assert sure.p50_s == pytest.approx(sure.p90_s)
    late = odds(
        "kunlun3-train", "supply.lead_times.storage=10 weeks", "supply.lead_times_p90.storage=80 weeks"
    )
    assert late.p90_s > 60 * WEEK


def test_dear_markets_cost_more_at_p90():
    prices = ("supply.prices.share=0.3", "supply.prices.scenario=")
    plain = odds("h100-train")
    assert plain.cost_p50_USD == plain.cost_p90_USD
    dear = odds("h100-train", prices[0], prices[1] + "super-cycle")
    calm = odds("h100-train", prices[0], prices[1] + "calm")
    assert calm.cost_p50_USD < plain.cost_p50_USD < dear.cost_p50_USD < dear.cost_p90_USD


def test_scalar_and_batch_are_the_same_numbers():
    base = scenario("kunlun3-train", "supply.due=30 weeks")
    counts, weeks = np.array([32, 1024, 1024, 2048]), np.array([12.0, 12.0, 40.0, 12.0]) * WEEK
    axes = {"system.count": counts, "supply.lead_times.storage": weeks}
    batch = evaluate_batch(base, axes, odds=True)
    for row in (1, 2, 3):
        changes = (f"system.count={counts[row]}", f"supply.lead_times.storage={weeks[row] / WEEK} weeks")
        alone = odds("kunlun3-train", "supply.due=30 weeks", *changes)
        for name in ODDS:
            assert batch[name][row] == getattr(alone, name), (name, row)
    plain = evaluate_batch(base, axes)
    assert not set(ODDS) & set(plain.figures)
    assert (plain["time_to_result_s"] == batch["time_to_result_s"]).all()


@given(st.floats(1.0, 40.0), st.floats(1.0, 4.0), st.floats(1.01, 2.0))
def test_waits_scale_and_longer_waits_are_never_sooner(median, ratio, factor):
    def ready(scale):
        first = Wait(median * scale, median * ratio * scale)
        return readiness({"a": first, "b": Wait(5.0 * scale, 9.0 * scale, ("a",))}, 0.0, None)

    assert float(ready(factor).p90_s) == pytest.approx(factor * float(ready(1.0).p90_s))
    longer = readiness({"a": Wait(median * factor, median * ratio * factor)}, 0.0, median)
    shorter = readiness({"a": Wait(median, median * ratio)}, 0.0, median)
    assert longer.p50_s >= shorter.p50_s
    assert longer.chance_late >= shorter.chance_late


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (("supply.due=2027-03-01",), ("supply", "no day of the order", "supply.ordered")),
        (("supply.ordered=2027-03-01", "supply.due=2027-01-01"), ("due before the order",)),
        (("supply.due=soon",), ("supply.due", "not a quantity")),
        (("supply.ordered=someday",), ("supply.ordered", "not a date")),
        (("supply.prices.scenario=supercycle", "supply.prices.share=0.3"), ("did you mean 'super-cycle'",)),
        (("supply.prices.scenario=calm",), ("supply.prices.share", "missing field")),
    ],
)
def test_wrong_deadlines_and_prices_are_named(changes, words):
    with pytest.raises(InputError) as error:
        odds("kunlun3-train", *changes)
    for word in words:
        assert word in str(error.value)


def test_a_designed_chip_is_made_step_by_step_each_owned_by_whoever_does_it():
    plain = tauplan.answer(scenario("lane-change"))
    links = {link.name: link for link in plain.supply_chain}
    assert {"wafers", "test", "stacks", "package", "board", "installation"} <= set(links)
    assert [n for n in links if links[n].critical] == ["stacks", "package", "board", "installation"]
    assert links["package"].start_s == max(links["test"].end_s, links["stacks"].end_s)
    assert {"TSMC", "HBM makers", "packager", "board maker"} <= set(plain.supply_odds.by_vendor_s)
    early = tauplan.answer(scenario("lane-change", "supply.begins=design"))
    assert {"design", "masks"} <= {link.name for link in early.supply_chain if link.critical}
    assert early.owned_s["supply"] > plain.owned_s["supply"] + 80 * WEEK - links["stacks"].end_s
    bought = tauplan.answer(scenario("lane-change", "supply.lead_times.accelerator=10 weeks"))
    assert "wafers" not in {link.name for link in bought.supply_chain}


def test_a_late_fab_owns_its_wait():
    own = tauplan.answer(scenario("lane-change", "supply.lead_times.wafers=80 weeks"))
    assert "wafers" in {link.name for link in own.supply_chain if link.critical}
    assert own.supply_odds.by_vendor_s["TSMC"] == pytest.approx(80 * WEEK, rel=0.01)


def test_short_lead_times_at_full_load_are_for_some_customers_alone():
    favoured = tauplan.answer(scenario("kunlun3-train"))
    (said,) = [note for note in favoured.warnings if note.startswith("memory:")]
    assert "at 95% load no more than 72% of orders" in said and "61 weeks" in said
    other = tauplan.answer(scenario("kunlun3-train", "supply.unfavoured=[memory]"))
    assert other.owned_s["supply"] > favoured.owned_s["supply"] + 15 * WEEK
    assert (
        max(other.supply_odds.by_vendor_s, key=other.supply_odds.by_vendor_s.get) == "memory, Chinese vendors"
    )
    own = tauplan.answer(scenario("kunlun3-train", "supply.lead_times.memory=4 weeks"))
    assert not [note for note in own.warnings if note.startswith("memory:")]


STUDY = """\
scenario:
  workload: {task: train, model: meta-llama/Llama-3.1-70B, sequence: 8192, global_batch: 1024, tokens: 300e9}
  system: {accelerator: Baidu Kunlun 3, count: 1024}
  plan: {pipeline: 4, tensor: 8}
  supply: {prices: {scenario: calm, share: 0.3}}
ordered: 2026-06-01
deadline: 2027-03-01
axes:
  supply.prices.scenario: [super-cycle, calm]
  memory vendor:
    options:
      CXMT: {supply.lead_times.memory: 4 weeks, supply.lead_times_p90.memory: 8 weeks}
      overseas: {supply.lead_times.memory: 26 weeks, supply.lead_times_p90.memory: 40 weeks}
  supply.lead_times.server: [4 weeks, 40 weeks]
objectives: [time_to_result_p90, cost_p90, chance_late]
"""


def test_vendor_and_market_are_axes_of_a_study(tmp_path):
    """Every design of a study gets the percentiles that its own answer has."""
    prepared = ready(parse_study(STUDY, tmp_path), Catalog.load())
    found = rows(prepared, range(prepared.space.designs))
    assert len(found) == 8
    for row in found:
        one = tauplan.answer(prepared.space.scenario(row.design)).supply_odds
        assert row.figures["time_to_result_p90"] == pytest.approx(one.p90_s, rel=1e-9)
        assert row.figures["cost_p90"] == pytest.approx(one.cost_p90_USD, rel=1e-6)
        assert 0 < row.figures["chance_late"] <= 1
    dear = {row.labels["supply.prices.scenario"]: row.figures["cost_p90"] for row in found}
    assert dear["super-cycle"] > dear["calm"]
