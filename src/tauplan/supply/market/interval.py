"""Intervals: what a printed figure allows, and arithmetic that carries it along."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tauplan.supply.market.series import Figure


@dataclass(frozen=True)
class Interval:
    """All values from ``low`` to ``high``."""

    low: float
    high: float

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.high + other.high)

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __sub__(self, other: Interval) -> Interval:
        return self + -other

    def __mul__(self, other: Interval) -> Interval:
        ends = [_times(a, b) for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(min(ends), max(ends))

    def __truediv__(self, other: Interval) -> Interval:
        if other.low < 0 < other.high or other.low == other.high == 0:
            return Interval(-math.inf, math.inf)
        low = math.inf if other.high == 0 else 1.0 / other.high
        high = math.inf if other.low == 0 else 1.0 / other.low
        if other.high == 0:  # below zero only
            low = -math.inf
        return self * Interval(min(low, high), max(low, high))

    def meets(self, other: Interval) -> bool:
        """Whether some value lies in both, up to the rounding of double precision."""
        slack = TINY * max(1.0, *(abs(x) for x in (self.low, other.low) if math.isfinite(x)))
        return self.low <= other.high + slack and other.low <= self.high + slack


TINY = 1e-9  # definition: what double precision may lose in a few operations


def _times(a: float, b: float) -> float:
    return 0.0 if a == 0 or b == 0 else a * b  # no value times infinity is no value


ABOUT = 0.10  # definition: "about" allows a tenth to both sides
ALMOST = 0.10  # definition: "almost" is less, by at most a tenth
WHOLE = 100.0  # definition: no share of a whole exceeds 100 %


def interval_of(figure: Figure) -> Interval:
    """Return what a printed figure allows: half a unit of its last digit, widened as its qualifier tells."""
    if figure.value is None:
        return Interval(-math.inf, math.inf)
    value, half = figure.value, figure.step / 2
    bounded = figure.unit == "%" and any(word in figure.series for word in ("share", "utilisation"))
    top = WHOLE if bounded else math.inf
    match figure.qualifier:
        case "about":
            return Interval(value * (1 - ABOUT), value * (1 + ABOUT))
        case "almost":
            return Interval(value * (1 - ALMOST), value)
        case "more than" | "at least" | "at best":
            return Interval(value, top)
        case "less than" | "at most":
            return Interval(0.0, value)
        case _:
            return Interval(value - half, value + half)
