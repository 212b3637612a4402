"""From what happened to what users see: latencies by a stated definition, throughput, goodput."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy
from numpy.typing import NDArray

from tauplan.cluster.simulate.run import Log

Floats = NDArray[numpy.float64]
Statistic = Literal["mean", "median"]
SHARES = (0.5, 0.9, 0.99)  # definition: of the reported percentiles


@dataclass(frozen=True)
class Definition:
    """What is meant by the latencies of a benchmark.

    ``inclusive``: TPOT = (last − sent)/output, else (last − first)/(output − 1); ``statistic``: which figure
    stands for all requests; ``client_s``: what the network and the client add to the engine's clock per
    request [s]; ``warm_up``: share of the requests, by the order in which they were sent, left out [1].
    """

    inclusive: bool = False
    statistic: Statistic = "median"
    client_s: float = 0.0
    warm_up: float = 0.0


@dataclass(frozen=True)
class Distribution:
    """Mean and percentiles of one latency [s]."""

    mean: float
    p50: float
    p90: float
    p99: float

    def by(self, statistic: Statistic) -> float:
        """Return the figure that a benchmark reports [s]."""
        return self.mean if statistic == "mean" else self.p50


@dataclass(frozen=True)
class Latencies:
    """TTFT, TPOT, time between tokens (ITL), whole answers (E2E) [s]; rates [1/s]; goodput [1/s], share met [1]."""

    ttft: Distribution
    tpot: Distribution
    itl: Distribution
    answer: Distribution
    requests_per_s: float
    tokens_per_s: float
    goodput_per_s: float
    met: float
    in_flight: float
    preempted: int


def latencies(
    log: Log,
    definition: Definition | None = None,
    ttft_limit_s: float = numpy.inf,
    tpot_limit_s: float = numpy.inf,
) -> Latencies:
    """Return the latencies of a log by a definition; goodput counts requests within both limits [s]."""
    rules = definition or Definition()
    keep = numpy.arange(len(log.sent)) >= int(rules.warm_up * len(log.sent))
    ttft = (log.first - log.sent)[keep] + rules.client_s
    whole = (log.last - log.sent)[keep] + rules.client_s
    output = log.output[keep]
    many = output > 1
    tpot = whole / output if rules.inclusive else (whole - ttft)[many] / (output[many] - 1.0)
    met = ttft <= ttft_limit_s
    paced = whole / output if rules.inclusive else (whole - ttft) / numpy.maximum(output - 1.0, 1.0)
    met = met & (paced <= tpot_limit_s)
    span = float(log.last[keep].max() - log.sent[keep].min())
    return Latencies(
        ttft=_distribution(ttft),
        tpot=_distribution(tpot) if len(tpot) else Distribution(0.0, 0.0, 0.0, 0.0),
        itl=_weighted(log.gap_s, log.gap_tokens),
        answer=_distribution(whole),
        requests_per_s=len(ttft) / span,
        tokens_per_s=float(output.sum()) / span,
        goodput_per_s=float(met.sum()) / span,
        met=float(met.mean()),
        in_flight=float(whole.sum()) / span,
        preempted=int(log.preempted.sum()),
    )


def _distribution(values: Floats) -> Distribution:
    p50, p90, p99 = (float(p) for p in numpy.quantile(values, SHARES))
    return Distribution(float(values.mean()), p50, p90, p99)


def _weighted(values: Floats, weights: Floats) -> Distribution:
    """Return mean and percentiles of a weighted sample: the least value that its share of the weight reaches."""
    total = weights.sum()
    if not total:
        return Distribution(0.0, 0.0, 0.0, 0.0)
    order = numpy.argsort(values)
    reached = numpy.cumsum(weights[order]) / total
    picks = values[order][numpy.minimum(numpy.searchsorted(reached, SHARES), len(values) - 1)]
    return Distribution(float((values * weights).sum() / total), *(float(p) for p in picks))
