"""A system some times smaller that behaves alike: fewer events for a load of many clients."""

from __future__ import annotations

from dataclasses import replace

from tauplan.cluster.simulate.load import Load
from tauplan.cluster.simulate.run import Pool

LEAST = 128  # definition: clients that remain at least, so that bursts and queues keep their shape
EACH = 32  # definition: clients that remain at least per worker


def factor(clients: int, workers: int) -> int:
    """Return how many times smaller a system of ``clients`` and ``workers`` may become [1]."""
    return max(clients // max(LEAST, EACH * workers), 1)


def smaller_pool(pool: Pool, times: int) -> Pool:
    """Return a pool in which each request stands for ``times`` alike: same seconds, fewer sequences.

    Data-parallel ranks go first, then batches and tokens of a pass shrink, so that a pass takes as long as the
    one of the larger system that it stands for. Known error against the larger system: 3 % for TPOT, 10 % for
    TTFT (tests).
    """
    rules = pool.scheduler
    fewer = min(float(times), pool.steps.ranks)
    left = times / fewer
    return replace(
        pool,
        steps=pool.steps.smaller(fewer, left),
        scheduler=replace(
            rules,
            budget=max(round(rules.budget / left), 1),
            slots=max(round(rules.slots / times), 1),
            cache_tokens=rules.cache_tokens / times,
        ),
    )


def smaller_load(load: Load, times: int) -> Load:
    """Return every so many requests of a load, from as many fewer clients; a trace keeps its times."""
    return replace(
        load,
        prompt=load.prompt[::times],
        output=load.output[::times],
        arrivals=None if load.arrivals is None else load.arrivals[::times],
        concurrency=max(round(load.concurrency / times), 1),
    )
