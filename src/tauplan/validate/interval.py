"""The interval around a prediction: how far measurements of its kind lay from what was predicted.

A residual is measured over predicted *time*; rates are turned round first. The catalogue holds its 5 % and 95 %
quantiles per kind of case, from the cases that may be fitted (part ``residual KIND``, field ``ratio``).
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tauplan.catalog.lookup import Catalog
from tauplan.validate.prediction import Prediction

QUANTILES = (0.05, 0.95)
RATES = ("/s", "throughput", "mfu", "flop")
"""Words of a metric that grows when time shrinks."""


def may_fit(prediction: Prediction) -> bool:
    """Tell whether a case may be used for fitting: as its table says, else three of five by a fixed hash."""
    if prediction.use:
        return prediction.use == "calibration"
    return (
        zlib.crc32(f"{prediction.family}/{prediction.case}".encode()) % 5 < 3
    )  # definition: a split for ever


def kind_of(prediction: Prediction) -> str:
    """Return the kind of a case: as stated, else the head of its family, with the metric where it has several."""
    if prediction.kind:
        return prediction.kind
    head = prediction.family.partition(",")[0]
    if head != "serving":
        return head
    metric = prediction.metric.casefold()
    named = next((name for name in ("ttft", "tpot") if name in metric), "throughput")
    return f"{head} {named if named == 'throughput' else named.upper()}"


def is_rate(prediction: Prediction) -> bool:
    """Tell whether the metric is a rate, which is the lower the longer it takes."""
    return any(word in prediction.metric.casefold() for word in RATES)


def residual(prediction: Prediction) -> float:
    """Return measured over predicted time [1] of an answered case."""
    ratio = prediction.measured / prediction.predicted
    return 1.0 / ratio if is_rate(prediction) else ratio


def quantiles(predictions: Sequence[Prediction]) -> tuple[float, float]:
    """Return the 5 % and 95 % quantiles of the residuals of answered cases [1]."""
    low, high = np.quantile([residual(p) for p in predictions if p.answered], QUANTILES)
    return float(low), float(high)


def widened(predictions: Sequence[Prediction]) -> tuple[float, float]:
    """Return the 5 % and 95 % quantiles, widened until they hold for devices left out [1].

    The power is that of :func:`least_power`, each device against the band of all others. A new device lies
    around the mean of K devices with τ²(1 + 1/K), where τ² is the variance between devices, but around that of
    K − 1 with τ²(1 + 1/(K − 1)): the power shrinks by the root of their ratio, √(K² − 1)/K. Kinds of fewer than
    three devices keep their quantiles: how far one lies from one other says little of how they spread.
    """
    logs: dict[str, list[float]] = {}
    for prediction in predictions:
        if prediction.answered:
            logs.setdefault(prediction.device, []).append(float(np.log(residual(prediction))))
    devices = {name: np.array(values) for name, values in logs.items() if len(values) >= ENOUGH}
    low, high = quantiles(predictions)
    if len(devices) < LEAST_DEVICES:
        return low, high
    power = least_power(
        [
            (np.concatenate([v for n, v in devices.items() if n != name]), values)
            for name, values in devices.items()
        ]
    )
    count = len(devices)
    power = max(power * math.sqrt(count**2 - 1.0) / count, 1.0)
    return low**power, high**power


def least_power(groups: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> float:
    """Return the least power λ ≥ 1 at which bands hold for groups that they do not come from [1].

    ``groups``: ln of the residuals that a band comes from, and of those of a group left out. The band is from the
    5 % to the 95 % quantile of the first; both ends to the power λ, it holds on average 90 % of a group's second.
    """
    wanted = QUANTILES[1] - QUANTILES[0]
    ends = [np.quantile(seen, QUANTILES) for seen, _ in groups]

    def held(power: float) -> float:
        inside = [
            (new >= low * power) & (new <= high * power)
            for (low, high), (_, new) in zip(ends, groups, strict=True)
        ]
        return float(np.mean([one.mean() for one in inside]))

    return next((power for power in POWERS if held(power) >= wanted), POWERS[-1])


ENOUGH = 5  # cases of a device that tell how it spreads
LEAST_DEVICES = 3
POWERS = tuple(float(p) for p in np.arange(1.0, 4.05, 0.05))  # definition: tried in turn


def with_intervals(predictions: Sequence[Prediction], catalog: Catalog) -> list[Prediction]:
    """Return the predictions with the ends of their 90 % intervals; unknown kinds keep none."""
    known: dict[str, tuple[float, float] | None] = {}

    def told(prediction: Prediction) -> Prediction:
        kind = kind_of(prediction)
        if kind not in known:
            known[kind] = _band(catalog, kind)
        band = known[kind]
        if prediction.second is not None:
            prediction = replace(prediction, second=told(prediction.second))
        return _between(prediction, band) if band and prediction.answered else prediction

    return [told(prediction) for prediction in predictions]


def each(predictions: Iterable[Prediction]) -> Iterator[Prediction]:
    """Yield the predictions and, after each, the one of the case's second metric."""
    for prediction in predictions:
        yield prediction
        if prediction.second is not None:
            yield prediction.second


def _band(catalog: Catalog, kind: str) -> tuple[float, float] | None:
    choice = catalog.choose(f"residual {kind}", "ratio")
    if choice is None or choice.claim.low is None or choice.claim.high is None:
        return None
    return choice.claim.low, choice.claim.high


def _between(prediction: Prediction, band: tuple[float, float]) -> Prediction:
    factors = sorted(1.0 / end for end in band) if is_rate(prediction) else band
    low, high = (prediction.predicted * factor for factor in factors)
    return replace(prediction, low=low, high=high)
