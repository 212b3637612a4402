"""Dies on a wafer, yields, harvest, cost, fab time: published tables and limits."""

from __future__ import annotations

import numpy as np
import pytest

from tauplan.chip.harvest import binned_yields, harvest_yield
from tauplan.chip.placement import (
    Wafer,
    flush_dies,
    gross_dies,
    gross_dies_formula,
    gross_dies_rim,
    searched_dies,
)
from tauplan.chip.yields import (
    bose_einstein,
    faults,
    maturing_density,
    moore,
    murphy,
    negative_binomial,
    poisson,
    rectangular,
    seeds,
)
from tauplan.cost.assembly import screened, stacked_yield
from tauplan.cost.die import design_share, field_factor, good_die_cost, probing_cost, raw_die_cost
from tauplan.cost.fab import cycle_time, wafer_cost, waiting_factor

MM = 1e-3
WAFER = Wafer(0.3, 3e-3, 0.2e-3)
PLACED = [
    (26, 31.77, 65),
    (25.5, 31.92, 66),
    (26, 30.77, 68),
    (24, 32.375, 69),
    (20.4, 20.4, 137),
    (9.68, 22, 274),
    (10.44, 10.44, 553),
    (7.4, 10, 818),
]


@pytest.mark.parametrize(("width", "height", "dies"), PLACED)
def test_exact_placements(width, height, dies):
    assert gross_dies(width * MM, height * MM, WAFER) == dies
    assert searched_dies(width * MM, height * MM, WAFER, 60) == dies
    assert flush_dies(width * MM, height * MM, WAFER) <= dies


@pytest.mark.parametrize(("side", "coarse", "best"), [(20, 145, 148), (10, 606, 608), (5, 2411, 2412)])
def test_a_coarse_search_misses_dies_that_touching_placements_find(side, coarse, best):
    assert searched_dies(side * MM, side * MM, WAFER, 60) == coarse
    assert gross_dies(side * MM, side * MM, WAFER) == best


def test_the_148_dies_of_20_mm_are_really_there():
    """Seven columns flush with the rim: every corner of every die lies inside the usable circle."""
    pitch, radius = 20.2, 147.0
    widths = []
    for low in (np.arange(-8, 8) * pitch + 0.1).tolist():
        half = np.sqrt(max(radius**2 - max(abs(low), abs(low + 20)) ** 2, 0.0))
        widths.append(half)
    best = max(
        sum(max(int(np.floor((h - 20 - x) / pitch)) - int(np.ceil((-h - x) / pitch)) + 1, 0) for h in widths)
        for x in np.linspace(0, pitch, 4041)
    )
    assert best == 148


def test_closed_forms_err_as_they_say():
    for width, height, dies in PLACED:
        area = width * height * MM * MM
        assert 0.0 < gross_dies_formula(area, WAFER) / dies - 1.0 < 0.035
        assert -0.11 < gross_dies_rim(area, WAFER) / dies - 1.0 < 0.0


def test_a_die_larger_than_the_wafer_has_no_place():
    assert gross_dies(0.3, 0.3, WAFER) == 0


YIELDS = [
    (100, 0.10, 0.9048, 0.9056, 0.9091, 0.7289, 0.9070, 0.9063, 0.9053),
    (400, 0.09, 0.6977, 0.7052, 0.7353, 0.5488, 0.7182, 0.7118, 0.7021),
    (814, 0.05, 0.6656, 0.6749, 0.7107, 0.5284, 0.6904, 0.6827, 0.6710),
    (814, 0.10, 0.4431, 0.4681, 0.5513, 0.4057, 0.5051, 0.4867, 0.4572),
    (814, 0.20, 0.1963, 0.2437, 0.3805, 0.2792, 0.3039, 0.2724, 0.2213),
    (600, 0.50, 0.0498, 0.1003, 0.2500, 0.1769, 0.1600, 0.1250, 0.0725),
]


@pytest.mark.parametrize("row", YIELDS)
def test_yield_models_side_by_side(row):
    area, density, *expected = row
    x = faults(area * 1e-6, density * 1e4)
    ours = [poisson(x), murphy(x), seeds(x), moore(x), *(negative_binomial(x, a) for a in (2, 3, 10))]
    assert ours == pytest.approx(expected, abs=1e-4)


