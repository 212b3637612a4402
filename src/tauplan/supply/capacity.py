"""What a maker can deliver: wafers through the fab, then the scarcest of dies, packages and memory stacks."""

from __future__ import annotations

from typing import Any

import numpy as np

from tauplan.supply.inventory.queueing import kingman_wait
from tauplan.tau import Number


def wafer_output(starts: Number, yields: Number, dies: Number, utilisation: Number = 1.0) -> Number:
    """Return good dies per unit time [count]: starts x utilisation x dies per wafer x yield."""
    return starts * utilisation * dies * yields


def after_cycle(starts: Any, cycle: float, before: float | None = None) -> Any:
    """Return what comes out of a line in each period [count] when it takes ``cycle`` periods from start to end.

    Starts [T] are spread evenly over their period, so out(t) = (1 - f) s(t - n) + f s(t - n - 1) with n + f the
    cycle; before the first period the line was started at ``before`` (default: as in the first). In steady state
    the work in progress is starts x cycle (Little's law).
    """
    starts = np.asarray(starts, float)
    whole, part = int(np.floor(cycle)), cycle % 1.0
    past = np.full(whole + 1, starts[0] if before is None else before)
    line = np.concatenate([past, starts])
    sooner, later = line[1 : 1 + len(starts)], line[: len(starts)]
    return (1 - part) * sooner + part * later


def limited_output(inputs: Any) -> tuple[Any, Any]:
    """Return units finished in each period [T], and the number of the input that held them back.

    ``inputs`` [inputs, T] are what each arrives for, in units of the product (dies, packages, stacks over stacks
    each). What is not used waits for the rest: finished so far = min over inputs of what has arrived so far.
    """
    so_far = np.cumsum(np.asarray(inputs, float), axis=1)
    finished = so_far.min(axis=0)
    return np.diff(finished, prepend=0.0), so_far.argmin(axis=0)


def allocated(output: Any, demand: Any) -> tuple[Any, Any]:
    """Return what each class of customers gets [classes, T], and what it still waits for [classes, T].

    ``output`` [T] goes to classes in their order; what a class has not got stays owed and is asked for again. A
    class that is owed b while r a period come to it waits b / r periods (Little's law).
    """
    demand = np.asarray(demand, float)
    got, owed = np.zeros_like(demand), np.zeros_like(demand)
    waiting = np.zeros(len(demand))
    for period, left in enumerate(np.asarray(output, float)):
        waiting = waiting + demand[:, period]
        passed = np.minimum(np.cumsum(waiting), left)
        got[:, period] = np.diff(passed, prepend=0.0)
        waiting = waiting - got[:, period]
        owed[:, period] = waiting
    return got, owed


def favoured_lead_time(
    service: Number, utilisation: Number, favoured: Number, variability: Number = 1.0
) -> tuple[Number, Number]:
    """Return the lead times [unit of the service time] of favoured and of other customers at one load.

    Favoured orders, a share of the load, go first (non-preemptive priority): W1 = W0 / (1 - rho1), W2 = W0 /
    ((1 - rho1)(1 - rho)), W0 = rho V tau; the mean over all is Kingman's. So 95 % load and a short lead time can
    both be true for the favoured alone. Exact for Poisson arrivals (Cobham 1954); V is (c_a^2 + c_s^2) / 2.
    """
    first = utilisation * favoured
    unfinished = utilisation * variability * service
    early = unfinished / (1 - first)
    return service + early, service + early / (1 - utilisation)


def mean_lead_time(service: Number, utilisation: Number, variability: Number = 1.0) -> Number:
    """Return the lead time [unit of the service time] without favour: tau + Kingman's wait."""
    return service + kingman_wait(utilisation, service, variability, variability)


def implied_favour(
    service: Number, utilisation: Number, promised: Number, variability: Number = 1.0
) -> tuple[Number, Number]:
    """Return the largest share of orders that can have a promised lead time at a load, and how long others wait.

    :func:`favoured_lead_time` solved for the share: rho1 <= 1 - W0 / (promised - tau); the share is rho1 / rho
    between 0 (the promise is shorter than any order takes) and 1 (all have it), in the unit of the service time.

    >>> share, others = implied_favour(1.0, 0.95, 4.0)
    >>> round(float(share), 3), round(float(others))
    (0.719, 61)
    """
    unfinished = utilisation * variability * service
    room = np.maximum(promised - service, TINY)
    share = np.clip((1 - unfinished / room) / utilisation, 0.0, 1.0)
    return share, favoured_lead_time(service, utilisation, share, variability)[1]


TINY = 1e-12  # definition: keeps a promise of no waiting at all finite
