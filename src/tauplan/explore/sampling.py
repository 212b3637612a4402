"""Spaces too large to enumerate: an even sample (Sobol), or generations bred towards the front (NSGA-II)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tauplan.errors import InputError, Problem
from tauplan.explore.outcome import Outcome
from tauplan.explore.prepared import Prepared
from tauplan.explore.run import Progress
from tauplan.explore.work import CHUNK
from tauplan.spec.study import Sample

POPULATION = 256
"""Designs of one generation."""

Rows = NDArray[np.int64]


def sampled(prepared: Prepared, asked: Sample, progress: Progress = lambda _done, _all: None) -> Outcome:
    """Return what a sample of a study's hardware designs finds; ``designs`` counts the different ones.

    Each design still takes the best of all its inner choices. The same seed gives the same designs.
    """
    outcome = Outcome(len(prepared.wanted.objectives), prepared.work.keep, prepared.space.groups)
    if asked.method == "sobol":
        done = 0
        for batch in sobol(prepared.space.outer_sizes, asked.designs, asked.seed):
            outcome.take(prepared.work.summed(outcome.taken, prepared.work.chosen(batch), None))
            done += len(batch)
            progress(done, asked.designs)
        return outcome
    _bred(prepared, asked, outcome, progress)
    return outcome


def sobol(sizes: tuple[int, ...], designs: int, seed: int) -> Iterator[Rows]:
    """Yield numbers of different designs, spread evenly over the digits of all axes, in blocks.

    A scrambled Sobol sequence of that many points; points that fall on one design count once.
    """
    from scipy.stats import qmc  # pyright: ignore

    engine: Any = qmc.Sobol(len(sizes), rng=np.random.default_rng(seed))
    seen: NDArray[np.int64] = np.empty(0, np.int64)
    left = 1 << max(designs - 1, 0).bit_length()  # whole powers of two keep the sequence balanced
    taken = 0
    while left and taken < designs:
        count = min(left, CHUNK)
        points = engine.random(count)
        left -= count
        digits = np.minimum((points * sizes).astype(np.int64), np.array(sizes) - 1)
        numbers = np.unique(np.ravel_multi_index(tuple(digits.T), sizes))
        fresh = np.setdiff1d(numbers, seen, assume_unique=True)[: designs - taken]
        seen = np.union1d(seen, fresh)
        taken += len(fresh)
        if len(fresh):
            yield fresh


def _bred(prepared: Prepared, asked: Sample, outcome: Outcome, progress: Progress) -> None:
    """Breed designs towards the front; every design evaluated is taken into the outcome once."""
    nsga2, problem_of, minimize = _pymoo()
    sizes = np.array(prepared.space.outer_sizes)
    width = len(prepared.wanted.objectives)
    seen: dict[int, NDArray[np.float64]] = {}

    def evaluate(points: NDArray[np.int64]) -> NDArray[np.float64]:
        numbers: Rows = np.asarray(np.ravel_multi_index(tuple(points.T), tuple(sizes.tolist())), np.int64)
        asked_for: list[int] = numbers.tolist()
        fresh = np.array(sorted(set(asked_for) - seen.keys()), np.int64)
        if len(fresh):
            won = prepared.work.chosen(fresh)
            outcome.take(prepared.work.summed(outcome.taken, won, None))
            table = np.where(np.isnan(won.objectives), INFEASIBLE, won.objectives)
            seen.update(zip(fresh.tolist(), table, strict=True))
            progress(min(len(seen), asked.designs), asked.designs)
        return np.stack([seen[number] for number in asked_for])

    generations = max(asked.designs // POPULATION, 1)
    problem = problem_of(sizes, width, evaluate)
    minimize(problem, nsga2(min(POPULATION, asked.designs)), ("n_gen", generations), seed=asked.seed)


INFEASIBLE = 1e300
"""Objectives of designs that do not work, as the breeding sees them."""


def _pymoo() -> tuple[Any, Any, Any]:
    """Return the pieces of pymoo that breed whole numbers. Errors: :class:`InputError` where it is missing."""
    try:
        from pymoo.algorithms.moo.nsga2 import NSGA2  # pyright: ignore
        from pymoo.core.problem import Problem as Base  # pyright: ignore
        from pymoo.operators.crossover.sbx import SBX  # pyright: ignore
        from pymoo.operators.mutation.pm import PM  # pyright: ignore
        from pymoo.operators.repair.rounding import RoundingRepair  # pyright: ignore
        from pymoo.operators.sampling.rnd import IntegerRandomSampling  # pyright: ignore
        from pymoo.optimize import minimize  # pyright: ignore
    except ImportError:
        raise InputError(
            Problem(
                "breeding designs needs pymoo",
                expected="the package pymoo",
                hint="install the extra: pip install 'tauplan[search]', or sample with method: sobol",
            )
        ) from None

    def algorithm(population: int) -> Any:
        repair = RoundingRepair()
        return NSGA2(
            pop_size=population,
            sampling=IntegerRandomSampling(),
            crossover=SBX(vtype=float, repair=repair),
            mutation=PM(vtype=float, repair=repair),
            eliminate_duplicates=True,
        )

    def problem(sizes: Rows, width: int, evaluate: Any) -> Any:
        class Digits(Base):  # pyright: ignore
            def __init__(self) -> None:
                super().__init__(n_var=len(sizes), n_obj=width, xl=0, xu=sizes - 1, vtype=int)  # pyright: ignore

            def _evaluate(self, x: Any, out: Any, *_: Any, **__: Any) -> None:
                out["F"] = evaluate(np.asarray(x, np.int64))

        return Digits()

    return algorithm, problem, minimize  # pyright: ignore
