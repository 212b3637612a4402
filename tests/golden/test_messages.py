"""Error messages, word for word: what a person reads after a mistake.

``TAUPLAN_WRITE_GOLDEN=1 pytest tests/golden`` writes the files anew; read the difference before keeping it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tauplan import units
from tauplan.errors import InputError, Problem
from tauplan.spec.override import apply
from tauplan.spec.scenario import Scenario, parse_scenario
from tauplan.spec.yaml_text import load, loads

GOLDEN = Path(__file__).parent / "messages"

GOOD = """\
workload:
  task: train
  model: meta-llama/Llama-3.1-70B
  sequence: 8192
  global_batch: 1024
  tokens: 300e9
system:
  accelerator: NVIDIA H100 SXM5 80GB
  count: 1024
  scale_up:
    bandwidth: 450 GB/s
  site:
    pue: 1.2
plan:
  tensor: 8
"""


def changed(old: str, new: str) -> Callable[[], object]:
    """Return a call that reads the scenario with one place changed."""
    assert old in GOOD
    return lambda: parse_scenario(GOOD.replace(old, new), "train.yaml")


def read(text: str) -> Callable[[], object]:
    return lambda: loads(text, "train.yaml")


def quantity(text: str | float, unit: str) -> Callable[[], object]:
    return lambda: units.parse(text, unit)


def several() -> object:
    text = GOOD.replace("count: 1024", "count: zero").replace("450 GB/s", "450 GB").replace("pue:", "peu:")
    return parse_scenario(text.replace("task: train", "task: trian"), "train.yaml")


def collected() -> object:
    raise InputError(
        [
            Problem("first", "train.yaml:1:1", "a.b", value="1", expected="2", hint="try 2"),
            Problem("second"),
        ]
    )


MISTAKES: dict[str, Callable[[], object]] = {
    "collected": collected,
    "several": several,
    # what the text itself gets wrong
    "alias": read("a: &x 1\nb: *x\n"),
    "file_missing": lambda: load(Path("no/such/train.yaml")),
    "key_twice": read("system:\n  count: 8\n  count: 16\n"),
    "not_a_mapping": read("- train\n"),
    "tab": read("system:\n\tcount: 8\n"),
    # what the scenario gets wrong
    "choice_misspelt": changed("tensor: 8", "recompute: selctive"),
    "field_elsewhere": changed("  count: 1024", "  count: 1024\n  tensor: 8"),
    "field_missing": changed("  count: 1024\n", ""),
    "field_misspelt": changed("pue: 1.2", "marketplace: China"),
    "fraction_of_a_count": changed("count: 1024", "count: 10.5"),
    "ratio_out_of_range": changed("pue: 1.2", "pue: 0.8"),
    "section_empty": changed("    pue: 1.2\n", ""),
    "section_is_text": changed("\n  tensor: 8", " fast"),
    "task_missing": changed("  task: train\n", ""),
    "task_misspelt": changed("task: train", "task: trian"),
    "unit_missing": changed("450 GB/s", "450"),
    "unit_of_an_amount": changed("450 GB/s", "450 GB"),
    "unit_unknown": changed("450 GB/s", "450 GBps"),
    "change_without_value": lambda: apply({}, ("plan.tensor",), Scenario),
    # what a quantity gets wrong
    "quantity_in_another_currency": quantity("10 CNY", "USD"),
    "quantity_in_decibels": quantity("3 dB", "1"),
    "quantity_in_dollars": quantity("2.5 $/h", "USD/s"),
    "quantity_in_metres": quantity("5 m", "s"),
    "quantity_in_words": quantity("five GB", "B"),
    "quantity_infinite": quantity("1e999 GB", "B"),
    "quantity_lower_case": quantity("80 gb", "B"),
    "quantity_of_cycles": quantity("1.4 GHz", "FLOP/s"),
    "quantity_of_integers": quantity("256 TOP/s", "FLOP/s"),
    "quantity_with_decimal_comma": quantity("1,5 TB", "B"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_the_message_is_that_of_the_golden_file(name: str) -> None:
    with pytest.raises(InputError) as caught:
        MISTAKES[name]()
    message, path = f"{caught.value}\n", GOLDEN / f"{name}.txt"
    if os.environ.get("TAUPLAN_WRITE_GOLDEN"):
        path.write_text(message, encoding="utf-8")
    assert message == path.read_text(encoding="utf-8"), "TAUPLAN_WRITE_GOLDEN=1 writes it anew"


def test_the_scenario_without_a_mistake_is_read() -> None:
    assert parse_scenario(GOOD, "train.yaml").system.count == 1024


def test_every_golden_file_has_its_mistake() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(MISTAKES)


@pytest.mark.parametrize("name", MISTAKES)
def test_messages_are_plain_lines_without_a_trace_of_the_program(name: str) -> None:
    text = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    assert "Traceback" not in text
    assert "\x1b" not in text
    assert not [word for word in ("pydantic", "<class", "__", "tauplan.") if word in text]
    assert all(line == line.rstrip() for line in text.splitlines())
