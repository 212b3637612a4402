"""What a memory channel sustains for a pattern of accesses: bandwidth, latency, energy, and what binds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tauplan.catalog.lookup import Catalog
from tauplan.evaluate.die_report import Figure
from tauplan.memory import dram_bounds as bounds
from tauplan.memory.dram_address import INTERLEAVED
from tauplan.memory.dram_catalogued import KIND, catalogued_dram
from tauplan.memory.dram_energy import access_energy
from tauplan.memory.dram_locality import locality
from tauplan.memory.dram_run import PLACES
from tauplan.memory.dram_timing import DramTiming
from tauplan.tau import Number


@dataclass(frozen=True)
class Access:
    """A pattern: ``chunk_B`` bytes read in order before the next place is drawn, infinity for a stream.

    ``writes``: share of writes; ``mapping``: of addresses; ``places``: of the queue; ``ranks``: of the channel,
    the catalogued number if zero.
    """

    chunk_B: float
    writes: float = 0.0
    mapping: str = INTERLEAVED
    places: int = PLACES
    ranks: int = 0


@dataclass(frozen=True)
class DramReport:
    """The part, its figures, nanoseconds per burst that each constraint asks for, and the one that binds."""

    part: str
    figures: tuple[Figure, ...]
    bounds_s: dict[str, float]
    binds: str


def dram_report(catalog: Catalog, name: str, access: Access) -> DramReport:
    """Return what a catalogued channel sustains.

    Errors: :class:`InputError` naming the nearest parts.
    """
    part = catalog.resolve(name, KIND).name
    timing = catalogued_dram(part, catalog, access.ranks)
    chunk = max(access.chunk_B / timing.burst_B, 1.0)
    at = locality(timing, access.mapping, chunk, 1.0, access.writes, access.places)
    bandwidth = float(bounds.sustained_bandwidth(timing, at))
    values: tuple[tuple[str, float, str], ...] = (
        ("peak bandwidth", timing.peak_Bps, "B/s"),
        ("sustained bandwidth", bandwidth, "B/s"),
        ("latency of a read, idle", _idle(timing, at.row), "s"),
    )
    if not timing.bank_queue:  # how many wait for each bank is not in the closed form
        values += (("latency of a read, saturated", float(bounds.loaded_latency(timing, at)), "s"),)
    bit, activate = (catalog.choose(part, field) for field in ("energy_per_bit", "activate_energy"))
    if bit is not None and activate is not None:
        energy = float(access_energy(timing.burst_B, bit.value, activate.value, at.row))
        values += (
            ("energy of a burst", energy, "J"),
            ("energy of a byte", energy / timing.burst_B, "J/B"),
            ("power when saturated", energy / timing.burst_B * bandwidth, "W"),
        )
    clocks = (float(clocks) for clocks in bounds.clocks_per_burst(timing, at))
    return DramReport(
        part,
        tuple(Figure(label, unit, value, value, value) for label, value, unit in values),
        {bound: own * timing.clock_s for bound, own in zip(bounds.BOUNDS, clocks, strict=True)},
        bounds.BOUNDS[int(np.asarray(bounds.binding(timing, at)))],
    )


def _idle(timing: DramTiming, row: Number) -> float:
    """Return the latency of a read that waits for no other [s]: (t_RP + t_RCD)/row + t_CL + burst.

    ``row``: reads per opened row [1]; another row lies open before, so it is closed first.
    """
    opened = (timing.RP + timing.RCD_read) / float(row)
    return (opened + timing.CL + timing.burst) * timing.clock_s
