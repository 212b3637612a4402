"""Known dies: area from transistors and node, cost of two chips people ask about."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tauplan.catalog.location import data_root
from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import Policy
from tauplan.cost.package import Dies, carried_package
from tauplan.evaluate.book import Book
from tauplan.evaluate.clock_fit import clock_fit
from tauplan.evaluate.designed_chip import CLASS
from tauplan.evaluate.die_report import die_report
from tauplan.evaluate.silicon import WAFER, carrier, die_facts, organic, wafer
from tauplan.validate.density_rows import CLASSES, predicted_area
from tauplan.validate.layouts import predict_file
from tauplan.validate.table import read_table


@pytest.fixture(scope="module")
def book():
    return Book(Catalog.load(), Policy())


def in_band(book, row):
    claim = book.catalog.choose(CLASSES[row["product"]], "density_share").claim
    small, large = (predicted_area(book, row, share) * 1e6 for share in (claim.high, claim.low))
    return small <= float(row["area_mm2"]) <= large


def test_areas_lie_in_the_stated_band(book):
    rows = read_table(data_root() / "cases" / "dies.csv").rows
    inside = [in_band(book, row) for row in rows]
    assert len(rows) >= 20
    assert sum(inside) / len(rows) >= 0.85
    found = predict_file(data_root() / "cases" / "dies.csv", Catalog.load())
    assert sum(p.low <= p.measured <= p.high for p in found) / len(found) >= 0.85
    checked = [ok for row, ok in zip(rows, inside, strict=True) if row["split_hint"] == "check"]
    assert sum(checked) / len(checked) >= 0.7


def test_tables_of_dies_are_a_layout(tmp_path):
    path = tmp_path / "dies.csv"
    path.write_text(
        "die,node,area_mm2,transistors_billion\n"
        "NVIDIA A100,TSMC N7,826,54.2\nApple A14,N5,88,11.8\nX,TSMC 4NP,1600,208\n"
        "Y,7nm,,50\nZ,TSMC N99,5,1\nV,N5 + N6,5,1\n",
        encoding="utf-8",
    )
    found = predict_file(Path(path), Catalog.load())
    assert [p.answered for p in found] == [True, True, True, False, False, False]
    assert all(abs(p.error) < 0.2 for p in found[:3])


def cost_band(book, node, area_mm2, prices, densities):
    pairs = np.array([(price, density * 1e4) for price in prices for density in densities])
    keys = [(node, "wafer_price"), (node, "defect_density")]
    moved = Book(book.catalog, Policy(), substitutes=dict(zip(keys, pairs.T, strict=True)))
    good = die_facts(moved, node, area_mm2 * 1e-6).good_USD
    return good.min(), good.max()


def test_cost_of_a_3_nm_phone_chip(book):
    """XRING O1, 109 mm2: 40 USD at 20,000 USD a wafer and 0.1 defects per cm2, 56 at 25,000 and 0.2 with rim."""
    low, high = cost_band(book, "TSMC N3E", 109, (20000, 26000), (0.1, 0.2))
    assert low == pytest.approx(40, rel=0.03)
    assert 54 < high < 60
    report = die_report(book.catalog, "XRING O1", None, None, 1_000_000)
    figures = {row.label: row for row in report.figures}
    assert figures["gross dies per wafer, exact placement"].value == 553
    assert low < figures["good die"].value < high
    assert figures["good die"].low < low < high < figures["good die"].high


def test_cost_of_a_7_nm_accelerator(book):
    """Kunlun 3 at 50 billion transistors: 550 to 760 mm2; 149 to 259 USD at 0.09, several times that at 0.5."""
    low, _ = cost_band(book, "TSMC N7", 550, (9346,), (0.09,))
    _, high = cost_band(book, "TSMC N7", 762, (9346,), (0.09,))
    assert low == pytest.approx(149, rel=0.06)
    assert high == pytest.approx(259, rel=0.06)
    _, worst = cost_band(book, "SMIC N+2", 762, (13500,), (0.5,))
    assert worst > 8 * high
    assert book.number(WAFER, "clustering") == 10.0
    report = die_report(book.catalog, "Baidu Kunlun 3", None, None, 1_000_000)
    good = next(row for row in report.figures if row.label == "good die")
    assert good.low < 149 < good.high


def test_a_harvested_reticle_size_die(book):
    """H100 sells 132 of 144 processors; published estimate of its logic die: 300 USD."""
    report = die_report(book.catalog, "H100", None, None, 1_000_000, spare=12 / 144)
    good = next(row for row in report.figures if row.label == "good die")
    assert good.low < 300 * 1.05
    assert good.value == pytest.approx(330, rel=0.15)


def test_published_clocks_are_explained_by_one_stage(book):
    """One depth and one span for all accelerators: half of the published clocks within 20 %."""
    found = [clock_fit(book, part.name) for part in book.catalog.parts("accelerator")]
    residuals = [fit.residual for fit in found if fit is not None]
    assert len(residuals) > 40
    assert np.median(np.abs(residuals)) < 0.2
    for name, bound in (
        ("NVIDIA V100 SXM2 32GB", 0.12),
        ("NVIDIA H100 SXM5 80GB", 0.05),
        ("Intel Gaudi 2", 0.1),
    ):
        assert abs(clock_fit(book, name).residual) < bound
    fit = clock_fit(book, "NVIDIA A100 SXM4 80GB")
    assert fit.period.seconds * fit.predicted_Hz == pytest.approx(1.0)
    assert 70 < fit.depth < 85


def bill(book, dies_mm2, stacks, memory_GB):
    """Return silicon and package of an accelerator sold with a twelfth of its units off."""
    dies = [die_facts(book, "TSMC 4N", area * 1e-6, 12 / 144).dies(1.0) for area in dies_mm2]
    price = book.number("memory type HBM3e", "price_per_byte")
    stack = Dies(book.number(CLASS, "stack_area"), price * memory_GB * 1e9 / stacks, 0.0, stacks)
    return carried_package([*dies, stack], carrier(book, "CoWoS"), organic(book), wafer(book))


def test_package_of_a_2022_accelerator(book):
    """H100: 750 USD of package by published estimates."""
    cost = bill(book, [814], 5.0, 80)
    assert cost.raw_package + cost.defective_package == pytest.approx(750, rel=0.25)


def test_bill_of_materials_of_a_2024_accelerator(book):
    """B200: package 1,000 to 1,200 USD, yield loss about 1,000, all but auxiliaries 5,200 to 6,800."""
    cost = bill(book, [800, 800], 8.0, 192)
    assert 1000 <= cost.raw_package <= 1200
    assert cost.defective_package + cost.wasted_dies == pytest.approx(1050, rel=0.25)
    assert 5200 <= cost.total <= 6800
