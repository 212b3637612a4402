"""Examples of a drive simulator (MQSim): mean response of reads and writes at a queue depth."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from tauplan.evaluate.book import Book
from tauplan.memory.ssd import (
    Drive,
    packet_share,
    random_read_latency,
    random_write_latency,
    read_bandwidth,
    write_bandwidth,
)
from tauplan.validate.table import Row, UnansweredError

STOCK, TLC = "MQSim stock drive", "MQSim TLC drive"
MICRO, KIB = 1e6, 1024.0
REQUESTS = 100_000.0
"""Requests of a run that does not say: about a second of a drive, over which its simulator averages."""
GEOMETRY = re.compile(r"(\d+)ch x(\d+)(?: chips)? ?x(\d+)(?: dies)? ?x(\d+) planes")
OTHERS = (
    ("channel_Bps", re.compile(r"([\d.]+) MT/s"), 1e6),
    ("read_s", re.compile(r"tR ([\d.]+) us"), 1e-6),
    ("program_s", re.compile(r"tPROG ([\d.]+) us"), 1e-6),
    ("page_B", re.compile(r"([\d.]+) KiB page"), KIB),
)
ACCESS = re.compile(
    r"([\d.]+) KiB (random|seq\w*) (read|write)((?: / (?:read|write))*)((?:[ /]*QD ?\d+|/\d+)*)"
)


def responses(book: Book, row: Row) -> Sequence[float]:
    """Mean responses [us] of the accesses that a row names, in its order.

    Rows of a drive whose timing stands in an earlier row take that of the catalogue's part. A run of small random
    writes is as long as its text says ("100000 requests"), else of :data:`REQUESTS`.
    """
    text = f"{row['case']} ; {row['inputs']}"
    drive, dies = _drive(book, TLC if "TLC" in row["case"] else STOCK, text)
    stated = re.search(r"(\d+) requests", text)
    count = float(stated[1]) if stated else REQUESTS
    found: list[float] = []
    for size, kind, first, more, depths in ACCESS.findall(text):
        size_B = float(size) * KIB
        for verb in (first, *re.findall(r"read|write", more)):
            for depth in re.findall(r"\d+", depths):
                found.append(_response(drive, size_B, (kind, verb), float(depth), dies, count) * MICRO)
    if not found:
        raise UnansweredError("size, kind or depth of the accesses is missing")
    return found


def _response(
    drive: Drive, size_B: float, access: tuple[str, str], depth: float, dies: float, count: float
) -> float:
    """Return the mean response [s]; of long accesses by Little's law, what is in flight over the bandwidth."""
    kind, verb = access
    if kind == "random" and verb == "read":
        return float(random_read_latency(drive, size_B, depth))
    if kind == "random":
        return float(random_write_latency(drive, size_B, depth, dies, count))
    bandwidth = read_bandwidth(drive) if verb == "read" else write_bandwidth(drive)
    return float(depth * size_B / bandwidth)


def _drive(book: Book, part: str, text: str) -> tuple[Drive, float]:
    """Return the drive of a row and dies of a chip: its part's figures, those of the row in their place."""

    def own(field: str) -> float:
        return float(book.number(part, field))

    drive = Drive(
        channels=own("channels"),
        chips=own("chips"),
        planes=own("planes"),
        page_B=own("page"),
        spare_B=own("page_spare"),
        read_s=own("read_time"),
        program_s=own("program_time"),
        channel_Bps=own("interface_rate"),
        host_Bps=own("host_rate"),
        cache_Bps=own("cache_rate"),
        host_share=float(packet_share(own("packet_payload"), own("packet_header"))),
        lookups=own("lookups"),
    )
    shape = GEOMETRY.search(text)
    dies = own("chip_dies")
    if shape is not None:  # dies of a chip share its command queue: one operation at a time
        channels, chips, dies, planes = (float(group) for group in shape.groups())
        drive = replace(drive, channels=channels, chips=chips, planes=planes)
    for field, pattern, unit in OTHERS:
        match = pattern.search(text)
        if match is not None:
            drive = replace(drive, **{field: float(match.group(1)) * unit})
    return drive, dies
