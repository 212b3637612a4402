"""How much the answer moves with its claims: bands of the chosen ones, and the rivals that were not chosen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tauplan.catalog.claims import Claim
from tauplan.catalog.lookup import Catalog
from tauplan.evaluate.answer import Interval
from tauplan.evaluate.book import Book, Key
from tauplan.evaluate.resolve import resolve
from tauplan.evaluate.solve import solve
from tauplan.spec.scenario import Scenario

MIN_EFFECT = 1e-3  # definition: claims that move the time by less than a thousandth are not named as drivers


@dataclass(frozen=True)
class Variant:
    """One claim put in place of the chosen one: an end of its band, or a rival."""

    key: Key
    kind: str  # "low", "high" or "rival"
    value: float
    claim: Claim


@dataclass(frozen=True)
class Sensitivity:
    """Time to result of each variant [s], in the order of ``variants``; NaN where it is infeasible."""

    base_s: float
    variants: tuple[Variant, ...]
    times_s: NDArray[np.float64]

    def rival_ratio(self, claim: Claim) -> float | None:
        """Return time with a rival claim over the base time; None if it cannot be computed."""
        for variant, time in zip(self.variants, self.times_s, strict=True):
            if variant.kind == "rival" and variant.claim is claim and np.isfinite(time):
                return float(time) / self.base_s
        return None

    def interval(self) -> Interval:
        """Return the range of the time to result over the claim bands.

        One claim at a time is moved to the ends of its band; deviations are independent and add as squares:
        low = T − √Σ min(0, δ)², high = T + √Σ max(0, δ)².
        """
        ends: dict[Key, list[float]] = {}
        for variant, time in zip(self.variants, self.times_s, strict=True):
            if variant.kind != "rival" and np.isfinite(time):
                ends.setdefault(variant.key, []).append(float(time) - self.base_s)
        below = math.hypot(*(min(0.0, *deltas) for deltas in ends.values()))
        above = math.hypot(*(max(0.0, *deltas) for deltas in ends.values()))
        drivers = [
            (".".join(key), self.base_s + min(0.0, *deltas), self.base_s + max(0.0, *deltas))
            for key, deltas in ends.items()
            if max(abs(delta) for delta in deltas) > MIN_EFFECT * self.base_s
        ]
        drivers.sort(key=lambda driver: driver[1] - driver[2])
        return Interval(max(self.base_s - below, 0.0), self.base_s + above, tuple(drivers))


def variants(book: Book) -> tuple[Variant, ...]:
    """Return the variants worth trying: both ends of each band and every numeric rival."""
    found: list[Variant] = []
    for key, choice in book.uses.items():
        claim = choice.claim
        if isinstance(claim.value, str):
            continue
        if claim.low is not None and claim.low != claim.value:
            found.append(Variant(key, "low", claim.low, claim))
        if claim.high is not None and claim.high != claim.value:
            found.append(Variant(key, "high", claim.high, claim))
        found += [Variant(key, "rival", r.value, r) for r in choice.rivals if not isinstance(r.value, str)]
    return tuple(found)


def sensitivity(
    scenario: Scenario, catalog: Catalog, folder: Path | None, book: Book, base_s: float
) -> Sensitivity:
    """Evaluate every variant in one vectorised call."""
    tried = variants(book)
    if not tried:
        return Sensitivity(base_s, (), np.empty(0))
    substitutes: dict[Key, NDArray[np.float64]] = {}
    for row, variant in enumerate(tried):
        if variant.key not in substitutes:
            substitutes[variant.key] = np.full(len(tried), book.uses[variant.key].claim.value, dtype=float)
        substitutes[variant.key][row] = variant.value
    result = solve(resolve(scenario, catalog, folder, substitutes).case)
    times = np.broadcast_to(result.time_to_result, len(tried))
    return Sensitivity(base_s, tried, np.where(result.status == 0, times, np.nan))
