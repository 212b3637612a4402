"""Sobol indices: which inputs the variance of a figure comes from, alone and with all that they join in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.float64]
Model = Callable[[Table], Table]
"""From points of the unit cube, (points, inputs), to figures, (points, figures); NaN where there is none."""


@dataclass(frozen=True)
class Indices:
    """Sobol indices of figures (rows) over inputs (columns) [1].

    ``first``: share of the variance that goes when the input is known; ``total``: share that stays when all others
    are known; ``error``: standard error of ``total``; ``used``: share of the pairs of points with both figures.
    """

    first: Table
    total: Table
    error: Table
    used: Table


def sobol_indices(model: Model, inputs: int, samples: int, seed: int) -> Indices:
    r"""Return first-order and total indices by Jansen's estimators on Saltelli's design of points.

    .. math::
        S_i = 1 - \frac{E[(f(B) - f(A_B^i))^2]}{2 V}, \qquad S_{Ti} = \frac{E[(f(A) - f(A_B^i))^2]}{2 V}

    A and B are the halves of one scrambled Sobol sequence in ``2 inputs`` dimensions, A with column i of B is
    :math:`A_B^i`: ``samples`` (inputs + 2) points in all. Pairs with a figure missing are left out, so the indices
    are those of the points that have figures. Where nothing varies all are zero.
    Source: Saltelli et al., Comput. Phys. Commun. 181 (2010); Jansen, Comput. Phys. Commun. 117 (1999).
    """
    from scipy.stats import qmc  # pyright: ignore

    engine: Any = qmc.Sobol(2 * inputs, rng=np.random.default_rng(seed))
    whole: Table = engine.random(samples)
    a, b = whole[:, :inputs], whole[:, inputs:]
    mixed = np.repeat(a[None], inputs, axis=0)
    for column in range(inputs):
        mixed[column, :, column] = b[:, column]
    found = model(np.concatenate((a, b, mixed.reshape(-1, inputs))))
    return jansen(
        found[:samples], found[samples : 2 * samples], found[2 * samples :].reshape(inputs, samples, -1)
    )


def jansen(f_a: Table, f_b: Table, f_mixed: Table) -> Indices:
    """Return the indices from figures at A and B, (points, figures), and at the mixed points, (inputs, ...)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        both = np.concatenate((f_a, f_b))
        known = ~np.isnan(both)
        count = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, both, 0.0).sum(axis=0) / count
        variance = (np.where(known, both - mean, 0.0) ** 2).sum(axis=0) / count
        varies = variance > (SAME * np.abs(mean)) ** 2
        half, used = _half_square(f_a - f_mixed)
        other, _ = _half_square(f_b - f_mixed)
        pairs = np.maximum(used.sum(axis=1), 1)
        total, apart = (half.sum(axis=1) / pairs / variance, other.sum(axis=1) / pairs / variance)
        spread = np.where(used, half - (half.sum(axis=1) / pairs)[:, None], 0.0)
        error = np.sqrt((spread**2).sum(axis=1)) / pairs / variance
    first, total, error = (np.where(varies, part, 0.0).T for part in (1.0 - apart, total, error))
    return Indices(first, total, error, used.mean(axis=1).T)


SAME = 1e-12  # definition: relative spread below which a figure counts as constant


def _half_square(gap: Table) -> tuple[Table, NDArray[np.bool_]]:
    used = ~np.isnan(gap)
    return np.where(used, gap, 0.0) ** 2 / 2.0, used
