"""Inventory policies against textbook examples, exact optima and each other."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauplan.catalog.lookup import Catalog
from tauplan.supply.inventory import disruption, dual, eoq, newsvendor, queueing, r_q, s_s
from tauplan.supply.inventory.guaranteed import ServiceStage, service_times
from tauplan.supply.inventory.lot_sizing import wagner_whitin
from tauplan.supply.inventory.serial import serial_base_stock
from tauplan.supply.scientific import normal_cdf
from tauplan.validate.layouts import predict_file
from tauplan.validate.supply_models import answers

HEAD = "id,model,source_ref,inputs_json,answer_json,computed_with,tolerance,note\n"
EXAMPLES = [
    # Snyder & Shen, Fundamentals of Supply Chain Theory, 2nd edition
    ("EOQ", {"K": 8, "h": 0.225, "lam": 1300}, {"Q": 304.0467800264368, "cost": 68.41052550594829}, "1e-6 rel"),
    ("Wagner-Whitin", {"h": 0.8, "K": 120, "demand": [150, 100, 80, 200]}, {"orders": [150, 180, 0, 200]}, "exact"),
    ("Wagner-Whitin", {"h": 0.8, "K": 120, "demand": [150, 100, 80, 200]}, {"cost": 424}, "1e-9"),
    ("Newsvendor Poisson", {"h": 200, "p": 270, "mu": 18}, {"S": 19, "cost": 786.0884}, "1e-4 abs"),
    ("(s,S) exact Poisson", {"h": 40, "p": 125, "K": 150, "mu": 4}, {"s": 2, "S": 7, "cost": 223.5748}, "1e-4 abs"),
    ("(r,Q) EOQB approximation", {"h": 0.225, "p": 7.5, "K": 8, "mu": 1300, "sd": 150, "L": 1 / 12},
     {"r": 128.6378, "Q": 308.5738}, "1e-4 abs"),
    ("(r,Q) loss function approximation", {"h": 0.225, "p": 7.5, "K": 8, "mu": 1300, "sd": 150, "L": 1 / 12},
     {"r": 126.8671, "Q": 328.4491}, "1e-4 abs"),
    ("EOQ all-units discounts", {"K": 8, "i": 0.3, "lam": 1300, "breakpoints": [0, 400, 800],
     "unit_costs": [0.75, 0.72, 0.68]}, {"Q": 800, "cost": 978.6}, "1e-9"),
    ("EOQ multiplicative yield", {"K": 18500, "h": 0.06, "lam": 75000, "yield_mean": 0.8333333333333334,
     "yield_sd": 0.14085904245475275}, {"Q": 254477.46130342316, "cost": 13086.058}, "1e-3 rel"),
    ("Classroom newsvendor", {"price": 190, "cost": 110, "salvage": 90, "mu": 3192, "sd": 1181},
     {"Q": 4185.95, "profit": 222296.50}, "5e-6 rel"),
    ("Serial guaranteed-service", {"instance": "example_6_3"}, {"CST": {"3": 0, "1": 1}}, "exact"),
    ("Dual sourcing", {"demand": "U{0..4}", "h": 5, "b": 495, "c_regular": 0, "c_expedited": 20,
     "l_regular": 3, "l_expedited": 0}, {"avg_cost": 24.3356}, "1e-4 abs"),
    ("M/M/1 queue", {"rho": 0.95}, {"factor": 19.0}, "1e-9"),
    ("M/M/c queue", {"lam": 2, "mu": 1.5, "c": 2}, {"Wq": 0.5333333333}, "1e-6 rel"),
    ("Year-on-year arithmetic", {"value": 508, "growth_pct": 719.13}, {"prior": 62.0170}, "1e-4 abs"),
]  # fmt: skip


def write(path, rows):
    def cell(value):
        return '"' + json.dumps(value).replace('"', '""') + '"'

    lines = [f'V{i},"{m}",,{cell(q)},{cell(a)},,{t},' for i, (m, q, a, t) in enumerate(rows, start=1)]
    path.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    return predict_file(path, Catalog.load())


def test_published_examples_come_out_within_their_tolerance(tmp_path):
    found = write(tmp_path / "e.csv", EXAMPLES)
    assert [p for p in found if not p.within] == []
    assert len(found) > len(EXAMPLES)


def test_a_wrong_answer_is_seen_even_where_zero_is_right(tmp_path):
    inputs = {"h": 2, "K": 500, "demand": [90, 120, 80, 70]}
    (zero, other) = write(tmp_path / "e.csv", [("Wagner-Whitin", inputs, {"orders": [210, 1]}, "exact")])
    assert zero.within
    assert other.answered and not other.within


@pytest.mark.parametrize(
    ("model", "inputs", "answer", "word"),
    [
        ("alchemy", {}, {"Q": 1}, "not known"),
        ("EOQ", {"K": 8, "lam": 5}, {"Q": 1}, "h is missing"),
        ("EOQ", {"K": "eight", "h": 1, "lam": 5}, {"Q": 1}, "not a number"),
        ("EOQ", {"K": 8, "h": 1, "lam": 5}, {"colour": 1}, "does not answer colour"),
        ("Serial stochastic-service", {"instance": "example_6_2"}, {"cost": 1}, "did you mean"),
        ("Dual sourcing", {"h": 1, "p": 2, "demand": "normal"}, {"cost": 1}, "U{a..b}"),
    ],
)
def test_an_example_that_cannot_be_solved_says_why(tmp_path, model, inputs, answer, word):
    (found,) = write(tmp_path / "e.csv", [(model, inputs, answer, "exact")])
    assert not found.answered
    assert word in found.reason


def test_broken_json_loses_one_row_only(tmp_path):
    (tmp_path / "b.csv").write_text(HEAD + 'V1,EOQ,,{K: 8},"{""Q"": 1}",,exact,\n', encoding="utf-8")
    (found,) = predict_file(tmp_path / "b.csv", Catalog.load())
    assert "not JSON" in found.reason


POSITIVE = st.floats(0.1, 100.0)


@given(POSITIVE, POSITIVE, POSITIVE, st.floats(1.0, 4.0))
def test_the_order_quantity_scales_with_the_root_of_its_fixed_cost(K, h, d, factor):
    one, more = eoq.order_quantity(K, h, d), eoq.order_quantity(factor**2 * K, h, d)
    assert more.quantity == pytest.approx(factor * one.quantity)
    assert eoq.with_backorders(K, h, 1e9, d).cost == pytest.approx(one.cost, rel=1e-4)
    assert eoq.production_quantity(K, h, d, 1e12).quantity == pytest.approx(one.quantity, rel=1e-4)


def test_policies_of_arrays_are_those_of_scalars():
    h = np.array([0.1, 0.2, 0.4])
    together = eoq.order_quantity(8, h, 1300).quantity
    assert list(together) == [eoq.order_quantity(8, x, 1300).quantity for x in h]
    levels = newsvendor.newsvendor_normal(h, 0.7, 50, 8)
    assert list(levels.level) == sorted(levels.level, reverse=True)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=6), st.integers(1, 60), st.integers(1, 5))
def test_wagner_whitin_is_no_dearer_than_any_other_plan(demand, K, h):
    plan = wagner_whitin(K, h, demand)
    periods = len(demand)
    for mask in range(1 << periods):  # every set of periods in which to order
        starts = [t for t in range(periods) if mask >> t & 1]
        if any(demand[t] for t in range(starts[0] if starts else periods)):
            continue
        cost = K * len(starts) + sum(
            h * d * (t - max(s for s in starts if s <= t)) for t, d in enumerate(demand) if d
        )
        assert plan.cost <= cost + 1e-9
    assert sum(plan.orders) == sum(demand)


def test_an_exact_s_s_beats_its_neighbours_by_simulation():
    best = s_s.s_s_poisson(1, 4, 5, 6)
    rng = np.random.default_rng(1)
    demand = rng.poisson(6, 200_000)

    def simulated(s, upto):
        stock, cost = upto, 0.0
        for d in demand:
            if stock <= s:
                stock, cost = upto, cost + 5
            stock -= d
            cost += max(stock, 0) + 4 * max(-stock, 0)
        return cost / len(demand)

    assert simulated(best.reorder, best.upto) == pytest.approx(best.cost, rel=0.01)
    assert simulated(best.reorder - 2, best.upto + 2) > best.cost * 1.01


def test_dual_sourcing_meets_its_limits():
    values, chances = range(5), [0.2] * 5
    dear = dual.DualSource(5, 495, 0, 1e6, 2, 0)
    assert dual.dual_sourcing_cost(dear, values, chances) == pytest.approx(29.0, rel=1e-4)
    free = dual.DualSource(5, 495, 0, 0, 2, 0)
    assert dual.dual_sourcing_cost(free, values, chances) == pytest.approx(10.0, rel=1e-4)
    same = dual.DualSource(5, 495, 0, 20, 2, 2)
    assert dual.dual_sourcing_cost(same, values, chances) == pytest.approx(29.0)
    costs = [
        dual.dual_sourcing_cost(dual.DualSource(5, 495, 0, c, 2, 0), values, chances) for c in (1, 5, 10, 40)
    ]
    assert costs == sorted(costs)


def test_exact_policies_are_no_dearer_than_approximations():
    given_ = (20, 150, 100, 1.5)
    assert r_q.r_q_poisson(*given_, 2).cost <= 107.93
    normal = (0.225, 7.5, 8, 1300, 150, 1 / 12)
    close, zheng = r_q.r_q_loss(*normal), r_q.r_q_eoq_with_backorders(*normal)
    assert close.cost <= zheng.cost <= close.cost * 1.125
    assert r_q.r_q_safety_stock(*normal).cost >= close.cost


def test_disruptions_cost_and_their_absence_costs_nothing():
    plain = eoq.order_quantity(8, 0.225, 1300)
    rare = disruption.disrupted_lot(8, 0.225, 5, 1300, 1e-7, 14)
    assert rare.cost == pytest.approx(plain.cost, rel=1e-3)
    assert disruption.disrupted_lot(8, 0.225, 5, 1300, 1.5, 14).cost > plain.cost
    level = disruption.disrupted_base_stock(0.25, 3, 2000, 0.04, 0.25).level
    around = [
        disruption.disrupted_base_stock_cost(level + x, 0.25, 3, 2000, 0.04, 0.25) for x in (-2000, 0, 2000)
    ]
    assert around[1] == min(around)


def test_a_line_of_one_stage_is_a_base_stock():
    one = serial_base_stock([3.0], [4.0], 37.0, 5.0, 1.0)
    alone = newsvendor.newsvendor_normal(3.0, 37.0, 20.0, 2.0)
    assert one.levels[0] == pytest.approx(alone.level, abs=0.06)
    assert one.cost == pytest.approx(alone.cost, rel=2e-3)


def test_guaranteed_service_against_every_choice():
    stages = {
        "wafer": ServiceStage(1, 6, ("package",)),
        "package": ServiceStage(3, 2, ("board", "module")),
        "board": ServiceStage(8, 1, promise=1, sd=2.0),
        "module": ServiceStage(5, 3, promise=0, sd=1.0),
    }
    best = math.inf
    for wafer in range(7):
        for package in range(9):
            net = {
                "wafer": 6 - wafer,
                "package": wafer + 2 - package,
                "board": package + 1 - 1,
                "module": package + 3,
            }
            if min(net.values()) >= 0:
                sd = {"wafer": 5**0.5, "package": 5**0.5, "board": 2.0, "module": 1.0}
                best = min(best, sum(stages[n].holding * sd[n] * t**0.5 for n, t in net.items()))
    assert service_times(stages).cost == pytest.approx(best)
    with pytest.raises(ValueError, match="cycle"):
        service_times(
            {"a": ServiceStage(1, 1, ("b", "c")), "b": ServiceStage(1, 1, ("c",)), "c": ServiceStage(1, 1)}
        )


@given(st.floats(0.05, 0.98), st.floats(0.5, 10.0))
def test_kingman_is_exact_for_one_memoryless_server(load, service):
    wait = queueing.kingman_wait(load, service)
    assert wait == pytest.approx(queueing.single_server_wait(load, service))
    assert wait == pytest.approx(queueing.parallel_servers_wait(load, service, 1.0), rel=1e-9)
    assert queueing.implied_utilisation(wait + service, service) == pytest.approx(load)
    assert queueing.general_service_wait(load, service, 0.0) == pytest.approx(wait / 2)


NEIGHBOURS = (
    ("EOQ with supply disruptions, approximate",
     {"K": 8, "h": 0.225, "p": 5, "lam": 1300, "disruption_rate": 1.5, "recovery_rate": 14},
     {"Q": 773.1432417118889, "cost": 173.957229385175}),
    ("EOQ all-units discount",
     {"K": 8, "i": 0.3, "lam": 1300, "breakpoints": [0, 400, 800], "unit_costs": [0.75, 0.72, 0.68]},
     {"Q": 800, "region": 2}),
    ("Classroom newsvendor", {"p": 190, "c": 110, "s": 90, "mu": 3192, "sigma": 1181},
     {"Q": 4185.95, "profit": 222_296.50}),
    ("Wagner-Whitin", {"h": 0.8, "K": 120, "demand": [150, 100, 80, 200]}, {"cost": 424.0}),
    ("(s,S) exact Poisson", {"h": 40, "p": 125, "K": 150, "mu": 4}, {"s": 2, "S": 7, "cost": 223.5748}),
    ("Newsvendor Poisson", {"h": 200, "p": 270, "mu": 18}, {"S": 19, "cost": 786.0884}),
)  # fmt: skip


@pytest.mark.parametrize(("model", "inputs", "stated"), NEIGHBOURS, ids=[case[0] for case in NEIGHBOURS])
def test_neighbouring_textbook_kinds_are_answered(model, inputs, stated):
    """Snyder & Shen: sections 9.2.3 and 3.4.1, problems 3.27, 4.31 and 4.8a; the newsvendor of the classroom."""
    found = answers(model, inputs)
    for name, value in stated.items():
        assert found[name] == pytest.approx(value, rel=2e-6)


@given(st.floats(50, 2000), st.floats(0.5, 0.999), st.floats(10, 200))
def test_a_fill_rate_is_what_demand_meets_from_stock(lot, fill, sd):
    """Against the integral: shortage per cycle is the loss between r and r + Q."""
    reorder = r_q.reorder_for_fill_rate(lot, fill, 1000.0, sd, 0.25)
    levels = reorder + (np.arange(4000) + 0.5) * lot / 4000
    z = (levels - 250.0) / (sd * 0.5)
    out_of_stock = 1 - np.asarray(normal_cdf(z))
    assert 1 - out_of_stock.mean() == pytest.approx(fill, abs=2e-4)


def test_a_service_level_is_the_quantile_of_the_lead_time():
    found = answers("(r,Q) with service level", {"service_level": 0.95, "mu": 100, "sd": 20, "L": 4})
    assert found["r"] == pytest.approx(400 + 1.6448536 * 40, rel=1e-7)
    by_rate = answers(
        "(r,Q) with fill rate", {"K": 8, "h": 0.225, "fill_rate": 0.98, "mu": 1300, "sd": 150, "L": 0.1}
    )
    assert by_rate["Q"] == pytest.approx(304.0468, rel=1e-6)
