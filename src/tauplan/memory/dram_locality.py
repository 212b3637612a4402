"""How a pattern lies in the banks of a channel: neighbours in a row, bursts of an open row, turns of the banks."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tauplan.errors import InputError, Problem
from tauplan.memory.dram_address import LOW_COLUMN_BITS, locate, order
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
    and ends. Of two runs in order, ``same_bank``, ``same_group``: shares that lie in one bank (other rows) or one
    group; ``rank_turns``, ``stack_turns``: shares that change the rank and the stack level. ``uneven``: bursts that
    lie together in a rank drawn at random. ``clash``: one where streams lie in one bank.
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
    same_bank: Number = 0.0
    same_group: Number = 0.0
    rank_turns: Number = 1.0
    stack_turns: Number = 1.0
    uneven: Number = 0.0
    clash: Number = 0.0


MOST_BANKS = 8  # definition: bank queues that are full while requests at random places wait for one of them


def _turns(timing: DramTiming, fields: tuple[str, ...], field: str) -> float:
    """Return at which share of the changes from run to run in order a field above the columns changes [1]."""
    between = fields[fields.index("column") + 1 : fields.index(field)]
    if timing.own_bus:
        between = tuple(name for name in between if name != "rank")
    return 1.0 / timing.spread(between)


def _uneven(timing: DramTiming, fields: tuple[str, ...], chunk: Number) -> Number:
    """Return how many bursts of a chunk lie in one rank by chance [1], zero where it visits all ranks alike."""
    below = fields[: fields.index("rank")]
    sizes = {"column": timing.columns, "row": timing.rows}  # not low columns: they are mixed into the rank
    stay = timing.spread(below) * math.prod(sizes.get(name, 1) for name in below)
    lasts = stay >= timing.columns * timing.rows
    return np.where((chunk < stay * timing.ranks) | lasts, np.minimum(chunk, stay), 0.0)


def _places(timing: DramTiming, run: Number, places: Number) -> Number:
    """Return requests in sight [1]: the queue's, and the queues of banks that fill where each bank has one."""
    own = timing.bank_queue
    filled = np.minimum(1.0 + places / np.maximum(np.asarray(run) - own, 1.0), MOST_BANKS)
    return places + own * filled


def locality(
    timing: DramTiming,
    mapping: str,
    chunk: Number,
    arrays: Number = 1.0,
    writes: Number = 0.0,
    places: Number = PLACES,
    apart: int = 0,
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
    clash = 0.0
    if apart:
        starts, _ = locate(np.arange(int(np.max(arrays))) * apart, timing, mapping)
        clash = float(len(set(starts.tolist())) == 1)
    if fields[0] == "column":
        together = np.minimum(timing.columns, chunk)
        turns = {name: _turns(timing, fields, name) for name in ("rank", "stack", "group")}
        sizes = {"rank": timing.ranks, "stack": timing.stacks, "group": timing.groups}
        return Locality(
            together,
            together,
            chunk,
            0.0,
            arrays,
            writes,
            _places(timing, together, places),
            same_bank=1.0 if fields[1] == "row" else 0.0,
            same_group=1.0 - max((turns[name] for name, size in sizes.items() if size > 1), default=1.0),
            rank_turns=turns["rank"],
            stack_turns=turns["stack"],
            uneven=_uneven(timing, fields, chunk),
            clash=clash,
        )
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
    run = np.minimum(row, side)
    return Locality(
        run,
        row,
        chunk,
        1.0,
        arrays,
        writes,
        _places(timing, run, places),
        uneven=_uneven(timing, fields, chunk),
        clash=clash,
    )
