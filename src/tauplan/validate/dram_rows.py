"""Tables of memory channels simulated or measured: bandwidth and loaded latency by pattern and address mapping."""

from __future__ import annotations

import functools
import math
import re
from dataclasses import replace

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError
from tauplan.memory import dram_bounds as bounds
from tauplan.memory.dram_address import order
from tauplan.memory.dram_catalogued import catalogued_dram
from tauplan.memory.dram_locality import locality
from tauplan.memory.dram_pattern import Pattern, requests
from tauplan.memory.dram_run import Queues, Sustained, compiles, replay
from tauplan.memory.dram_timing import DramTiming
from tauplan.validate.devices import Devices
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row, Table, UnansweredError, number

GIGA, NANO = 1e9, 1e-9
BANDWIDTH, LATENCY = "bandwidth", "latency"
Answers = dict[tuple[str, str], float]
REQUESTS = {True: 60_000, False: 10_000}
"""Requests that are run of a row: enough for a tenth of a percent where the controller is compiled."""
ALL = {True: 1_000_000, False: 10_000}
"""Those run where each bank has a queue: so many requests wait that a stream is long in settling."""

NAME = re.compile(
    r"(stream|random|chunk(?P<chunk>\d+)|stride(?P<stride>\d+))(?: ?(?P<reads>\d+)R(?P<writes>\d+)W)?"
)


def dram_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict bandwidth and read latency of channels (config, pattern, address_mapper), the closed form second."""
    found: list[Prediction] = []
    simulate = functools.cache(_simulate)
    for index, row in enumerate(table.rows):
        case = row.get("case_id") or str(index + 1)
        use, device = row.get("split_hint", ""), row["config"].partition(" ")[0]
        try:
            timing, pattern, mapping, count, queues = _setting(row, devices.catalog)
            step = int(number(row, "burst_bytes", timing.burst_B))
            answers = _event(simulate(timing, pattern, mapping, count, queues, step))
            closed = _closed(timing, pattern, mapping, queues)
        except UnansweredError as error:
            why = Prediction(
                case, f"DRAM, {BANDWIDTH}, event model", device, "bandwidth_GBps", math.nan, math.nan
            )
            measured = number(row, "bandwidth_GBps", math.nan)
            found.append(replace(why, measured=measured, reason=str(error), use=use))
            continue
        for (what, column), value in answers.items():
            measured = number(row, column, math.nan)
            if not math.isfinite(measured):
                continue
            first = Prediction(case, f"DRAM, {what}, event model", device, column, measured, value, "", use)
            short = closed.get((what, column))
            if short is not None:
                other = replace(first, family=f"DRAM, {what}, closed form", predicted=short)
                first = replace(first, second=other)
            found.append(first)
    return found


def _event(done: Sustained) -> Answers:
    return {
        (BANDWIDTH, "bandwidth_GBps"): done.bandwidth_Bps / GIGA,
        (LATENCY, "avg_read_latency_ns_saturated"): done.latency_s / NANO,
    }


def _closed(timing: DramTiming, pattern: Pattern, mapping: str, queues: Queues) -> Answers:
    """Return the closed form's answers, none for strides and for mappings outside its validity.

    How many requests wait in the queues of single banks, hence latency, is the event model's.
    """
    chunk = pattern.chunk_B / timing.burst_B or math.inf
    if pattern.stride_B > timing.burst_B:
        return {}
    apart = int(pattern.array_B // timing.burst_B)
    try:
        at = locality(timing, mapping, chunk, pattern.arrays, pattern.writes, queues.reads, apart)
    except InputError:
        return {}
    bandwidth = {(BANDWIDTH, "bandwidth_GBps"): float(bounds.sustained_bandwidth(timing, at)) / GIGA}
    if timing.bank_queue:
        return bandwidth
    return bandwidth | {
        (LATENCY, "avg_read_latency_ns_saturated"): float(bounds.loaded_latency(timing, at)) / NANO,
    }


Setting = tuple[DramTiming, Pattern, str, int, Queues]


def _setting(row: Row, catalog: Catalog) -> Setting:
    timing = _timing(row["config"], catalog)
    mapping = row["address_mapper"]
    try:
        order(mapping)
    except InputError:
        raise UnansweredError(f"the address mapping {mapping!r} is not known") from None
    count = int(number(row, "requests", REQUESTS[True]))
    return timing, _pattern(row["pattern"], timing), mapping, count, _queues(row)


def _simulate(
    timing: DramTiming, pattern: Pattern, mapping: str, count: int, queues: Queues, step_B: int
) -> Sustained:
    """Run the pattern; requests of fewer bytes than a burst, ``step_B``, ask for it once each."""
    count = min(count, (ALL if timing.bank_queue else REQUESTS)[compiles()])
    step = min(step_B, timing.burst_B)
    wide = replace(pattern, footprint_B=float(timing.capacity_B))
    place, write = requests(wide, replace(timing, burst_B=step), count, seed=1)
    return replay(timing, place * step // timing.burst_B, write, mapping, queues)


def _timing(config: str, catalog: Catalog) -> DramTiming:
    """Return the timing of ``part``, ``part 2R`` or ``part.ini (with: 2 ranks)``."""
    name, file, more = config.partition(".ini")
    ranks = re.search(r"(\d+) ranks?\b", more)
    if not file:
        ranks = re.search(r" (\d)R$", config)
        name = config[: ranks.start()] if ranks else config
    try:
        return catalogued_dram(name, catalog, int(ranks[1]) if ranks else 0)
    except InputError:
        raise UnansweredError(f"{config!r}: no timings in the catalogue") from None


def _pattern(name: str, timing: DramTiming) -> Pattern:
    """Return the pattern behind a name: stream, random, chunk256, stride4096, and reads to writes as 2R1W.

    Streams with writes are arrays that share the channel's capacity equally: two read and one written.
    """
    match = NAME.fullmatch(name)
    if match is None:
        raise UnansweredError(f"the pattern {name!r} is not known")
    reads, writes = int(match["reads"] or 1), int(match["writes"] or 0)
    share = writes / (reads + writes)
    if name.startswith("stream") and writes:
        return Pattern(writes=share, arrays=reads + writes, array_B=timing.capacity_B / (reads + writes))
    if name.startswith("stride"):
        return Pattern(stride_B=float(match["stride"]), writes=share)
    return Pattern(chunk_B=float(match["chunk"] or timing.burst_B) if name[0] != "s" else 0.0, writes=share)


def _queues(row: Row) -> Queues:
    """Return the queue size that the notes of a row tell; a second one in brackets is that of HBM."""
    match = re.search(r"queue (\d+)(?: \(HBM (\d+)\))?", row.get("notes", ""))
    if match is None:
        return Queues()
    size = int(match[2] if match[2] and row["config"].startswith("HBM") else match[1])
    return Queues(reads=size, writes=size)
