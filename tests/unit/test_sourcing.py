"""The order plan: its optimum, its constraints as LP files, why it cannot be, how it is made again."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path

import numpy as np
import pytest

from tauplan.cli.main import main
from tauplan.errors import InputError
from tauplan.supply.plan.answer import answer_plan
from tauplan.supply.plan.build import build
from tauplan.supply.plan.by_hand import POLICIES, by_hand
from tauplan.supply.plan.explain import cost_of, irreducible, levers
from tauplan.supply.plan.open_orders import Order, orders_csv, read_open_orders
from tauplan.supply.plan.read import parse_plan, read_plan
from tauplan.supply.plan.scenarios import draw, nominal, unit_price
from tauplan.supply.plan.simulate import simulate
from tauplan.supply.plan.solve import scenarios_of, solve_plan
from tauplan.supply.plan.spec import Offer

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "sourcing-supercycle.yaml"
GOLDEN = ROOT / "tests" / "golden" / "lp"

SMALL = """\
start: 2026-01-05
weeks: 12
holding: 0.52
builds:
  - {system: server, count: 4, by: 2026-03-02, late: 100 USD}
systems:
  server: {assembly: 1 weeks, capacity: 2, parts: {memory: 2}}
parts:
  memory: {largest_share: 0.75}
vendors:
  A: {}
  B: {}
  C: {}
offers:
  - {part: memory, vendor: A, price: 10 USD, lead_time: 2 weeks, minimum: 4, breaks: [{at_least: 6, price: 9 USD}]}
  - {part: memory, vendor: B, terms: lta, price: 11 USD, lead_time: 3 weeks, commitment: 2, allocation: 3,
     settlement: 0.5}
  - {part: memory, vendor: C, terms: spot, price: 20 USD, lead_time: 1 weeks, total: 6}
budgets: {2026Q1: 200 USD}
market: {growth: 0.5}
"""  # fmt: skip


def changed(*pairs):
    text = SMALL
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return parse_plan(text, "plan.yaml")


GROUPS = {
    "minimum": ["minimum 0"],
    "allocation": ["allocation 1"],
    "total": ["total 2"],
    "commitment": ["commitment 1"],
    "build": ["build 0"],
    "capacity": ["capacity server"],
    "stock": ["stock memory"],
    "budget": ["budget 2026Q1"],
    "second_source": ["second source memory"],
    "spare": ["spare memory"],
    "risk": ["risk"],
}


@pytest.mark.parametrize("kind", GROUPS)
def test_each_linear_constraint_is_as_written(kind):
    plan = changed(("weeks: 12", "weeks: 6"), ("2026-03-02", "2026-01-26"))
    if kind == "spare":
        plan = changed(
            ("weeks: 12", "weeks: 6"), ("2026-03-02", "2026-01-26"), ("0.75}", "0.75, spare: 25 %}")
        )
    if kind == "risk":
        plan = plan.model_copy(update={"risk": plan.risk.model_copy(update={"scenarios": 2, "reveal": 0.0})})
    text = build(plan, scenarios_of(plan)).program.lp_text(GROUPS[kind])
    path = GOLDEN / f"{kind}.lp"
    if os.environ.get("TAUPLAN_WRITE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_every_group_of_the_program_has_a_golden_file():
    groups = {group.partition(" ")[0] for group in build(changed(), nominal(changed())).program.groups}
    assert groups <= {kind.split("_")[0] for kind in GROUPS}


TINY = """\
start: 2026-01-05
weeks: 10
holding: 0.0
builds: [{system: s, count: 3, by: 2026-02-16, late: 5 USD}]
systems: {s: {parts: {m: 2}}}
parts: {m: {}}
vendors: {A: {}, B: {}}
offers:
  - {part: m, vendor: A, price: 10 USD, lead_time: 2 weeks, minimum: 4}
  - {part: m, vendor: B, price: 12 USD, lead_time: 1 weeks, minimum: 3}
