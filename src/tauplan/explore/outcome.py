"""What a study finds, gathered record by record in the order of the designs."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tauplan.explore.front import Front, Groups, together
from tauplan.explore.work import Record


@dataclass
class Outcome:
    """Counts, front, best designs and a sample of a study so far; objectives are to be minimised.

    Records are taken in the order of their index, whatever order they were computed in, so that every sum is
    made in one order and the same study gives the same bytes. ``by_axis``: for each digit of each outer axis the
    least first objective and its design.
    """

    width: int
    keep: int
    groups: Groups = together
    designs: int = 0
    feasible: int = 0
    reasons: dict[str, int] = field(default_factory=dict[str, int])
    low: NDArray[np.float64] = field(init=False)
    high: NDArray[np.float64] = field(init=False)
    total: NDArray[np.float64] = field(init=False)
    front: Front = field(init=False)
    top: tuple[NDArray[np.int64], NDArray[np.float64]] = field(init=False)
    sample: tuple[NDArray[np.int64], NDArray[np.float64]] = field(init=False)
    by_axis: dict[int, dict[int, tuple[float, int]]] = field(
        default_factory=dict[int, dict[int, tuple[float, int]]]
    )
    taken: int = 0
    _early: dict[int, Record] = field(default_factory=dict[int, Record])

    def __post_init__(self) -> None:
        none = (np.empty(0, np.int64), np.empty((0, self.width)))
        self.front, self.top, self.sample = Front(self.width, self.groups), none, none
        self.low, self.high = np.full(self.width, np.inf), np.full(self.width, -np.inf)
        self.total = np.zeros(self.width)

    def take(self, record: Record) -> None:
        """Take a record in; early ones wait for those before them."""
        self._early[record.index] = record
        while self.taken in self._early:
            self._merge(self._early.pop(self.taken))
            self.taken += 1

    def front_in_order(self) -> NDArray[np.int64]:
        """Return the designs of the front, the best by the first objective first."""
        return self.front.designs[np.lexsort((self.front.designs, *self.front.objectives.T[::-1]))]

    def _merge(self, record: Record) -> None:
        self.designs += record.designs
        self.feasible += record.feasible
        for reason, count in record.reasons.items():
            self.reasons[reason] = self.reasons.get(reason, 0) + count
        if not record.feasible:
            return
        for axis, told in enumerate(record.by_axis):
            best = self.by_axis.setdefault(axis, {})
            for digit, value, design in told:
                best[digit] = min(best.get(digit, (np.inf, 0)), (value, design))
        self.low = np.minimum(self.low, record.low)
        self.high = np.maximum(self.high, record.high)
        self.total = self.total + np.array(record.total)
        self.front.add(*self._rows(record.front))
        self.sample = self._joined(self.sample, self._rows(record.sample))
        designs, table = self._joined(self.top, self._rows(record.top))
        order = np.lexsort((designs, *table.T[::-1]))[: self.keep]
        self.top = (designs[order], table[order])

    def _rows(
        self, pair: tuple[list[int], list[list[float]]]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        return np.array(pair[0], np.int64), np.array(pair[1], float).reshape(-1, self.width)

    @staticmethod
    def _joined(
        one: tuple[NDArray[np.int64], NDArray[np.float64]],
        other: tuple[NDArray[np.int64], NDArray[np.float64]],
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        return np.concatenate((one[0], other[0])), np.concatenate((one[1], other[1]))
