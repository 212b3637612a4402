"""Regimes fitted to a price series: a hidden Markov chain of normal steps, and how often contracts stand still."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tauplan.supply.price.paths import YEAR_WEEKS, Regime

STATES = 3  # definition: glut, balanced, tight
NAMES = ("glut", "balanced", "tight")
MOST_STEPS = 200  # definition: beyond what these likelihoods need to settle
SETTLED = 1e-6  # definition: relative gain of the likelihood below which nothing changes any more
LEAST_SPREAD = (
    0.05  # definition: of a state, over that of all steps; keeps a state from shrinking onto one step
)
TINY = 1e-9  # definition: keeps a state that nothing is in, or that nothing leaves, finite
RAREST = 1e-300  # definition: density below which a double has no logarithm left
STAYS = 0.8  # definition: chance to stay that the search starts from


@dataclass(frozen=True)
class Fit:
    """States by rising drift: mean and spread of a step [log], chances to move from row to column, and of now."""

    mean: Any
    spread: Any
    moves: Any
    now: Any
    log_likelihood: float

    def forecast(self, steps: int) -> float:
        """Return the expected change over ``steps`` periods [log]: sum over j of now moves^j mean."""
        chance, total = self.now, 0.0
        for _ in range(steps):
            chance = chance @ self.moves
            total += float(chance @ self.mean)
        return total

    def regimes(self, per_year: float) -> tuple[Regime, ...]:
        """Return the states as regimes of weekly paths; ``per_year`` steps make a year."""
        stay = 1.0 / np.maximum(1.0 - np.diag(self.moves), TINY)
        return tuple(
            Regime(
                drift=float(self.mean[k] * per_year),
                volatility=float(self.spread[k] * np.sqrt(per_year)),
                stay_weeks=float(stay[k] * YEAR_WEEKS / per_year),
                start=float(self.now[k]),
            )
            for k in range(STATES)
        )


def fit_regimes(steps: Any) -> Fit:
    """Return the regimes of most likelihood for log steps in order; NaN where a step is not known.

    Expectation maximisation (Baum, Petrie, Soules & Weiss 1970; Hamilton 1989) from thirds of the sorted steps: the
    forward and backward chances give each step's state, those give means, spreads and moves. A local optimum, the
    same on every call.
    """
    steps = np.asarray(steps, float)
    known = steps[np.isfinite(steps)]
    whole = float(known.std()) or LEAST_SPREAD
    thirds = np.array_split(np.sort(known), STATES)
    mean = np.array([part.mean() for part in thirds])
    spread = np.full(STATES, whole / 2)
    moves = np.full((STATES, STATES), (1 - STAYS) / (STATES - 1))
    np.fill_diagonal(moves, STAYS)
    first = np.full(STATES, 1.0 / STATES)
    before = -np.inf
    filtered: Any = first
    for _ in range(MOST_STEPS):
        odds = _odds(steps, mean, spread)
        ahead, scale = _forward(odds, first, moves)
        behind = _backward(odds, moves, scale)
        state: Any = ahead * behind
        pairs = ahead[:-1, :, None] * moves * (odds[1:] * behind[1:] / scale[1:, None])[:, None, :]
        moves = pairs.sum(axis=0) + TINY
        moves = moves / moves.sum(axis=1, keepdims=True)
        seen = np.isfinite(steps)
        weight = state[seen]
        mass = weight.sum(axis=0) + TINY
        mean = (weight * known[:, None]).sum(axis=0) / mass
        spread = np.sqrt((weight * (known[:, None] - mean) ** 2).sum(axis=0) / mass)
        spread = np.maximum(spread, LEAST_SPREAD * whole)
        first, filtered = state[0], ahead[-1]
        likelihood = float(np.log(scale).sum())
        if likelihood - before <= SETTLED * abs(likelihood):
            break
        before = likelihood
    order = np.argsort(mean)
    return Fit(mean[order], spread[order], moves[np.ix_(order, order)], filtered[order], before)


def _odds(steps: Any, mean: Any, spread: Any) -> Any:
    """Return the density of each step in each state [steps, states]; one where the step is not known."""
    gap = np.where(np.isfinite(steps), steps, 0.0)[:, None] - mean
    dense = np.exp(-((gap / spread) ** 2) / 2) / (spread * np.sqrt(2 * np.pi))
    return np.where(np.isfinite(steps)[:, None], np.maximum(dense, RAREST), 1.0)


def _forward(odds: Any, first: Any, moves: Any) -> tuple[Any, Any]:
    """Return the chances of the states at each step given all up to it, and the likelihood of each step."""
    ahead, scale = np.empty_like(odds), np.empty(len(odds))
    chance = first
    for place, odd in enumerate(odds):
        joint = chance * odd
        scale[place] = joint.sum()
        ahead[place] = joint / scale[place]
        chance = ahead[place] @ moves
    return ahead, scale


def _backward(odds: Any, moves: Any, scale: Any) -> Any:
    behind = np.ones_like(odds)
    for place in range(len(odds) - 2, -1, -1):
        behind[place] = moves @ (odds[place + 1] * behind[place + 1]) / scale[place + 1]
    return behind


def still(prices: Any) -> float:
    """Return the share of periods in which a price stood still, a ratio: what ``sticky`` of contracts is."""
    steps = np.diff(np.asarray(prices, float))
    known = steps[np.isfinite(steps)]
    return float((known == 0).mean()) if len(known) else float("nan")
