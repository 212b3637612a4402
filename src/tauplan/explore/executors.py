"""Where ranges of designs are computed: in this process, in a pool of processes, or on a cluster."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tauplan.errors import InputError, Problem, TauplanError
from tauplan.explore.prepared import Job, prepare
from tauplan.explore.work import Record, Winners

Done = tuple[Record, Winners | None]
"""A range's record, and its designs one by one where a table is wanted."""

AHEAD = 3
"""Ranges in flight per worker: enough that none waits, few enough that memory stays bounded."""

LIVES = 3
"""Times a pool is built anew after a worker died."""


def compute(job: Job, index: int) -> Done:
    """Return one range computed: what a worker runs. Workers keep the prepared study between ranges."""
    work = prepare(job).work
    winners = work.winners(index)
    record = work.summed(index, winners, work.outer.block(index)[1])
    return record, winners if job.rows else None


@dataclass
class Here:
    """Computes in this process, one range after another."""

    def results(self, job: Job, indices: Iterable[int]) -> Iterator[Done]:
        """Yield each range, in order."""
        for index in indices:
            yield compute(job, index)


@dataclass
class Pool:
    """Computes on an executor; a pool whose worker died is built anew and its unfinished ranges run again.

    With ``helps`` this process computes ranges too, where it would otherwise only wait.
    """

    build: Callable[[], Executor]
    workers: int
    helps: bool = False

    def results(self, job: Job, indices: Iterable[int]) -> Iterator[Done]:
        """Yield ranges in the order they are finished."""
        left = list(indices)
        for _ in range(LIVES):
            done: set[int] = set()
            with self.build() as executor:
                try:
                    for result in _finished(executor, job, left, self.workers * AHEAD, helps=self.helps):
                        done.add(result[0].index)
                        yield result
                except BrokenProcessPool:
                    pass
                else:
                    return
            left = [index for index in left if index not in done]
        raise TauplanError(f"the workers died {LIVES} times, with {len(left):,} ranges of designs left")


def _finished(
    executor: Executor, job: Job, indices: Iterable[int], ahead: int, *, helps: bool
) -> Iterator[Done]:
    waiting = iter(indices)
    flying: set[Future[Done]] = set()
    while True:
        while len(flying) < ahead and (index := next(waiting, None)) is not None:
            flying.add(executor.submit(compute, job, index))
        if not flying:
            return
        own = next(waiting, None) if helps else None
        if own is None:
            done, flying = wait(flying, return_when=FIRST_COMPLETED)
        else:
            yield compute(job, own)
            done = {future for future in flying if future.done()}
            flying -= done
        for future in done:
            yield future.result()


def local(workers: int | None) -> Here | Pool:
    """Return this process and others beside it, by default one per core in all."""
    others = (workers or os.cpu_count() or 1) - 1
    if not others:
        return Here()
    context = multiprocessing.get_context("spawn")
    return Pool(lambda: ProcessPoolExecutor(others, mp_context=context), others, helps=True)


@contextmanager
def cluster(address: str) -> Generator[Pool]:
    """Return a Dask cluster as a pool. Errors: :class:`InputError` where it cannot be reached."""
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            Problem(
                "computing on a cluster needs Dask",
                expected="the package distributed",
                hint="install the extra: pip install 'tauplan[cluster]'",
            )
        ) from None
    try:
        client: Any = Client(address, timeout="10s")
    except (OSError, ValueError) as error:
        raise InputError(
            Problem(f"no Dask scheduler answers: {error}", path="--dask", value=address)
        ) from None
    with client:
        threads = sum(client.nthreads().values()) or 1
        yield Pool(lambda: client.get_executor(pure=False, retries=LIVES), threads)
