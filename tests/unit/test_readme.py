"""The README's commands and its Python example run as printed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tauplan.cli.main import main

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^(tauplan .*)$", TEXT, flags=re.MULTILINE)
PROGRAMS = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
SCENARIOS = re.findall(r"```yaml\n(.*?)```", TEXT, flags=re.DOTALL)


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_run(command, monkeypatch, tmp_path, capsys):
    for folder in ("examples", "data"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stop:
        main(shlex.split(command)[1:])
    assert not stop.value.code, capsys.readouterr().err


def test_the_readme_shows_commands_and_programs():
    assert len(COMMANDS) >= 4
    assert len(PROGRAMS) == 1
    assert len(SCENARIOS) == 1


def test_the_program_runs(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    exec(compile(PROGRAMS[0], "README.md", "exec"), {})
    first, second = capsys.readouterr().out.splitlines()
    assert "supply" in first
    assert float(second) > 0


def test_the_scenario_of_the_readme_answers():
    import tauplan

    answer = tauplan.answer(tauplan.parse_scenario(SCENARIOS[0], "README.md"))
    assert answer.status == "ok"


def test_local_links_lead_somewhere():
    for name in ("README.md", "ARCHITECTURE.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            assert target.startswith("http") or (ROOT / target).exists(), target
