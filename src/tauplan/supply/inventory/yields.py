"""Orders that arrive changed: part fill and uncertain yield."""

from __future__ import annotations

import numpy as np

from tauplan.supply.inventory.eoq import Lot
from tauplan.supply.inventory.newsvendor import Level, newsvendor_normal
from tauplan.tau import Number


def lot_with_additive_yield(
    order_cost: Number, holding: Number, demand: Number, yield_mean: Number, yield_sd: Number
) -> Lot:
    """Return the lot [units] when Q + Y arrives, Y independent of Q.

    Q = sqrt(2 K lambda / h + sigma^2) - mu, cost h (Q + mu). Source: Snyder & Shen, section 9.4.1.
    """
    arrives = np.sqrt(2 * order_cost * demand / holding + yield_sd**2)
    return Lot(arrives - yield_mean, holding * arrives)


def lot_with_multiplicative_yield(
    order_cost: Number, holding: Number, demand: Number, yield_mean: Number, yield_sd: Number
) -> Lot:
    """Return the lot [units] when Q Z arrives.

    Q = sqrt(2 K lambda / (h (mu^2 + sigma^2))), cost sqrt(2 K lambda h (mu^2 + sigma^2)) / mu. Source: Snyder &
    Shen, section 9.4.1.
    """
    square = yield_mean**2 + yield_sd**2
    quantity = np.sqrt(2 * order_cost * demand / (holding * square))
    return Lot(quantity, np.sqrt(2 * order_cost * demand * holding * square) / yield_mean)


def newsvendor_uniform_yield(
    holding: Number, shortage: Number, demand: Number, low: Number, high: Number
) -> Level:
    """Return the order [units] for known demand when S + Y arrives, Y uniform between ``low`` and ``high``.

    S = d - F^-1(h / (h + p)); cost h p (high - low) / (2 (h + p)). Source: Snyder & Shen, section 9.4.2.
    """
    width = high - low
    level = demand - low - width * holding / (holding + shortage)
    return Level(level, holding * shortage * width / (2 * (holding + shortage)))


def newsvendor_normal_yield(
    holding: Number, shortage: Number, demand: Number, yield_mean: Number, yield_sd: Number
) -> Level:
    """Return the order [units] for known demand when S + Y arrives, Y normal: a newsvendor for d - Y."""
    return newsvendor_normal(holding, shortage, demand - yield_mean, yield_sd)
