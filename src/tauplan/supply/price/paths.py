"""Price paths: a market with regimes, contract prices that follow it in steps, spot prices around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

YEAR_WEEKS = 52.0  # definition: weeks that a plan counts in a year


@dataclass(frozen=True)
class Regime:
    """A state of the market: drift and spread of the yearly logarithm, and how many weeks it lasts in the mean.

    ``start`` is the chance that a path begins in it; after ``until_week`` no path is in it any more.
    """

    drift: float
    volatility: float
    stay_weeks: float
    start: float = 0.0
    until_week: int | None = None


@dataclass(frozen=True)
class Terms:
    """How contract prices follow the market and how spot strays from it.

    Every ``reset_weeks`` a contract is made anew: with chance ``sticky`` it keeps its price, else it closes
    ``passes`` of the gap to the market, by no more than ``band`` [log]. Spot strays by ``basis`` [log], halving in
    ``basis_weeks``.
    """

    reset_weeks: int
    sticky: float
    passes: float
    band: float
    basis: float
    basis_weeks: float


@dataclass(frozen=True)
class Paths:
    """Prices over today's, [paths, weeks + 1]: the market that clears, contract, spot; and the regime by number."""

    market: Any
    contract: Any
    spot: Any
    regime: Any


def simulate_paths(regimes: tuple[Regime, ...], terms: Terms, paths: int, weeks: int, seed: int = 1) -> Paths:
    """Return price paths as ratios to today's.

    The log market takes drift/52 + volatility/sqrt(52) Z a week with the numbers of its regime; a regime ends with
    chance 1/stay_weeks and any other follows with equal chance. Contract and spot follow as :class:`Terms` says.
    Valid for planning over months to two years; the turn of a regime is drawn, not foreseen. Known error: on
    monthly DRAM contracts momentum beats no-change by a fifth of the squared error at one month and by little
    beyond half a year, so paths spread widely on purpose.
    """
    rng = np.random.default_rng(seed)
    count = len(regimes)
    drift = np.array([regime.drift / YEAR_WEEKS for regime in regimes], dtype=np.float32)
    spread = np.array([regime.volatility / np.sqrt(YEAR_WEEKS) for regime in regimes], dtype=np.float32)
    start = np.array([regime.start for regime in regimes])
    state: Any = rng.choice(count, size=paths, p=start / start.sum())
    noise = rng.standard_normal((weeks, paths), dtype=np.float32)
    states = np.empty((weeks + 1, paths), dtype=np.int8)
    states[0] = state
    for week in range(1, weeks + 1):
        states[week] = state = _next(regimes, state, week, rng)
    market = np.zeros((weeks + 1, paths), dtype=np.float32)
    np.cumsum(drift[states[1:]] + spread[states[1:]] * noise, axis=0, out=market[1:])
    contract = _contract(market, terms, rng)
    spot = market + _basis(terms, weeks, paths, rng)
    prices = (np.exp(values).T for values in (market, contract, spot))
    return Paths(*prices, regime=states.T)


def _next(regimes: tuple[Regime, ...], state: Any, week: int, rng: np.random.Generator) -> Any:
    """Return the regimes of a week: those that end, or may not last so long, go to another that may."""
    allowed = [
        i for i, regime in enumerate(regimes) if regime.until_week is None or week <= regime.until_week
    ]
    leave = np.array([1.0 / max(regime.stay_weeks, 1.0) for regime in regimes])
    leave[[i for i in range(len(regimes)) if i not in allowed]] = 1.0
    going = np.flatnonzero(rng.random(len(state), dtype=np.float32) < leave[state])
    if not len(going) or (len(allowed) < 2 and all(i in allowed for i in set(state[going].tolist()))):
        return state
    state = state.copy()
    new = rng.integers(0, len(allowed), len(going))
    chosen = np.array(allowed)[new]
    same = chosen == state[going]
    chosen[same] = np.array(allowed)[(new[same] + 1) % len(allowed)]  # itself, where it is the only one
    state[going] = chosen
    return state


def _contract(market: Any, terms: Terms, rng: Any) -> Any:
    """Return log contract prices: level between resets, bounded steps towards the market at them."""
    weeks, paths = market.shape
    contract = np.zeros_like(market)
    level: Any = np.zeros(paths, dtype=market.dtype)
    for week in range(terms.reset_weeks, weeks + terms.reset_weeks, terms.reset_weeks):
        contract[week - terms.reset_weeks : week] = level
        if week < weeks:
            step: Any = np.clip(terms.passes * (market[week] - level), -terms.band, terms.band)
            moves: Any = rng.random(paths, dtype=np.float32) >= terms.sticky
            level = level + step * moves
    return contract


def _basis(terms: Terms, weeks: int, paths: int, rng: np.random.Generator) -> Any:
    """Return the log distance of spot from the market, zero today, with its own memory."""
    memory = np.float32(0.5 ** (1.0 / terms.basis_weeks))
    shocks = (
        rng.standard_normal((weeks, paths), dtype=np.float32)
        * np.float32(terms.basis)
        * np.sqrt(1 - memory**2)
    )
    basis = np.zeros((weeks + 1, paths), dtype=np.float32)
    for week in range(weeks):
        basis[week + 1] = memory * basis[week] + shocks[week]
    return basis
