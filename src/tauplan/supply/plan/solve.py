"""From a plan to orders: the program built, solved, and read back."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tauplan.supply.plan.build import WINDOW, Model, build, rungs
from tauplan.supply.plan.journal import Journal
from tauplan.supply.plan.open_orders import Order
from tauplan.supply.plan.program import GAP, Solution
from tauplan.supply.plan.scenarios import Scenarios, draw, nominal, unit_price
from tauplan.supply.plan.spec import SourcingPlan

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """A solved plan: orders to place, expected cost [USD], the gap to the best, and the program behind it.

    ``spot`` are the spot purchases expected over the scenarios, by offer and week.
    """

    orders: tuple[Order, ...]
    spot: tuple[Order, ...]
    cost: float
    gap: float
    feasible: bool
    model: Model
    solution: Solution


def scenarios_of(plan: SourcingPlan) -> Scenarios:
    """Return the scenarios that a plan asks for; one is the nominal one."""
    return nominal(plan) if plan.risk.scenarios == 1 else draw(plan, plan.risk.scenarios, plan.risk.seed)


def solve_plan(
    plan: SourcingPlan,
    open_orders: Sequence[Order] = (),
    *,
    gap: float = GAP,
    seconds: float | None = None,
    say: Say | None = None,
    journal: Path | None = None,
) -> Plan:
    """Return the plan of least cost and risk.

    Programs of some ten thousand variables are solved whole. Larger ones are relaxed first, which bounds the best
    from below; orders are rounded to those that the relaxation half fills, and the rest is solved again around
    them. Where that misses ``gap``, choices far from any that the relaxation uses are dropped and the rest is
    searched. ``gap`` says how far from the bound the answer may be; the answer says how far it is. ``journal`` is
    a file that keeps every finished stage: the same call goes on from it after an interrupt.
    """
    say = say or (lambda _: None)
    model = build(plan, scenarios_of(plan), open_orders)
    size = f"{len(model.program.names):,} variables, {len(model.program.rows):,} rows"
    say(f"program: {size}, {len(model.placed):,} choices")
    kept = Journal(journal, model.program)
    if len(model.program.names) <= WHOLE:
        solution = kept.stage("whole", lambda: model.program.solve(gap=gap, seconds=seconds))
    else:
        solution = _in_stages(model, gap, say, kept)
    if not solution.feasible:
        return Plan((), (), math.inf, math.inf, False, model, solution)
    say(f"plan: {solution.objective:,.0f} USD, {solution.gap:.2%} from the best")
    orders, spot = _read(model, solution)
    return Plan(orders, spot, solution.objective, solution.gap, True, model, solution)


WHOLE = 30_000  # definition: variables up to which the whole program is solved at once


def _in_stages(model: Model, gap: float, say: Say, kept: Journal) -> Solution:
    """Relax for a bound, round; search near the relaxation, then everywhere, where rounding is not close enough."""
    program = model.program
    relaxed = kept.stage("relaxed", lambda: program.relax(method="highs-ipm")[0])
    if not relaxed.feasible:
        return relaxed
    say(f"relaxed: {relaxed.objective:,.0f} USD is a lower bound")
    bound = relaxed.objective
    fixed = _half_filled(model, relaxed)
    rounded = kept.stage("rounded", lambda: program.relax(fixed=fixed, method="highs-ipm")[0])
    if rounded.feasible:
        rounded = replace(rounded, bound=bound)
        say(f"rounded: {rounded.objective:,.0f} USD, {rounded.gap:.2%} above the bound")
        if rounded.gap <= gap:
            return rounded
    unused = _far(model, relaxed)
    found = kept.stage("near", lambda: program.solve(gap=gap / 2, seconds=PATIENCE_S, fixed=unused))
    if found.feasible:
        found = replace(found, bound=bound)
        left = len(model.placed) - len(unused)
        say(f"with {left} choices: {found.objective:,.0f} USD, {found.gap:.2%} above the bound")
        if found.gap <= gap:
            return found
    whole = kept.stage("everywhere", lambda: program.solve(gap=gap, seconds=PATIENCE_S))
    best = min((rounded, found, whole), key=lambda solution: solution.objective)
    return replace(best, bound=max(bound, whole.bound)) if whole.feasible else best


def _half_filled(model: Model, relaxed: Solution) -> dict[int, float]:
    """Return every choice of a size of order: one where the relaxation orders half of its least or more.

    Of two brackets of one offer and week that with more units is taken. What is left is linear.
    """
    amounts = {key: float(relaxed.values[x]) for key, x in model.order.items()}
    fixed: dict[int, float] = {}
    for (o, k, week), y in model.placed.items():
        amount = amounts[o, k, week]
        least = rungs(model.plan.offers[o])[k][0]
        rivals = (units for (p, other, w), units in amounts.items() if (p, w) == (o, week) and other != k)
        fixed[y] = float(amount >= least / 2 and all(amount > units for units in rivals))
    for o, used in model.used.items():
        whole = sum(units for (p, _, _), units in amounts.items() if p == o)
        fixed[used] = max(
            model.program.low[used], float(whole >= (model.plan.offers[o].commitment or 0.0) / 2)
        )
    return fixed


def _far(model: Model, relaxed: Solution) -> dict[int, float]:
    """Return the choices more than a month from any that the relaxation uses, at zero."""
    taken = {(o, week) for (o, _, week), x in model.order.items() if float(relaxed.values[x]) > TINY}
    return {
        y: 0.0
        for (o, _, week), y in model.placed.items()
        if not any((o, week + shift) in taken for shift in range(-WINDOW, WINDOW + 1))
    }


PATIENCE_S = 120.0  # definition: seconds after which a solver hands over the best plan it has
TINY = 1e-6  # definition: quantities below are what a solver leaves


def _read(model: Model, solution: Solution) -> tuple[tuple[Order, ...], tuple[Order, ...]]:
    plan, scenarios = model.plan, model.scenarios
    expected = nominal(plan)
    orders: list[Order] = []
    for (o, k, week), x in sorted(model.order.items(), key=lambda item: (item[0][2], item[0][0])):
        quantity = round(float(solution.values[x]))
        if quantity > 0:
            offer = plan.offers[o]
            due = week + int(expected.lead[0, o, week])
            price = unit_price(offer, rungs(offer)[k][2], expected.price[0], week, due)
            orders.append(Order(offer.part, offer.vendor, offer.terms, week, due, quantity, price, o))
    amounts: dict[tuple[int, int], float] = {}
    for (o, week), w in model.shared.items():
        quantity = round(float(solution.values[w]))
        if quantity > 0:
            offer = plan.offers[o]
            due = week + int(expected.lead[0, o, week])
            price = unit_price(offer, offer.price, expected.price[0], week, due)
            orders.append(Order(offer.part, offer.vendor, offer.terms, week, due, quantity, price, o))
    for (o, week, s), w in model.spot.items():
        if (o, week) in model.shared:
            continue
        share = float(scenarios.chance[s]) * float(solution.values[w])
        amounts[o, week] = amounts.get((o, week), 0.0) + share
    spot: list[Order] = []
    for (o, week), quantity in sorted(amounts.items(), key=lambda item: (item[0][1], item[0][0])):
        if quantity > 0.5:
            offer = plan.offers[o]
            due = week + int(expected.lead[0, o, week])
            price = unit_price(offer, offer.price, expected.price[0], week, due)
            spot.append(Order(offer.part, offer.vendor, "spot", week, due, round(quantity), price, o))
    orders.sort(key=lambda order: (order.week, order.offer))
    return tuple(orders), tuple(spot)
