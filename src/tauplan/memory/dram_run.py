"""Run a pattern through the controller and say what a channel sustains."""

from __future__ import annotations

import functools
import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tauplan.memory import dram_commands as at
from tauplan.memory.dram_address import locate
from tauplan.memory.dram_banked import control_banked
from tauplan.memory.dram_controller import control
from tauplan.memory.dram_pattern import Pattern, requests
from tauplan.memory.dram_timing import DramTiming, rules

PLACES = 32  # definition: a common size of a controller's queue; an option of every run
FULL = 0.8  # definition: a common watermark at which writes begin to drain; an option of every run
EMPTY = 0.2  # definition: a common watermark at which they stop; an option of every run


@dataclass(frozen=True)
class Queues:
    """Queues of a controller: places for reads and writes, and the shares that begin and end a drain of writes."""

    reads: int = PLACES
    writes: int = PLACES
    drain_above: float = FULL
    drain_below: float = EMPTY


@dataclass(frozen=True)
class Sustained:
    """What a channel did: bandwidth [B/s], mean latency of a read [s], and counts of commands."""

    bandwidth_Bps: float
    latency_s: float
    row_hits: float
    seconds: float
    reads: int
    writes: int
    activates: int
    refreshes: int


def compiles() -> bool:
    """Tell whether a compiler for the controller is installed."""
    return importlib.util.find_spec("numba") is not None


@functools.cache
def kernel(compiled: bool = True, banked: bool = False) -> Callable[..., Any]:
    """Return the controller with one queue or with one per bank, compiled where a compiler is there and wanted."""
    plain = control_banked if banked else control
    if compiled and compiles():
        return importlib.import_module("numba").njit(cache=True)(plain)
    return plain


def run(
    timing: DramTiming,
    pattern: Pattern,
    mapping: str,
    count: int = 1 << (8 + 8),
    queues: Queues = Queues(),
    load_Bps: float = 0.0,
    seed: int = 0,
    compiled: bool = True,
) -> Sustained:
    """Return what a channel sustains for ``count`` requests of a pattern.

    ``load_Bps``: bytes per second [B/s] that are asked for; zero asks as fast as the queues take them.
    """
    place, write = requests(pattern, timing, count, seed)
    return replay(timing, place, write, mapping, queues, load_Bps, compiled)


def replay(
    timing: DramTiming,
    place: Any,
    write: Any,
    mapping: str,
    queues: Queues = Queues(),
    load_Bps: float = 0.0,
    compiled: bool = True,
) -> Sustained:
    """Return what a channel sustains for a trace: number of the burst and write flag of each request."""
    bank, row = locate(place, timing, mapping)
    count = len(place)
    interval = timing.burst_B / (load_Bps * timing.tick_s) if load_Bps else 0.0
    earliest = (np.arange(count) * interval).astype(np.int64)
    r = rules(timing)
    options = np.zeros(at.OPTIONS, np.int64)
    options[at.READ_QUEUE] = queues.reads
    options[at.WRITE_QUEUE] = queues.writes
    options[at.DRAIN_ABOVE] = np.floor(queues.writes * queues.drain_above)
    options[at.DRAIN_BELOW] = np.ceil(queues.writes * queues.drain_below)
    options[at.READ_LATENCY] = (timing.CL + timing.burst) * timing.ticks
    options[at.FOUR_ACTIVATES] = timing.FAW * timing.ticks
    options[at.REFRESH_INTERVAL] = timing.REFI * timing.ticks
    options[at.DUAL_BUS] = timing.dual_bus
    options[at.HALF_TICKS] = timing.half_clock
    options[at.ACT_DEADLINE] = timing.act_deadline * timing.ticks
    options[at.BANK_QUEUE] = timing.bank_queue
    options[at.MANY_ACTIVATES] = timing.MAW * timing.ticks
    if timing.sync_post:
        options[at.SYNC_READ] = timing.CL + timing.burst + timing.sync_post
        options[at.SYNC_WRITE] = timing.CWL + timing.burst + timing.sync_post
    groups = np.arange(timing.bank_count) // timing.banks
    stacks = np.arange(timing.bank_count // timing.banks) // timing.groups
    if timing.bank_queue:
        found = kernel(compiled, banked=True)(
            bank,
            row,
            write,
            earliest,
            groups,
            stacks // timing.stacks,
            r.same_bank,
            r.same_group,
            r.same_rank,
            r.other_rank,
            options,
        )
        return _sustained(timing, found)
    found = kernel(compiled)(
        bank,
        row,
        write,
        earliest,
        groups,
        stacks // timing.stacks,
        stacks % timing.stacks,
        r.same_bank,
        r.same_group,
        r.same_rank,
        r.other_rank,
        r.other_stack,
        r.cycles,
        options,
    )
    return _sustained(timing, found)


def _sustained(timing: DramTiming, found: Any) -> Sustained:
    seconds = float(found[at.TICKS]) * timing.tick_s
    reads, writes = int(found[at.READS]), int(found[at.WRITES])
    served = reads + writes
    return Sustained(
        bandwidth_Bps=served * timing.burst_B / seconds,
        latency_s=float(found[at.LATENCY]) / max(reads, 1) * timing.tick_s,
        row_hits=float(found[at.HITS]) / max(served, 1),
        seconds=seconds,
        reads=reads,
        writes=writes,
        activates=int(found[at.ACTS]),
        refreshes=int(found[at.REFRESHES]),
    )
