"""Studies from the command line: contract, tables, a killed run that goes on, clusters, and every mistake."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tauplan.cli.main import main

ROOT = Path(__file__).parents[2]
STUDIES = sorted((ROOT / "examples").glob("study-*.yaml"))
STUDY = ROOT / "examples" / "study-train-70b.yaml"
GOLDEN = ROOT / "tests" / "golden" / "study.json"

SMALL = """
scenario:
  workload: {task: train, model: meta-llama/Llama-3.1-8B, sequence: 4096, global_batch: 256, tokens: 1e11}
  system: {accelerator: NVIDIA H100 SXM5 80GB, count: 64}
axes:
  system.accelerator: [NVIDIA H100 SXM5 80GB, Baidu Kunlun 3]
  system.count: [8, 64, 100]
  system.site.pue: {low: 1.1, high: 1.5, steps: 3}
search:
  plan.tensor: [1, 2, 8]
  plan.recompute: [none, full]
"""
LARGE = SMALL.replace("steps: 3", "steps: 4000").replace("[1, 2, 8]", "[1, 2, 4, 8]") + (
    "  plan.micro_batch: [1, 2, 4, 8]\n  plan.zero: [0, 1, 2, 3]\nobjectives: [run, cost, energy]\n"
)


def run(capsys, *arguments):
    """Return exit code, standard output and standard error of a command."""
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    captured = capsys.readouterr()
    return int(stop.value.code or 0), captured.out, captured.err


def written(folder, text):
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def timeless(text):
    """Return an outcome without what differs from run to run."""
    data = json.loads(text)
    for key in ("wall_s", "designs_per_s", "combinations_per_s"):
        assert data.pop(key) > 0
    return data


SLOW = {"study-lane-change"}


@pytest.mark.parametrize(
    "study",
    [pytest.param(p, marks=pytest.mark.slow if p.stem in SLOW else (), id=p.stem) for p in STUDIES],
)
def test_every_example_study_finds_a_front_and_its_best_design_is_explained(capsys, study):
    code, out, err = run(capsys, "explore", study, "--json")
    assert (code, err) == (0, "")
    data = json.loads(out)
    assert data["designs"] >= data["feasible"] > len(data["front"]) > 1
    assert data["feasible"] + sum(data["infeasible"].values()) == data["designs"]
    best = data["top"][0]
    code, out, _ = run(capsys, "explain", study, best["design"], "--json")
    answer = json.loads(out)
    assert (code, answer["status"]) == (0, "ok")
    assert answer["time_to_result_s"] == pytest.approx(best["figures"]["time_to_result"], rel=1e-12)
    assert answer["cost_USD"] == pytest.approx(best["figures"]["cost"], rel=1e-12)
    assert not study.with_name(study.name + ".journal").exists()


def test_the_outcome_of_a_study_is_that_of_the_golden_file(capsys, tmp_path):
    """The counts, designs and keys; figures move with the models and have tests of their own."""
    code, out, _ = run(capsys, "explore", written(tmp_path, SMALL), "--json", "--top", 2)
    assert code == 0
    data = timeless(out)
    del data["identity"], data["sample"]
    for row in (*data["front"], *data["top"]):
        row["figures"] = sorted(row["figures"])
    for objective in data["objectives"]:
        for key in ("least", "mean", "greatest"):
            assert objective.pop(key) > 0
    for entries in data["decides"].values():
        for entry in entries:
            assert entry.pop("value") > 0
            assert entry.pop("ratio") >= 1
    shape = json.dumps(data, indent=2) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(shape, encoding="utf-8")
    assert shape == GOLDEN.read_text(encoding="utf-8")


def test_the_same_study_in_words(capsys, tmp_path):
    code, out, _ = run(capsys, "explore", written(tmp_path, SMALL), "--html", tmp_path / "page.html")
    assert code == 0
    for word in ("18 designs", "each the best of 6 plans", "Front", "Out of the running", "explain one"):
        assert word in out
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "vega-lite" in page
    assert "does not divide" in page


def test_a_table_of_designs_is_asked_in_sql(capsys, tmp_path):
    table = tmp_path / "it's designs.parquet"
    code, _, _ = run(capsys, "explore", written(tmp_path, SMALL), "--out", table)
    assert code == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["it's designs.parquet", "study.yaml"]
    quoted = str(table).replace("'", "''")
    code, out, _ = run(capsys, "query", f"SELECT count(*) n, min(cost_USD) FROM '{quoted}'", "--json")
    _, whole, _ = run(capsys, "explore", tmp_path / "study.yaml", "--json")
    answer, data = json.loads(out), json.loads(whole)
    assert answer["rows"][0][0] == data["designs"]
    assert answer["rows"][0][1] == pytest.approx(data["objectives"][1]["least"], rel=1e-15)
    code, out, _ = run(capsys, "query", f"SELECT design, \"plan.recompute\" FROM '{quoted}' LIMIT 1")
    assert out.split() == ["design", "plan.recompute", "0", "none"]
    code, _, err = run(capsys, "query", "SELECT nonsense")
    assert (code, "nonsense" in err, "Traceback" in err) == (2, True, False)


def test_a_killed_run_goes_on_and_ends_in_the_same_bytes(capsys, tmp_path):
    study, journal = written(tmp_path, LARGE), tmp_path / "work.journal"
    command = [sys.executable, "-m", "tauplan.cli.main", "explore", str(study), "--json", "--workers", "1"]
    child = subprocess.Popen([*command, "--journal", str(journal)], stdout=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while time.monotonic() < until and not (journal.exists() and journal.read_bytes().count(b"\n") > 4):
        time.sleep(0.002)
    child.send_signal(signal.SIGKILL)
    child.wait()
    before = journal.read_bytes()
    half = before[: before.rindex(b"\n") + 1]
    assert half.count(b"\n") > 4
    journal.write_bytes(half + b'12345678 {"index": 99, "des')  # as if the last write was cut off
    code, resumed, _ = run(
        capsys, "explore", study, "--json", "--journal", journal, "--resume", "--workers", 1
    )
    assert code == 0
    after = journal.read_bytes()
    assert after.startswith(half)  # nothing is lost
    lines = [json.loads(line.split(b" ", 1)[1]) for line in after.splitlines()]
    indices = [record["index"] for record in lines[1:]]
    assert len(indices) > half.count(b"\n")  # the run was killed before its end
    assert sorted(indices) == list(range(len(indices)))  # nothing is repeated
    _, whole, _ = run(capsys, "explore", study, "--json", "--workers", 1)
    assert json.dumps(timeless(resumed)) == json.dumps(timeless(whole))


def test_a_pool_of_processes_gives_the_same_bytes(capsys, tmp_path):
    study = written(tmp_path, LARGE)
    _, one, _ = run(capsys, "explore", study, "--json", "--workers", 1, "--out", tmp_path / "1.parquet")
    _, two, _ = run(capsys, "explore", study, "--json", "--workers", 2, "--out", tmp_path / "2.parquet")
    assert timeless(one) == timeless(two)
    assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "2.parquet").read_bytes()


def test_a_journal_of_another_study_is_refused(capsys, tmp_path):
    journal = tmp_path / "j"
    study = written(tmp_path, SMALL)
    run(capsys, "explore", study, "--journal", journal)
    study.write_text(SMALL.replace("8, 64, 100", "8, 64"), encoding="utf-8")
    code, _, err = run(capsys, "explore", study, "--journal", journal, "--resume")
    assert code == 2
    assert "belongs to another run" in err
    code, _, _ = run(capsys, "explore", study, "--journal", journal)
    assert code == 0


def test_a_file_that_is_no_journal_is_left_alone(capsys, tmp_path):
    mine = tmp_path / "notes.txt"
    for resume in ([], ["--resume"]):
        mine.write_text("not yours\n", encoding="utf-8")
        code, _, err = run(capsys, "explore", written(tmp_path, SMALL), "--journal", mine, *resume)
        assert (code, "not a journal" in err) == (2, True)
        assert mine.read_text(encoding="utf-8") == "not yours\n"
    mine.write_bytes(b'0123abcd {"study":"cut off')  # killed while the first line was written
    code, _, _ = run(capsys, "explore", written(tmp_path, SMALL), "--journal", mine, "--resume")
    assert code == 0


def test_places_that_cannot_be_written_are_told_before_the_work(capsys, tmp_path):
    study = written(tmp_path, LARGE)
    for option in ("--html", "--out", "--journal"):
        start = time.process_time()
        code, _, err = run(capsys, "explore", study, option, tmp_path / "nowhere" / "file")
        assert (code, "nowhere" in err, "Traceback" in err) == (2, True, False)
        assert time.process_time() - start < 2.0
    code, _, err = run(capsys, "query", "")
    assert (code, "no question" in err) == (2, True)


def test_a_mistake_found_by_a_worker_is_one_clear_error(capsys, tmp_path):
    text = LARGE.replace("[run, cost, energy]", "[run, chance_late]")
    code, out, err = run(capsys, "explore", written(tmp_path, text), "--workers", 2)
    assert (code, out, "lateness without a deadline" in err, "Traceback" in err) == (2, "", True, False)


CHIPS = "[NVIDIA H100 SXM5 80GB, Baidu Kunlun 3]"
PUE = "system.site.pue: {low: 1.1, high: 1.5, steps: 3}"
MISTAKES = {
    "unknown field": ("system.count:", "system.cuont:", ["axes.system.cuont", "unknown field", "count"]),
    "unknown part": ("Baidu Kunlun 3]", "Baidu Kunlum 3]", ["unknown accelerator", "did you mean"]),
    "bad value": ("[8, 64, 100]", "[8, none]", ["axes.system.count", "whole number", "study.yaml:7"]),
    "empty axis": ("[8, 64, 100]", "[]", ["axes.system.count", "too few"]),
    "unknown kind": ("[8, 64, 100]", "{parts: acelerator}", ["unknown kind", "did you mean"]),
    "span without steps": ("steps: 3", "scale: log", ["axes.system.site.pue", "steps, or factor"]),
    "span the wrong way": ("low: 1.1", "low: 1.9", ["the span is empty"]),
    "misspelt span": ("steps: 3", "stebs: 3", ["unknown field", "steps"]),
    "unknown objective": ("axes:", "objectives: [speed]\naxes:", ["objectives", "not one of the choices"]),
    "bad bound": ("axes:", "constraints: {power: 5 MW}\naxes:", ["constraints.power", "not a bound"]),
    "bound in watts": ("axes:", "constraints: {cost: '<= 5 MW'}\naxes:", ["constraints.cost", "MW"]),
    "date from nowhere": ("axes:", "constraints: {ready: '<= 2027-01-01'}\naxes:", ["ordered"]),
    "field twice": ("plan.tensor:", "system.count:", ["a field on two axes", "system.count"]),
    "lateness of what": ("axes:", "objectives: [lateness]\naxes:", ["deadline"]),
    "given what": ("axes:", "given: [markt]\naxes:", ["given", "no such axis", "system.count"]),
    "empty query": (CHIPS, "{parts: accelerator, where: {tdp: '<= 1 mW'}}", ["no part of the catalogue"]),
    "unknown part in options": (
        PUE,
        "x: {options: {a: {system.scale_up.link: NVlink 44}}}",
        ["axes.x", "unknown link"],
    ),
    "a chip without a design": (
        PUE,
        "system.accelerator.design.node: [TSMC N7]",
        ["products", "missing field"],
    ),
    "late for what": ("axes:", "objectives: [chance_late]\naxes:", ["deadline"]),
    "area of what": ("axes:", "objectives: [die_area]\naxes:", ["designed chips"]),
    "too few points": ("axes:", "sensitivity: {samples: 1}\naxes:", ["sensitivity.samples", "at least 8"]),
    "serving figure": ("axes:", "objectives: [tpot]\naxes:", ["figure of serving"]),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_one_clear_error(capsys, tmp_path, mistake):
    old, new, words = mistake
    assert old in SMALL
    code, out, err = run(capsys, "explore", written(tmp_path, SMALL.replace(old, new)))
    assert "Traceback" not in err
    assert (code, out) == (2, "")
    for word in words:
        assert word.casefold() in err.casefold()


def test_a_design_outside_the_space_and_one_that_cannot_be(capsys, tmp_path):
    study = written(tmp_path, SMALL)
    code, _, err = run(capsys, "explain", study, 108)
    assert (code, "from 0 to 107" in err) == (2, True)
    code, _, err = run(capsys, "explain", study, 4 + 6 * 3 * 2)  # 8 ways of tensor do not divide 100
    assert (code, "does not divide" in err) == (2, True)


def test_an_infeasible_study_says_why(capsys, tmp_path):
    study = written(tmp_path, SMALL + "constraints: {time_to_result: '<= 1 s'}\n")
    code, out, err = run(capsys, "explore", study)
    assert code == 2
    assert "no design is feasible" in err
    assert "time to result <= 1 s" in out
