"""Periodic frames through a graph of stages on lanes of a chip: one job per lane, earliest deadline first."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Stage:
    """A job that runs once all it reads is new; ``seconds`` on its lane, due ``deadline`` after its frame [s]."""

    name: str
    after: tuple[str, ...]
    lane: str
    seconds: float
    deadline: float


@dataclass
class Outcome:
    """What came out: age of each result [s], results late, inputs overtaken and jobs run [count], busy time [s]."""

    seconds: float
    ages: dict[str, np.ndarray] = field(default_factory=dict[str, np.ndarray])
    missed: dict[str, int] = field(default_factory=dict[str, int])
    dropped: dict[str, int] = field(default_factory=dict[str, int])
    runs: dict[str, int] = field(default_factory=dict[str, int])
    busy: dict[str, float] = field(default_factory=dict[str, float])


def simulate(
    sensors: Mapping[str, float], stages: Sequence[Stage], seconds: float, jitter: float, seed: int
) -> Outcome:
    """Run frames of sensors [1/s] through stages for some time [s]; scalars, reproducible by the seed.

    A stage starts when everything it reads has been renewed since its last start; of waiting inputs only the
    newest counts, the overtaken ones are dropped. A lane runs one job at a time, whole, the one due first before
    the others. Execution times spread by ``jitter`` (log-normal, mean kept), frames by the same share of their
    period. The age of a result is the time since the oldest frame it rests on.
    """
    random = np.random.default_rng(seed)
    by_name = {stage.name: stage for stage in stages}
    lanes = dict.fromkeys((stage.lane for stage in stages), 0.0)
    fresh: dict[str, dict[str, float]] = {stage.name: {} for stage in stages}
    ages: dict[str, list[float]] = {stage.name: [] for stage in stages}
    missed, dropped, runs = (dict.fromkeys(by_name, 0) for _ in range(3))
    out = Outcome(seconds, {}, missed, dropped, runs, dict(lanes))
    readers = {name: [s.name for s in stages if name in s.after] for name in (*sensors, *by_name)}
    ticket = itertools.count()
    spread = math.sqrt(math.log1p(jitter * jitter))
    events: list[tuple[float, int, str, float]] = []  # time, ticket, what is new, oldest frame
    for name, rate in sensors.items():
        period = 1.0 / rate
        late = random.uniform(0.0, jitter * period, int(np.ceil(seconds * rate)))
        times = np.arange(len(late)) * period + late
        events += [(t, next(ticket), name, t) for t in times.tolist()]
    heapq.heapify(events)
    waiting: dict[str, list[tuple[float, int, str]]] = {lane: [] for lane in lanes}
    queued: dict[str, float] = {}
    running: dict[str, tuple[str, float]] = {}

    def begin(lane: str, now: float) -> None:
        while lane not in running and waiting[lane]:
            _, _, name = heapq.heappop(waiting[lane])
            if name not in queued:
                continue
            stage = by_name[name]
            took = stage.seconds * float(np.exp(random.normal(-spread * spread / 2.0, spread)))
            running[lane] = (name, queued.pop(name))
            out.runs[name] += 1
            out.busy[lane] += min(took, max(seconds - now, 0.0))
            heapq.heappush(events, (now + took, next(ticket), name, running[lane][1]))

    while events:
        now, _, name, born = heapq.heappop(events)
        if name in by_name:
            stage = by_name[name]
            del running[stage.lane]
            ages[name].append(now - born)
            out.missed[name] += now - born > stage.deadline
            begin(stage.lane, now)
        for reader in readers[name]:
            inputs, stage = fresh[reader], by_name[reader]
            out.dropped[reader] += name in inputs
            inputs[name] = born
            if len(inputs) == len(stage.after):
                oldest = min(inputs.values())
                inputs.clear()
                out.dropped[reader] += reader in queued
                queued[reader] = oldest
                heapq.heappush(waiting[stage.lane], (oldest + stage.deadline, next(ticket), reader))
                begin(stage.lane, now)
    out.ages = {name: np.array(values) for name, values in ages.items()}
    return out
