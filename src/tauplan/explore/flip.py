"""Where an answer flips: the value of one field or claim at which two designs do equally well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tauplan.catalog.lookup import Catalog
from tauplan.evaluate.batch import put
from tauplan.evaluate.resolve import resolve
from tauplan.evaluate.solve import OK, solve
from tauplan.spec.scenario import Scenario

FIGURES = ("time_to_result", "run", "energy_J", "cost_USD")


@dataclass(frozen=True)
class Flip:
    """A figure of a design over values of one input, beside a rival's; NaN where infeasible.

    ``at``: the values at which the lead changes, in the order of the values.
    """

    figure: str
    values: NDArray[np.float64]
    ours: NDArray[np.float64]
    rival: float
    at: tuple[float, ...]


def flip(
    design: Scenario,
    rival: Scenario,
    figure: str,
    vary: str | tuple[str, str],
    values: Sequence[float],
    catalog: Catalog | None = None,
    folder: Path | None = None,
) -> Flip:
    """Vary one input of a design and find where it passes its rival in a figure of :data:`FIGURES`.

    ``vary`` is the dotted path of a scenario field, or (part, field) of a claim; ``values`` in SI units, in rising
    order. All values are solved in one vectorised call; crossings are found between neighbours on a straight line.
    """
    catalog = catalog or Catalog.load()
    points = np.asarray(values, dtype=float)
    if isinstance(vary, str):
        result = solve(resolve(put(design, vary, points), catalog, folder).case)
    else:
        result = solve(resolve(design, catalog, folder, {vary: points}).case)
    ours = np.broadcast_to(getattr(result, figure), points.shape)
    ours = np.where(np.broadcast_to(result.status, points.shape) == OK, ours, np.nan)
    theirs = float(getattr(solve(resolve(rival, catalog, folder).case), figure))
    return Flip(figure, points, ours, theirs, crossings(points, ours - theirs))


def crossings(points: NDArray[np.float64], gap: NDArray[np.float64]) -> tuple[float, ...]:
    """Return where a sampled function changes sign, by straight lines between samples."""
    found = [
        float(a + (b - a) * (u / (u - v)))
        for a, b, u, v in zip(points[:-1], points[1:], gap[:-1], gap[1:], strict=True)
        if u * v < 0
    ]
    return tuple(found)
