"""Yield of a die from its faults: the classical models on one meaning of defect density.

``faults`` is the mean number of fatal defects per die, x = A · D0 · critical share [1]: area [m2] times defects
per area that kill where they fall [1/m2]. All models agree as x goes to 0.
"""

from __future__ import annotations

from tauplan.tau import Number
from tauplan.tau import arrays as np


def faults(area_m2: Number, defects_per_m2: Number, critical: Number = 1.0) -> Number:
    """Return the mean number of fatal defects per die [1]: area [m2], density [1/m2], critical share [1]."""
    return area_m2 * defects_per_m2 * critical


def poisson(faults: Number) -> Number:
    """Return the yield for defects that fall alone [share of dies]: exp(−x). A lower bound.

    >>> round(float(poisson(0.814)), 4)
    0.4431
    """
    return np.exp(-faults)


def murphy(faults: Number) -> Number:
    """Return Murphy's yield for a triangular spread of density [share of dies]: ((1 − exp(−x))/x)²."""
    safe = np.where(np.asarray(faults) > 0, faults, 1.0)
    return np.where(np.asarray(faults) > 0, (-np.expm1(-safe) / safe) ** 2, 1.0)


def rectangular(faults: Number) -> Number:
    """Return the yield for a uniform spread of density [share of dies]: (1 − exp(−2x))/(2x)."""
    safe = np.where(np.asarray(faults) > 0, faults, 1.0)
    return np.where(np.asarray(faults) > 0, -np.expm1(-2.0 * safe) / (2.0 * safe), 1.0)


def seeds(faults: Number) -> Number:
    """Return Seeds' yield for an exponential spread of density [share of dies]: 1/(1 + x). An upper bound."""
    return 1.0 / (1.0 + faults)


def moore(faults: Number) -> Number:
    """Return Moore's empirical yield [share of dies]: exp(−√x); some texts call this form Seeds'."""
    return np.exp(-np.sqrt(faults))


def negative_binomial(faults: Number, clustering: Number) -> Number:
    """Return the yield for gamma-spread density [share of dies]: (1 + x/α)^(−α); α = 1 Seeds, ∞ Poisson.

    Source: Stapper, IBM J. Res. Dev. 27 (1983); α = 10 for logic dies, 2 to 3 for a pessimist.
    """
    return np.exp(-clustering * np.log1p(faults / clustering))


def bose_einstein(faults_per_layer: Number, layers: Number) -> Number:
    """Return the Bose-Einstein yield of ``layers`` critical layers [share of dies]: (1 + x)^(−n).

    ``faults_per_layer`` counts the defects of one critical layer [1], not of the whole process.
    """
    return np.exp(-layers * np.log1p(faults_per_layer))


def maturing_density(
    first_per_m2: Number, mature_per_m2: Number, age_s: Number, learning_s: Number
) -> Number:
    """Return the defect density at an age of volume production [1/m2]: D∞ + (D₀ − D∞) exp(−t/τ), times [s]."""
    return mature_per_m2 + (first_per_m2 - mature_per_m2) * np.exp(-age_s / learning_s)