"""


def test_the_optimum_is_that_of_trying_everything():
    """Six units: 6 from A cost 60; no mixture with least orders does better."""
    best = min(
        10 * a + 12 * b
        for a, b in itertools.product(range(13), range(13))
        if a + b >= 6 and (a == 0 or a >= 4) and (b == 0 or b >= 3)
    )
    found = solve_plan(parse_plan(TINY), gap=0.0)
    assert found.cost == pytest.approx(best) == 60
    assert sum(o.quantity for o in found.orders) == 6


def test_a_least_order_above_the_need_is_bought_where_it_pays():
    plan = parse_plan(TINY.replace("minimum: 4", "minimum: 7"))
    assert solve_plan(plan, gap=0.0).cost == pytest.approx(70)  # seven from A, not six from B at 72


def test_dear_markets_are_bought_early_and_cheap_ones_late():
    rising = parse_plan(TINY + "market: {growth: 2.0}\n")
    falling = parse_plan(TINY + "market: {growth: -0.7}\n")
    assert min(o.week for o in solve_plan(rising).orders) == 0
    assert min(o.week for o in solve_plan(falling).orders) >= 3


def test_settlement_is_linear_in_its_share():
    market = np.array([1.0, 1.2, 1.5])
    prices = []
    for share in (0.0, 0.5, 1.0):
        offer = Offer(part="m", vendor="A", terms="lta", price="10 USD", settlement=share)
        prices.append(unit_price(offer, 10.0, market, 0, 2))
    assert prices == pytest.approx([10.0, 12.5, 15.0])


def test_no_vendor_passes_its_share_and_budgets_hold():
    plan = changed()
    found = solve_plan(plan, gap=0.0)
    bought: dict[str, float] = {}
    for o in (*found.orders, *found.spot):
        bought[o.vendor] = bought.get(o.vendor, 0.0) + o.quantity
    assert max(bought.values()) <= 0.75 * sum(bought.values()) + 0.5
    assert found.cost < 250


def test_a_plan_that_cannot_be_says_which_demands_clash():
    firm = ("late: 100 USD", "late: 100 USD, firm: true")
    sentences = irreducible(changed(firm, ("{2026Q1: 200 USD}", "{2026Q1: 30 USD}")))
    assert any("must be ready by 2026-03-02" in s for s in sentences)
    assert any("30 USD may be paid in 2026Q1" in s for s in sentences)
    assert not any("qualify" in s or "barred" in s for s in sentences)
    for dropped in (("{2026Q1: 30 USD}", "{}"),):
        assert not irreducible(changed(firm, ("{2026Q1: 200 USD}", "{2026Q1: 30 USD}"), dropped))


def test_a_date_before_any_delivery_is_explained_by_the_slowest_part():
    firm = changed(("late: 100 USD", "firm: true"), ("2026-03-02", "2026-01-12"))
    said = answer_plan(firm)
    assert not said.feasible
    assert "at the earliest" in said.sentence


def test_levers_save_what_solving_again_saves():
    plan = changed(("allocation: 3", "allocation: 0.25"), ("price: 11 USD", "price: 8 USD"))
    found = {lever.what: lever.worth for lever in levers(plan)}
    assert all(worth > 0 for worth in found.values())
    more = plan.model_copy(
        update={
            "offers": tuple(
                o.model_copy(update={"allocation": o.allocation + 1000 / plan.horizon}) if o.allocation else o
                for o in plan.offers
            )
        }
    )
    name = next(what for what in found if "thousand more units" in what)
    assert found[name] == pytest.approx(cost_of(plan) - cost_of(more))


def test_more_freedom_never_costs_more():
    plan = changed()
    base = cost_of(plan)
    for change in (
        ("largest_share: 0.75", "largest_share: 1.0"),
        ("budgets: {2026Q1: 200 USD}", "budgets: {}"),
        ("minimum: 4", "minimum: 1"),
        ("lead_time: 3 weeks", "lead_time: 2 weeks"),
        ("allocation: 3", "allocation: 30"),
    ):
        assert cost_of(changed(change)) <= base + 1e-6


def test_scenarios_have_the_spread_they_are_asked_for():
    market = {"market": {"growth": 0.4, "volatility": 0.4, "tight": 0.6}}
    plan = read_plan(EXAMPLE)
    plan = plan.model_copy(update={"market": type(plan.market).model_validate(market["market"])})
    drawn = draw(plan, 4000, 3)
    year = np.log(drawn.price[:, 52])
    assert year.mean() == pytest.approx(np.log(1.4), abs=0.02)
    assert year.std() == pytest.approx(0.4, rel=0.05)
    lead = drawn.lead[:, 2, 0]  # 14 weeks, nine of ten within 26
    assert (lead <= 26).mean() == pytest.approx(0.9, abs=0.02)
    late_when_dear = np.corrcoef(year, np.minimum(drawn.lead[:, 0, 0], 80))[0, 1]
    assert 0.3 < late_when_dear < 0.8
    stopped = (drawn.lead[:, 1, 0] > plan.horizon).mean()
    assert stopped == pytest.approx(0.02, abs=0.01)


def test_a_plan_made_again_orders_only_what_is_missing(tmp_path):
    plan = changed()
    first = solve_plan(plan)
    path = tmp_path / "orders.csv"
    path.write_text(orders_csv(plan, first.orders), encoding="utf-8")
    under_way = read_open_orders(path, plan)
    assert [(o.part, o.quantity, o.due) for o in under_way] == [
        (o.part, o.quantity, o.due) for o in first.orders
    ]
    again = solve_plan(plan, under_way)
    assert sum(o.quantity for o in again.orders) == 0
    assert again.cost < first.cost


def test_open_orders_are_refused_with_their_place(tmp_path):
    path = tmp_path / "open.csv"
    path.write_text(
        "part,vendor,terms,order_on,due_on,quantity,unit_price_USD\n"
        "memory,Z,contract,2026-01-05,2026-02-02,4,10\n"
        "memory,A,contract,2026-02-05,2026-01-02,4,10\n"
        "memory,A,contract,2026-01-05,2026-02-02,4,-10\n"
        "memory,A,contract,soon,2026-02-02,many,10\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as error:
        read_open_orders(path, changed())
    for word in (
        "open.csv:2",
        "unknown vendor",
        "a date before its order",
        "negative price",
        "not a date",
        "not a number",
    ):
        assert word in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("vendor: A, price", "vendor: AA, price", "unknown vendor"),
        ("price: 10 USD", "price: -10 USD", "out of range"),
        ("by: 2026-03-02", "by: 2025-03-02", "a date before the first order"),
        ("by: 2026-03-02", "by: March", "not a date"),
        ("{memory: 2}", "{memroy: 2}", "did you mean 'memory'"),
        ("2026Q1: 200", "2026-Q1: 200", "not a quarter"),
        ("at_least: 6", "at_least: 3", "breaks out of order"),
        ("total: 6", "minimum: 6", "any number"),
        ("lead_time: 2 weeks, minimum", "minimum", "without lead time"),
        ("system: server, count", "system: sever, count", "unknown system"),
        ("lead_time: 3 weeks", "lead_time_like: 'lead times: memory'", "unknown market entry"),
        ("  memory: {largest", "  disk: {}\n  memory: {largest", "nobody offers"),
        ("terms: lta", "terms: barter", "barter"),
        ("{growth: 0.5}", "{scenario: super-cicle}", "did you mean 'super-cycle'"),
        ("allocation: 3", "allocation: 3, allocations: {2026-4: 2}", "not a quarter"),
        ("allocation: 3", "lead_times: {Q4: 2 weeks}", "not a quarter"),
        ("allocation: 3", "allocation: 3, made: {wafer_starts: 1, dies: 9, yields: 50 %}", "two limits"),
        ("allocation: 3", "load: 95 %", "load without alone"),
        ("allocation: 3", "load: 100 %, alone: 1 week", "no end of waiting"),
        ("allocation: 3", "load: 95 %, alone: 5 weeks", "slower alone"),
        ("  B: {}", "  B: {embargo: 2025-06-01}", "an embargo before the plan"),
    ],
)
def test_bad_plans_get_one_clear_error(old, new, word):
    with pytest.raises(InputError) as error:
        changed((old, new))
    assert word in str(error.value)
    assert "plan.yaml:" in str(error.value)


def test_policies_by_hand_keep_to_what_vendors_allow():
    plan = read_plan(EXAMPLE)
    for policy in POLICIES:
        drawn: dict[tuple[int, int], float] = {}
        for o in by_hand(plan, policy):
            drawn[o.offer, o.week // 4] = drawn.get((o.offer, o.week // 4), 0.0) + o.quantity
            assert o.quantity >= plan.offers[o.offer].minimum
        for (o, _), quantity in drawn.items():
            assert quantity <= 4 * (plan.allocation(plan.offers[o], 0) or np.inf) + 1


def test_policies_by_hand_keep_to_the_budgets_of_every_scenario():
    plan = read_plan(EXAMPLE)
    scenarios = draw(plan, 6, 3)
    for policy, early in itertools.product(POLICIES, (0, 20)):
        paid: dict[tuple[int, str], float] = {}
        for o, s in itertools.product(by_hand(plan, policy, early, scenarios), range(scenarios.count)):
            offer, lead = plan.offers[o.offer], int(scenarios.lead[s, o.offer, o.week])
            assert o.quantity >= offer.minimum
            if lead <= plan.horizon:
                quarter = plan.quarter(o.week if o.terms == "spot" else min(o.week + lead, plan.horizon))
                price = unit_price(offer, offer.price, scenarios.price[s], o.week, o.week + lead)
                paid[s, quarter] = paid.get((s, quarter), 0.0) + price * o.quantity
        for (_, quarter), amount in paid.items():
            assert amount <= plan.budgets.get(quarter, np.inf) * (1 + 1e-9)


def test_simulation_of_a_sure_plan_is_its_arithmetic():
    plan = parse_plan(TINY + "market: {growth: 0, volatility: 0, tight: 0}\n")
    order = Order("m", "A", "contract", 0, 2, 6, 10.0, 0)
    found = simulate(plan, (order,), paths=50)
    assert found.chance_late == 0
    assert found.p90 == pytest.approx(60.0)
    late = simulate(plan, (Order("m", "A", "contract", 6, 8, 6, 10.0, 0),), paths=50)
    assert late.chance_late == 1
    assert late.mean == pytest.approx(60 + 3 * 5 * 2)  # two weeks late, three systems, 5 USD each


@pytest.fixture(scope="module")
def example():
    plan = read_plan(EXAMPLE)
    few = plan.model_copy(update={"risk": plan.risk.model_copy(update={"scenarios": 6})})
    return few, solve_plan(few)


def test_the_plan_beats_the_policies_used_by_hand(example):
    plan, solved = example
    ours = simulate(plan, solved.orders)
    for policy in POLICIES:
        tried = [simulate(plan, by_hand(plan, policy, early)) for early in (0, 8, 20, 42)]
        fine = [other.p90 for other in tried if other.chance_late <= ours.chance_late + 0.01]
        assert min(fine, default=np.inf) > 0.99 * ours.p90


def test_the_example_builds_all_servers_within_its_rules(example):
    solved = example[1]
    assert solved.gap <= 0.01
    bought: dict[str, float] = {}
    for o in solved.orders:
        bought[o.part] = bought.get(o.part, 0.0) + o.quantity
    assert bought["Kunlun 3"] == 1024
    assert {o.vendor for o in solved.orders} >= {"CXMT", "YMTC", "Kunlunxin"}


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main(["source", *map(str, arguments)])
    captured = capsys.readouterr()
    return int(stop.value.code or 0), captured.out, captured.err


def test_the_verb_gives_plan_gantt_levers_and_files(tmp_path, capsys):
    plan = tmp_path / "p.yaml"
    plan.write_text(SMALL, encoding="utf-8")
    out, page, lp = tmp_path / "o.csv", tmp_path / "p.html", tmp_path / "p.lp"
    code, text, err = run(capsys, plan, "--out", out, "--html", page, "--lp", lp, "--progress")
    assert code == 0
    for word in ("Orders", "Gantt", "Worth most", "P90", "late with"):
        assert word in text
    assert "variables" in err
    assert out.read_text(encoding="utf-8").startswith("part,vendor,terms")
    assert lp.read_text(encoding="utf-8").startswith("Minimize")
    assert "Gantt" not in page.read_text(encoding="utf-8")[:100] and "data-chart" in page.read_text(
        encoding="utf-8"
    )
    code, text, _ = run(capsys, plan, "--open", out, "--json")
    assert json.loads(text)["feasible"]
    code, text, err = run(capsys, tmp_path / "none.yaml")
    assert code == 2 and "cannot read" in err
    plan.write_text(
        SMALL.replace("late: 100 USD", "firm: true").replace("2026-03-02", "2026-01-12"), encoding="utf-8"
    )
    code, text, err = run(capsys, plan, "--html", page)
    assert code == 2 and "What cannot be met together" in text and "no plan meets" in err
