"""(r, Q): under continuous review, order Q when the position falls to r."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tauplan.supply.inventory.eoq import order_quantity, with_backorders
from tauplan.supply.inventory.newsvendor import normal_cost, normal_loss, poisson_table
from tauplan.supply.scientific import normal_pdf, normal_quantile, normal_sf, optimize


@dataclass(frozen=True)
class ReorderLot:
    """Order ``lot`` at position ``reorder`` [units]; cost per unit time."""

    reorder: float
    lot: float
    cost: float = float("nan")


STEADY = 1e-12  # definition: relative change at which an iteration in double precision has come to rest
MOST_STEPS = 1000  # definition: far beyond what these contractions need


def r_q_expected_level(
    holding: float, shortage: float, order_cost: float, mean: float, sd: float, lead_time: float
) -> ReorderLot:
    """Return (r, Q) [units] by the expected-inventory-level approximation, with normal demand.

    Minimises h (r - mu L + Q/2) + K mu/Q + p mu n(r)/Q, n(r) the units short per cycle, p per unit short:
    Q = sqrt(2 mu (K + p n(r)) / h), 1 - F(r) = Q h / (p mu), solved in turns. Rates per unit time. Valid where few
    units are short. Source: Hadley & Whitin 1963; Snyder & Shen, section 5.2.
    """
    over, spread = mean * lead_time, sd * np.sqrt(lead_time)
    lot = float(order_quantity(order_cost, holding, mean).quantity)
    reorder, short = over, 0.0
    for _ in range(MOST_STEPS):
        tail = min(lot * holding / (shortage * mean), 1.0 - STEADY)
        reorder = over + spread * float(normal_quantile(1.0 - tail))
        short = float(spread * normal_loss((reorder - over) / spread))
        before, lot = lot, float(np.sqrt(2 * mean * (order_cost + shortage * short) / holding))
        if abs(lot - before) <= STEADY * lot:
            break
    cost = holding * (reorder - over + lot / 2) + (order_cost + shortage * short) * mean / lot
    return ReorderLot(reorder, lot, cost)


def r_q_poisson(
    holding: float, shortage: float, order_cost: float, mean: float, lead_time: float
) -> ReorderLot:
    """Return the optimal (r, Q) [units] for Poisson demand of ``mean`` per unit time. Exact.

    c(r, Q) = (K mu + sum of G(y), y = r+1 .. r+Q) / Q with G(y) = h E[(y - D)+] + p E[(D - y)+], D the demand of
    the lead time, p per unit and time. The best r for Q takes the Q lowest levels of G, so Q grows one level at a
    time. Source: Federgruen & Zheng 1992.
    """
    values, chances = poisson_table(mean * lead_time)

    def level_cost(y: int) -> float:
        gaps = y - values
        return float((holding * np.maximum(gaps, 0) + shortage * np.maximum(-gaps, 0)) @ chances)

    low = min(range(len(values) + 1), key=level_cost)
    high, total, lot = low, order_cost * mean + level_cost(low), 1
    below, above = level_cost(low - 1), level_cost(high + 1)
    while min(below, above) < total / lot:
        if below <= above:
            low, total, below = low - 1, total + below, level_cost(low - 2)
        else:
            high, total, above = high + 1, total + above, level_cost(high + 2)
        lot += 1
    return ReorderLot(low - 1, lot, total / lot)


def r_q_cost(
    reorder: float,
    lot: float,
    holding: float,
    shortage: float,
    order_cost: float,
    mean: float,
    sd: float,
    lead_time: float,
) -> float:
    """Return the exact cost per unit time of (r, Q) [units] with normal demand, p per unit and time.

    (K mu + integral of G over (r, r + Q)) / Q with G(y) = h (y - mu L) + (h + p) sigma L(z); the integral of the
    normal loss is ((z^2 + 1)(1 - Phi) - z phi) / 2, the second-order loss.
    """
    over, spread = mean * lead_time, sd * np.sqrt(lead_time)

    def second_loss(y: float) -> float:
        z = (y - over) / spread
        return float(((z**2 + 1) * normal_sf(z) - z * normal_pdf(z)) / 2)

    linear = holding * lot * (reorder + lot / 2 - over)
    short = (holding + shortage) * spread**2 * (second_loss(reorder) - second_loss(reorder + lot))
    return float((order_cost * mean + linear + short) / lot)


def r_q_eoq_with_backorders(
    holding: float, shortage: float, order_cost: float, mean: float, sd: float, lead_time: float
) -> ReorderLot:
    """Return (r, Q) [units] with the lot of the deterministic model and the best r for it, where G(r) = G(r + Q).

    At most 1/8 above the optimum. Source: Zheng 1992.
    """
    lot = float(with_backorders(order_cost, holding, shortage, mean).quantity)
    over, spread = mean * lead_time, sd * np.sqrt(lead_time)

    def rises(r: float) -> float:
        low, high = (normal_cost(y, holding, shortage, over, spread) for y in (r, r + lot))
        return float(low - high)

    reach = lot + 8 * spread
    reorder = float(optimize.brentq(rises, over - reach, over + reach))
    return ReorderLot(
        reorder, lot, r_q_cost(reorder, lot, holding, shortage, order_cost, mean, sd, lead_time)
    )


def r_q_safety_stock(
    holding: float, shortage: float, order_cost: float, mean: float, sd: float, lead_time: float
) -> ReorderLot:
    """Return (r, Q) [units] of the economic order quantity with the newsvendor's safety stock above mu L."""
    lot = float(order_quantity(order_cost, holding, mean).quantity)
    z = float(normal_quantile(shortage / (shortage + holding)))
    reorder = float(mean * lead_time + z * sd * np.sqrt(lead_time))
    return ReorderLot(
        reorder, lot, r_q_cost(reorder, lot, holding, shortage, order_cost, mean, sd, lead_time)
    )


