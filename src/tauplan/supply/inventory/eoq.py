"""Economic order quantity and its kin: deterministic demand, a fixed cost per order, a cost of holding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tauplan.tau import Number


@dataclass(frozen=True)
class Lot:
    """An order quantity [units] and its cost per unit time."""

    quantity: Number
    cost: Number
    backordered: Number = 0.0  # share of demand that waits
    bracket: int = 0  # of the price that holds, counted from zero


def order_quantity(order_cost: Number, holding: Number, demand: Number) -> Lot:
    """Return the economic order quantity: Q = sqrt(2 K lambda / h), cost sqrt(2 K lambda h).

    ``order_cost`` K per order, ``holding`` h per unit and time, ``demand`` lambda in units per time. Valid for
    steady demand, no lead-time risk. Source: Harris 1913; Snyder & Shen, theorem 3.1.

    >>> round(order_quantity(8, 0.225, 1300).quantity, 3)
    304.047
    """
    return Lot(np.sqrt(2 * order_cost * demand / holding), np.sqrt(2 * order_cost * demand * holding))


def with_backorders(order_cost: Number, holding: Number, shortage: Number, demand: Number) -> Lot:
    """Return the quantity when demand may wait at ``shortage`` p per unit and time.

    Q = sqrt(2 K lambda (h + p) / (h p)), share waiting x = h / (h + p), cost sqrt(2 K lambda h p / (h + p)).
    Source: Snyder & Shen, section 3.5.
    """
    both = holding + shortage
    quantity = np.sqrt(2 * order_cost * demand * both / (holding * shortage))
    return Lot(quantity, np.sqrt(2 * order_cost * demand * holding * shortage / both), holding / both)


def production_quantity(order_cost: Number, holding: Number, demand: Number, production: Number) -> Lot:
    """Return the economic production quantity at a finite rate mu: h is scaled by 1 - lambda / mu.

    Valid for mu > lambda, both in units per time. Source: Taft 1918; Snyder & Shen, section 3.6.
    """
    return order_quantity(order_cost, holding * (1 - demand / production), demand)


def _priced(order_cost: Number, rate: Number, demand: Number, quantity: Any, unit: Any, fixed: Any) -> Any:
    """Cost per time of a lot that costs ``fixed + unit Q``: purchase, ordering, holding at ``rate`` of value."""
    value = unit + fixed / quantity
    return value * demand + order_cost * demand / quantity + rate * value * quantity / 2


def all_units_discount(order_cost: float, rate: float, demand: float, breaks: Any, prices: Any) -> Lot:
    """Return the best lot when every unit of an order costs the price of its bracket.

    In each bracket the quantity is sqrt(2 K lambda / (i c)) raised to the bracket's least [units] where it falls
    short; the cheapest bracket wins. ``rate`` i is the cost of holding as a share of value per time. Source:
    Snyder & Shen, section 3.4.1.
    """
    least, unit = np.asarray(breaks, float), np.asarray(prices, float)
    ends = np.append(least[1:], np.inf)
    free = np.sqrt(2 * order_cost * demand / (rate * unit))
    lots = np.maximum(free, least)
    costs = np.where(free < ends, _priced(order_cost, rate, demand, lots, unit, 0.0), np.inf)
    best = int(np.argmin(costs))
    return Lot(float(lots[best]), float(costs[best]), bracket=best)


def incremental_discount(order_cost: float, rate: float, demand: float, breaks: Any, prices: Any) -> Lot:
    """Return the best lot when the price of a bracket holds only for the units [units] within it.

    What earlier units cost beyond the bracket's price acts as a larger fixed cost. Source: Snyder & Shen, section
    3.4.2.
    """
    least, unit = np.asarray(breaks, float), np.asarray(prices, float)
    ends = np.append(least[1:], np.inf)
    steps = np.diff(least) * unit[:-1]
    fixed = np.concatenate([[0.0], np.cumsum(steps)]) - unit * least
    lots = np.sqrt(2 * (order_cost + fixed) * demand / (rate * unit))
    inside = (lots >= least) & (lots < ends)
    costs = np.where(inside, _priced(order_cost, rate, demand, lots, unit, fixed), np.inf)
    best = int(np.argmin(costs))
    return Lot(float(lots[best]), float(costs[best]), bracket=best)
