"""The order plan as a linear program: orders now, spot and building when prices and arrivals are known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from tauplan.supply.plan.open_orders import Order
from tauplan.supply.plan.program import Program
from tauplan.supply.plan.scenarios import Scenarios, comes_in, unit_price
from tauplan.supply.plan.spec import YEAR_WEEKS, Offer, SourcingPlan, weeks_of

Terms = list[tuple[int, float]]
WINDOW = 4  # definition: weeks over which an allocation may be drawn unevenly


@dataclass
class Model:
    """A program with the numbers of its variables: orders by offer, rung and week; spot and builds by scenario."""

    plan: SourcingPlan
    scenarios: Scenarios
    program: Program = field(default_factory=Program)
    order: dict[tuple[int, int, int], int] = field(default_factory=dict[tuple[int, int, int], int])
    placed: dict[tuple[int, int, int], int] = field(default_factory=dict[tuple[int, int, int], int])
    used: dict[int, int] = field(default_factory=dict[int, int])  # whether a committed offer is taken at all
    spot: dict[tuple[int, int, int], int] = field(default_factory=dict[tuple[int, int, int], int])
    shared: dict[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])
    begin: dict[tuple[int, int, int], int] = field(default_factory=dict[tuple[int, int, int], int])
    missing: dict[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])
    spend: dict[int, Terms] = field(default_factory=dict[int, Terms])  # cost terms of each scenario
    paid: dict[tuple[int, str], Terms] = field(default_factory=dict[tuple[int, str], Terms])


def rungs(offer: Offer) -> list[tuple[int, float, float]]:
    """Return (least, most, price) of each bracket of an offer [units, units, USD]."""
    steps = [(offer.minimum, offer.price), *((rung.at_least, rung.price) for rung in offer.breaks)]
    ends = [*(least - 1.0 for least, _ in steps[1:]), math.inf]
    return [(least, most, price) for (least, price), most in zip(steps, ends, strict=True)]


def build(plan: SourcingPlan, scenarios: Scenarios, open_orders: Sequence[Order] = ()) -> Model:
    """Return the program of a plan over scenarios.

    Orders on contract and long-term agreements are made now, once for all scenarios; spot purchases and the weeks
    in which systems are begun follow each scenario. Cost: what is paid, stock and early systems held, systems late;
    (1 - w) mean + w CVaR over the scenarios (Rockafellar & Uryasev 2000).
    """
    model = Model(plan, scenarios)
    _orders(model, open_orders)
    for s in range(scenarios.count):
        model.spend[s] = []
        _payments(model, s)
        _spot(model, s)
        _builds(model, s)
        _stock(model, s, open_orders)
        _budgets(model, s, open_orders)
        _second_source(model, s, open_orders)
    _objective(model)
    return model


def most_needed(plan: SourcingPlan, scenarios: Scenarios, part: str) -> float:
    """Return the most units of a part that any scenario needs, without spare ones."""
    need = sum(b.count * plan.systems[b.system].parts.get(part, 0) for b in plan.builds)
    return float(math.ceil(need * float(scenarios.demand.max())))


def _allocation(model: Model, o: int, weekly: dict[int, Terms]) -> None:
    """Keep what is ordered in any month to what the vendor allocates in it."""
    plan, offer = model.plan, model.plan.offers[o]
    for week in weekly:
        limits = [plan.allocation(offer, min(w, plan.horizon - 1)) for w in range(week, week + WINDOW)]
        known = [limit for limit in limits if limit is not None]
        if len(known) == WINDOW:
            span = [term for w in range(week, week + WINDOW) for term in weekly.get(w, [])]
            model.program.row(f"allocation_{o}_{week}", span, high=sum(known), group=f"allocation {o}")


def _orders(model: Model, under_way: Sequence[Order]) -> None:
    """Quantities by offer, price bracket and week; their least size, allocation, total and commitment."""
    plan, program = model.plan, model.program
    for o, offer in enumerate(plan.offers):
        if offer.terms == "spot" or plan.vendors[offer.vendor].barred:
            continue
        need = math.ceil(most_needed(plan, model.scenarios, offer.part) * (1 + plan.parts[offer.part].spare))
        brackets = rungs(offer)
        whole: Terms = []
        most = max(need, brackets[-1][0])
        weekly: dict[int, Terms] = {}
        for week in range(weeks_of(offer.qualification), plan.horizon):
            for k, (least, top, _) in enumerate(brackets):
                x = program.variable(f"order_{o}_{k}_{week}", high=min(top, most))
                model.order[o, k, week] = x
                weekly.setdefault(week, []).append((x, 1.0))
                if least > 1:
                    y = program.variable(f"placed_{o}_{k}_{week}", high=1.0, integer=True)
                    model.placed[o, k, week] = y
                    program.row(
                        f"least_{o}_{k}_{week}", [(x, 1.0), (y, -least)], low=0.0, group=f"minimum {o}"
                    )
                    size = min(top, most)
                    program.row(
                        f"most_{o}_{k}_{week}", [(x, 1.0), (y, -size)], high=0.0, group=f"minimum {o}"
                    )
            whole += weekly[week]
        placed = sum(x.quantity for x in under_way if (x.part, x.vendor, x.terms) == offer.key)
        if plan.allocation(offer, 0) is not None or offer.allocations:
            _allocation(model, o, weekly)
        if offer.total is not None:
            left = max(offer.total - placed, 0.0)
            program.row(f"total_{o}", whole, high=left, group=f"total {o}")
        if offer.commitment is not None:
            used = program.variable(f"used_{o}", low=float(placed > 0), high=1.0, integer=True)
            model.used[o] = used
            taken = [*whole, (used, -offer.commitment)]
            program.row(f"commit_{o}", taken, low=-placed, group=f"commitment {o}")
            size = most * len(weekly)
            program.row(f"only_if_used_{o}", [*whole, (used, -size)], high=0.0, group=f"commitment {o}")


def _payments(model: Model, s: int) -> None:
    """What orders cost in a scenario; paid on delivery, or at the end of the plan where nothing arrives."""
    plan, market = model.plan, model.scenarios.price[s]
    for (o, k, week), x in model.order.items():
        offer = plan.offers[o]
        lead = int(model.scenarios.lead[s, o, week])
        arrives = week + lead
        if lead > plan.horizon:  # the vendor has stopped: nothing arrives and nothing is paid
            continue
        price = unit_price(offer, rungs(offer)[k][2], market, week, arrives)
        model.spend[s].append((x, price))
        model.paid.setdefault((s, plan.quarter(min(arrives, plan.horizon))), []).append((x, price))


def _spot(model: Model, s: int) -> None:
    plan, market = model.plan, model.scenarios.price[s]
    for o, offer in enumerate(plan.offers):
        if offer.terms != "spot" or plan.vendors[offer.vendor].barred:
            continue
        span: Terms = []
        for week in range(weeks_of(offer.qualification), plan.horizon):
            lead = int(model.scenarios.lead[s, o, week])
            if week + lead >= plan.horizon:
                continue
            known = week >= weeks_of(plan.risk.reveal)
            w = -1 if known else model.shared.get((o, week), -1)
            if w < 0:
                most = plan.allocation(offer, week)
                high = math.inf if most is None else most
                w = model.program.variable(f"spot_{o}_{week}_{s}", high=high)
            if not known:
                model.shared[o, week] = w
            model.spot[o, week, s] = w
            price = unit_price(offer, offer.price, market, week, week + lead)
            model.spend[s].append((w, price))
            model.paid.setdefault((s, plan.quarter(week)), []).append((w, price))
            span.append((w, 1.0))
        if offer.total is not None:
            model.program.row(f"total_{o}_{s}", span, high=offer.total, group=f"total {o}")


def _builds(model: Model, s: int) -> None:
    """Weeks in which systems are begun; each must be ready, late at a cost or not at all where the date is firm."""
    plan, program = model.plan, model.program
    begun: dict[tuple[str, int], Terms] = {}
    for b, wanted in enumerate(plan.builds):
        system = plan.systems[wanted.system]
        assembly, due = weeks_of(system.assembly), plan.week(wanted.by)
        value = sum(n * part_value(plan, part) for part, n in system.parts.items())
        made: Terms = []
        for week in range(plan.horizon - assembly):
            ready = week + assembly
            if wanted.firm and ready > due:
                break
            late = wanted.late * max(ready - due, 0)
            early = plan.holding / YEAR_WEEKS * value * max(due - ready, 0)
            z = program.variable(f"begin_{b}_{week}_{s}")
            model.begin[b, week, s] = z
            model.spend[s].append((z, late + early))
            made.append((z, 1.0))
            begun.setdefault((wanted.system, week), []).append((z, 1.0))
        if not wanted.firm:
            worst = wanted.late * (plan.horizon - due + YEAR_WEEKS) + 2 * value
            missing = program.variable(f"missing_{b}_{s}")
            model.missing[b, s] = missing
            model.spend[s].append((missing, worst))
            made.append((missing, 1.0))
        count = wanted.count * float(model.scenarios.demand[s])
        program.row(f"build_{b}_{s}", made, low=count, high=count, group=f"build {b}")
    for (name, week), terms in begun.items():
        capacity = plan.systems[name].capacity
        if capacity is not None:
            program.row(f"capacity_{_plain(name)}_{week}_{s}", terms, high=capacity, group=f"capacity {name}")


def _stock(model: Model, s: int, open_orders: Sequence[Order]) -> None:
    """Stock of each part from week to week: what was there and what arrives, less what systems take."""
    plan, program = model.plan, model.program
    arriving: dict[tuple[str, int], Terms] = {}
    for (o, _, week), x in model.order.items():
        arrives = week + int(model.scenarios.lead[s, o, week])
        arriving.setdefault((plan.offers[o].part, arrives), []).append((x, 1.0))
    for (o, week, scenario), w in model.spot.items():
        if scenario == s:
            arrives = week + int(model.scenarios.lead[s, o, week])
            arriving.setdefault((plan.offers[o].part, arrives), []).append((w, 1.0))
    under_way = [(x, int(comes_in(plan, x, model.scenarios)[s])) for x in open_orders]
    for name, part in plan.parts.items():
        before: int | None = None
        cost = plan.holding / YEAR_WEEKS * part_value(plan, name)
        for week in range(plan.horizon):
            there = sum(x.quantity for x, comes in under_way if x.part == name and comes == week)
            there += part.stock if week == 0 else 0.0
            stock = program.variable(f"stock_{_plain(name)}_{week}_{s}")
            model.spend[s].append((stock, cost))
            terms: Terms = [(stock, -1.0), *arriving.get((name, week), [])]
            terms += [(before, 1.0)] if before is not None else []
            for b, wanted in enumerate(plan.builds):
                taken = plan.systems[wanted.system].parts.get(name, 0)
                if taken and (b, week, s) in model.begin:
                    terms.append((model.begin[b, week, s], -float(taken)))
            program.row(
                f"balance_{_plain(name)}_{week}_{s}", terms, low=-there, high=-there, group=f"stock {name}"
            )
            before = stock
        if part.spare and before is not None:
            kept = part.spare * most_needed(plan, model.scenarios, name)
            program.row(f"spare_{_plain(name)}_{s}", [(before, 1.0)], low=kept, group=f"spare {name}")


def _budgets(model: Model, s: int, open_orders: Sequence[Order]) -> None:
    """Keep what is paid in a quarter to its budget; orders under way are paid first."""
    plan = model.plan
    for quarter, most in plan.budgets.items():
        terms = model.paid.get((s, quarter), [])
        spent = sum(x.cost for x in open_orders if x.due >= 0 and plan.quarter(x.due) == quarter)
        if terms:
            left = max(most - spent, 0.0)
            model.program.row(f"budget_{quarter}_{s}", terms, high=left, group=f"budget {quarter}")


def _second_source(model: Model, s: int, open_orders: Sequence[Order]) -> None:
    """No vendor delivers more than its share of a part."""
    plan = model.plan
    for name, part in plan.parts.items():
        if part.largest_share >= 1:
            continue
        by_vendor: dict[str, list[int]] = {}
        for (o, _, _), x in model.order.items():
            if plan.offers[o].part == name:
                by_vendor.setdefault(plan.offers[o].vendor, []).append(x)
        for (o, _, scenario), w in model.spot.items():
            if scenario == s and plan.offers[o].part == name:
                by_vendor.setdefault(plan.offers[o].vendor, []).append(w)
        for vendor, own in by_vendor.items():
            mine = set(own)
            everyone = [x for others in by_vendor.values() for x in others]
            terms = [(x, (1.0 if x in mine else 0.0) - part.largest_share) for x in everyone]
            theirs = sum(x.quantity for x in open_orders if (x.part, x.vendor) == (name, vendor))
            ordered = sum(x.quantity for x in open_orders if x.part == name)
            label = f"share_{_plain(name)}_{_plain(vendor)}_{s}"
            most = part.largest_share * ordered - theirs
            model.program.row(label, terms, high=most, group=f"second source {name}")


def _objective(model: Model) -> None:
    """Mean cost and CVaR: eta + mean of what scenarios cost beyond eta, over 1 - level."""
    program, risk = model.program, model.plan.risk
    weight = risk.weight if model.scenarios.count > 1 else 0.0
    for s, terms in model.spend.items():
        for column, value in terms:
            program.cost[column] += (1 - weight) * float(model.scenarios.chance[s]) * value
    if weight:
        eta = program.variable("cost_at_risk", cost=weight)
        for s, terms in model.spend.items():
            beyond = weight * float(model.scenarios.chance[s]) / (1 - min(risk.level, ALMOST_SURE))
            excess = program.variable(f"beyond_{s}", cost=beyond)
            program.row(f"risk_{s}", [*terms, (eta, -1.0), (excess, -1.0)], high=0.0, group="risk")


ALMOST_SURE = 0.999  # definition: a tail of nothing has no mean


def part_value(plan: SourcingPlan, name: str) -> float:
    """Return the value of a unit in stock [USD]: as given, or that of the cheapest offer."""
    own = plan.parts[name].value
    return own if own is not None else min(offer.price for offer in plan.offers if offer.part == name)


def _plain(name: str) -> str:
    """Return a name that the LP format takes."""
    return "".join(c if c.isalnum() and c.isascii() else "_" for c in name)
