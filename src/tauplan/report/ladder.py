"""The τ ladder as data: where each rung stands on a log axis of time, for the terminal and the chart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tauplan import units
from tauplan.evaluate.answer import Rung

SHORTEST_S = units.to_si(1.0, "ps")
LONGEST_S = units.to_si(1.0, "year")

TICKS: tuple[tuple[str, float], ...] = tuple(
    (label, units.to_si(1.0, unit))
    for label, unit in (
        ("ps", "ps"),
        ("ns", "ns"),
        ("µs", "us"),
        ("ms", "ms"),
        ("s", "s"),
        ("min", "min"),
        ("h", "h"),
        ("d", "day"),
        ("wk", "week"),
        ("yr", "year"),
    )
)
"""Ticks that people read time by: (label, seconds)."""


@dataclass(frozen=True)
class Axis:
    """A log axis of time from ``low_s`` to ``high_s`` [s]."""

    low_s: float
    high_s: float

    def position(self, seconds: float) -> float:
        """Return where a time stands, 0 at the low end and 1 at the high end, clipped to the axis.

        >>> Axis(1e-12, 1.0).position(1e-6)
        0.5
        """
        if not seconds > 0 or math.isinf(seconds):
            return 0.0 if not seconds > 0 else 1.0
        place = math.log10(seconds / self.low_s) / math.log10(self.high_s / self.low_s)
        return min(max(place, 0.0), 1.0)

    def ticks(self) -> tuple[tuple[str, float], ...]:
        """Return the ticks that lie on the axis: (label, seconds)."""
        return tuple((label, at) for label, at in TICKS if self.low_s <= at <= self.high_s)


def axis_of(rungs: Sequence[Rung]) -> Axis:
    """Return the axis that holds all rungs: picoseconds to a year, or wider where a rung lies outside."""
    times = [rung.seconds for rung in rungs if rung.seconds > 0 and math.isfinite(rung.seconds)]
    low = min([SHORTEST_S, *(10.0 ** math.floor(math.log10(time)) for time in times)])
    high = max([LONGEST_S, *times])
    return Axis(low, high)
