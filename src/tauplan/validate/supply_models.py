"""Which supply model a worked example means: its name picks a family, the inputs it gives pick the variant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np

from tauplan.supply.inventory import disruption, dual, eoq, newsvendor, queueing, r_q, s_s, yields
from tauplan.supply.inventory.guaranteed import service_times
from tauplan.supply.inventory.lot_sizing import wagner_whitin
from tauplan.supply.inventory.serial import serial_base_stock
from tauplan.supply.scientific import normal_sf
from tauplan.validate.supply_networks import in_series, network_stages, service_stages
from tauplan.validate.table import UnansweredError

Inputs = Mapping[str, Any]
Answers = dict[str, Any]

NAMES = {
    "h": ("h", "holding", "holding_cost"),
    "p": ("p", "b", "shortage", "stockout_cost", "backorder_cost"),
    "K": ("K", "k", "fixed_cost", "order_cost"),
    "lam": ("lam", "lambda", "demand_rate", "d", "D", "mu", "demand"),
    "mu": ("mu", "mean", "demand_mean", "lam"),
    "sd": ("sd", "sigma", "demand_sd", "std"),
    "L": ("L", "lead_time", "l"),
    "price": ("price", "revenue", "r"),
    "cost": ("cost", "purchase_cost", "c", "unit_cost"),
    "salvage": ("salvage", "salvage_value", "v"),
    "i": ("i", "holding_cost_rate", "rate"),
    "fails": ("disruption_rate", "disruption_prob", "alpha"),
    "recovers": ("recovery_rate", "recovery_prob", "beta"),
    "fill": ("fill_rate", "fill", "beta_service"),
    "service": ("service_level", "cycle_service_level", "csl"),
    "rho": ("rho", "utilisation", "utilization"),
    "servers": ("c", "servers", "m"),
    "ca2": ("ca2", "arrival_cv2"),
    "cs2": ("cs2", "service_cv2"),
}
"""The names under which tables give a quantity."""

TAIL = float(normal_sf(4.0))  # published serial solutions cut demand at four standard deviations


def answers(model: str, inputs: Inputs) -> Answers:
    """Return everything that the model of a worked example answers, by the names that tables use.

    Errors: :class:`UnansweredError` for a model that is not known or an input that is missing.
    """
    name = model.casefold()
    for words, solve in FAMILIES:
        if any(word in name for word in words):
            return solve(inputs, name)
    raise UnansweredError(f"the model {model!r} is not known")


def _get(inputs: Inputs, name: str, default: float | None = None) -> float:
    for known in NAMES.get(name, (name,)):
        if known in inputs:
            try:
                return float(inputs[known])
            except (TypeError, ValueError):
                raise UnansweredError(f"{known} is not a number: {inputs[known]!r}") from None
    if default is None:
        raise UnansweredError(f"the input {name} is missing")
    return default


def _has(inputs: Inputs, *names: str) -> bool:
    return any(known in inputs for name in names for known in NAMES.get(name, (name,)))


def _costs(inputs: Inputs) -> tuple[float, float]:
    return _get(inputs, "h"), _get(inputs, "p")


def _lot(lot: eoq.Lot) -> Answers:
    cycle = {"Q": lot.quantity, "cost": lot.cost}
    return cycle | {"frac_backordered": lot.backordered, "x": lot.backordered, "region": lot.bracket}


def _level(best: newsvendor.Level) -> Answers:
    return {"S": best.level, "Q": best.level, "cost": best.cost, "avg_cost": best.cost}


def _eoq(inputs: Inputs, name: str) -> Answers:
    order_cost, demand = _get(inputs, "K"), _get(inputs, "lam")
    if "breakpoints" in inputs:
        solve = eoq.incremental_discount if "incremental" in name else eoq.all_units_discount
        return _lot(solve(order_cost, _get(inputs, "i"), demand, inputs["breakpoints"], inputs["unit_costs"]))
    holding = _get(inputs, "h")
    if _has(inputs, "fails"):
        return _disrupted_lot(inputs, name)
    if "yield_mean" in inputs:
        solve = yields.lot_with_multiplicative_yield if "multipl" in name else yields.lot_with_additive_yield
        return _lot(solve(order_cost, holding, demand, inputs["yield_mean"], inputs["yield_sd"]))
    if "epq" in name or "production" in name:
        return _lot(eoq.production_quantity(order_cost, holding, _get(inputs, "lam"), _get(inputs, "mu")))
    if _has(inputs, "p"):
        return _lot(eoq.with_backorders(order_cost, holding, _get(inputs, "p"), demand))
    return _lot(eoq.order_quantity(order_cost, holding, demand))


def _disrupted_lot(inputs: Inputs, name: str) -> Answers:
    """Return the lot, and its cost at any quantity that is asked for."""
    solve = disruption.disrupted_lot_approximate if "approx" in name else disruption.disrupted_lot
    rest = (*_costs(inputs), _get(inputs, "lam"), _get(inputs, "fails"), _get(inputs, "recovers"))
    found = _lot(solve(_get(inputs, "K"), *rest))

    def cost_at(quantity: float) -> float:
        return float(disruption.disrupted_lot_cost(quantity, _get(inputs, "K"), *rest))

    return found | {"cost_at": cost_at}


def _base_stock_disrupted(inputs: Inputs, name: str) -> Answers:
    del name
    rest = (*_costs(inputs), _get(inputs, "lam"), _get(inputs, "fails"), _get(inputs, "recovers"))

    def cost_at(level: float) -> float:
        return disruption.disrupted_base_stock_cost(level, *rest)

    return _level(disruption.disrupted_base_stock(*rest)) | {"cost_at": cost_at}


def _wagner_whitin(inputs: Inputs, name: str) -> Answers:
    del name
    price = inputs.get("c", inputs.get("purchase_cost", 0.0))
    order_cost = inputs.get("K", inputs.get("fixed_cost"))
    holding, demand = inputs.get("h", inputs.get("holding_cost")), inputs.get("demand", inputs.get("d"))
    if order_cost is None or holding is None or demand is None:
        raise UnansweredError("K, h and demand are needed")
    plan = wagner_whitin(order_cost, holding, demand, price)
    return {"orders": plan.orders, "cost": plan.cost, "cost_to_go": plan.cost_to_go}


def _newsvendor(inputs: Inputs, name: str) -> Answers:
    lead = _get(inputs, "L", 0.0)
    if "p" in inputs and _has(inputs, "cost") and not _has(inputs, "h", "price"):
        inputs = {**inputs, "price": inputs["p"], "salvage": inputs.get("s", inputs.get("salvage", 0.0))}
        inputs = {name: value for name, value in inputs.items() if name not in ("p", "s")}
    profit = _has(inputs, "price") and _has(inputs, "cost")
    if profit:
        price, cost = _get(inputs, "price"), _get(inputs, "cost")
        holding, shortage = newsvendor.margins(price, cost, _get(inputs, "salvage", 0.0))
        holding, shortage = holding + _get(inputs, "h", 0.0), shortage + _get(inputs, "p", 0.0)
    else:
        holding, shortage = _costs(inputs)
    if "yield_lo" in inputs:
        low, high = inputs["yield_lo"], inputs["yield_hi"]
        return _level(yields.newsvendor_uniform_yield(holding, shortage, _get(inputs, "lam"), low, high))
    if "yield_sd" in inputs:
        given = (_get(inputs, "lam"), inputs["yield_mean"], inputs["yield_sd"])
        return _level(yields.newsvendor_normal_yield(holding, shortage, *given))
    mean: float
    if "pmf" in inputs:
        best = newsvendor.newsvendor_table(holding, shortage, inputs["pmf"])
        mean = sum(float(value) * chance for value, chance in inputs["pmf"].items())
    elif "lognormal" in name or "log-normal" in name:
        mu, sigma = _get(inputs, "mu"), _get(inputs, "sd")
        best, mean = newsvendor.newsvendor_lognormal(holding, shortage, mu, sigma), np.exp(mu + sigma**2 / 2)
    else:
        mean = _get(inputs, "mu")
        best = (
            newsvendor.newsvendor_normal(holding, shortage, mean, _get(inputs, "sd"), lead)
            if _has(inputs, "sd")
            else newsvendor.newsvendor_poisson(holding, shortage, mean, lead)
        )
    found = _level(best)
    if profit:
        found["profit"] = _profit(inputs, mean, float(best.cost))
    return found


def _profit(inputs: Inputs, mean: float, cost: float) -> float:
    """Return the expected profit: the margin on mean demand less what is lost to stock and shortage."""
    return (_get(inputs, "price") - _get(inputs, "cost")) * mean - cost


def _s_s(inputs: Inputs, name: str) -> Answers:
    given = (*_costs(inputs), _get(inputs, "K"), _get(inputs, "mu"))
    if "power" in name:
        best = s_s.s_s_power(*given, _get(inputs, "sd"), _get(inputs, "L", 0.0))
    elif "pmf" in inputs:
        pairs = sorted((float(value), chance) for value, chance in inputs["pmf"].items())
        best = s_s.s_s_exact(*given[:3], [v for v, _ in pairs], [c for _, c in pairs])
    else:
        best = s_s.s_s_poisson(*given, int(_get(inputs, "L", 0.0)))
    return {"s": best.reorder, "S": best.upto, "cost": best.cost}


def _served(inputs: Inputs) -> Answers:
    """Return the reorder point for a fill rate or a service level; the lot is the one given or the economic one."""
    demand = (_get(inputs, "mu"), _get(inputs, "sd"), _get(inputs, "L"))
    if _has(inputs, "fill"):
        lot = _get(inputs, "Q", 0.0)
        if not lot:
            lot = float(eoq.order_quantity(_get(inputs, "K"), _get(inputs, "h"), demand[0]).quantity)
        return {"r": r_q.reorder_for_fill_rate(lot, _get(inputs, "fill"), *demand), "Q": lot}
    return {"r": r_q.reorder_for_service(_get(inputs, "service"), *demand)}


def _r_q(inputs: Inputs, name: str) -> Answers:
    if _has(inputs, "fill", "service"):
        return _served(inputs)
    given = (*_costs(inputs), _get(inputs, "K"), _get(inputs, "mu"))
    lead = _get(inputs, "L")
    if not _has(inputs, "sd"):
        best = r_q.r_q_poisson(*given, lead)
    elif "eoqb" in name or "backorder" in name:
        best = r_q.r_q_eoq_with_backorders(*given, _get(inputs, "sd"), lead)
    elif "safety" in name or "eoq+ss" in name or "eoqss" in name:
        best = r_q.r_q_safety_stock(*given, _get(inputs, "sd"), lead)
    elif "loss" in name:
        best = r_q.r_q_loss(*given, _get(inputs, "sd"), lead)
    else:
        best = r_q.r_q_expected_level(*given, _get(inputs, "sd"), lead)
    return {"r": best.reorder, "Q": best.lot, "cost": best.cost}


def _serial(inputs: Inputs, name: str) -> Answers:
    del name
    stages = in_series(network_stages(str(inputs.get("instance", ""))))
    last = stages[0]
    plan = serial_base_stock(
        [float(row["holding"]) for row in stages],
        [float(row["lead_time"]) for row in stages],
        float(last["shortage"]),
        float(last["mean"]),
        float(last["sd"]) if last["sd"] else None,
        cut=TAIL,
    )
    levels = {row["stage"]: level for row, level in zip(stages, plan.levels, strict=True)}
    return {"S": levels, "echelon_S": levels, "cost": plan.cost}


def _guaranteed(inputs: Inputs, name: str) -> Answers:
    del name
    plan = service_times(service_stages(network_stages(str(inputs.get("instance", "")))))
    return {"CST": plan.times, "cost": plan.cost}


def _demand(inputs: Inputs) -> tuple[list[int], list[float]]:
    """Return values and chances of "U{a..b}" or a table of chances."""
    if "pmf" in inputs:
        pairs = sorted((int(value), float(chance)) for value, chance in inputs["pmf"].items())
        return [v for v, _ in pairs], [c for _, c in pairs]
    text = str(inputs.get("demand", "")).strip().removeprefix("U").strip("{}[]() ")
    first, dots, last = text.partition("..")
    if not dots or not (first.strip().isdigit() and last.strip().isdigit()):
        raise UnansweredError(f"demand is not of the form U{{a..b}}: {inputs.get('demand')!r}")
    values = list(range(int(first), int(last) + 1))
    return values, [1.0 / len(values)] * len(values)


def _sources(inputs: Inputs) -> dual.DualSource:
    lead = _get(inputs, "L", 0.0)
    return dual.DualSource(
        *_costs(inputs),
        _get(inputs, "c_regular", _get(inputs, "c_r", 0.0)),
        _get(inputs, "c_expedited", _get(inputs, "c_e", 0.0)),
        int(_get(inputs, "l_regular", lead)),
        int(_get(inputs, "l_expedited", lead)),
    )


def _dual(inputs: Inputs, name: str) -> Answers:
    del name
    cost = dual.dual_sourcing_cost(_sources(inputs), *_demand(inputs))
    return {"avg_cost": cost, "cost": cost}


def _single(inputs: Inputs, name: str) -> Answers:
    leads = inputs.get("L", inputs.get("l_regular", 0))
    if isinstance(leads, list):
        each = [_single({**inputs, "L": lead}, name) for lead in cast("list[int]", leads)]
        return {key: [found[key] for found in each] for key in each[0]}
    level, cost = dual.single_source(_sources(inputs), *_demand(inputs), expedited="expedited" in name)
    return {"S": level, "avg_cost": cost, "cost": cost}


def _queue(inputs: Inputs, name: str) -> Answers:
    del name
    servers = _get(inputs, "servers", 1.0)
    if _has(inputs, "rho"):
        load = _get(inputs, "rho")
        service = _get(inputs, "tau", _get(inputs, "service_time", 1.0))
    else:
        service = 1.0 / _get(inputs, "mu")
        load = _get(inputs, "lam") * service / servers
    if _has(inputs, "ca2", "cs2"):
        wait = queueing.kingman_wait(
            load, service, _get(inputs, "ca2", 1.0), _get(inputs, "cs2", 1.0), servers
        )
    else:
        wait = queueing.parallel_servers_wait(load, service, servers)
    arrivals = load * servers / service
    times = {"Wq": wait, "wait": wait, "W": wait + service, "rho": load, "factor": wait / service}
    return times | {"Lq": wait * arrivals, "L": (wait + service) * arrivals}


def _identity(inputs: Inputs, name: str) -> Answers:
    """Return what two of value, share and whole, or of value, growth and prior value, say about the third."""
    del name
    found: Answers = {}
    share = next((float(inputs[k]) for k in ("share", "market_share") if k in inputs), None)
    growth = next((float(inputs[k]) for k in ("yoy", "growth", "yoy_pct", "growth_pct") if k in inputs), None)
    whole = next((float(inputs[k]) for k in ("world", "total", "whole") if k in inputs), None)
    prior = next((float(inputs[k]) for k in ("prior", "base", "previous") if k in inputs), None)
    used = {"share", "market_share", "yoy", "growth", "yoy_pct", "growth_pct", "world", "total", "whole"}
    value = next(
        (float(inputs[k]) for k in inputs if k not in used and k not in ("prior", "base", "previous")), None
    )
    if value is not None and share:
        found |= dict.fromkeys(("world", "total", "whole"), value / share)
    if value is not None and whole:
        found |= {"share": value / whole}
    if share is not None and whole is not None:
        found |= dict.fromkeys(("value", "part", "exports"), share * whole)
    if value is not None and growth is not None:
        factor = 1.0 + (growth / 100.0 if any(k.endswith("pct") for k in inputs) else growth)
        found |= dict.fromkeys(("prior", "base", "previous"), value / factor)
    if value is not None and prior:
        found |= {"multiple": value / prior} | dict.fromkeys(("yoy", "growth"), value / prior - 1.0)
    return found


FAMILIES: tuple[tuple[tuple[str, ...], Callable[[Inputs, str], Answers]], ...] = (
    (("dual sourcing", "dual-sourcing", "dual source"), _dual),
    (("single-source", "single source", "expedited only", "regular only"), _single),
    (("guaranteed",), _guaranteed),
    (("serial", "clark-scarf", "echelon"), _serial),
    (("wagner", "lot siz"), _wagner_whitin),
    (("(s,s)", "(s, s)"), _s_s),
    (("(r,q)", "(r, q)"), _r_q),
    (
        ("base-stock with disruption", "newsvendor with disruption", "base stock with disruption"),
        _base_stock_disrupted,
    ),
    (("eoq", "epq", "order quantity", "production quantity"), _eoq),
    (("newsvendor", "newsboy", "base-stock", "base stock"), _newsvendor),
    (("m/m", "m/g", "g/g", "queue", "kingman", "wait", "utilisation"), _queue),
    (("share", "identity", "year-on-year", "yoy", "growth", "arithmetic"), _identity),
)
