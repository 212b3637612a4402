"""DRAM channels of the catalogue as timings."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace
from typing import Any

from tauplan.catalog.lookup import Catalog
from tauplan.memory.dram_timing import DramTiming

KIND = "dram"
REAL = ("clock_s", "act_clocks", "column_clocks", "row_clocks")
FLAGS = ("own_bus", "dual_bus", "half_clock")


def catalogued_dram(name: str, catalog: Catalog, ranks: int = 0) -> DramTiming:
    """Return the timing of a catalogued channel, with another number of ranks where one is given.

    Errors: :class:`InputError` naming the nearest parts.
    """
    part = catalog.resolve(name, KIND).name
    values: dict[str, Any] = {}
    for field in fields(DramTiming):
        name = "clock" if field.name == "clock_s" else field.name
        if field.default is not MISSING and catalog.choose(part, name) is None:
            continue
        value = float(catalog.require(part, name).value)
        values[field.name] = value if field.name in REAL else round(value)
        if field.name in FLAGS:
            values[field.name] = value > 0
    timing = DramTiming(**values)
    return replace(timing, ranks=ranks) if ranks else timing
