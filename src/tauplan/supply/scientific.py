"""The few things of SciPy that supply models need, and the distributions made of them.

SciPy ships no types; this is the one place that says so. Its packages take half a second to import, so each is
loaded when it is first used, and the distributions that matter here are built on ``special``.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from tauplan.tau import Number


class Lazy:
    """A package that is imported at the first use of a name in it."""

    def __init__(self, package: str) -> None:
        self.package = package

    def __getattr__(self, name: str) -> Any:
        """Return a name of the package."""
        return getattr(importlib.import_module(self.package), name)


optimize: Any = Lazy("scipy.optimize")
sparse: Any = Lazy("scipy.sparse")
special: Any = Lazy("scipy.special")


def normal_pdf(z: Number) -> Number:
    """Return the density of the standard normal [per standard deviation]."""
    return np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def normal_cdf(z: Number) -> Number:
    """Return the chance that a standard normal is at most z, a ratio."""
    return special.ndtr(z)


def normal_sf(z: Number) -> Number:
    """Return the chance that a standard normal exceeds z, a ratio, exact far out in the tail."""
    return special.ndtr(-z)


def normal_quantile(chance: Number) -> Number:
    """Return the z [standard deviations] that a standard normal stays below with this chance."""
    return special.ndtri(chance)


def poisson_pmf(values: Any, mean: float) -> Any:
    """Return the chances of whole numbers [counts] under a Poisson law of this mean."""
    return np.exp(special.xlogy(values, mean) - mean - special.gammaln(np.asarray(values) + 1.0))
