"""Timing of a DRAM channel in clocks, and the rules between commands that follow from it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tauplan.memory.dram_commands import ACT, COMMANDS, PRE, PRE_ALL, READ, REFRESH, WRITE

Ticks = NDArray[np.int64]


@dataclass(frozen=True)
class DramTiming:
    """One channel of a DRAM: its banks and its timing in clocks of ``clock_s`` seconds.

    ``ranks``: ranks of a channel, or pseudo-channels, which own a data bus each (``own_bus``); ``stacks``: stack
    levels in a rank; ``groups``: bank groups in a stack level; ``banks``: banks in a group; ``columns``: bursts in
    a row; ``burst_B``: bytes of a burst. ``dual_bus``: row and column commands have a bus each; ``half_clock``:
    precharges may go at the falling edge. The names of the timings are those of the standards, _S between bank
    groups and _L within one; ``act_clocks``, ``column_clocks``, ``row_clocks``: clocks that an activate, a column
    command and another row command hold the bus. ``bank_queue``: places of each bank's queue in a controller that
    has such, zero for one queue of all banks; ``MAW``: clocks in which 32 activates may go, zero for no such rule.
    """

    clock_s: float
    ranks: int
    own_bus: bool
    stacks: int
    groups: int
    banks: int
    rows: int
    columns: int
    burst_B: int
    dual_bus: bool
    half_clock: bool
    act_clocks: float
    column_clocks: float
    row_clocks: float
    burst: int
    burst_long: int
    CL: int
    CWL: int
    RCD_read: int
    RCD_write: int
    RP: int
    RP_all: int
    RAS: int
    RC: int
    RRD_S: int
    RRD_L: int
    FAW: int
    CCD_S: int
    CCD_L: int
    CCD_S_write: int
    CCD_L_write: int
    CCD_stack: int
    WTR_S: int
    WTR_L: int
    RTW: int
    WR: int
    RTP: int
    PPD: int
    rank_switch: int
    RFC: int
    REFI: int
    act_deadline: int
    sync_post: int
    bank_queue: int = 0
    MAW: int = 0

    @property
    def tick_s(self) -> float:
        """Seconds of one tick: a clock, or half of one where precharges go at both edges."""
        return self.clock_s / self.ticks

    @property
    def ticks(self) -> int:
        """Ticks of a clock."""
        return 2 if self.half_clock else 1

    @property
    def bank_count(self) -> int:
        """Banks of the channel."""
        return self.ranks * self.stacks * self.groups * self.banks

    def spread(self, fields: tuple[str, ...]) -> int:
        """Return over how many banks the named fields of an address spread its bursts."""
        sizes = {"rank": self.ranks, "stack": self.stacks, "group": self.groups, "bank": self.banks}
        return math.prod(sizes.get(field, 1) for field in fields)

    @property
    def data_buses(self) -> int:
        """Data buses of the channel: one, or one per pseudo-channel."""
        return self.ranks if self.own_bus else 1

    @property
    def peak_Bps(self) -> float:
        """Peak bandwidth of the channel [B/s]: bytes of a burst per clocks of a burst and data bus."""
        return self.data_buses * self.burst_B / (self.burst * self.clock_s)

    @property
    def capacity_B(self) -> int:
        """Capacity of the channel [B]."""
        return self.bank_count * self.rows * self.columns * self.burst_B


@dataclass(frozen=True)
class Rules:
    """Ticks from one command (row) to the next (column), by how near the two banks are; zero is no rule."""

    same_bank: Ticks
    same_group: Ticks
    same_rank: Ticks
    other_rank: Ticks
    other_stack: int
    cycles: Ticks


def rules(t: DramTiming) -> Rules:
    """Return the rules between commands of a channel, in ticks.

    A standard counts from the end of one command to the end of the next; a controller issues at the beginning, so
    a rule between commands of different length shifts by the difference.
    """
    cycles = np.empty(COMMANDS, np.int64)
    cycles[:] = round(t.row_clocks * t.ticks)
    cycles[[READ, WRITE]] = round(t.column_clocks * t.ticks)
    cycles[ACT] = round(t.act_clocks * t.ticks)
    written = t.CWL + t.burst + t.WR  # from a write command until its row may close

    def table(*entries: tuple[int, int, int]) -> Any:
        found = np.zeros((COMMANDS, COMMANDS), np.int64)
        for before, after, clocks in entries:
            if clocks > 0:
                ticks = clocks * t.ticks + int(cycles[before]) - int(cycles[after])
                found[before, after] = max(found[before, after], ticks)
        return found

    bank = table(
        (ACT, ACT, t.RC),
        (ACT, READ, t.RCD_read),
        (ACT, WRITE, t.RCD_write),
        (ACT, PRE, t.RAS),
        (PRE, ACT, t.RP),
        (READ, PRE, t.RTP),
        (WRITE, PRE, written),
    )
    group = table(
        (READ, READ, t.CCD_L),
        (WRITE, WRITE, t.CCD_L_write),
        (WRITE, READ, t.CWL + t.burst_long + t.WTR_L),
        (ACT, ACT, t.RRD_L),
    )
    rank = table(
        (READ, READ, max(t.CCD_S, t.burst)),
        (WRITE, WRITE, max(t.CCD_S_write, t.burst)),
        (READ, WRITE, t.RTW),
        (WRITE, READ, t.CWL + t.burst + t.WTR_S),
        (READ, PRE_ALL, t.RTP),
        (WRITE, PRE_ALL, written),
        (ACT, ACT, t.RRD_S),
        (ACT, PRE_ALL, t.RAS),
        (PRE_ALL, ACT, t.RP_all),
        (PRE, PRE, t.PPD),
        (PRE, PRE_ALL, t.PPD),
        (PRE_ALL, PRE, t.PPD),
        (PRE_ALL, PRE_ALL, t.PPD),
        (ACT, REFRESH, t.RC),
        (PRE, REFRESH, t.RP),
        (PRE_ALL, REFRESH, t.RP),
        (REFRESH, ACT, t.RFC),
        (REFRESH, PRE_ALL, t.RFC),
    )
    other = table()
    if not t.own_bus:
        other = table(
            (READ, READ, t.burst + t.rank_switch),
            (READ, WRITE, t.RTW if t.bank_queue else t.burst + t.rank_switch),
            (WRITE, READ, t.CWL + t.burst + t.rank_switch - t.CL),
            (WRITE, WRITE, t.burst),
        )
    return Rules(bank, group, rank, other, t.CCD_stack * t.ticks, cycles)
