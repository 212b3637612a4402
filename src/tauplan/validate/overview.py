"""The summary on one page: every heading with its held-out cases, beside those that may have been fitted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tauplan.validate.headings import HEADINGS, headings
from tauplan.validate.interval import each, may_fit
from tauplan.validate.prediction import Prediction, Summary, summarise


@dataclass(frozen=True)
class Line:
    """A heading: what its held-out cases show, and its fitted ones."""

    heading: str
    held_out: Summary
    fitted: Summary


def overview(predictions: Iterable[Prediction]) -> list[Line]:
    """Return a line for every heading that has cases, in the order of the headings; other kinds follow."""
    under: dict[str, list[Prediction]] = {}
    for prediction in each(predictions):
        for heading in prediction.headings or headings(prediction, {}):
            under.setdefault(heading, []).append(prediction)
    order = {heading: i for i, heading in enumerate(HEADINGS)}
    return [_line(name, under[name]) for name in sorted(under, key=lambda n: (order.get(n, len(order)), n))]


def _line(heading: str, members: list[Prediction]) -> Line:
    held_out, fitted = ([p for p in members if may_fit(p) is fit] for fit in (False, True))
    return Line(heading, summarise(heading, held_out), summarise(heading, fitted))
