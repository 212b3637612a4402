"""What plans may say beyond prices: capacity, quarters, embargoes, spare parts, orders under way, later days."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauplan.cli.main import main
from tauplan.errors import InputError
from tauplan.supply.capacity import after_cycle, allocated, favoured_lead_time, implied_favour, limited_output
from tauplan.supply.plan.answer import answer_plan, to_json
from tauplan.supply.plan.build import build
from tauplan.supply.plan.explain import irreducible, levers
from tauplan.supply.plan.implied import allocations_implied
from tauplan.supply.plan.open_orders import Order, orders_csv
from tauplan.supply.plan.read import from_today, parse_plan
from tauplan.supply.plan.scenarios import comes_in, draw, nominal
from tauplan.supply.plan.simulate import simulate
from tauplan.supply.plan.solve import solve_plan

PLAN = """\
start: 2026-01-05
weeks: 40
builds: [{system: s, count: 20, by: 2026-08-31, late: 500 USD}]
systems: {s: {assembly: 2 weeks, capacity: 10, parts: {m: 4}}}
parts: {m: {}}
vendors: {A: {}, B: {}}
offers:
  - {part: m, vendor: A, price: 10 USD, lead_time: 6 weeks, lead_time_p90: 9 weeks}
  - {part: m, vendor: B, price: 14 USD, lead_time: 6 weeks, lead_time_p90: 9 weeks}
