"""Suppliers that stop and start again: lots and base stocks that bridge their silence."""

from __future__ import annotations

import numpy as np

from tauplan.supply.inventory.eoq import Lot, with_backorders
from tauplan.supply.inventory.newsvendor import ROUNDING, Level
from tauplan.supply.scientific import optimize
from tauplan.tau import Number


def disrupted_lot_cost(
    quantity: Number,
    order_cost: Number,
    holding: Number,
    shortage: Number,
    demand: Number,
    failure: Number,
    repair: Number,
) -> Number:
    """Return the cost per unit time of ordering ``quantity`` [units] from a supplier that fails at random.

    Up and down times are exponential with rates ``failure`` lambda and ``repair`` mu; stockouts cost p per unit
    lost. g = (K + h Q^2 / (2 d) + p d psi / mu) / (Q / d + psi / mu), psi = lambda / (lambda + mu)
    (1 - exp(-(lambda + mu) Q / d)). Source: Berk & Arreola-Risa 1994; Snyder & Shen, section 9.2.
    """
    both = failure + repair
    down = failure / both * -np.expm1(-both * quantity / demand)
    cost = order_cost + holding * quantity**2 / (2 * demand) + shortage * demand * down / repair
    return cost / (quantity / demand + down / repair)


def disrupted_lot(
    order_cost: float, holding: float, shortage: float, demand: float, failure: float, repair: float
) -> Lot:
    """Return the lot [units] of least cost from a supplier that fails; see :func:`disrupted_lot_cost`."""

    def cost(log_quantity: float) -> float:
        quantity = float(np.exp(log_quantity))
        return float(disrupted_lot_cost(quantity, order_cost, holding, shortage, demand, failure, repair))

    start = float(np.log(with_backorders(order_cost, holding, shortage, demand).quantity))
    found = optimize.minimize_scalar(
        cost, bounds=(start - 3, start + 8), method="bounded", options={"xatol": ROUNDING}
    )
    return Lot(float(np.exp(found.x)), float(found.fun))


def disrupted_lot_approximate(
    order_cost: float, holding: float, shortage: float, demand: float, failure: float, repair: float
) -> Lot:
    """Return the lot [units] with the chance that the supplier is down taken as its long-run value.

    With psi = lambda / (lambda + mu) the cost is convex with its minimum at Q = (sqrt((psi d h)^2 +
    2 h mu (K d mu + d^2 p psi)) - psi d h) / (h mu), cost h Q. Good where up times are long against the cycle.
    Source: Snyder 2014; Snyder & Shen, section 9.2.3.
    """
    down = failure / (failure + repair)
    inside = (down * demand * holding) ** 2
    inside += 2 * holding * repair * (order_cost * demand * repair + demand**2 * shortage * down)
    quantity = (float(np.sqrt(inside)) - down * demand * holding) / (holding * repair)
    return Lot(quantity, holding * quantity)


def disrupted_base_stock_cost(
    level: float, holding: float, shortage: float, demand: float, fails: float, recovers: float
) -> float:
    """Return the expected cost per period of a base stock [units] when the supplier may be silent.

    Demand d per period is known; up turns down with chance alpha, down turns up with beta. The chance of n periods
    of silence so far is beta / (alpha + beta) for n = 0 and alpha beta / (alpha + beta) (1 - beta)^(n-1) after.
    Source: Schmitt, Snyder & Shen 2010; Snyder & Shen, section 9.3.
    """
    silent, chance = _silence(fails, recovers)
    gap = level - (silent + 1) * demand
    return float(chance @ (holding * np.maximum(gap, 0) + shortage * np.maximum(-gap, 0)))


def disrupted_base_stock(
    holding: float, shortage: float, demand: float, fails: float, recovers: float
) -> Level:
    """Return the best base stock [units]: demand of the least n + 1 periods whose chance reaches p / (p + h)."""
    _, chance = _silence(fails, recovers)
    periods = int(np.argmax(np.cumsum(chance) >= shortage / (shortage + holding) - ROUNDING))
    level = (periods + 1) * demand
    return Level(level, disrupted_base_stock_cost(level, holding, shortage, demand, fails, recovers))


def _silence(fails: float, recovers: float) -> tuple[np.ndarray, np.ndarray]:
    """Return periods of silence and the chance of each, cut where less than rounding is left."""
    last = int(np.ceil(np.log(ROUNDING**2) / np.log1p(-recovers))) if recovers < 1 else 1
    silent = np.arange(last + 2)
    chance = fails * recovers / (fails + recovers) * (1 - recovers) ** np.maximum(silent - 1.0, 0.0)
    chance[0] = recovers / (fails + recovers)
    return silent, chance / chance.sum()
