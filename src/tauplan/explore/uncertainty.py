"""How sure a front is: claims drawn from their bands, and how often each design is still on the front."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tauplan.evaluate.book import Book, Key
from tauplan.evaluate.resolve import resolve
from tauplan.evaluate.solve import OK, solve
from tauplan.explore.front import fronts_apart
from tauplan.explore.outcome import Outcome
from tauplan.explore.prepared import Prepared
from tauplan.spec.scenario import Scenario

QUANTILES = (0.1, 0.5, 0.9)
"""Quantiles that are told of every objective."""


@dataclass(frozen=True)
class Stand:
    """How a design of the front fares when claims are drawn from their bands.

    ``share``: draws in which it stays on the front [1]; ``feasible``: draws in which it keeps every constraint
    [1]; ``quantiles``: of each objective over the feasible draws, in SI units, NaN where there is none.
    """

    design: int
    share: float
    feasible: float
    quantiles: dict[str, tuple[float, ...]]


def how_sure(prepared: Prepared, outcome: Outcome) -> tuple[Stand, ...]:
    """Return how sure the front of a study is, as far as the study asks for it.

    Rivals are the best designs by the first objective and a sample of the others.
    """
    asked = prepared.file.study.uncertainty
    if asked is None:
        return ()
    front = outcome.front.designs
    if len(front) > asked.designs:  # evenly from end to end
        front = front[np.linspace(0, len(front) - 1, asked.designs).astype(int)]
    shown = set(front.tolist())
    others = np.concatenate((outcome.top[0], outcome.front.designs, outcome.sample[0])).tolist()
    rivals = [design for design in dict.fromkeys(others) if design not in shown][: asked.designs]
    return stands(prepared, front.tolist(), rivals, asked.draws, asked.seed)


def stands(
    prepared: Prepared, front: Sequence[int], rivals: Sequence[int], draws: int, seed: int
) -> tuple[Stand, ...]:
    """Return how sure each design of a front is.

    Every claim with a band is drawn from the triangle over (low, chosen, high), independently of the others; a
    claim has the same value for all designs of a draw. ``rivals`` are other designs that may come to the front.
    """
    everyone = [*front, *(design for design in rivals if design not in set(front))]
    table = (
        np.stack([_drawn(prepared, design, draws, seed) for design in everyone]) if everyone else np.empty(0)
    )
    stays = np.zeros(len(everyone))
    groups = prepared.space.groups(np.array(everyone, np.int64))
    for draw in range(draws):
        stays[fronts_apart(table[:, draw], groups)] += 1
    found: list[Stand] = []
    for place, design in enumerate(front):
        fine = table[place][~np.isnan(table[place]).any(axis=1)]
        quantiles = {
            figure.name: tuple(float(q) for q in np.quantile(figure.sign * fine[:, column], QUANTILES))
            if len(fine)
            else (float("nan"),) * len(QUANTILES)
            for column, figure in enumerate(prepared.wanted.objectives)
        }
        found.append(Stand(int(design), float(stays[place]) / draws, len(fine) / draws, quantiles))
    return tuple(found)


def _drawn(prepared: Prepared, design: int, draws: int, seed: int) -> NDArray[np.float64]:
    """Return the objectives of a design in each draw, less is better; NaN where it is infeasible."""
    scenario = prepared.space.scenario(design)
    book = resolve(scenario, prepared.catalog, prepared.file.folder).book
    return objectives_of(prepared, scenario, drawn_claims(book, draws, seed), draws)


def objectives_of(
    prepared: Prepared, scenario: Scenario, claims: Mapping[Key, NDArray[np.float64]], count: int
) -> NDArray[np.float64]:
    """Return the objectives of a scenario under ``count`` sets of claims, less is better; NaN where infeasible."""
    resolved = resolve(scenario, prepared.catalog, prepared.file.folder, claims)
    with np.errstate(all="ignore"):  # claims at their ends may leave a design without a meaning
        result = solve(resolved.case)
    fine = np.broadcast_to(np.asarray(result.status) == OK, count)
    for figure, bound in prepared.wanted.constraints:
        fine = fine & bound.holds(figure.read(resolved, result))
    columns = [
        np.where(fine, figure.sign * figure.read(resolved, result), np.nan)
        for figure in prepared.wanted.objectives
    ]
    return np.stack([np.broadcast_to(column, count) for column in columns], axis=1)


@dataclass(frozen=True)
class Band:
    """A claim with its band: low, chosen and high value, SI."""

    low: float
    chosen: float
    high: float

    def at(self, uniform: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values of the triangle over the band from uniform numbers."""
        return triangular(self.low, self.chosen, self.high, uniform)


def bands(book: Book) -> dict[Key, Band]:
    """Return the bands of the claims in use that have one, by part and field."""
    found: dict[Key, Band] = {}
    for key, choice in book.uses.items():
        claim = choice.claim
        if isinstance(claim.value, str):
            continue
        low = claim.value if claim.low is None else min(claim.low, claim.value)
        high = claim.value if claim.high is None else max(claim.high, claim.value)
        if low < high:
            found[key] = Band(low, claim.value, high)
    return found


def drawn_claims(book: Book, draws: int, seed: int) -> Mapping[Key, NDArray[np.float64]]:
    """Return draws of every claim in use that has a band, by part and field."""
    return {key: band.at(_uniform(key, draws, seed)) for key, band in bands(book).items()}


def triangular(low: float, mode: float, high: float, uniform: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values of a triangular distribution from uniform ones: the inverse of its distribution function."""
    cut = (mode - low) / (high - low)
    rising = low + np.sqrt(uniform * (high - low) * (mode - low))
    falling = high - np.sqrt((1.0 - uniform) * (high - low) * (high - mode))
    return np.where(uniform < cut, rising, falling)


def _uniform(key: Key, draws: int, seed: int) -> NDArray[np.float64]:
    """Return the uniform draws of one claim: the same in every design and in every run."""
    digest = hashlib.sha256(f"{seed} {key[0]} {key[1]}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big")).random(draws)
