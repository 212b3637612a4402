"""The command line as a new user meets it: answers, JSON contract, changes, and every mistake in one message."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tauplan.cli.main import main
from tauplan.tau import LEVELS

ROOT = Path(__file__).parents[2]
OTHERS = ("sourcing", "study-")  # order plans and studies have verbs of their own
DEVICES = ("vision-", "driving-", "phone-", "multichip-")  # networks on devices answer in tables of their own
EXAMPLES = sorted(p for p in (ROOT / "examples").glob("*.yaml") if not p.name.startswith(OTHERS + DEVICES))
KUNLUN = ROOT / "examples" / "kunlun3-train.yaml"

CONTRACT = {
    "status",
    "reason",
    "time_to_result_s",
    "supply_s",
    "run_s",
    "owned_s",
    "energy_J",
    "power_W",
    "cost_USD",
    "bound_by",
    "claims",
    "interval",
}


def run(capsys, *arguments):
    """Return exit code, standard output and standard error of a command."""
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    captured = capsys.readouterr()
    return int(stop.value.code or 0), captured.out, captured.err


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_answers_and_its_owned_seconds_sum_to_the_total(capsys, example):
    code, out, err = run(capsys, "evaluate", example, "--json")
    assert (code, err) == (0, "")
    answer = json.loads(out)
    assert set(answer) >= CONTRACT
    assert answer["status"] == "ok"
    assert list(answer["owned_s"]) == list(LEVELS)
    assert sum(answer["owned_s"].values()) == pytest.approx(answer["time_to_result_s"], rel=1e-12)
    assert answer["time_to_result_s"] == pytest.approx(answer["supply_s"] + answer["run_s"], rel=1e-12)
    pace = [answer["step_s"]] if answer["kind"] == "training" else [answer["ttft_s"], answer["tpot_s"]]
    assert all(value > 0 for value in pace)
    assert sum(answer["step_owned_s"].values()) == pytest.approx(pace[-1], rel=1e-12)
    assert answer["interval"]["low_s"] <= answer["time_to_result_s"] <= answer["interval"]["high_s"]
    assert sum(answer["time_parts_s"].values()) == pytest.approx(pace[-1], rel=1e-9)
    assert sum(answer["energy_parts_J"].values()) == pytest.approx(answer["energy_J"], rel=1e-9)
    assert sum(answer["cost_parts_USD"].values()) == pytest.approx(answer["cost_USD"], rel=1e-9)
    assert answer["bound_by"] == max(answer["owned_s"], key=answer["owned_s"].get)


def test_the_same_call_gives_the_same_bytes(capsys):
    first = run(capsys, "evaluate", KUNLUN, "--json")
    assert run(capsys, "evaluate", KUNLUN, "--json") == first


def test_the_answer_in_words_names_what_was_asked(capsys):
    code, out, _ = run(capsys, "evaluate", KUNLUN)
    assert code == 0
    for word in ("Ready in", "Baidu Kunlun 3", "supply", "weeks", "claims", "tauplan evaluate"):
        assert word.casefold() in out.casefold()


def test_contested_claims_say_how_much_the_rival_would_change(capsys):
    _, out, _ = run(capsys, "evaluate", KUNLUN, "--json")
    claims = {(c["part"], c["field"]): c for c in json.loads(out)["claims"]}
    rate = claims["Baidu Kunlun 3", "peak_bf16"]
    assert rate["value"] == "128 TFLOP/s"
    assert [rival["value"] for rival in rate["rivals"]] == ["345 TFLOP/s"]
    assert 0.8 < rate["rivals"][0]["time_ratio"] < 0.99


def test_a_change_moves_the_answer_and_is_part_of_the_command(capsys):
    _, base, _ = run(capsys, "evaluate", KUNLUN, "--json")
    _, out, _ = run(capsys, "evaluate", KUNLUN, "--json", "--set", "system.accelerator.peak_bf16=256 TFLOP/s")
    before, after = json.loads(base), json.loads(out)
    assert after["run_s"] < before["run_s"]
    assert after["identity"]["scenario_hash"] != before["identity"]["scenario_hash"]
    assert "peak_bf16=256 TFLOP/s" in after["identity"]["command"]


def test_the_python_call_of_an_answer_gives_the_same_answer(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    _, out, _ = run(capsys, "evaluate", "examples/phone.yaml", "--json", "--set", "workload.prompt=64")
    answer = json.loads(out)
    import tauplan

    again = eval(answer["identity"]["python"], {"tauplan": tauplan, "Path": Path})
    assert again.time_to_result_s == answer["time_to_result_s"]
    assert again.identity.scenario_hash == answer["identity"]["scenario_hash"]


def test_compare_prints_ratios_and_the_level_that_made_the_difference(capsys):
    code, out, _ = run(capsys, "compare", KUNLUN, ROOT / "examples" / "h100-train.yaml")
    assert code == 0
    assert "ratio" in out
    assert "supply" in out
    code, out, _ = run(capsys, "compare", KUNLUN, ROOT / "examples" / "h100-train.yaml", "--json")
    assert [a["status"] for a in json.loads(out)["answers"]] == ["ok", "ok"]


def test_catalogue_verbs(capsys):
    code, out, _ = run(capsys, "catalog", "list", "accelerator")
    assert code == 0
    assert "Baidu Kunlun 3" in out
    code, out, _ = run(capsys, "catalog", "show", "kunlun 3")
    assert code == 0
    assert "256 TOP/s" in out
    code, out, _ = run(capsys, "catalog", "check")
    assert code == 0
    assert "0 problems" in out


def test_the_committed_schema_is_current(capsys):
    code, out, _ = run(capsys, "schema")
    assert code == 0
    assert out == (ROOT / "schemas" / "scenario.json").read_text(encoding="utf-8"), "run: make schema"


MISTAKES = {
    "misspelt part": ("system.accelerator=Kunlum 3", ["unknown accelerator", "did you mean", "Kunlun"]),
    "unit missing": ("system.power_cap=300", ["unit is missing", "system.power_cap", "a power"]),
    "wrong dimension": ("system.scale_up.bandwidth=300 W", ["is not a unit of a data rate"]),
    "negative count": ("system.count=-8", ["system.count", "too small", "-8"]),
    "fractional count": ("system.count=10.5", ["system.count", "whole number"]),
    "heads not divided": ("plan.tensor=3", ["plan.tensor", "64 heads", "one of"]),
    "layers not enough": ("plan.pipeline=64", ["plan.pipeline", "80 layers"]),
    "unknown model": ("workload.model=Llama-7.1-70B", ["unknown model", "did you mean"]),
    "unknown field": ("plan.tensr=8", ["plan.tensr", "unknown field", "tensor"]),
    "experts in a dense model": ("plan.expert=8", ["plan.expert", "no experts"]),
    "batch not divided": ("workload.global_batch=1000", ["workload.global_batch", "multiple"]),
    "unknown link": ("system.scale_out.link=NDRR", ["unknown link", "did you mean"]),
    "no such change": ("plan.tensor", ["not a change", "path=value"]),
    "power cap below idle": ("system.power_cap=1 W", ["power cap", "idle"]),
    "unknown format": ("workload.precision=bf17", ["workload.precision", "did you mean", "bf16"]),
    "unknown market": ("system.site.market=Mars", ["unknown market"]),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_one_clear_error(capsys, mistake):
    change, words = mistake
    code, out, err = run(capsys, "evaluate", KUNLUN, "--set", change)
    assert code == 2
    assert out == ""
    assert "Traceback" not in err
    for word in words:
        assert word.casefold() in err.casefold()


def test_a_model_that_does_not_fit_says_what_it_needs_and_what_could_help(capsys):
    code, out, err = run(
        capsys,
        "evaluate",
        KUNLUN,
        "--set",
        "plan.pipeline=1",
        "--set",
        "plan.interleave=1",
        "--set",
        "plan.tensor=1",
    )
    assert code == 2
    assert "does not fit in memory" in err
    assert "needed" in err
    assert "usable" in err
    assert "weights" in out
    code, out, _ = run(
        capsys,
        "evaluate",
        KUNLUN,
        "--json",
        "--set",
        "plan.pipeline=1",
        "--set",
        "plan.interleave=1",
        "--set",
        "plan.tensor=1",
    )
    answer = json.loads(out)
    assert (code, answer["status"], answer["time_to_result_s"]) == (2, "infeasible", None)


def test_every_mistake_of_a_file_is_reported_at_its_line(capsys, tmp_path):
    text = (
        KUNLUN.read_text(encoding="utf-8")
        .replace("count: 1024", "count: zero")
        .replace("tensor: 8", "tensr: 8")
    )
    path = tmp_path / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    code, _, err = run(capsys, "evaluate", path)
    assert code == 2
    for key in ("count: zero", "tensr: 8"):
        line = next(i for i, row in enumerate(text.splitlines(), 1) if key in row)
        assert f"bad.yaml:{line}:" in err


BAD_FILES = {
    "tabs": ("workload:\n\ttask: train\n", "tab"),
    "not yaml": ("workload: [train\n", "not readable as YAML"),
    "a list": ("- a\n- b\n", "not a mapping"),
    "empty": ("", "not a mapping"),
    "twice": ("name: a\nname: b\n", "given twice"),
    "no workload": ("system:\n  accelerator: h100\n  count: 8\n", "workload"),
}


@pytest.mark.parametrize("bad", BAD_FILES.values(), ids=BAD_FILES.keys())
def test_a_file_that_cannot_be_read_says_where(capsys, tmp_path, bad):
    text, word = bad
    path = tmp_path / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    code, out, err = run(capsys, "evaluate", path)
    assert (code, out) == (2, "")
    assert "bad.yaml" in err
    assert word in err


def test_a_missing_file_and_bad_model_files(capsys, tmp_path):
    code, _, err = run(capsys, "evaluate", tmp_path / "nothing.yaml")
    assert code == 2
    assert "nothing.yaml" in err
    for content, word in (("{", "JSON"), ("[1]", "mapping"), ('{"hidden_size": "wide"}', "hidden_size")):
        (tmp_path / "config.json").write_text(content, encoding="utf-8")
        code, _, err = run(capsys, "evaluate", KUNLUN, "--set", f"workload.model={tmp_path / 'config.json'}")
        assert code == 2
        assert "config.json" in err
        assert "Traceback" not in err
        assert word.casefold() in err.casefold() or "object" in err.casefold()


def test_nothing_is_written_when_the_input_is_wrong(capsys, tmp_path):
    page = tmp_path / "report.html"
    code, _, _ = run(capsys, "evaluate", KUNLUN, "--html", page, "--set", "plan.tensor=3")
    assert code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_cannot_be_written_is_one_clear_error(capsys, tmp_path):
    code, _, err = run(capsys, "evaluate", KUNLUN, "--html", tmp_path / "no" / "report.html")
    assert code == 2
    assert "cannot write" in err


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (["evaluate", "phone.yaml", "--html", "phone.yaml"], "--html and SCENARIO are the same file"),
        (["evaluate", "phone.yaml", "--html", "sub/../phone.yaml"], "--html and SCENARIO are the same file"),
        (["evaluate", "phone.yaml", "--html", "linked.yaml"], "--html and SCENARIO are the same file"),
        (["compare", "other.yaml", "phone.yaml", "--html", "phone.yaml"], "--html and SCENARIOS are the same"),
        (["explore", "study.yaml", "--journal", "study.yaml"], "--journal and STUDY are the same file"),
        (["explore", "study.yaml", "--out", "new", "--html", "./new"], "--html and --out are the same file"),
        (["source", "plan.yaml", "--lp", "orders.csv", "--open", "orders.csv"], "--lp and --open are the same"),
        (["validate", "--cases", "orders.csv", "--out", "orders.csv"], "--out and --cases are the same file"),
        (["market", "import", "tidy", "orders.csv", "--series", "s", "--vintage", "2026-01-01", "--out",
          "orders.csv"], "--out and FILE are the same file"),
        (["link", "sweep", "phone.yaml", "--html", "phone.yaml"], "--html and SCENARIO are the same file"),
        (["schema", "--out", ""], "cannot write the file: no name"),
        (["schema", "--out", "nowhere/schema.json"], "cannot write the file: no such folder"),
        (["schema", "--out", "sub"], "'sub' is a directory"),
    ],
)  # fmt: skip
def test_an_output_replaces_no_file_that_the_command_reads(capsys, tmp_path, monkeypatch, words, wrong):
    monkeypatch.chdir(tmp_path)
    for name in ("phone.yaml", "other.yaml", "study.yaml", "plan.yaml", "orders.csv"):
        (tmp_path / name).write_text("of a person\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "linked.yaml").symlink_to("phone.yaml")
    names = sorted(path.name for path in tmp_path.iterdir())
    code, _, err = run(capsys, *words)
    assert code == 2
    assert wrong in err
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert all(path.read_text() == "of a person\n" for path in tmp_path.iterdir() if path.is_file())


def test_an_output_may_be_a_pipe_and_replaces_the_report_of_the_last_run(capsys, tmp_path):
    assert run(capsys, "schema", "--out", "/dev/null")[0] == 0
    assert not Path("/dev/null").is_file()
    for _ in range(2):
        assert run(capsys, "schema", "--out", tmp_path / "schema.json")[0] == 0
    assert "properties" in json.loads((tmp_path / "schema.json").read_text())


def test_a_config_file_beside_the_scenario_is_found(capsys, tmp_path):
    config = {
        "model_type": "llama",
        "hidden_size": 4096,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "intermediate_size": 14336,
        "vocab_size": 128256,
        "tie_word_embeddings": False,
    }
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    scenario = (ROOT / "examples" / "phone.yaml").read_text(encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(
        scenario.replace("meta-llama/Llama-3.2-3B", "config.json"), encoding="utf-8"
    )
    code, out, _ = run(capsys, "evaluate", tmp_path / "mine.yaml", "--json")
    assert code == 0
    assert json.loads(out)["metrics"]["parameters"] == 8030261248


def test_help_needs_no_heavy_import():
    script = "import sys; from tauplan.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    script += "heavy = {'numpy', 'scipy', 'pydantic', 'rich', 'yaml', 'vl_convert'} & set(sys.modules)\n"
    script += "print('heavy:', sorted(heavy))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "heavy: []" in done.stdout
