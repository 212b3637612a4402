"""The exact Pareto front of a batch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def pareto_front(objectives: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the rows that no other row dominates, in their order.

    ``objectives``: designs by objectives, all to be minimised; rows with a NaN are never on the front. A row
    dominates another if it is nowhere worse and somewhere better; equal rows all stay. O(n·f) for a front of
    f designs.
    """
    known = np.flatnonzero(~np.isnan(objectives).any(axis=1))
    values = objectives[known]
    order = np.lexsort(values.T[::-1])
    front = np.empty((0, objectives.shape[1]))
    kept: list[int] = []
    for row in order:  # sorted, so that no later row can dominate an earlier one
        better = (front <= values[row]).all(axis=1) & (front < values[row]).any(axis=1)
        if not better.any():
            front = np.vstack([front, values[row]])
            kept.append(int(known[row]))
    return np.sort(np.array(kept, dtype=np.int64))
