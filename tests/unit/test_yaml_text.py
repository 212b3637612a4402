"""YAML text: plain data of YAML 1.2, the place of every value, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tauplan.errors import InputError, Problem
from tauplan.spec import yaml_text
from tauplan.spec.yaml_text import load, loads


@pytest.fixture(params=["fast", "portable"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold every test for the compiled parser and for the one written in Python."""
    if request.param == "portable":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)


def refusals(text: str) -> list[Problem]:
    with pytest.raises(InputError) as caught:
        loads(text, "x")
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-7", -7),
        ("017", 17),
        ("1_024", 1024),
        ("1_0", "1_0"),
        ("1e9", 1e9),
        ("15E12", 15e12),
        (".5", 0.5),
        ("2.", 2.0),
        ("1e999", "1e999"),
        ("true", True),
        ("False", False),
        ("tRUE", "tRUE"),
        ("null", None),
        ("~", None),
        ("", None),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("2025-06-01", "2025-06-01"),
        ("0x1F", "0x1F"),
        ("4 weeks", "4 weeks"),
        ("'17'", "17"),
        ('"true"', "true"),
        ("[1, two, 3.0]", [1, "two", 3.0]),
        ("{b: {c: 1}}", {"b": {"c": 1}}),
        ("|\n  two\n  lines", "two\nlines\n"),
    ],
)
def test_scalars_follow_yaml_1_2(text: str, value: object) -> None:
    read = loads(f"a: {text}\n", "x").data["a"]
    assert read == value
    assert type(read) is type(value)


def test_a_number_of_thousands_of_digits_stays_text() -> None:
    assert loads("a: " + "9" * 5000, "x").data["a"] == "9" * 5000


def test_keys_are_text_whatever_they_look_like() -> None:
    assert loads("1: a\ntrue: b\n", "x").data == {"1": "a", "true": "b"}


def test_places_point_at_keys_and_items() -> None:
    document = loads("a:\n  b: 1\n  c:\n    - x\n    - {d: 2}\n", "f.yaml")
    assert document.place(("a",)) == "f.yaml:1:1"
    assert document.place(("a", "b")) == "f.yaml:2:3"
    assert document.place(("a", "c", 0)) == "f.yaml:4:7"
    assert document.place(("a", "c", 1, "d")) == "f.yaml:5:8"


def test_the_place_of_what_is_missing_is_its_nearest_ancestor() -> None:
    document = loads("top: 1\na:\n  b: 1\n", "f.yaml")
    assert document.place(("a", "z", "y")) == "f.yaml:2:1"
    assert document.place(("z",)) == "f.yaml:1:1"
    assert yaml_text.Document("f.yaml", {}).place(("z",)) == "f.yaml"


@pytest.mark.parametrize("text", ["", "# nothing\n", "- 1\n", "just text", "5", "---\n"])
def test_what_is_no_mapping_is_refused(text: str) -> None:
    (problem,) = refusals(text)
    assert (problem.message, problem.place) == ("not a mapping", "x:1:1")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a:\n\tb: 1", "x:2:1"),
        ("a:\n  \tb: 1", "x:2:3"),
        ("a: 1\r\n\t\r\n", "x:2:1"),
        ("a: 1\n\t# c", "x:2:1"),
    ],
)
def test_a_tab_in_the_indentation_is_refused(text: str, place: str) -> None:
    (problem,) = refusals(text)
    assert (problem.message, problem.place) == ("a tab in the indentation", place)


def test_a_tab_inside_quotes_is_harmless() -> None:
    assert loads("a: 'one\ttwo'\n", "x").data == {"a": "one\ttwo"}


def test_a_key_given_twice_is_refused_with_both_lines() -> None:
    (problem,) = refusals("a: 1\nb:\n  c: 1\n  d: 2\n  c: [3, {x: 1}]\n")
    assert problem.message == "'c' is given twice"
    assert (problem.place, problem.path) == ("x:5:3", "b.c")
    assert problem.expected == "once; it is also on line 3"


@pytest.mark.parametrize(
    "text", ["!!str 5", "!x 5", "! 5", "!!python/object:os.system ls", "!!map {b: 1}", "!!seq [1]"]
)
def test_tags_are_refused(text: str) -> None:
    (problem,) = refusals(f"a: {text}")
    assert problem.message.startswith("a tag '!")
    assert problem.path == "a"


@pytest.mark.parametrize("text", ["a: &q 5\nb: *q", "a: &q [1]\nb: *q", "b: *unknown", "a: &q {b: *q}"])
def test_aliases_are_refused(text: str) -> None:
    (problem,) = refusals(text)
    assert problem.message == "an alias"
    assert problem.expected == "the value written out"


@pytest.mark.parametrize("text", ["? [1]\n: 2", "? {a: b}\n: {c: [d]}", "{&k a: 1, *k : 2}", "!!str a: 1"])
def test_keys_that_are_not_plain_text_are_refused(text: str) -> None:
    (problem,) = refusals(text)
    assert problem.message == "a key that is not text"


def test_several_refusals_come_at_once() -> None:
    problems = refusals("a: 1\na: 2\nb: !!int 5\nc: *d\n")
    assert [problem.place for problem in problems] == ["x:2:1", "x:3:4", "x:4:4"]


def test_refusals_before_broken_text_are_kept() -> None:
    problems = refusals("a: 1\na: 2\nb: [1\n")
    assert problems[0].message == "'a' is given twice"
    assert problems[-1].message.startswith("not readable as YAML")


def test_a_second_document_is_refused() -> None:
    (problem,) = refusals("a: 1\n---\nb: 2\n")
    assert (problem.message, problem.place) == ("a second document", "x:2:1")


@pytest.mark.parametrize(
    "text", ["a: [1", "a: 1\n  b: 2", "a: 'x", "a: @x", "a: b: c", "a: \x01", "%YAML 3.0\n---\na: 1"]
)
def test_broken_text_is_refused(text: str) -> None:
    (problem,) = refusals(text)
    assert problem.message.startswith("not readable as YAML")
    assert problem.place.startswith("x")


def test_half_a_character_is_refused() -> None:
    with pytest.raises(InputError):
        loads("a: \ud800", "x")


def test_deep_nesting_is_refused() -> None:
    depth = yaml_text.MAX_DEPTH
    assert loads("a: " + "[" * (depth - 1) + "]" * (depth - 1), "x").data["a"]
    (problem,) = refusals("a: " + "[" * 500 + "]" * 500)
    assert problem.message == "nested too deeply"
    assert problem.expected == f"at most {depth} levels"


def test_a_file_is_read_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: caf\xc3\xa9\r\n")
    document = load(path)
    assert document.data == {"name": "café"}
    assert document.name == str(path)


def test_a_missing_file_gets_a_hint(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path / "none.yaml")
    (problem,) = caught.value.problems
    assert problem.message == "cannot read the file: No such file or directory"
    assert problem.hint == "check the path"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Is a directory"):
        load(tmp_path)


def test_bytes_that_are_not_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"ab\xff")
    with pytest.raises(InputError) as caught:
        load(path)
    (problem,) = caught.value.problems
    assert (problem.message, problem.value) == ("not UTF-8 text", "byte 2")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_text, "MAX_BYTES", 10)
    path = tmp_path / "a.yaml"
    path.write_text("a: 12345678")
    with pytest.raises(InputError, match="the file is too large"):
        load(path)
