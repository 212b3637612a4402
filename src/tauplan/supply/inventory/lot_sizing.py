"""Lot sizing over a horizon of known demand: Wagner and Whitin's dynamic programme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class LotPlan:
    """Orders [units] per period, the whole cost, and the cost from each period on."""

    orders: tuple[float, ...]
    cost: float
    cost_to_go: tuple[float, ...]


def wagner_whitin(
    order_cost: float | Sequence[float],
    holding: float | Sequence[float],
    demand: Sequence[float],
    price: float | Sequence[float] = 0.0,
) -> LotPlan:
    """Return the cheapest orders for known demand per period, without backorders.

    theta_t = min over s > t of K + c_t D(t..s-1) + holding of each unit until its period + theta_s. Costs may
    change from period to period. Exact; O(T^2) steps. Source: Wagner & Whitin 1958.

    >>> wagner_whitin(500, 2, [90, 120, 80, 70]).orders
    (210.0, 0.0, 150.0, 0.0)
    """
    wanted = np.asarray(demand, float)
    horizon = len(wanted)
    fixed, hold, unit = (np.broadcast_to(np.asarray(x, float), horizon) for x in (order_cost, holding, price))
    best = np.zeros(horizon + 1)
    until = np.zeros(horizon, int)
    for start in range(horizon - 1, -1, -1):
        carried = np.concatenate([[0.0], np.cumsum(hold[start:-1])])  # holding of a unit used later
        lots = fixed[start] + np.cumsum(wanted[start:] * (unit[start] + carried)) + best[start + 1 :]
        until[start] = start + 1 + int(np.argmin(lots))
        best[start] = lots.min()
        if not wanted[start] and best[start + 1] <= best[start]:  # nothing is needed: nothing need be ordered
            until[start], best[start] = start + 1, best[start + 1]
    orders = np.zeros(horizon)
    period = 0
    while period < horizon:
        orders[period] = wanted[period : until[period]].sum()
        period = until[period]
    return LotPlan(tuple(orders.tolist()), float(best[0]), tuple(best[:-1].tolist()))
