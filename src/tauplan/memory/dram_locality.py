"""How a pattern lies in the banks of a channel: neighbours in a row, bursts of an open row, turns of the banks."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.memory.dram_address import LOW_COLUMN_BITS
from tauplan.memory.dram_run import EMPTY, FULL, PLACES
from tauplan.memory.dram_timing import DramTiming
from tauplan.tau import Number
from tauplan.tau import arrays as np

TOGETHER = 1 << LOW_COLUMN_BITS
INTERLEAVED = "MOP4CLXOR"


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

    Column-first mappings keep a row's columns together. The interleaving one spreads four neighbours over banks
    and comes back; its rows hold chunk/4 up to 4 bursts, then a share of every bank, and a row ends where
    the mixed column bits run out of banks. Arrays side by side close each other's rows after each visit, and
    once more where a write follows a read, 2 w (1 - w).

    Validity: the mappings of ``dram_address``, strides of one burst.
    """
    banks = timing.bank_count
    together = np.minimum(timing.columns, np.asarray(chunk, float))
    if mapping != INTERLEAVED:
        return Locality(together, together, chunk, 0.0, arrays, writes, places)
    share = np.asarray(chunk, float) / TOGETHER
    row = np.maximum(np.minimum(share, TOGETHER), np.asarray(chunk, float) / banks)
    row = np.maximum(np.minimum(row, min(timing.columns, banks)), 1.0)
    kinds = 1.0 + 2.0 * np.asarray(writes, float) * (1.0 - np.asarray(writes, float))
    row = np.where(np.asarray(arrays) > 1, np.minimum(row, TOGETHER / kinds), row)
    return Locality(np.minimum(row, TOGETHER), row, chunk, 1.0, arrays, writes, places)
