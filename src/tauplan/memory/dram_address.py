"""Address mappings: which bank and row a byte of a channel lies in."""

from __future__ import annotations

from typing import Any

import numpy as np

from tauplan.memory.dram_timing import DramTiming

FIELDS = ("rank", "stack", "group", "bank", "row", "column")
MAPPINGS = {
    "RoBaRaCoCh": ("column", "rank", "stack", "group", "bank", "row"),
    "ChRaBaRoCo": ("column", "row", "bank", "group", "stack", "rank"),
    "MOP4CLXOR": ("low column", "rank", "stack", "group", "bank", "column", "row"),
}
"""Fields of an address from the lowest bit up. The last one spreads four bursts over a bank before it moves on,
and mixes column bits into the bank so that strides do not stay in one."""

LOW_COLUMN_BITS = 2  # definition: four bursts stay together


def _widths(timing: DramTiming) -> dict[str, int]:
    sizes = (timing.ranks, timing.stacks, timing.groups, timing.banks, timing.rows, timing.columns)
    return {name: int(size).bit_length() - 1 for name, size in zip(FIELDS, sizes, strict=True)}


def locate(burst: Any, timing: DramTiming, mapping: str) -> tuple[Any, Any]:
    """Return the bank, counted over the channel, and the row of bursts given by their number.

    The top bits of an address beyond the channel's capacity are dropped.
    """
    widths = _widths(timing)
    order = MAPPINGS[mapping]
    mixed = "low column" in order
    if mixed:
        widths["low column"] = LOW_COLUMN_BITS
        widths["column"] -= LOW_COLUMN_BITS
    left = np.asarray(burst, np.int64)
    found: dict[str, Any] = {}
    for name in order:
        found[name] = left & ((1 << widths[name]) - 1)
        left = left >> widths[name]
    if mixed:
        column = (found["column"] << LOW_COLUMN_BITS) | found["low column"]
        for name in ("rank", "stack", "group", "bank", "row"):
            found[name] = found[name] ^ (column & ((1 << widths[name]) - 1))
            column = column >> widths[name]
    bank = found["rank"]
    for name, size in (("stack", timing.stacks), ("group", timing.groups), ("bank", timing.banks)):
        bank = bank * size + found[name]
    return bank, found["row"]
