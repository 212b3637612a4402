"""Market series that ship: their rights, vintages, doubts; how they are drawn and projected."""

from __future__ import annotations

import csv
import math
from itertools import pairwise

import numpy as np
import pytest
from tests.fixtures.market import HEAD, row, run

from tauplan.catalog.location import data_root
from tauplan.report.market_chart import chart
from tauplan.supply.market.ledger import doubted, settled
from tauplan.supply.market.series import (
    SHIPPED_RIGHTS,
    as_of,
    grain_of,
    latest,
    of_series,
    read_figures,
    shipped_figures,
    time_of,
)
from tauplan.supply.market.timeline import timeline
from tauplan.supply.price.forecast import backtest, gain


def rights():
    with (data_root() / "market_rights.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("provider", rights(), ids=lambda row: row["provider"])
def test_what_ships_keeps_to_the_rights_of_its_provider(provider):
    """Of providers that let single facts be cited: one period a year of each figure, never a run."""
    words = provider["known_by"].casefold().split("|")
    mine = [f for f in shipped_figures() if any(w in f"{f.source} {f.note}".casefold() for w in words)]
    if provider["ships"] == "nothing":
        assert mine == []
    elif provider["ships"].startswith("single"):
        runs: dict[tuple[str, ...], set[str]] = {}
        for f in mine:
            runs.setdefault((f.series, f.entity, f.scope, f.kind, f.period[:4]), set()).add(f.period)
        assert all(len(periods) == 1 for periods in runs.values())
    else:
        assert provider["ships"].startswith("series")


def test_customs_figures_are_single_ones_from_articles():
    mine = [f for f in shipped_figures() if f.scope == "customs, HS 8542"]
    assert mine and all(f.source.startswith(("http", "chip-report")) for f in mine)
    assert not any("customs.gov.cn" in f.source for f in mine)
    for series in {f.series for f in mine}:
        months = [f.period for f in mine if f.series == series and grain_of(f.period) == "month"]
        counted = sorted(12 * int(month[:4]) + int(month[5:]) for month in months)
        assert all(later - sooner > 1 for sooner, later in pairwise(counted))


SERIES = (
    "ic_exports", "ic_imports", "world_semiconductor_sales", "lead_time", "wafer_capacity", "wafer_output",
    "hbm_capacity", "packaging_capacity", "utilisation", "fill_rate", "nand_yield", "dram_revenue_share",
    "nand_revenue_share", "ai_cards", "ai_cards_value_share", "capacity_share_mature", "packaging_share", "revenue",
    "gross_margin", "inventory_days", "hbm_stack_price", "retail_memory_price", "producer_price_index",
    "contract_term",
)  # fmt: skip


@pytest.mark.parametrize("series", SERIES)
def test_every_kind_of_series_ships_with_sources(series):
    assert all(f.source and f.rights in SHIPPED_RIGHTS for f in of_series(shipped_figures(), series))


def test_a_revised_figure_is_a_new_vintage():
    found = of_series(shipped_figures(), "wafer_output", "Samsung")
    said = {f.vintage: f.value for f in found if f.period == "2025" and f.scope == "NAND"}
    assert said == {"2025-05": 4.75, "2025-11": 4.72, "2026-01": 4.9}
    (then,) = [f for f in latest(as_of(found, "2025-09-30")) if f.period == "2025" and f.scope == "NAND"]
    assert then.value == 4.75


def test_a_doubted_claim_gives_way_to_the_figure_that_contradicts_it():
    found = of_series(shipped_figures(), "ic_exports", "China")
    assert doubted(found) == {"S037"}
    line = timeline(settled(found))
    assert line.values[2017 - 2014] == pytest.approx(66.877)
    assert line.values[2024 - 2014] == pytest.approx(159.5)


def test_scopes_are_never_mixed_on_a_line(tmp_path):
    path = tmp_path / "s.csv"
    cells = [row(period=f"202{n}", value=str(n + 1), scope="a") for n in range(4)]
    path.write_text(HEAD + "".join([*cells, row(period="2021", value="99", scope="b")]), encoding="utf-8")
    assert timeline(read_figures([path])).values.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("period", "grain"),
    [("2026", "year"), ("2026Q1", "quarter"), ("2026H1", "half"), ("2026-05", "month"), ("2026-05-31", "day"),
     ("2026-01..04", None), ("as printed", None)],
)  # fmt: skip
def test_a_period_is_one_of_its_kind(period, grain):
    assert grain_of(period) == grain
    assert (time_of(period) is None) == (grain is None)


def test_a_gain_counts_forecasts_that_overlap_only_once():
    rng = np.random.default_rng(3)
    apart = rng.normal(0.3, 1.0, 120)
    shared = np.convolve(rng.normal(0.3, 1.0, 131), np.ones(12) / 12, "valid")
    assert gain(apart, 1) == pytest.approx(apart.mean() / (apart.std() / math.sqrt(120)), rel=0.01)
    assert gain(shared, 12) < shared.mean() / (shared.std() / math.sqrt(120)) / 2
    assert gain(np.zeros(10), 3) == 0.0


def test_choosing_a_model_costs_nothing_on_walks():
    """Where nothing beats no-change the choice stays near it: worse by a twentieth at most."""
    rng = np.random.default_rng(11)
    ratios = []
    for _ in range(20):
        scores = backtest(np.cumsum(rng.normal(0, 0.1, 80)), (3,)).scores()
        ratios.append(next(s.ratio for s in scores if s.model == "chosen as it went"))
    assert np.mean(ratios) < 1.05


def test_a_month_is_no_year_on_a_chart():
    drawn = chart(of_series(shipped_figures(), "ic_exports"), "ic exports")
    rows = drawn["data"]["values"]
    lines = {row["line"] for row in rows}
    assert {"China, customs, HS 8542, month", "China, customs, HS 8542, year"} <= lines
    (cross,) = [row for row in rows if row["shape"] != "circle"]
    assert (cross["time"], cross["value"]) == (2017.0, 88.9)


def test_words_cannot_be_drawn_and_dates_are_dates(tmp_path, capsys):
    code, _, err = run(capsys, "plot", "chip_launch", "--out", tmp_path / "x.png")
    assert code == 2 and "nothing to draw" in err
    code, _, err = run(capsys, "list", "--as-of", "yesterday")
    assert code == 2 and "not a date" in err
    code, text, _ = run(capsys, "project", "world_semiconductor_sales")
    assert code == 0 and "Forecasts and outcomes" in text