"""


def changed(*pairs):
    text = PLAN
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return parse_plan(text, "plan.yaml")


def ordered(plan, vendor):
    return [o for o in solve_plan(plan).orders if o.vendor == vendor]


def test_an_allocation_holds_from_its_quarter_on():
    plan = changed(("price: 10 USD,", "price: 10 USD, allocation: 1, allocations: {2026Q2: 3},"))
    offer = plan.offers[0]
    assert [plan.allocation(offer, week) for week in (0, 11, 13, 39)] == [1, 1, 3, 3]
    months = {}
    for o in ordered(plan, "A"):
        months[o.week // 4] = months.get(o.week // 4, 0) + o.quantity
    assert sum(q for month, q in months.items() if month < 3) <= 12
    assert max(months.values()) <= 12
    assert sum(o.quantity for o in solve_plan(plan).orders) == 80


def test_a_lead_time_holds_from_its_quarter_on_with_its_p90():
    plan = changed(("lead_time: 6 weeks, lead_time_p90: 9 weeks}\n  - {part: m, vendor: B", "lead_time: 6 weeks, "
                    "lead_time_p90: 9 weeks, lead_times: {2026Q2: 2 weeks}}\n  - {part: m, vendor: B"))  # fmt: skip
    lead = nominal(plan).lead[0]
    assert set(lead[0, :12]) == {9} and set(lead[0, 13:]) == {3} and set(lead[1]) == {9}
    drawn = draw(plan, 2000, 1).lead[:, 0, 20]
    assert (drawn <= 3).mean() == pytest.approx(0.9, abs=0.03)


def test_what_is_made_is_limited_by_its_scarcest_step():
    made = "made: {wafer_starts: 10, dies: 50, yields: 40 %, packages: 150, stacks: 240, stacks_each: 4, share: 5%}"
    plan = changed(("price: 10 USD,", f"price: 10 USD, {made},"))
    limits = plan.offers[0].made.limits
    assert limits == pytest.approx({"wafers": 10.0, "packaging": 7.5, "memory stacks": 3.0})
    assert plan.allocation(plan.offers[0], 5) == pytest.approx(3.0)
    tight = changed(("price: 10 USD,", f"price: 10 USD, {made},"), ("2026-08-31", "2026-04-06"))
    assert any("limited by its memory stacks" in lever.what for lever in levers(tight))


def test_after_an_embargo_nothing_comes_and_orders_go_elsewhere():
    plan = changed(("A: {}", "A: {embargo: 2026-03-02}"))
    lead = nominal(plan).lead[0]
    arrives = np.arange(plan.horizon) + lead[0]
    assert ((arrives < plan.week(datetime.date(2026, 3, 2))) | (lead[0] > plan.horizon)).all()
    assert all(o.due < plan.week(datetime.date(2026, 3, 2)) for o in ordered(plan, "A"))
    perhaps = changed(("A: {}", "A: {embargo: 2026-03-02, embargo_chance: 30 %}"))
    stopped = (draw(perhaps, 4000, 1).lead[:, 0, 30] > perhaps.horizon).mean()
    assert stopped == pytest.approx(0.3, abs=0.03)
    assert (nominal(perhaps).lead[0, 0] == 9).all()


def test_spare_parts_are_left_over():
    plan = changed(("{m: {}}", "{m: {spare: 10 %}}"))
    assert sum(o.quantity for o in solve_plan(plan).orders) == 88
    answer = answer_plan(plan)
    (buffer,) = answer.buffers
    assert (buffer.need, buffer.spare) == (80, 8)
    assert buffer.weeks_p10 <= buffer.weeks_p50
    assert to_json(answer)["buffers"][0]["part"] == "m"


def test_orders_under_way_count_against_totals_budgets_and_shares():
    plan = changed(
        ("price: 10 USD,", "price: 10 USD, total: 60,"),
        ("{m: {}}", "{m: {largest_share: 0.75}}"),
        ("\nparts: {m", "\nbudgets: {2026Q2: 300 USD}\nparts: {m"),
    )
    way = (Order("m", "A", "contract", -4, 20, 40, 10.0, 0),)
    program = build(plan, nominal(plan), way).program
    high = dict(zip(program.rows, program.row_high))
    assert high["total_0"] == 20
    assert high["budget_2026Q2_0"] == 0.0  # 400 USD fall due against 300
    assert high["share_m_A_0"] == pytest.approx(0.75 * 40 - 40)
    found = solve_plan(plan, way)
    assert sum(o.quantity for o in found.orders if o.vendor == "A") <= 20
    assert sum(o.quantity for o in found.orders) == 40


def test_an_order_under_way_comes_around_the_day_that_nine_of_ten_keep():
    plan = changed()
    way = Order("m", "A", "contract", -2, 7, 80, 10.0, 0)
    assert comes_in(plan, way, nominal(plan)).tolist() == [7]
    weeks = comes_in(plan, way, draw(plan, 4000, 1))
    assert (weeks <= 7).mean() == pytest.approx(0.9, abs=0.02)
    assert simulate(plan, (), (way,)).chance_late < 0.05


def test_a_plan_is_made_again_on_a_later_day(tmp_path, capsys):
    plan = changed(("price: 10 USD,", "price: 10 USD, qualification: 8 weeks,"))
    later = from_today(plan, datetime.date(2026, 2, 2))
    assert (later.horizon, later.offers[0].qualification) == (36, 4 * 7 * 86400.0)
    assert later.day(0) == datetime.date(2026, 2, 2)
    for day in (datetime.date(2025, 12, 1), datetime.date(2027, 1, 1)):
        with pytest.raises(InputError, match="outside the plan"):
            from_today(plan, day)
    path, way = tmp_path / "p.yaml", tmp_path / "open.csv"
    path.write_text(PLAN, encoding="utf-8")
    first = solve_plan(changed()).orders
    way.write_text(orders_csv(changed(), first), encoding="utf-8")
    with pytest.raises(SystemExit) as stop:
        main(["source", str(path), "--open", str(way), "--today", "2026-06-01"])
    assert not stop.value.code
    assert f"nothing to order beside {len(first)} under way" in capsys.readouterr().out
    with pytest.raises(SystemExit) as stop:
        main(["source", str(path), "--today", "June"])
    assert stop.value.code == 2
    assert "not a date" in capsys.readouterr().err


def test_the_pace_of_assembly_is_named_where_it_makes_a_plan_impossible():
    plan = changed(("2026-08-31, late: 500 USD", "2026-04-06, firm: true"), ("capacity: 10", "capacity: 4"))
    reasons = irreducible(plan)
    assert "no more than 4 s are begun in a week" in reasons
    assert any("must be ready by 2026-04-06" in reason for reason in reasons)


@given(st.floats(0.5, 0.98), st.floats(1.2, 20.0), st.floats(0.3, 3.0))
def test_the_share_implied_by_a_promise_is_the_one_that_keeps_it(load, promise, variability):
    share, others = implied_favour(1.0, load, promise, variability)
    first, second = favoured_lead_time(1.0, load, share, variability)
    assert second == pytest.approx(others)
    if 0 < share < 1:
        assert first == pytest.approx(promise, rel=1e-6)
    elif share == 1:
        assert first <= promise * (1 + 1e-9)
    else:
        assert first >= promise * (1 - 1e-9)


def test_a_plan_says_who_waits_so_that_four_weeks_can_be_true_at_full_load():
    (said,) = allocations_implied(changed(("lead_time: 6 weeks, lead_time_p90: 9 weeks}\n  - {part: m, vendor: B",
        "lead_time: 4 weeks, load: 95 %, alone: 1 week}\n  - {part: m, vendor: B")))  # fmt: skip
    assert "no more than 72% of all orders" in said and "61 weeks" in said


def test_wafers_come_out_a_cycle_later():
    starts = np.array([100.0, 100.0, 200.0, 200.0, 200.0])
    assert after_cycle(starts, 1.5, before=0.0).tolist() == [0, 50, 100, 150, 200]
    assert after_cycle(np.full(4, 70.0), 2.3).tolist() == [70] * 4


@given(st.lists(st.lists(st.floats(0, 100), min_size=6, max_size=6), min_size=2, max_size=4))
def test_no_more_is_finished_than_any_input_allows(inputs):
    finished, scarce = limited_output(inputs)
    so_far = np.cumsum(inputs, axis=1)
    assert (np.cumsum(finished) <= so_far.min(axis=0) + 1e-9).all()
    assert (finished >= -1e-9).all()
    assert (scarce < len(inputs)).all()


@given(
    st.lists(st.floats(0, 50), min_size=5, max_size=5), st.lists(st.floats(0, 30), min_size=10, max_size=10)
)
def test_classes_are_served_in_their_order(output, demand):
    wanted = np.array(demand).reshape(2, 5)
    got, owed = allocated(output, wanted)
    assert (got.sum(axis=0) <= np.array(output) + 1e-9).all()
    np.testing.assert_allclose(np.cumsum(got, axis=1) + owed, np.cumsum(wanted, axis=1), atol=1e-9)
    assert ((owed[0] < 1e-9) | (got[1] < 1e-9)).all()  # the second gets nothing while the first still waits
