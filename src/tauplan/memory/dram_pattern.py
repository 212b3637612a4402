"""Access patterns of a memory channel: which bursts are asked for, in which order, reads or writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tauplan.memory.dram_timing import DramTiming


@dataclass(frozen=True)
class Pattern:
    """A pattern of accesses.

    ``chunk_B``: bytes read in order before the next place is drawn; zero for one endless stream. ``stride_B``:
    distance of neighbours in a chunk or stream, one burst if zero. ``writes``: share of writes; ``footprint_B``:
    range of addresses, the channel's capacity if zero. ``arrays``: streams taken in turn, ``array_B`` bytes apart;
    the last ones are written, so many as make the share.
    """

    chunk_B: float = 0.0
    stride_B: float = 0.0
    writes: float = 0.0
    footprint_B: float = 0.0
    arrays: int = 1
    array_B: float = 0.0


STREAM = Pattern()


def requests(pattern: Pattern, timing: DramTiming, count: int, seed: int = 0) -> tuple[Any, Any]:
    """Return the number of the burst and a write flag for ``count`` requests of a pattern."""
    rng = np.random.default_rng(seed)
    bursts = int(pattern.footprint_B or timing.capacity_B) // timing.burst_B
    step = max(1, int(pattern.stride_B) // timing.burst_B)
    index = np.arange(count, dtype=np.int64)
    if pattern.chunk_B:
        length = max(1, int(pattern.chunk_B) // timing.burst_B)
        chunks = -(-count // length)
        start = rng.integers(0, max(1, bursts // (length * step)), chunks) * (length * step)
        place = np.repeat(start, length)[:count] + (index % length) * step
    elif pattern.arrays > 1:
        turn = index % pattern.arrays
        place = (index // pattern.arrays * step + turn * int(pattern.array_B // timing.burst_B)) % bursts
        return place, (turn >= round(pattern.arrays * (1.0 - pattern.writes))).astype(np.int64)
    else:
        place = (index * step) % bursts
    write = (rng.random(count) < pattern.writes).astype(np.int64)
    return place, write
