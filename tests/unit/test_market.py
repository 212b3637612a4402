"""Market figures with vintages, the ledger, importers, projections: what they say and what they refuse."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fixtures.market import HEAD, row, run

from tauplan.errors import InputError
from tauplan.supply.market.expression import evaluate, names, with_numbers
from tauplan.supply.market.importers import import_file
from tauplan.supply.market.interval import Interval, interval_of
from tauplan.supply.market.ledger import run_checks, shipped_checks, unchecked
from tauplan.supply.market.scoreboard import outcomes
from tauplan.supply.market.series import (
    SHIPPED_RIGHTS,
    as_of,
    latest,
    of_series,
    read_figures,
    shipped_figures,
)
from tauplan.supply.market.timeline import timeline
from tauplan.supply.price.forecast import backtest, carried, project


def refused(path, *rows):
    path.write_text(HEAD + "".join(rows), encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_figures([path])
    return str(error.value)


def test_all_seventy_claims_are_there_with_a_source_and_rights():
    figures = shipped_figures()
    claims = [f for f in figures if f.id.startswith("S")]
    assert [c.id for c in claims] == [f"S{n:03d}" for n in range(1, 71)]
    assert all(f.source and f.vintage and f.rights in SHIPPED_RIGHTS for f in figures)


FINDINGS = {f.check.name: f for f in run_checks(shipped_checks(), shipped_figures())}


def middle(finding):
    return (finding.left.low + finding.left.high) / 2


@pytest.mark.parametrize(
    ("check", "verdict", "value"),
    [
        ("X01", "consistent", 41.25),
        ("X05", "implausible", None),
        ("X06", "contradiction", 1.0),
        ("X07", "consistent", 27.92),
        ("X08", "consistent", 29.135),
        ("X09", "consistent", 92.6),
        ("X10", "consistent", 51.28),
        ("X13", "contradiction", 88.9),
        ("X14", "consistent", 60.86),
        ("X15g", "scope conflict", 1009.5),
        ("X17", "contradiction", 383.46),
        ("X18", "contradiction", 14.7),
        ("X21", "contradiction", 20.1),
        ("X22", "consistent", 9.238),
        ("X24", "scope conflict", 1.3847),
        ("X26", "consistent", 9.697),
        ("X27", "consistent", 92.0),
        ("X27b", "contradiction", 57.6),
        ("X28b", "implausible", None),
        ("X36", "contradiction", 27.0),
    ],
)
def test_the_ledger_reaches_known_verdicts_by_its_own_arithmetic(check, verdict, value):
    finding = FINDINGS[check]
    assert finding.verdict == verdict
    if value is not None:
        assert middle(finding) == pytest.approx(value, rel=2e-3)


def test_a_changed_figure_changes_its_verdict(tmp_path):
    text = FINDINGS["X13"].arithmetic
    assert text == "88.9 ≠ 66.877"
    from dataclasses import replace

    figures = [replace(f, value=66.9, text="66.9") if f.id == "S037" else f for f in shipped_figures()]
    again = {f.check.name: f.verdict for f in run_checks(shipped_checks(), figures)}
    assert again["X13"] == "consistent"
    assert {name for name, verdict in again.items() if verdict != FINDINGS[name].verdict} == {"X13"}


def test_words_without_a_second_figure_are_said_to_stand_alone():
    alone = {f.id for f in unchecked(shipped_figures(), list(FINDINGS.values()))}
    assert {"S009", "S070"} <= alone
    assert "S037" not in alone


NUMBER = st.floats(0.5, 50.0)


@given(NUMBER, NUMBER, st.floats(0.0, 0.4), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_an_interval_holds_every_value_its_parts_allow(a, b, width, x, y):
    left, right = Interval(a, a + width), Interval(b, b + width)
    p, q = a + x * width, b + y * width
    values = {"a": left, "b": right}
    for text, exact in (
        ("a+b", p + q),
        ("a-b", p - q),
        ("a*b", p * q),
        ("a/b", p / q),
        ("-a*(b-2)", -p * (q - 2)),
    ):
        found = evaluate(text, values)
        assert found.low - 1e-9 <= exact <= found.high + 1e-9


def test_division_by_an_interval_that_touches_zero_has_no_upper_end():
    found = evaluate("a / (100 - a)", {"a": Interval(95.0, 100.0)})
    assert found.low == pytest.approx(19.0)
    assert math.isinf(found.high)


@pytest.mark.parametrize(
    "text", ["a.b", "__import__('os')", "a if a else a", "[a]", "a **", "open('x')", "lambda: 1"]
)
def test_an_expression_is_arithmetic_and_nothing_else(text):
    with pytest.raises(ValueError, match=r"not|unknown"):
        evaluate(text, {"a": Interval(1, 1)})


def test_names_and_numbers_of_an_expression():
    assert names("a / max(b, a)") == ("a", "b")
    assert with_numbers("a / (b - 1)", {"a": "3", "b": ">2"}) == "3 / (>2 - 1)"


def test_qualifiers_widen_what_a_figure_allows(tmp_path):
    path = tmp_path / "q.csv"
    words = ("", "about", "almost", "more than", "at most")
    path.write_text(
        HEAD + "".join(row(entity=w or "x", qualifier=w, step="1") for w in words), encoding="utf-8"
    )
    found = {f.qualifier: interval_of(f) for f in read_figures([path])}
    assert (found[""].low, found[""].high) == (4.5, 5.5)
    assert found["more than"].low == 5 and math.isinf(found["more than"].high)
    assert found["almost"].high == 5 > found["almost"].low
    assert found["at most"].high == 5


def test_nothing_later_is_known_as_of_a_date():
    figures = of_series(shipped_figures(), "world_semiconductor_sales", kinds=("forecast",))
    then = {f.value for f in as_of(figures, "2025-09-30") if f.period == "2025"}
    assert then == {687.0, 697.2, 700.9}
    assert next(f for f in latest(figures) if f.period == "2025").value == 772.0


def test_forecasts_meet_their_outcomes():
    figures = of_series(shipped_figures(), "contract_qoq_dram_conventional")
    errors = {f.vintage: round(f.value - o.value, 1) for f, o in outcomes(figures)}
    assert errors == {"2026-01-05": -38.0, "2026-02-02": -3.0}


def test_bad_rows_are_refused_with_their_place(tmp_path):
    text = refused(
        tmp_path / "b.csv",
        row(value="-3"),
        row(value="dear"),
        row(kind="guess"),
        row(rights="stolen"),
        row(vintage="soon"),
    )
    for word in ("b.csv:2", "negative value", "not a number", "unknown kind", "unknown rights", "not a date"):
        assert word in text


def test_two_values_for_one_vintage_are_refused(tmp_path):
    assert "overlapping vintages" in refused(tmp_path / "o.csv", row(), row(value="6"))
    path = tmp_path / "fine.csv"
    path.write_text(HEAD + row() + row(value="6", vintage="2026-03"), encoding="utf-8")
    assert latest(read_figures([path]))[0].value == 6.0


FILES = {
    "customs": (
        "t.csv", "Period,Flow,PrimaryValue\n202601,X,\"21,600,000,000\"\n202602,X,21700000000\n", "2026-01", "USD"
    ),
    "index": (
        "i.csv", "observation_date,PCU3344\n2024-01-01,31.706\n2024-02-01,.\n", "2024-01", "index"
    ),
    "billings": (
        "w.csv",
        "Worldwide,,\n,January,February,March,April,May,June,July,August,September,October,November,December\n"
        "2024,47000000,46000000,48000000,,,,,,,,,\n",
        "2024-01",
        "USD bn",
    ),
    "prices": ("p.csv", "date,price,unit\n2026-05-31,20.0,USD/GB\n2026-06,21,USD/GB\n", "2026-05-31", "USD/GB"),
}  # fmt: skip


@pytest.mark.parametrize("form", FILES)
def test_importers_read_recorded_files(tmp_path, form, capsys):
    name, text, period, unit = FILES[form]
    (tmp_path / name).write_text(text, encoding="utf-8")
    rows = import_file(form, tmp_path / name, "mine", "me", "2026-06")
    assert (rows[0]["period"], rows[0]["unit"]) == (period, unit)
    assert all(r["rights"] == "own use" for r in rows)
    out = tmp_path / "tidy.csv"
    code, said, err = run(
        capsys, "import", form, tmp_path / name, "--series", "mine", "--vintage", "2026-06", "--out", out
    )
    assert (code, err) == (0, "")
    assert f"{len(rows)} figures" in said
    code, said, _ = run(capsys, "show", "mine", "--data", out)
    assert code == 0 and "said 2026-06" in said


def test_customs_as_json(tmp_path):
    path = tmp_path / "c.json"
    path.write_text(json.dumps({"data": [{"period": "2023", "primaryValue": 136.3e9}]}), encoding="utf-8")
    (only,) = import_file("customs", path, "x", "China", "2024")
    assert (only["period"], float(only["value"])) == ("2023", 136.3e9)


@pytest.mark.parametrize(
    ("form", "text", "word"),
    [
        ("prices", "date,price\n2026-05,-4\n", "negative price"),
        ("prices", "date,price\nMay,4\n", "not a date"),
        ("prices", "day of week,cost\n1,4\n", "wrong columns"),
        ("billings", "a,b\n1,2\n", "names of the months"),
        ("customs", "{broken", "not JSON"),
        ("tea leaves", "", "unknown form"),
        ("index", "date,value\n", "no figures"),
    ],
)
def test_importers_refuse_other_files(tmp_path, form, text, word):
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=word):
        import_file(form, tmp_path / "x.csv", "x", "y", "2026")


def test_a_forecast_sees_nothing_later():
    rng = np.random.default_rng(4)
    values = np.cumsum(rng.normal(0.02, 0.1, 60))
    changed = values.copy()
    changed[40:] += 5.0
    one, other = backtest(values, (3,)), backtest(changed, (3,))
    for key in one.errors:  # origins whose targets lie before the change are scored the same
        np.testing.assert_array_equal(one.errors[key][:37], other.errors[key][:37])


def test_drift_beats_no_change_on_four_decades_of_storage_prices():
    for entity in ("memory", "disk drives"):
        line = timeline(of_series(shipped_figures(), "storage_price", entity))
        scores = {(s.model, s.horizon): s for s in backtest(np.log(line.values), (1, 2, 3)).scores()}
        for h in (1, 2, 3):
            assert scores["drift", h].ratio < 0.6
            assert scores["chosen as it went", h].ratio < 0.7
            assert scores["drift", h].count >= 15


def test_no_change_is_kept_for_a_walk_without_direction():
    rng = np.random.default_rng(1)
    walk = np.exp(np.cumsum(rng.normal(0, 0.1, 200)))
    assert {p.model for p in project(walk, (6, 12))} == {"no change"}


def test_bands_hold_what_they_promise():
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(60):
        walk = np.exp(np.cumsum(rng.normal(0, 0.1, 60)))
        (found,) = project(walk[:57], (3,))
        inside += found.low <= walk[59] <= found.high
    assert 40 <= inside <= 58  # eight in ten


def test_gaps_carry_the_last_figure():
    np.testing.assert_array_equal(carried(np.array([1.0, np.nan, 3.0, np.nan])), [1, 1, 3, 3])


def test_the_verbs_answer(tmp_path, capsys):
    code, text, _ = run(capsys, "check")
    assert code == 0
    for word in ("contradiction", "implausible", "scope conflict", "X13", "≠", "stand alone"):
        assert word in text
    code, text, _ = run(capsys, "check", "--json", "--out", tmp_path / "c.csv")
    data = json.loads(text)
    assert len(data["findings"]) == len(shipped_checks())
    assert (tmp_path / "c.csv").read_text(encoding="utf-8").count("\n") == len(shipped_checks()) + 1
    code, text, _ = run(capsys, "list", "--as-of", "2020-12-31")
    assert code == 0 and "storage_price" in text and "ai_cards" not in text
    code, text, _ = run(capsys, "show", "world_semiconductor_sales")
    assert code == 0 and "Forecasts and outcomes" in text
    code, text, _ = run(capsys, "project", "storage_price", "--entity", "memory", "--json")
    assert code == 0 and {p["model"] for p in json.loads(text)["projections"]} == {"drift"}


def test_the_verbs_refuse(tmp_path, capsys):
    code, _, err = run(capsys, "show", "storage_prise")
    assert code == 2 and "did you mean 'storage_price'" in err
    code, _, err = run(capsys, "project", "storage_price")
    assert code == 2 and "several entities" in err
    code, _, err = run(capsys, "show", "storage_price", "--entity", "tape")
    assert code == 2 and "no such entity" in err
    code, _, err = run(capsys, "plot", "storage_price", "--out", tmp_path / "x.gif")
    assert code == 2 and ".svg or .png" in err


def test_a_plot_names_its_sources(tmp_path, capsys):
    code, _, _ = run(capsys, "plot", "storage_price", "--out", tmp_path / "p.svg")
    assert code == 0
    assert "ourworldindata.org" in (tmp_path / "p.svg").read_text(encoding="utf-8")
