"""What the clients send: lengths of requests and when they arrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

Ints = NDArray[numpy.int64]
Floats = NDArray[numpy.float64]


@dataclass(frozen=True)
class Load:
    """Requests: ``prompt`` and ``output`` tokens of each [1]; how they arrive.

    ``arrivals`` [s] gives the time of each (open loop); None stands for a closed loop, in which
    ``concurrency`` clients each send the next request ``think_s`` after the last token of the one before.
    """

    prompt: Ints
    output: Ints
    arrivals: Floats | None = None
    concurrency: int = 1
    think_s: float = 0.0


def lengths(mean_or_most: int, requests: int, spread: float, seed: int) -> Ints:
    """Return request lengths: all equal, or uniform between ``(1 − spread)`` and 1 times the most [1]."""
    if spread <= 0.0:
        return numpy.full(requests, mean_or_most, dtype=numpy.int64)
    least = max(int(mean_or_most * (1.0 - spread)), 1)
    return numpy.random.default_rng(seed).integers(least, mean_or_most + 1, requests)


def closed(
    prompt: int,
    output: int,
    concurrency: int,
    requests: int,
    spread: float = 0.0,
    seed: int = 0,
    think_s: float = 0.0,
) -> Load:
    """Return a closed loop: a burst of ``concurrency`` requests first, then one for each that ends."""
    return Load(
        lengths(prompt, requests, spread, seed),
        lengths(output, requests, spread, seed + 1),
        concurrency=concurrency,
        think_s=think_s,
    )


def poisson(
    prompt: int, output: int, rate_per_s: float, requests: int, spread: float = 0.0, seed: int = 0
) -> Load:
    """Return requests that arrive independently of each other at a mean ``rate_per_s`` [1/s]."""
    gaps = numpy.random.default_rng(seed + 2).exponential(1.0 / rate_per_s, requests)
    return Load(
        lengths(prompt, requests, spread, seed),
        lengths(output, requests, spread, seed + 1),
        arrivals=numpy.cumsum(gaps),
    )


def trace(arrivals: Sequence[float], prompt: Sequence[int], output: Sequence[int]) -> Load:
    """Return requests as recorded: arrival [s], prompt and output tokens of each [1], in order of arrival."""
    order = numpy.argsort(numpy.asarray(arrivals, dtype=float), kind="stable")
    return Load(
        numpy.asarray(prompt, dtype=numpy.int64)[order],
        numpy.asarray(output, dtype=numpy.int64)[order],
        arrivals=numpy.asarray(arrivals, dtype=float)[order],
    )
