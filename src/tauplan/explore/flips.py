"""Where a study's choice flips: values of claims at which the best design loses to the best of another choice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tauplan.evaluate.book import Key
from tauplan.evaluate.resolve import resolve
from tauplan.explore.flip import crossings
from tauplan.explore.outcome import Outcome
from tauplan.explore.prepared import Prepared
from tauplan.explore.uncertainty import Band, bands, objectives_of

POINTS = 65
"""Values tried of each claim, from one end of its band to the other."""

Table = NDArray[np.float64]


@dataclass(frozen=True)
class FlipPoint:
    """A claim's value at which two designs have the same first objective; beyond it the rival leads.

    ``axis``, ``ours``, ``theirs``: the axis and its values in the two designs; ``chosen``, ``low``, ``high``: the
    claim's value and band; ``at``: the value of equality nearest to the chosen one, all SI. Plans stay as they are.
    """

    axis: str
    ours: str
    theirs: str
    design: int
    rival: int
    part: str
    field: str
    chosen: float
    low: float
    high: float
    at: float


def flip_points(prepared: Prepared, outcome: Outcome) -> tuple[FlipPoint, ...]:
    """Return the flips between the best design and the best one for every other value of an axis of words.

    Every claim with a band that either design rests on is moved from end to end of its band, alone and in both
    designs at once. Nearest flips, as a share of the band, come first.
    """
    space = prepared.space
    if not outcome.feasible:
        return ()
    best = int(outcome.top[0][0])
    ours = _Traced(prepared, best)
    found: list[FlipPoint] = []
    traced: dict[int, _Traced] = {}
    for place, axis in enumerate(space.outer):
        if axis.vector or len(axis) < 2 or axis.name in space.given:
            continue
        mine = space.digits(best)[place]
        for digit, (_, rival) in sorted(outcome.by_axis.get(place, {}).items()):
            if digit == mine:
                continue
            theirs = traced.setdefault(rival, _Traced(prepared, rival))
            for key, band, at in _between(ours, theirs):
                labels = (axis.labels[mine], axis.labels[digit])
                found.append(
                    FlipPoint(axis.name, *labels, best, rival, *key, band.chosen, band.low, band.high, at)
                )
    return tuple(sorted(found, key=lambda flip: abs(flip.at - flip.chosen) / (flip.high - flip.low)))


class _Traced:
    """A design's first objective as it stands, and over the band of each of its claims."""

    def __init__(self, prepared: Prepared, design: int) -> None:
        scenario = prepared.space.scenario(design)
        self.bands = bands(resolve(scenario, prepared.catalog, prepared.file.folder).book)
        rows = 1 + POINTS * len(self.bands)
        claims: dict[Key, Table] = {}
        for place, (key, band) in enumerate(self.bands.items()):
            claims[key] = np.full(rows, band.chosen)
            claims[key][_part(place)] = np.linspace(band.low, band.high, POINTS)
        values = objectives_of(prepared, scenario, claims, rows)[:, 0]
        self.stands = float(values[0])
        self.over = {key: values[_part(place)] for place, key in enumerate(self.bands)}


def _part(place: int) -> slice:
    return slice(1 + place * POINTS, 1 + (place + 1) * POINTS)


def _between(ours: _Traced, theirs: _Traced) -> list[tuple[Key, Band, float]]:
    """Return the claims over whose band the lead changes, each with the value nearest to the chosen one."""
    found: list[tuple[Key, Band, float]] = []
    for key, band in {**theirs.bands, **ours.bands}.items():
        gap = ours.over.get(key, ours.stands) - theirs.over.get(key, theirs.stands)
        at = crossings(np.linspace(band.low, band.high, POINTS), np.broadcast_to(gap, POINTS))
        if at:
            found.append((key, band, min(at, key=lambda value: abs(value - band.chosen))))
    return found
