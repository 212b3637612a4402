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

    @property
    def answered(self) -> bool:
        """Whether there is a prediction to compare."""
        return math.isfinite(self.predicted) and math.isfinite(self.measured) and self.measured > 0

    @property
    def error(self) -> float:
        """Relative error, positive when the prediction is too high."""
        return self.predicted / self.measured - 1.0 if self.answered else math.nan


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


def summarise(group: str, predictions: Sequence[Prediction]) -> Summary:
    """Summarise predictions; errors are NaN where nothing was answered."""
    errors = np.array([p.error for p in predictions if p.answered])
    coverage = len(errors) / len(predictions) if predictions else math.nan
    if not len(errors):
        return Summary(group, len(predictions), coverage, math.nan, math.nan, math.nan, math.nan, math.nan)
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
