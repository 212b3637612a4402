"""All that is told of a study: its outcome, its front and best designs in full, and what they hang on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tauplan.explore.flips import FlipPoint, flip_points
from tauplan.explore.outcome import Outcome
from tauplan.explore.prepared import Prepared
from tauplan.explore.rows import Row, rows
from tauplan.explore.sensitivity import Hangs, hangs_on
from tauplan.explore.uncertainty import Stand, how_sure

Told = Callable[[str], None]
"""Told what is being worked on."""


@dataclass(frozen=True)
class Findings:
    """What a study found; ``sure``, ``flips`` and ``hangs`` are empty where it does not ask for them."""

    prepared: Prepared
    outcome: Outcome
    front: tuple[Row, ...]
    top: tuple[Row, ...]
    sure: tuple[Stand, ...]
    flips: tuple[FlipPoint, ...]
    hangs: tuple[Hangs, ...]


def findings(prepared: Prepared, outcome: Outcome, top: int, told: Told = lambda _doing: None) -> Findings:
    """Return all that is told of an outcome, with its ``top`` best designs."""
    told("the front in full")
    front = rows(prepared, outcome.front_in_order().tolist())
    best = rows(prepared, outcome.top[0][:top].tolist())
    told("how sure the front is")
    sure = how_sure(prepared, outcome)
    told("where the choice flips")
    flips = flip_points(prepared, outcome) if prepared.file.study.uncertainty else ()
    told("what the figures hang on")
    return Findings(prepared, outcome, front, best, sure, flips, hangs_on(prepared, outcome))