def _loss_above(z: float, target: float) -> float:
    return float(normal_loss(z)) - target


def r_q_loss(
    holding: float, shortage: float, order_cost: float, mean: float, sd: float, lead_time: float
) -> ReorderLot:
    """Return (r, Q) [units] by the loss-function approximation, p per unit and time.

    n(r) = h Q / (h + p) and Q = sqrt(2 (K mu + (h + p) n2(r)) / h) in turns, n and n2 the first- and second-order
    loss of the lead time's demand. Source: Hadley & Whitin 1963.
    """
    over, spread = mean * lead_time, sd * np.sqrt(lead_time)
    lot = float(order_quantity(order_cost, holding, mean).quantity)
    z = 0.0
    for _ in range(MOST_STEPS):
        target = holding * lot / ((holding + shortage) * spread)
        z = float(optimize.brentq(_loss_above, -lot / spread, 8.0, args=(target,)))
        second = spread**2 * float((z**2 + 1) * normal_sf(z) - z * normal_pdf(z)) / 2
        before = lot
        lot = float(np.sqrt(2 * (order_cost * mean + (holding + shortage) * second) / holding))
        if abs(lot - before) <= STEADY * lot:
            break
    reorder = over + z * spread
    return ReorderLot(
        reorder, lot, r_q_cost(reorder, lot, holding, shortage, order_cost, mean, sd, lead_time)
    )


def reorder_for_fill_rate(lot: float, fill: float, mean: float, sd: float, lead_time: float) -> float:
    """Return the least r [units] at which a share ``fill`` of demand is met from stock (type-2 service).

    fill = 1 - (n(r) - n(r + Q)) / Q with n the loss of the lead time's normal demand. Source: Silver, Pyke &
    Thomas, section 6.7; Snyder & Shen, section 5.3.
    """
    over, spread = mean * lead_time, sd * np.sqrt(lead_time)

    def short(r: float) -> float:
        low, high = (float(normal_loss((y - over) / spread)) for y in (r, r + lot))
        return spread * (low - high) / lot - (1 - fill)

    return float(optimize.brentq(short, over - lot - 8 * spread, over + 8 * spread))


def reorder_for_service(chance: float, mean: float, sd: float, lead_time: float) -> float:
    """Return the r [units] at which a cycle has no stockout with this chance: mu L + z sigma sqrt(L) (type-1)."""
    return float(mean * lead_time + float(normal_quantile(chance)) * sd * np.sqrt(lead_time))
