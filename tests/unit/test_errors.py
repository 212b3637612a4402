"""Errors a person can act on: what a problem says, and which names it proposes."""

from __future__ import annotations

import pickle

import pytest

from tauplan.errors import InputError, Problem, TauplanError, did_you_mean, plain
from tauplan.spec.diagnose import MOST_PLACES
from tauplan.spec.scenario import parse_scenario


def test_render_joins_place_path_and_message() -> None:
    problem = Problem("too small", "a.yaml:3:1", "system.count", "-1", "at least 1", "count accelerators")
    assert problem.render() == (
        "a.yaml:3:1 · system.count · too small\n"
        "    found     -1\n"
        "    expected  at least 1\n"
        "    hint      count accelerators"
    )


def test_render_leaves_out_what_is_empty() -> None:
    assert Problem("missing field").render() == "missing field"
    assert Problem("missing field", path="system.count").render() == "system.count · missing field"


def test_an_input_error_holds_all_its_problems() -> None:
    error = InputError([Problem("one"), Problem("two", value="2")])
    assert [problem.message for problem in error.problems] == ["one", "two"]
    assert str(error) == "one\ntwo\n    found     2"


def test_an_input_error_takes_a_single_problem() -> None:
    assert InputError(Problem("one")).problems == (Problem("one"),)


def test_an_input_error_is_an_error_of_the_program_with_exit_code_2() -> None:
    assert isinstance(InputError(Problem("one")), TauplanError)
    assert InputError.exit_code == 2


def test_an_input_error_survives_a_process_boundary() -> None:
    error = InputError([Problem("one", place="a:1"), Problem("two")])
    assert pickle.loads(pickle.dumps(error)).problems == error.problems


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Baidu Kunlun-3", "baidukunlun3"), ("GB/s", "gbs"), ("memory_bandwidth", "memorybandwidth"), ("·", "")],
)
def test_plain_drops_case_spaces_and_punctuation(name: str, expected: str) -> None:
    assert plain(name) == expected


def test_plain_keeps_other_scripts() -> None:
    assert plain("昆仑芯 3号") == "昆仑芯3号"


def test_a_misspelt_name_finds_its_neighbour() -> None:
    assert did_you_mean("sequense", ["sequence", "tokens", "model"]) == "did you mean 'sequence'?"


def test_part_of_a_name_finds_the_whole() -> None:
    assert did_you_mean("xring", ["Xiaomi XRING O1", "Apple M4"]) == "did you mean 'Xiaomi XRING O1'?"


def test_case_alone_tells_bits_from_bytes() -> None:
    assert did_you_mean("GBs", ["Gb/s", "GB/s", "W"]) == "did you mean 'GB/s' or 'Gb/s'?"
    assert did_you_mean("Gbs", ["GB/s", "Gb/s", "W"]) == "did you mean 'Gb/s' or 'GB/s'?"


def test_no_more_than_the_limit_are_named() -> None:
    hint = did_you_mean("part", ["part 1", "part 2", "part 3", "part 4"], limit=2)
    assert hint.count("'part ") == 2


@pytest.mark.parametrize("name", ["", "°", "zzzzzz", "4"])
def test_nothing_near_says_nothing(name: str) -> None:
    assert did_you_mean(name, ["%", "NVIDIA L40S", "AMD MI455X (announced)"]) == ""


def test_a_file_of_another_kind_is_refused_in_few_words():
    text = "".join(f"key{number}: {number}\n" for number in range(3000))
    with pytest.raises(InputError) as refused:
        parse_scenario(text, "other.yaml")
    assert len(refused.value.problems) == MOST_PLACES + 1
    assert refused.value.problems[0].message == "missing field"
    assert "2,502 more" in refused.value.problems[-1].message  # of 3,000 keys and two missing sections
