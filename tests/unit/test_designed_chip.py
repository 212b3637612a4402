"""A designed chip in place of a catalogued one: owners, rates, heat, money, the lane change."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import Policy
from tauplan.cli.main import main
from tauplan.errors import InputError
from tauplan.evaluate.batch import evaluate_batch
from tauplan.evaluate.book import Book
from tauplan.evaluate.design_notes import break_even_pitch, fold_gain
from tauplan.evaluate.designed_chip import resolve_design
from tauplan.evaluate.explain import evaluate
from tauplan.evaluate.resolve import resolve
from tauplan.explore.flip import flip
from tauplan.spec.scenario import read_scenario
from tauplan.spec.system import Design

EXAMPLES = Path(__file__).parents[2] / "examples"
LANES = ("lane-change", "lane-change-5nm", "lane-change-3nm")


@pytest.fixture(scope="module")
def catalog():
    return Catalog.load()


@pytest.fixture(scope="module")
def lanes():
    return {name: read_scenario(EXAMPLES / f"{name}.yaml") for name in LANES}


def chip(catalog, **fields):
    base = {"node": "TSMC N7", "products": 110_592, "memory": "HBM3", "stacks": 4}
    return resolve_design(Book(catalog, Policy()), "Baidu Kunlun 3", Design(**{**base, **fields}))


def test_an_answer_shows_owned_seconds_down_to_the_transistor(catalog, lanes):
    answer = evaluate(lanes["lane-change"])
    assert answer.status == "ok"
    for level in ("transistor", "wire", "fold", "sram", "memory", "package", "link"):
        assert answer.owned_s[level] > 0, level
    assert sum(answer.owned_s.values()) == pytest.approx(answer.time_to_result_s, rel=1e-12)
    assert {"fold", "sram"} <= {rung.level for rung in answer.ladder}
    assert any("loses in clock" in note for note in answer.warnings)
    assert "designed in TSMC N7" in answer.summary


def test_the_lane_change(catalog, lanes):
    """7 nm folded with optical I/O beats 5 nm with copper, not 3 nm; it pays for its optics in either case."""
    answers = {name: evaluate(scenario) for name, scenario in lanes.items()}
    run = {name: answer.run_s for name, answer in answers.items()}
    assert run["lane-change-3nm"] < run["lane-change"] < run["lane-change-5nm"]
    assert run["lane-change-5nm"] / run["lane-change"] < 1.2
    assert answers["lane-change"].cost_USD > answers["lane-change-5nm"].cost_USD
    owned = {name: answer.owned_s for name, answer in answers.items()}
    assert owned["lane-change"]["wire"] < owned["lane-change-5nm"]["wire"]
    assert owned["lane-change"]["link"] < owned["lane-change-5nm"]["link"]


def test_where_the_lane_change_flips(catalog, lanes):
    ours, rival = lanes["lane-change"], lanes["lane-change-5nm"]
    optics = flip(ours, rival, "cost_USD", ("400G pluggable", "price"), np.linspace(0, 800, 33), catalog)
    assert len(optics.at) == 1
    assert 100 < optics.at[0] < 450
    energy = flip(
        ours,
        rival,
        "energy_J",
        ("optical I/O 4T", "energy_per_bit"),
        np.linspace(1, 300, 60) * 8e-12,
        catalog,
    )
    assert len(energy.at) == 1
    pitch = flip(ours, rival, "run", "system.accelerator.design.bond_pitch", np.linspace(1, 40, 40) * 1e-6)
    assert np.all(np.diff(pitch.ours) > 0)
    assert pitch.rival > pitch.ours[0]


def test_many_designs_at_once_are_the_same_as_one_by_one(catalog, lanes):
    scenario = lanes["lane-change"]
    pitches = np.array([1.5e-6, 6e-6, 9e-6])
    products = np.array([200_000.0, 262_144.0, 300_000.0])
    head = "system.accelerator.design"
    axes = {f"{head}.bond_pitch": pitches, f"{head}.products": products}
    batch = evaluate_batch(scenario, axes, catalog)
    for row, (pitch, count) in enumerate(zip(pitches, products, strict=True)):
        one = evaluate_batch(scenario, {k: [v] for k, v in zip(axes, (pitch, count), strict=True)}, catalog)
        assert batch["run_s"][row] == pytest.approx(one["run_s"][0], rel=1e-9)
        assert batch["cost_USD"][row] == pytest.approx(one["cost_USD"][0], rel=1e-4)


def test_what_the_scenario_sets_stands_above_the_design(catalog, lanes):
    changed = read_scenario(EXAMPLES / "lane-change.yaml", ("system.accelerator.price=9000 USD",))
    facility = resolve(changed, catalog).case.facility
    assert facility.accelerators_USD == pytest.approx(9000 * 1024)


def test_nodes_trade_area_for_wires(catalog):
    chips = [chip(catalog, node=node) for node in ("TSMC 28 nm", "TSMC N7", "TSMC N5", "TSMC N3E", "TSMC N2")]
    areas = [float(one.area_m2) for one in chips]
    assert areas == sorted(areas, reverse=True)
    shares = [float(one.clock.owned().by_level()["wire"] / one.clock.owned().seconds) for one in chips]
    assert shares == sorted(shares)


def test_folding_saves_footprint_and_money_and_costs_heat(catalog):
    flat, two, four = (chip(catalog, tiers=tiers, bond_pitch="1.5 um") for tiers in (1, 2, 4))
    assert float(two.footprint_m2) == pytest.approx(float(flat.footprint_m2) / 2)
    assert float(four.sustained) < float(two.sustained) < float(flat.sustained) <= 1.0
    assert float(four.sustained) == pytest.approx(0.6, abs=0.15)
    assert float(two.die_USD) < float(flat.die_USD)
    design = Design(node="TSMC N7", products=110_592, tiers=2, bond_pitch="1.5 um", memory="HBM3")
    clock, net = fold_gain(Book(catalog, Policy()), design, two)
    assert clock > 0 > net


def test_a_pitch_that_serves_few_wires_gains_little(catalog):
    pitches = [chip(catalog, tiers=2, bond_pitch=f"{pitch} um") for pitch in (1.5, 6, 20)]
    served = [float(one.shrink.served) for one in pitches]
    assert served == sorted(served, reverse=True)
    periods = [float(one.clock.owned().seconds * one.sustained) for one in pitches]
    assert periods == sorted(periods)


def test_chiplets_cost_interfaces_and_save_yield(catalog):
    """A reticle-size die in two: each is a little more than half as large, and both together are cheaper."""
    whole, split = (chip(catalog, node="TSMC N5", products=290_000, chiplets=n) for n in (1, 2))
    assert float(split.area_m2) == pytest.approx(1.1 * float(whole.area_m2))
    assert 2 * float(split.die_USD) < float(whole.die_USD)
    assert float(split.carbon_kg) < float(whole.carbon_kg)


def test_the_break_even_pitch_parts_gain_from_loss(catalog):
    book = Book(catalog, Policy())
    design = Design(node="TSMC N7", products=110_592, tiers=2, bond_pitch="1.5 um", memory="HBM3")
    even = break_even_pitch(book, design, resolve_design(book, "Baidu Kunlun 3", design))
    assert 2e-6 < even < 20e-6
    gains = []
    for pitch in (0.9 * even, 1.1 * even):
        one = design.model_copy(update={"bond_pitch": pitch})
        gains.append(fold_gain(book, one, resolve_design(book, "Baidu Kunlun 3", one))[0])
    assert gains[0] > 0 > gains[1]


def test_a_die_beyond_a_lithography_field_is_noted():
    answer = evaluate(
        read_scenario(EXAMPLES / "lane-change-5nm.yaml", ("system.accelerator.design.products=400000",))
    )
    assert any("lithography field" in note for note in answer.warnings)


def test_a_lower_supply_is_slower_and_takes_less_energy(catalog):
    nominal, low = (chip(catalog, supply=supply) for supply in (None, "0.6 V"))
    slower = float(low.clock.owned().seconds / nominal.clock.owned().seconds)
    assert 1.1 < slower < 2.0
    arrays = float(low.power.arrays_W / nominal.power.arrays_W) * slower
    assert arrays == pytest.approx(0.64, rel=0.02)
    assert float(low.power.leakage_W) < float(nominal.power.leakage_W)
    with pytest.raises(InputError, match="threshold"):
        chip(catalog, supply="0.2 V")


def test_spare_units_lower_the_price_of_a_large_die(catalog):
    whole, spare = (chip(catalog, products=250_000, harvest=share) for share in (0.0, 0.08))
    assert float(spare.die_USD) < float(whole.die_USD)
    assert float(spare.area_m2) > float(whole.area_m2)


def test_a_part_keeps_its_own_memory_unless_the_design_names_one(catalog):
    own = chip(catalog, memory=None)
    assert own.given["memory_capacity"] == catalog.choose("Baidu Kunlun 3", "memory_capacity").value
    assert chip(catalog, stacks=6).given["memory_bandwidth"] == pytest.approx(6 * 819e9)


def test_bad_designs_are_one_clear_error(tmp_path, capsys):
    text = (EXAMPLES / "lane-change.yaml").read_text(encoding="utf-8")
    bad = tmp_path / "bad.yaml"
    bad.write_text(text.replace("bond_pitch: 1.5 um", "bond_pitch: 1.5 W").replace("tiers: 2", "tiers: 20"))
    with pytest.raises(InputError) as found:
        read_scenario(bad)
    assert len(found.value.problems) == 2
    with pytest.raises(InputError, match="node"):
        evaluate(read_scenario(EXAMPLES / "lane-change.yaml", ("system.accelerator.design.node=N99",)))
    with pytest.raises(InputError, match="memory"):
        evaluate(read_scenario(EXAMPLES / "lane-change.yaml", ("system.accelerator.design.memory=HBM99",)))


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main(list(arguments))
    captured = capsys.readouterr()
    return int(stop.value.code or 0), captured.out, captured.err


def test_the_verbs_of_dies_and_nodes(capsys):
    code, out, _ = run(capsys, "die", "XRING O1")
    assert code == 0
    assert "553" in out
    code, out, _ = run(capsys, "die", "--area", "800 mm2", "--node", "TSMC N5", "--json")
    figures = {row["label"]: row for row in json.loads(out)["figures"]}
    assert figures["good die"]["low"] < figures["good die"]["value"] <= figures["good die"]["high"]
    code, out, _ = run(capsys, "node", "TSMC N5")
    assert code == 0
    assert "165 ohm/um" in out
    code, out, _ = run(capsys, "node", "TSMC N5", "--supply", "0.6 V", "--json")
    assert json.loads(out)["node"] == "TSMC N5"
    for arguments, word in (
        (("node", "TSMC N5", "--supply", "0.1 V"), "out of range"),
        (("node", "N99"), "unknown node"),
        (("die",), "nothing to cost"),
        (("die", "--area", "-1 mm2", "--node", "TSMC N5"), "out of range"),
        (("die", "--area", "5 mm2"), "node"),
        (("die", "Google TPU v5e"), "transistors"),
        (("die", "XRING O1", "--node", "N99"), "unknown node"),
    ):
        code, _, err = run(capsys, *arguments)
        assert code == 2
        assert word in err
