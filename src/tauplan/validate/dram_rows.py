"""Tables of memory channels simulated or measured: bandwidth and loaded latency by pattern and address mapping."""

from __future__ import annotations

import functools
import math
import re

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError
from tauplan.memory.dram_address import MAPPINGS
from tauplan.memory.dram_catalogued import catalogued_dram
from tauplan.memory.dram_pattern import Pattern
from tauplan.memory.dram_run import Queues, Sustained, compiles, run
from tauplan.memory.dram_timing import DramTiming
from tauplan.validate.devices import Devices
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row, Table, UnansweredError, number

GIGA, NANO = 1e9, 1e-9
REQUESTS = {True: 60_000, False: 10_000}
"""Requests that are run of a row: enough for a tenth of a percent where the controller is compiled."""

NAME = re.compile(
    r"(stream|random|chunk(?P<chunk>\d+)|stride(?P<stride>\d+))(?:(?P<reads>\d+)R(?P<writes>\d+)W)?"
)


def dram_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict bandwidth and read latency of channels (config, pattern, address_mapper)."""
    found: list[Prediction] = []
    simulate = functools.cache(_simulate)
    for index, row in enumerate(table.rows):
        case = row.get("case_id") or str(index + 1)
        use, device = row.get("split_hint", ""), row["config"].partition(" ")[0]
        answers: list[tuple[str, str, float]] = []
        reason = ""
        try:
            done = simulate(*_setting(row, devices.catalog))
            answers = [
                ("bandwidth, event model", "bandwidth_GBps", done.bandwidth_Bps / GIGA),
                ("latency, event model", "avg_read_latency_ns_saturated", done.latency_s / NANO),
            ]
        except UnansweredError as error:
            reason = str(error)
            answers = [("bandwidth, event model", "bandwidth_GBps", math.nan)]
        for what, column, value in answers:
            measured = number(row, column, math.nan)
            if math.isfinite(measured) or reason:
                found.append(Prediction(case, f"DRAM, {what}", device, column, measured, value, reason, use))
    return found


Setting = tuple[DramTiming, Pattern, str, int, Queues]


def _setting(row: Row, catalog: Catalog) -> Setting:
    timing = _timing(row["config"], catalog)
    mapping = row["address_mapper"]
    if mapping not in MAPPINGS:
        raise UnansweredError(f"the address mapping {mapping!r} is not known")
    count = int(number(row, "requests", REQUESTS[True]))
    return timing, _pattern(row["pattern"], timing, count), mapping, count, _queues(row)


def _simulate(timing: DramTiming, pattern: Pattern, mapping: str, count: int, queues: Queues) -> Sustained:
    return run(timing, pattern, mapping, min(count, REQUESTS[compiles()]), queues, seed=1)


def _timing(config: str, catalog: Catalog) -> DramTiming:
    name, _, last = config.rpartition(" ")
    ranks = re.fullmatch(r"(\d)R", last)
    try:
        return catalogued_dram(name, catalog, int(ranks[1])) if ranks else catalogued_dram(config, catalog)
    except InputError:
        raise UnansweredError(f"no timings of {config!r}") from None


def _pattern(name: str, timing: DramTiming, count: int) -> Pattern:
    """Return the pattern behind a name: stream, random, chunk256, stride4096, and reads to writes as 2R1W.

    Streams with writes are arrays side by side, each of its share of the requests: two read and one written.
    """
    match = NAME.fullmatch(name)
    if match is None:
        raise UnansweredError(f"the pattern {name!r} is not known")
    reads, writes = int(match["reads"] or 1), int(match["writes"] or 0)
    share = writes / (reads + writes)
    if name.startswith("stream") and writes:
        return Pattern(
            writes=share, arrays=reads + writes, array_B=count // (reads + writes) * timing.burst_B
        )
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
