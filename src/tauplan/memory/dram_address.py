"""Address mappings: which bank and row a byte of a channel lies in."""

from __future__ import annotations

import functools
import re
from typing import Any

import numpy as np

from tauplan.errors import InputError, Problem
from tauplan.memory.dram_timing import DramTiming

FIELDS = ("rank", "stack", "group", "bank", "row", "column")
INTERLEAVED = "MOP4CLXOR"
MAPPINGS = ("RoBaRaCoCh", "ChRaBaRoCo", INTERLEAVED)
"""Mappings by the fields of an address from the highest bit down: row, bank, rank, column, channel. The last one
spreads four bursts over a bank before it moves on, and mixes column bits into the bank so that strides do not stay
in one. Other orders of the fields are read the same way; ``Bg`` places the bank group apart from its banks."""

SPREAD = ("low column", "rank", "stack", "group", "bank", "column", "row")
LETTERS = {"ro": "row", "ba": "bank", "bg": "group", "ra": "rank", "co": "column", "ch": "channel"}
NAME = re.compile("(?:" + "|".join(LETTERS) + ")+")

LOW_COLUMN_BITS = 2  # definition: four bursts stay together


def _widths(timing: DramTiming) -> dict[str, int]:
    sizes = (timing.ranks, timing.stacks, timing.groups, timing.banks, timing.rows, timing.columns)
    return {name: int(size).bit_length() - 1 for name, size in zip(FIELDS, sizes, strict=True)}


@functools.cache
def order(mapping: str) -> tuple[str, ...]:
    """Return the fields of an address from the lowest bit up, for the name of a mapping.

    Rank over bank, or bank over rank, says which way the levels between them lie: groups and stacks follow.

    Errors: :class:`InputError` where the name does not place each field once.

    >>> order("RoBaRaCoCh")
    ('column', 'rank', 'stack', 'group', 'bank', 'row')
    """
    if mapping == INTERLEAVED:
        return SPREAD
    name = mapping.lower()
    fields = [LETTERS[name[at : at + 2]] for at in range(0, len(name), 2)] if NAME.fullmatch(name) else []
    needed = {"row", "bank", "rank", "column"}
    if len(set(fields)) != len(fields) or not needed <= set(fields):
        raise InputError(
            Problem(
                "no such address mapping",
                value=mapping,
                expected=f"{', '.join(MAPPINGS)}, or Ro, Ba, Ra and Co once each, highest bits first",
            )
        )
    outward = fields.index("rank") < fields.index("bank")
    if "group" not in fields:
        at = fields.index("bank")
        fields[at : at + 1] = ["group", "bank"] if outward else ["bank", "group"]
    at = fields.index("rank")
    fields[at : at + 1] = ["rank", "stack"] if outward else ["stack", "rank"]
    return tuple(field for field in reversed(fields) if field != "channel")


def locate(burst: Any, timing: DramTiming, mapping: str) -> tuple[Any, Any]:
    """Return the bank, counted over the channel, and the row of bursts given by their number.

    The top bits of an address beyond the channel's capacity are dropped.
    """
    widths = _widths(timing)
    fields = order(mapping)
    mixed = "low column" in fields
    if mixed:
        widths["low column"] = LOW_COLUMN_BITS
        widths["column"] -= LOW_COLUMN_BITS
    left = np.asarray(burst, np.int64)
    found: dict[str, Any] = {}
    for name in fields:
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
