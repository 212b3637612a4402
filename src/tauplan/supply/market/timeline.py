"""Figures on a line of equal periods: years, quarters, months."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tauplan.errors import InputError, Problem
from tauplan.supply.market.series import Figure, latest

PER_YEAR = {"year": 1, "quarter": 4, "month": 12}  # definition: periods of a calendar year


@dataclass(frozen=True)
class Timeline:
    """A series on equal periods; NaN where no figure stands."""

    step: str
    first: int
    values: Any

    def name(self, place: int) -> str:
        """Return the period at a place, also beyond the end."""
        year, part = divmod(self.first + place, PER_YEAR[self.step])
        match self.step:
            case "year":
                return str(year)
            case "quarter":
                return f"{year}Q{part + 1}"
            case _:
                return f"{year}-{part + 1:02d}"


def timeline(figures: Sequence[Figure]) -> Timeline:
    """Return the newest vintage of one series on equal periods. Errors: :class:`InputError` if there is none.

    Scopes are never mixed: of several the one with most figures counts.
    """
    scopes = Counter(figure.scope for figure in figures if figure.value is not None)
    if len(scopes) > 1:
        widest = max(scopes, key=lambda scope: scopes[scope])
        figures = [figure for figure in figures if figure.scope == widest]
    placed: dict[str, dict[int, float]] = {step: {} for step in PER_YEAR}
    for figure in latest(figures):
        match = re.fullmatch(r"(\d{4})(?:Q([1-4])|-(\d{2}))?", figure.period)
        if match and figure.value is not None:
            step = "quarter" if match[2] else "month" if match[3] else "year"
            part = int(match[2] or match[3] or 1) - 1
            placed[step][int(match[1]) * PER_YEAR[step] + part] = figure.value
    step = max(placed, key=lambda name: len(placed[name]))
    points = placed[step]
    if len(points) < 3:
        raise InputError(
            Problem(
                "too few figures for a line",
                value=str(len(points)),
                expected="three or more of equal periods",
            )
        )
    first, last = min(points), max(points)
    return Timeline(step, first, np.array([points.get(p, math.nan) for p in range(first, last + 1)]))
