"""Charts: deterministic, titled, with units and tooltips, and accepted by Vega-Lite itself."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from tests.fixtures.answers import infeasible, serving, training

from tauplan.evaluate.answer import OperatorRow, Part
from tauplan.report.charts import charts_of, comparison_chart, difference_chart, parts_chart
from tauplan.report.palette import literal

GOLDEN = Path(__file__).parents[1] / "golden" / "charts"
NAMES = [
    "ladder",
    "owned",
    "owned_step",
    "waterfall",
    "operators",
    "memory",
    "cost",
    "energy",
    "supply",
    "drivers",
]


def every_chart():
    """Return all charts of all fixtures by name."""
    charts = {}
    for answer in (training(), serving(), infeasible()):
        word = "infeasible" if answer.status != "ok" else answer.kind
        charts |= {f"{word}_{name}": spec for name, spec in charts_of(answer).items()}
    charts["comparison"] = comparison_chart([training(), serving()])
    charts["difference"] = difference_chart(training(), serving())
    return charts


CHARTS = every_chart()


def test_an_answer_has_the_charts_that_it_has_figures_for():
    assert list(charts_of(training())) == NAMES
    assert list(charts_of(serving())) == [name for name in NAMES if name != "supply"]
    assert list(charts_of(infeasible())) == ["memory", "supply"] or list(charts_of(infeasible())) == [
        "memory"
    ]


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_has_title_note_data_and_tooltip(name):
    spec = CHARTS[name]
    assert spec["title"]["text"]
    assert spec["title"]["subtitle"]
    assert spec["description"]
    assert spec["data"]["values"]
    assert '"tooltip"' in json.dumps(spec)
    assert spec["height"] > 0


@pytest.mark.parametrize("name", [name for name in CHARTS if not name.startswith(("serving", "infeasible"))])
def test_charts_are_those_of_the_golden_files(name):
    text = json.dumps(CHARTS[name], indent=1, ensure_ascii=False) + "\n"
    path = GOLDEN / f"{name}.json"
    if os.environ.get("TAUPLAN_WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert json.loads(path.read_text(encoding="utf-8")) == json.loads(text), (
        "TAUPLAN_WRITE_GOLDEN=1 writes it anew"
    )


def test_the_same_answer_gives_the_same_charts():
    assert json.dumps(every_chart()) == json.dumps(CHARTS)


@pytest.mark.parametrize("name", CHARTS)
def test_vega_lite_draws_every_chart(name):
    vl_convert = pytest.importorskip("vl_convert")
    svg = vl_convert.vegalite_to_svg(literal(CHARTS[name]) | {"width": 700}, vl_version="6.4")
    assert svg.startswith("<svg")
    assert "NaN" not in svg
    assert "var(--" not in svg
    assert "undefined" not in svg


def test_the_bars_of_a_waterfall_join():
    rows = charts_of(training())["waterfall"]["data"]["values"]
    *parts, whole = rows
    assert [row["from"] for row in parts[1:]] == [row["to"] for row in parts[:-1]]
    assert whole["to"] == pytest.approx(parts[-1]["to"])


def test_shares_of_all_levels_are_one():
    for name in ("owned", "owned_step"):
        rows = charts_of(training())[name]["data"]["values"]
        assert sum(row["value"] for row in rows) == pytest.approx(1.0)


def test_differences_add_up():
    rows = CHARTS["difference"]["data"]["values"]
    week = 7 * 86400.0
    change = serving().time_to_result_s - training().time_to_result_s
    assert sum(row["value"] for row in rows) * week == pytest.approx(change, rel=1e-2)


def test_amounts_without_extent_still_make_a_chart():
    vl_convert = pytest.importorskip("vl_convert")
    nothing = replace(
        training(),
        operators=(OperatorRow("reshape", "forward", 1.0, 0.0, 1e6, 1e-6, "memory"),),
        memory_parts=(Part("weights", 0.0),),
        memory_capacity_B=0.0,
        time_parts=(Part("kernels", 0.0),),
        supply_chain=tuple(replace(link, start_s=0.0, end_s=0.0) for link in training().supply_chain),
    )
    charts = charts_of(nothing) | {"twins": difference_chart(nothing, nothing)}
    charts["free"] = parts_chart("Cost", (Part("nothing", 0.0),), "USD")
    for spec in charts.values():
        assert vl_convert.vegalite_to_svg(literal(spec) | {"width": 500}, vl_version="6.4").startswith("<svg")
