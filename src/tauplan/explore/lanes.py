"""Lanes of a study: parts of its space that stand against each other, and how each of them does at its best."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tauplan.explore.outcome import Outcome
from tauplan.explore.prepared import Prepared
from tauplan.explore.uncertainty import drawn_objectives


@dataclass(frozen=True)
class Lane:
    """A part of the space under one combination of the given axes.

    ``given``: labels of the given axes; ``feasible``: designs of the lane that work [1]; ``best``: by objective the
    least (or greatest) value and its design; ``leads``: share of the draws of all claims in which its best design
    by the first objective is ahead of those of the other lanes [1], NaN where claims are not drawn.
    """

    name: str
    given: dict[str, str]
    feasible: int
    best: dict[str, tuple[float, int]]
    leads: float

    @property
    def design(self) -> int:
        """The best design by the first objective."""
        return next(iter(self.best.values()))[1]


def lanes(prepared: Prepared, outcome: Outcome) -> tuple[Lane, ...]:
    """Return the lanes of a study, together those that are under the same given axes."""
    objectives = prepared.wanted.objectives
    found: list[Lane] = []
    for group in sorted({group for group, _ in outcome.lanes}):
        here = [(lane, tally) for (at, lane), tally in sorted(outcome.lanes.items()) if at == group]
        leads = _leads(prepared, [tally.best[0][1] for _, tally in here])
        for (lane, tally), share in zip(here, leads, strict=True):
            labels = prepared.space.labels(tally.best[0][1])
            best = {
                figure.name: (figure.sign * value, design)
                for figure, (value, design) in zip(objectives, tally.best, strict=True)
            }
            given = {name: labels[name] for name in prepared.space.given}
            found.append(Lane(prepared.space.lanes[lane].name, given, tally.feasible, best, share))
    return tuple(found)


def rivals_of(found: tuple[Lane, ...], sign: float) -> Iterator[tuple[Lane, list[Lane]]]:
    """Yield, for each combination of the given axes, the lane ahead by the first objective, and the others."""
    kinds = list(dict.fromkeys(tuple(lane.given.items()) for lane in found))
    for kind in kinds:
        here = [lane for lane in found if tuple(lane.given.items()) == kind]
        ahead = min(here, key=lambda lane: sign * next(iter(lane.best.values()))[0])
        yield ahead, [lane for lane in here if lane is not ahead]


def _leads(prepared: Prepared, designs: list[int]) -> NDArray[np.float64]:
    """Return the share of draws in which each design is best by the first objective; a tie counts for all."""
    asked = prepared.file.study.uncertainty
    if asked is None:
        return np.full(len(designs), np.nan)
    columns = [drawn_objectives(prepared, design, asked.draws, asked.seed)[:, 0] for design in designs]
    table = np.where(np.isnan(columns), np.inf, columns)
    best = table.min(axis=0)
    return ((table == best) & np.isfinite(best)).mean(axis=1)
