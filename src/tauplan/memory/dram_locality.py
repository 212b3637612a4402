"""How a pattern lies in the banks of a channel: neighbours in a row, bursts of an open row, turns of the banks."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.errors import InputError, Problem
from tauplan.memory.dram_address import LOW_COLUMN_BITS, order
from tauplan.memory.dram_run import EMPTY, FULL, PLACES
from tauplan.memory.dram_timing import DramTiming
from tauplan.tau import Number
from tauplan.tau import arrays as np

TOGETHER = 1 << LOW_COLUMN_BITS


@dataclass(frozen=True)
class Locality:
    """A pattern as a channel sees it, numbers [1] that broadcast.

    ``run``: bursts of one row that are asked for one after another; ``row``: bursts taken of a row while it is
    open; ``chunk``: bursts before the next place is drawn, infinity for a stream; ``interleaved``: one where the
    mapping spreads neighbours over banks; ``arrays``: streams taken in turn; ``writes``: share of writes;
    ``places``: of the queue of reads, and of writes; ``full``, ``empty``: shares at which a drain of writes begins
    and ends.
    """

    run: Number
    row: Number
    chunk: Number
    interleaved: Number
    arrays: Number = 1.0
    writes: Number = 0.0
    places: Number = PLACES
    full: Number = FULL
    empty: Number = EMPTY


def locality(
    timing: DramTiming,
    mapping: str,
    chunk: Number,
    arrays: Number = 1.0,
    writes: Number = 0.0,
    places: Number = PLACES,
) -> Locality:
    """Return how chunks of ``chunk`` bursts (infinity: a stream) lie in the banks under an address mapping [1].

    Column-first mappings keep a row's columns together. Interleaving ones spread neighbours over banks, singly or
    in fours, and come back; their rows hold chunk/4 up to 4 bursts, then a share of every bank, and a row ends
    where mixed column bits run out of banks. Arrays side by side close each other's rows after each visit, and
    once more where a write follows a read, 2 w (1 - w).

    Validity: mappings with columns below rows, strides of one burst.

    Errors: :class:`InputError` for other mappings.
    """
    chunk = np.asarray(chunk, float)
    fields = order(mapping)
    if fields[0] == "column":
        together = np.minimum(timing.columns, chunk)
        return Locality(together, together, chunk, 0.0, arrays, writes, places)
    if fields.index("row") < fields.index("column"):
        raise InputError(
            Problem(
                "no closed form for rows below columns", value=mapping, expected="Ro before Co in its name"
            )
        )
    mixed = fields[0] == "low column"
    side = TOGETHER if mixed else 1
    below = len(fields) if mixed else fields.index("column")
    banks = timing.spread(fields[:below])
    row = np.maximum(np.minimum(chunk / side, side), chunk / banks)
    row = np.maximum(np.minimum(row, min(timing.columns, banks) if mixed else timing.columns), 1.0)
    kinds = 1.0 + 2.0 * np.asarray(writes, float) * (1.0 - np.asarray(writes, float))
    row = np.where(np.asarray(arrays) > 1, np.minimum(row, np.maximum(side / kinds, 1.0)), row)
    return Locality(np.minimum(row, side), row, chunk, 1.0, arrays, writes, places)