def test_limits_of_yield_models():
    assert bose_einstein(0.03, 10.0) == pytest.approx(1.03**-10)
    assert rectangular(0.814) == pytest.approx((1 - np.exp(-1.628)) / 1.628)
    for model in (poisson, murphy, rectangular, seeds, moore):
        assert float(model(0.0)) == 1.0
    assert maturing_density(0.5, 0.1, 0.0, 1.0) == 0.5
    assert maturing_density(0.5, 0.1, 50.0, 1.0) == pytest.approx(0.1)


def test_chiplets_of_zen_against_one_die():
    """AMD states 0.59 for four dies of 213 mm2 against one of 777 mm2."""
    x = 0.10 * 1e4
    small = 4 / (gross_dies(9.68 * MM, 22 * MM, WAFER) * negative_binomial(213e-6 * x, 10))
    large = 1 / (gross_dies(24 * MM, 32.375 * MM, WAFER) * negative_binomial(777e-6 * x, 10))
    assert small / large == pytest.approx(0.59, rel=0.02)


def test_harvest_lifts_a_reticle_size_die():
    """H100 sells 132 of 144 processors: a logic die of about 300 USD, which whole dies cannot reach."""
    x = 814e-6 * 0.10e4
    whole = negative_binomial(x, 10.0)
    assert harvest_yield(0.0, x / 144, 144, 144, 10.0) == pytest.approx(whole, abs=1e-9)
    sold = harvest_yield(0.3 * x, 0.7 * x / 144, 144, 132, 10.0)
    assert 0.73 < sold < 0.86
    raw = raw_die_cost(16988.0, gross_dies(25.5 * MM, 31.92 * MM, WAFER))
    assert good_die_cost(raw, sold) == pytest.approx(300, rel=0.15)


def test_bins_share_out_the_dies():
    shares = binned_yields(0.2, 0.01, 64, (64, 60, 48, 0), 10.0)
    assert sum(shares) == pytest.approx(negative_binomial(0.2, 10.0), abs=1e-9)
    assert min(shares) >= 0.0


def test_fields_and_money():
    field = 26e-3 * 33e-3
    assert field_factor(field, field, 0.3) == pytest.approx(1.0)
    assert field_factor(0.5 * field, field, 0.3) == pytest.approx(1.0)
    assert field_factor(0.6 * field, field, 0.3) == pytest.approx(0.7 + 0.3 / 0.6)
    assert design_share(449e6, 20e6, 1e6) == pytest.approx(469.0)
    assert design_share(449e6, 20e6, 1e6, respins=1.0, respin_share=0.1) == pytest.approx(533.9)
    assert probing_cost(1200.0, 200.0 / 3600.0) == pytest.approx(66.7, abs=0.1)
    assert screened(100.0, 0.8, 1.0).cost_USD == pytest.approx(125.0)
    assert screened(100.0, 0.8, 0.0).quality == pytest.approx(0.8)
    assert stacked_yield(0.9, 2.0, 0.98, known_good=True) == pytest.approx(0.98)
    assert stacked_yield(0.9, 2.0, 0.98, known_good=False) == pytest.approx(0.9**2 * 0.98)


def test_a_fuller_fab_is_cheaper_and_slower():
    """A 3 nm fab of 20 billion USD and 50,000 wafers a month: 7,018 USD of capital at 95 %, 9,524 at 70 %."""
    month, year = 365.25 / 12 * 86400, 365.25 * 86400
    cost = [wafer_cost(20e9, 5 * year, 50e3 / month, u, 0.0) for u in (0.95, 0.70)]
    assert cost == pytest.approx([7018, 9524], rel=1e-3)
    waits = waiting_factor(np.array([0.70, 0.90, 0.95, 0.958]), 1.0, 1.0)
    assert waits == pytest.approx([2.33, 9.0, 19.0, 22.8], rel=0.01)
    many = waiting_factor(0.9, 1.0, 1.0, tools=8.0)
    assert many < 1.2
    days = cycle_time(80.0, 0.5 * 86400, many) / 86400
    assert 60 < days < 120
