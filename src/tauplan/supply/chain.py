"""The supply chain as a graph of waits: its longest path is the supply time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tauplan import tau
from tauplan.tau import Number
from tauplan.tau import arrays as np


@dataclass(frozen=True)
class Stage:
    """One wait: ``lead_s`` [s] after the last of the stages named in ``after`` has ended."""

    lead_s: Number
    after: tuple[str, ...] = ()


def finish_times(stages: Mapping[str, Stage]) -> dict[str, Number]:
    """Return when each stage ends, from the order at t = 0 [s]: t_i = max over predecessors + lead_i.

    Stages are given in an order in which predecessors come first.
    """
    ends: dict[str, Number] = {}
    for name, stage in stages.items():
        start: Number = 0.0
        for before in stage.after:
            start = np.maximum(ends[before], start)
        ends[name] = stage.lead_s + start
    return ends


def supply_time(stages: Mapping[str, Stage]) -> Number:
    """Return when the last stage ends [s]: the longest path through the graph, owned by ``supply``."""
    last: Number = 0.0
    for end in finish_times(stages).values():
        last = np.maximum(end, last)
    return tau.assign(last, "supply")


def critical_path(stages: Mapping[str, Stage]) -> tuple[str, ...]:
    """Return the names on the longest path, first to last, for scalar leads."""
    ends = {name: float(tau.seconds(end)) for name, end in finish_times(stages).items()}
    path: list[str] = []
    current = max(ends, key=lambda name: ends[name], default=None)
    while current is not None:
        path.append(current)
        current = max(stages[current].after, key=lambda name: ends[name], default=None)
    return tuple(reversed(path))
