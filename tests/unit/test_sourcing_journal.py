"""A long solve in stages: rounding near its bound, and going on from a journal after it was killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tauplan.errors import InputError
from tauplan.supply.plan import solve
from tauplan.supply.plan.program import Program
from tauplan.supply.plan.read import read_plan

EXAMPLE = Path(__file__).parents[2] / "examples" / "sourcing-supercycle.yaml"
FEW = "scenarios: 4"

KILLED_LATER = """\
import sys, time
from pathlib import Path
from tauplan.supply.plan import solve
from tauplan.supply.plan.read import read_plan
solve.WHOLE = 0
def say(line):
    if line.startswith("relaxed"):
        print(line, flush=True)
        time.sleep(60)
solve.solve_plan(read_plan(Path(sys.argv[1])), say=say, journal=Path(sys.argv[2]))
"""


@pytest.fixture
def plan(tmp_path):
    path = tmp_path / "plan.yaml"
    text = EXAMPLE.read_text(encoding="utf-8")
    assert "scenarios: 24" in text
    path.write_text(text.replace("scenarios: 24", FEW), encoding="utf-8")
    return path


def test_a_killed_solve_goes_on_from_its_journal(plan, tmp_path, monkeypatch):
    journal = tmp_path / "journal.npz"
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED_LATER, str(plan), str(journal)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline().startswith("relaxed")
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    monkeypatch.setattr(solve, "WHOLE", 0)
    wanted = solve.solve_plan(read_plan(plan))

    relax = Program.relax

    def rest(self, *, fixed=None, method="highs"):
        assert fixed is not None, "the relaxation was solved again"
        return relax(self, fixed=fixed, method=method)

    def again(*_, **__):
        raise AssertionError("a finished stage was solved again")

    monkeypatch.setattr(Program, "relax", rest)
    resumed = solve.solve_plan(read_plan(plan), journal=journal)
    assert resumed.orders == wanted.orders
    assert (resumed.cost, resumed.gap) == (wanted.cost, wanted.gap)
    monkeypatch.setattr(Program, "relax", again)
    monkeypatch.setattr(Program, "solve", again)  # all is finished now: nothing is solved at all
    start = time.perf_counter()
    assert solve.solve_plan(read_plan(plan), journal=journal).orders == wanted.orders
    assert time.perf_counter() - start < 5


def test_stages_come_within_the_gap_of_the_whole_program(plan, monkeypatch):
    whole = solve.solve_plan(read_plan(plan))
    monkeypatch.setattr(solve, "WHOLE", 0)
    staged = solve.solve_plan(read_plan(plan))
    assert staged.gap <= 0.01
    assert staged.cost == pytest.approx(whole.cost, rel=0.02)
    assert staged.solution.bound <= whole.cost * (1 + 1e-9)


def test_a_journal_of_another_plan_or_none_is_refused(plan, tmp_path, monkeypatch):
    journal = tmp_path / "journal.npz"
    changed = read_plan(plan).model_copy(update={"holding": 0.3})
    monkeypatch.setattr(Program, "solve", lambda *_, **__: solve.Solution(None, 0.0, 0.0, feasible=False))
    solve.solve_plan(changed, journal=journal)
    with pytest.raises(InputError, match="a journal of another plan"):
        solve.solve_plan(read_plan(plan), journal=journal)
    journal.write_text("no journal", encoding="utf-8")
    with pytest.raises(InputError, match="not a journal"):
        solve.solve_plan(read_plan(plan), journal=journal)
    with pytest.raises(InputError, match="cannot write the journal"):
        solve.solve_plan(read_plan(plan), journal=tmp_path / "none" / "journal.npz")
