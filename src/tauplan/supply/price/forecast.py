"""Forecasts of one series, each scored against no-change by rolling origins that see no later figure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from tauplan.supply.price.fit import Fit, fit_regimes


def carried(values: Any) -> Any:
    """Return a series (1-D, logarithms, NaN where there is no figure) with gaps filled by the last figure."""
    known = np.where(np.isfinite(values), np.arange(len(values)), 0)
    return np.asarray(values)[np.maximum.accumulate(known)]


def no_change(values: Any, horizon: int) -> float:
    """Return the last value: the forecast to beat."""
    del horizon
    return float(values[-1])


def drift(values: Any, horizon: int) -> float:
    """Return the last value plus the mean step so far for each period ahead [log]."""
    values = carried(values)
    return float(values[-1] + horizon * np.diff(values).mean())


RECENT = 3  # definition: periods that momentum looks back, a quarter of months


def momentum(values: Any, horizon: int) -> float:
    """Return the last value plus the mean of the last three steps, fading by its own memory [log].

    m_t = mean of d_t, d_(t-1), d_(t-2); d_(t+1) = phi m_t, then phi times less each period. phi is the regression
    of a step on the mean of the three before it, through zero, shrunk by one prior step and kept in 0..1. Prices
    set in repeated steps carry on; after a turn the forecast lags by as many periods.
    """
    values = carried(values)
    steps = np.diff(values)
    means = np.convolve(steps, np.full(RECENT, 1.0 / RECENT), "valid")
    before, after = means[:-1], steps[RECENT:]
    weight = float(before @ before) + float((steps**2).mean())
    memory = min(max(float(before @ after) / weight, 0.0), 1.0) if weight else 0.0
    return float(values[-1] + means[-1] * np.cumprod(np.full(horizon, memory)).sum())


def regimes(values: Any, horizon: int) -> float:
    """Return the last value plus what the regimes fitted to its steps expect [log]; see :func:`fit_regimes`.

    With fewer than fifteen known steps, five for each regime, there is nothing to fit: no change.
    """
    steps = np.diff(np.asarray(values, float))
    if int(np.isfinite(steps).sum()) < LEAST_STEPS:
        return float(values[-1])
    return float(values[-1]) + _fitted(steps.tobytes()).forecast(horizon)


LEAST_STEPS = 15  # definition: five for each regime


FITS_KEPT = 4096  # definition: fits kept between horizons and origins


@lru_cache(maxsize=FITS_KEPT)
def _fitted(steps: bytes) -> Fit:
    return fit_regimes(np.frombuffer(steps))


Models = Mapping[str, Callable[[Any, int], float]]
MODELS: Models = {"no change": no_change, "drift": drift, "momentum": momentum}
ALL_MODELS: Models = {**MODELS, "regimes": regimes}
LEAST_HISTORY = 6  # definition: periods before the first origin; fewer leave two steps to learn from
LEAST_SCORED = 4  # definition: scored forecasts before a model may be preferred to no-change


@dataclass(frozen=True)
class Score:
    """How a model did at one horizon: mean squared error over that of no-change, and how many forecasts."""

    model: str
    horizon: int
    ratio: float
    count: int


@dataclass(frozen=True)
class Backtest:
    """Errors [log] of each model by horizon, by origin; NaN where there was no figure to score against."""

    errors: Mapping[tuple[str, int], Any]

    def scores(self) -> tuple[Score, ...]:
        """Return the score of every model at every horizon, the adaptive choice last."""
        found: list[Score] = []
        for (model, horizon), errors in self.errors.items():
            base = self.errors["no change", horizon]
            fine = np.isfinite(errors) & np.isfinite(base)
            bottom = float((base[fine] ** 2).mean()) if fine.any() else math.nan
            ratio = float((errors[fine] ** 2).mean()) / bottom if bottom else math.nan
            found.append(Score(model, horizon, ratio, int(fine.sum())))
        return tuple(found)

    def best(self, horizon: int) -> str:
        """Return the model to use from now on at a horizon: no-change unless another has beaten it so far."""
        names = [model for model, h in self.errors if h == horizon and model != "chosen as it went"]
        return _preferred({name: self.errors[name, horizon] for name in names}, horizon)


def backtest(values: Any, horizons: Sequence[int], models: Models = MODELS) -> Backtest:
    """Forecast from every origin with what was known there, and keep the errors.

    "chosen as it went" takes at each origin the model whose forecasts *due by then* were best: the honest score of
    choosing a model at all.
    """
    known = np.asarray(values, float)
    origins = range(LEAST_HISTORY - 1, len(known))
    errors = {(name, h): np.full(len(known), np.nan) for name in models for h in horizons}
    chosen = {h: np.full(len(known), np.nan) for h in horizons}
    for origin in origins:
        if not np.isfinite(known[origin]):
            continue
        for h in horizons:
            target = origin + h
            if target >= len(known) or not np.isfinite(known[target]):
                continue
            for name, model in models.items():
                errors[name, h][origin] = model(known[: origin + 1], h) - known[target]
            due = {name: errors[name, h][: max(origin + 1 - h, 0)] for name in models}
            chosen[h][origin] = errors[_preferred(due, h), h][origin]
    return Backtest(errors | {("chosen as it went", h): chosen[h] for h in horizons})


def _preferred(errors: Mapping[str, Any], horizon: int) -> str:
    """Return the model of least squared error among those that convince, else no-change."""
    base = errors["no change"]
    fine = np.isfinite(base)
    if int(fine.sum()) < LEAST_SCORED:
        return "no change"
    square = {name: e[fine] ** 2 for name, e in errors.items()}
    convincing = [n for n in square if gain(square["no change"] - square[n], horizon) >= CONVINCING]
    return min(["no change", *convincing], key=lambda name: float(square[name].mean()))


CONVINCING = 1.0  # definition: standard errors by which a model must have beaten no-change to take its place


def gain(saved: Any, horizon: int) -> float:
    """Return the mean saving in squared error over its standard error (Diebold & Mariano 1995).

    ``saved`` [forecasts] in order. Forecasts that overlap err together: the long-run variance takes Bartlett
    weights over the horizon (Newey & West 1987), and its root is scaled for few forecasts as Harvey, Leybourne &
    Newbold (1997) do. Zero where nothing differs.
    """
    count = len(saved)
    apart = saved - saved.mean()
    lags = np.arange(min(horizon, count))
    shared = np.array([float(apart[lag:] @ apart[: count - lag]) / count for lag in lags])
    variance = shared[0] + 2 * float(((1 - lags[1:] / horizon) * shared[1:]).sum())
    small = max(count + 1 - 2 * horizon + horizon * (horizon - 1) / count, 1.0) / count
    if variance <= 0 or saved.mean() == 0:
        return 0.0
    return float(saved.mean()) / math.sqrt(variance / count) * math.sqrt(small)


@dataclass(frozen=True)
class Projection:
    """A forecast with the band that past errors at its horizon allow, all in the unit of the series."""

    horizon: int
    model: str
    value: float
    low: float
    high: float
    ratio: float
    count: int


TAIL = 0.1  # definition: the band leaves a tenth to each side


def project(values: Any, horizons: Sequence[int], models: Models = MODELS) -> tuple[Projection, ...]:
    """Return projections of a positive series.

    At each horizon the model that beat no-change there by a standard error (:func:`gain`), else no-change. The band
    is the forecast less the error quantiles at that horizon with n + 1 in place of n, so that few past errors make
    it the whole range seen; with fewer than four, that of steps scaled by the root of the horizon.
    """
    logs = np.log(np.asarray(values, float))
    tested, filled = backtest(logs, horizons, models), carried(logs)
    scores = {(score.model, score.horizon): score for score in tested.scores()}
    found: list[Projection] = []
    for h in horizons:
        model = tested.best(h)
        centre = models[model](logs, h)
        errors = tested.errors[model, h]
        errors = errors[np.isfinite(errors)]
        if len(errors) < LEAST_SCORED:
            spread = float(np.std(np.diff(filled))) * math.sqrt(h) * 2.0
            low, high = centre - spread, centre + spread
        else:
            level = min((1 - TAIL) * (len(errors) + 1) / len(errors), 1.0)
            high = centre - min(float(np.quantile(errors, 1 - level)), 0.0)
            low = centre - max(float(np.quantile(errors, level)), 0.0)
        score = scores[model, h]
        band = (math.exp(low), math.exp(high))
        found.append(Projection(h, model, math.exp(centre), *band, score.ratio, score.count))
    return tuple(found)
