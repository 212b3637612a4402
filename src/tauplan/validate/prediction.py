"""One measured case beside its prediction, and what many of them say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Prediction:
    """A case: ``measured`` and ``predicted`` in the unit of its table; NaN and a reason where not answered."""

    case: str
    family: str
    device: str
    metric: str
    measured: float
    predicted: float = math.nan
    reason: str = ""
    use: str = ""  # "calibration" or "dev-check" where the table tells
    kind: str = ""  # of the residuals that band it; by default the head of the family
    low: float = math.nan  # ends of the 90 % interval, where the residuals of the kind are known
    high: float = math.nan
    allowed: float = math.nan  # largest error, in the unit of the table, where the case states one
    second: Prediction | None = None  # another metric of the same case
    headings: tuple[str, ...] = ()  # of the summary under which the case stands
    quality: str = ""  # "A" fully specified, "B" one input inferred, "C" weak, where the table tells

    @property
    def answered(self) -> bool:
        """Whether there is a prediction to compare; only exact answers, which state a tolerance, may be zero."""
        sound = self.measured > 0 or not math.isnan(self.allowed)
        return math.isfinite(self.predicted) and math.isfinite(self.measured) and sound

    @property
    def error(self) -> float:
        """Relative error, positive when the prediction is too high; absolute where the measured value is zero."""
        if not self.answered:
            return math.nan
        return (self.predicted - self.measured) / (abs(self.measured) or 1.0)

    @property
    def within(self) -> bool:
        """Whether the prediction meets the tolerance that its case states."""
        return self.answered and abs(self.predicted - self.measured) <= self.allowed


@dataclass(frozen=True)
class Summary:
    """What a group of cases shows: number, share answered, and the distribution of relative errors."""

    group: str
    cases: int
    coverage: float
    median_abs: float
    p90_abs: float
    median_signed: float
    rank_correlation: float
    inside: float  # share of the cases with an interval that lie in it
    within: float = math.nan  # share of the cases with a stated tolerance that meet it


def summarise(group: str, predictions: Sequence[Prediction]) -> Summary:
    """Summarise predictions; errors are NaN where nothing was answered."""
    errors = np.array([p.error for p in predictions if p.answered])
    coverage = len(errors) / len(predictions) if predictions else math.nan
    bound = [p for p in predictions if not math.isnan(p.allowed)]
    within = sum(p.within for p in bound) / len(bound) if bound else math.nan
    if not len(errors):
        nothing = math.nan
        return Summary(group, len(predictions), coverage, nothing, nothing, nothing, nothing, nothing, within)
    absolute = np.abs(errors)
    return Summary(
        group,
        len(predictions),
        coverage,
        float(np.median(absolute)),
        float(np.quantile(absolute, 0.9)),
        float(np.median(errors)),
        _rank_correlation(predictions),
        _inside(predictions),
        within,
    )


def _inside(predictions: Sequence[Prediction]) -> float:
    told = [p.low <= p.measured <= p.high for p in predictions if p.answered and math.isfinite(p.low)]
    return sum(told) / len(told) if told else math.nan


def _rank_correlation(predictions: Sequence[Prediction]) -> float:
    """Spearman's rank correlation of measured and predicted values."""
    pairs = np.array([(p.measured, p.predicted) for p in predictions if p.answered])
    if len(pairs) < 3 or (pairs == pairs[0]).all(axis=0).any():
        return math.nan
    ranks = pairs.argsort(axis=0).argsort(axis=0).astype(float)
    return float(np.corrcoef(ranks.T)[0, 1])
