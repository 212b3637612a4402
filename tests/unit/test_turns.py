"""Where a comparison turns round: the value at which two designs are equal, found and confirmed."""

import json
from pathlib import Path

import numpy as np
import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.cli.main import main
from tauplan.errors import InputError
from tauplan.evaluate.batch import put
from tauplan.evaluate.resolve import resolve
from tauplan.evaluate.solve import solve
from tauplan.explore.turns import FIGURES
from tauplan.explore.turns import turns as find
from tauplan.spec.scenario import read_scenario

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = [EXAMPLES / f"{name}.yaml" for name in ("lane-change", "lane-change-5nm", "lane-change-3nm")]
CATALOG = Catalog.load()
PITCH = "system.accelerator.design.bond_pitch"


@pytest.fixture(scope="module")
def lanes():
    return [read_scenario(path) for path in FILES]


@pytest.fixture(scope="module")
def turns(lanes):
    return find(lanes, [None] * 3, CATALOG, named=("Cold plate: convection",))


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    assert ended.value.code == 0
    return capsys.readouterr().out


def figure(scenario, name, substitutes=None):
    return float(getattr(solve(resolve(scenario, CATALOG, None, substitutes).case), name))


def test_the_question_is_answered_by_pitch_energy_and_price(turns):
    at = {(t.rival, t.figure, t.lever.name): t.at for t in turns}
    five, three = "5 nm flat, copper", "3 nm flat, copper"
    assert 15e-6 < at[five, "run", PITCH] < 40e-6
    assert at[three, "run", PITCH] is None
    optics = at[five, "energy_J", "optical I/O 4T: energy_per_bit"]
    assert 50e-12 * 8 < optics < 300e-12 * 8
    assert at[five, "cost_USD", "optical I/O 4T: price"] < 3600
    assert (
        at[three, "cost_USD", "system.accelerator.price"] < at[five, "cost_USD", "system.accelerator.price"]
    )


def test_at_a_turn_the_designs_are_equal(turns, lanes):
    ours, *rivals = lanes
    goal = {rival.name: {name: figure(rival, name) for name in FIGURES} for rival in rivals}
    found = [turn for turn in turns if turn.at is not None]
    assert len(found) > 20
    for turn in found[:: len(found) // 20]:
        if isinstance(turn.lever.vary, str):
            moved = figure(put(ours, turn.lever.vary, turn.at), turn.figure)
        else:
            moved = figure(ours, turn.figure, {turn.lever.vary: np.array(turn.at)})
        assert moved == pytest.approx(goal[turn.rival][turn.figure], rel=5e-3), turn


def test_leads_say_who_is_ahead(turns):
    leads = {(turn.rival, turn.figure): turn.lead for turn in turns}
    assert leads["5 nm flat, copper", "run"] > 0 > leads["3 nm flat, copper", "run"]
    assert leads["5 nm flat, copper", "cost_USD"] < 0


def test_shares_stay_in_their_band(turns):
    rent = next(turn.lever for turn in turns if turn.lever.name == "Folded logic: rent")
    values = rent.moved(64.0)
    assert 0.4 < values[0] <= rent.value <= values[-1] < 1.0


def test_a_lever_that_is_not_there_is_refused(lanes):
    with pytest.raises(InputError, match="nothing of that name"):
        find(lanes, [None] * 3, CATALOG, named=("optical I/O 4T: energy",))


def test_one_command_answers_the_lane_change(capsys):
    told = run(capsys, "compare", *map(str, FILES), "--flips")
    for words in ("Where it flips", "bond_pitch", "energy_per_bit", "behind", "most of the difference is"):
        assert words in told
    rows = json.loads(run(capsys, "compare", *map(str, FILES), "--flips", "--json"))["flips"]
    assert {row["figure"] for row in rows} == set(FIGURES)
