"""What a DRAM channel sustains, in closed form: the longest of its constraints per burst, and refresh.

The same timings as the event-driven controller. Everything broadcasts: the timing's numbers, the locality's too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tauplan.memory.dram_commands import MANY
from tauplan.memory.dram_locality import Locality
from tauplan.memory.dram_timing import DramTiming
from tauplan.tau import Number
from tauplan.tau import arrays as np

BOUNDS = ("data bus", "command bus", "activates", "bank groups", "queue")
HALF = 0.5  # definition: the mean of a run's first and last burst; one of two
TINY = 1e-9  # definition: no share of writes, and no division by it
FAR = 1e15  # definition: a chunk of more bursts is a stream
SHARPNESS = 8.0  # definition: order of the norm that joins columns and rows, chosen once for all channels


@dataclass(frozen=True)
class _Side:
    """One direction of the bus, in clocks.

    ``within``: column to column in a group; ``between``: of neighbouring runs; ``opening``: of a row,
    ``activate``: the part of it after the activate; ``open``: of a row for one burst, closed again; ``cycle``: of a
    row from activate to activate; ``places``: of the queue, in the mean; ``filled``: as rows of a stream find it;
    ``arrays``: streams in it.
    """

    within: Number
    between: Number
    opening: Number
    activate: Number
    open: Number
    cycle: Number
    places: Number
    filled: Number
    arrays: Number


def _buses(t: DramTiming) -> Number:
    return np.where(t.own_bus, t.ranks, 1)


def _banks(t: DramTiming) -> Number:
    return t.ranks * t.stacks * t.groups * t.banks


def _disorder(at: Locality) -> Number:
    """Return the share of runs that begin at a random place [1]."""
    mixed = np.asarray(at.interleaved) > 0
    return np.where(mixed, 0.0, np.minimum(at.run / np.asarray(at.chunk, float), 1.0))


def _side(t: DramTiming, at: Locality, write: bool, places: Number, arrays: Number) -> _Side:
    """Return one direction: runs in order change group, stack or rank each time, random ones some of the time."""
    buses, mixed, disorder = _buses(t), np.asarray(at.interleaved) > 0, _disorder(at)
    groups = t.ranks * t.stacks * t.groups / buses
    within = t.CCD_L_write if write else t.CCD_L
    near = np.maximum(t.CCD_S_write if write else t.CCD_S, t.burst)
    visible = np.maximum(places / at.run, 1.0)
    # A queue that lies inside one interleaved chunk always has a burst that needs no change of the stack level.
    inside = np.minimum(1.0, HALF * at.places / np.maximum(at.chunk, 1.0))
    restack = np.where(mixed, HALF * inside, (1.0 - disorder) * at.stack_turns + HALF * disorder)
    to_stack = 0.0 if write else np.where(t.stacks > 1, np.maximum(t.CCD_stack - near, 0.0), 0.0)
    rerank = np.where(mixed, 0.0, ((1.0 - disorder) * at.rank_turns + disorder * HALF / visible) / at.arrays)
    to_rank = np.where((t.ranks > 1) & (buses == 1), t.burst + t.rank_switch - near, 0.0)
    used = np.where(mixed, groups, np.maximum(groups * (1.0 - (1.0 - 1.0 / groups) ** visible), 2.0))
    turn = np.maximum(near + to_stack * restack + to_rank * rerank, within / used)
    same = disorder * (1.0 / groups) ** visible + (1.0 - disorder) * at.same_group
    between = turn + np.maximum(within - turn, 0.0) * same
    # Where a change of rank or stack costs more than staying in a run, it is made once a run.
    once = within + (to_stack * restack + to_rank * rerank) / at.run
    between = np.where(mixed, between, np.minimum(between, once))
    # A bank that was refreshed since its last visit is closed already.
    visit = _banks(t) * at.row * between / buses
    random = np.isfinite(at.chunk)
    kept = np.where(random, 1.0 - visit / t.REFI * (1.0 - np.exp(-t.REFI / visit)), 1.0 - visit / t.REFI)
    activate = t.RCD_write if write else t.RCD_read
    opening = t.RP * np.maximum(kept, 0.0) + activate
    held = t.CWL + t.burst + t.WR if write else t.RTP
    # A drain begins full: rows of streams that open within it have all of its writes behind them.
    filled = np.where(random, places, at.full * at.places) if write else places
    bare = t.RP + activate + held
    cycle = np.maximum(t.RC, bare + (at.run - 1.0) * within)
    return _Side(within, between, opening, activate, bare, cycle, places, filled, arrays)


def _bus(t: DramTiming, at: Locality, s: _Side) -> Number:
    """Return clocks per burst of the data buses; n random runs keep n/(n + m − 1) of m buses busy."""
    buses = _buses(t)
    runs = s.places / at.run
    idle = 1.0 + (buses - 1.0) * np.minimum(np.maximum(_disorder(at) / runs, at.uneven / s.places), 1.0)
    return s.between * idle / buses


def _overlap(t: DramTiming, at: Locality, s: _Side) -> Number:
    """Return the share of a run during which the next one is served too [1]: what is queued once that is open."""
    left = s.places / _buses(t) / s.arrays - s.opening / s.within
    return np.minimum(2.0 * np.maximum(left, 0.0) / at.run, 1.0)


def _groups(t: DramTiming, at: Locality, s: _Side) -> Number:
    """Return clocks per burst of runs that outlast the queue: t_CCD_L, less what two runs overlap."""
    alone = s.within - _overlap(t, at, s) * np.maximum(s.within - s.between, 0.0)
    short = (np.asarray(at.interleaved) > 0) | (np.asarray(at.run) <= 1.0)
    return np.where(
        short, 0.0, alone / _buses(t) / np.minimum(s.arrays, np.maximum(s.within / s.between, 1.0))
    )


def _queue(t: DramTiming, at: Locality, s: _Side) -> Number:
    """Return clocks per burst by Little's law: the time a burst waits over the places of the queue.

    It waits for its row to open, for other runs' rows in its bank, and for those before it in its run.
    """
    mixed, disorder = np.asarray(at.interleaved) > 0, _disorder(at)
    drawn = np.where(mixed, np.where(np.isfinite(at.chunk), 1.0, 0.0), disorder)
    ahead = np.maximum(s.places - np.where(mixed, at.chunk, at.run), 0.0) / at.run
    conflicts = np.where(drawn > 0, drawn * np.where(drawn > 0, ahead, 0.0) / _banks(t) * s.cycle, 0.0)
    paired = np.maximum(s.within, 2.0 * s.between)
    step = s.within + _overlap(t, at, s) * (paired - s.within)
    step = np.where(mixed, s.within, step * (1.0 + disorder / (t.ranks * t.stacks * t.groups)))
    inside = (at.run - 1.0) * HALF
    # Interleaved streams of both kinds open their rows anew after a turn, all at once: see the turnaround.
    at_once = mixed & ~np.isfinite(at.chunk) & (np.asarray(at.writes) > 0)
    # The request that opens a row leaves the queue with the activate; those behind it wait for the row too.
    opening = s.opening - s.activate / np.maximum(at.run, 1.0)
    opened = np.where(at_once, 0.0, (opening + conflicts) * np.minimum(at.run / at.row, 1.0))
    waited = (opened + inside * step) / (s.filled + s.arrays * inside)
    # A run that fills the queue waits for its own columns alone: the bound of the bank groups.
    return np.where(np.asarray(at.run) > s.places, 0.0, waited)


def _serial(t: DramTiming, at: Locality, s: _Side) -> Number:
    """Return clocks per burst of rows of one bank in turn: the next of a chunk or stream, or another stream's.

    Chunks in sight together, and streams, have banks of their own, or else take what is queued for each.
    """
    clash = (np.asarray(at.clash) > 0) & (np.asarray(s.arrays) > 1)
    # Those served make room for others, of which as many again go to the open row.
    seen = s.places / np.maximum(s.arrays - 1.0, 1.0)
    run = np.where(clash, np.maximum(np.minimum(at.run, seen), 1.0), at.run)
    abreast = np.where(clash, seen / run, s.arrays + s.places / at.chunk)
    cycle = np.maximum(t.RC, s.open + (run - 1.0) * s.within) / run / np.maximum(abreast, 1.0)
    in_turn = (np.asarray(at.same_bank) > 0) & (at.chunk > at.run)
    return np.where(clash | in_turn, cycle, 0.0)


def _column(t: DramTiming, at: Locality, s: _Side) -> tuple[Number, ...]:
    return _bus(t, at, s), _groups(t, at, s), np.maximum(_queue(t, at, s), _serial(t, at, s))


def _rows(t: DramTiming, at: Locality) -> tuple[Number, Number]:
    """Return clocks per burst of the command bus and of activates; a split activate holds the bus twice."""
    act = 1.0 / np.asarray(at.row, float)
    split = np.where(t.act_deadline > 0, 2.0, 1.0)
    skew = 1.0 + (t.ranks - 1.0) * np.minimum(at.uneven / at.places, 1.0)
    window = np.maximum(t.FAW / 4.0, t.MAW / MANY)  # definition: four activates a window
    command = np.where(t.dual_bus, 0.0, t.column_clocks) + act * (t.act_clocks * split + t.row_clocks)
    return command, act * np.maximum(window, t.RRD_S) / t.ranks * skew


def _part(at: Locality, share: Number) -> Locality:
    """Return how requests of one kind lie, a share of each chunk's bursts [1]; streams are of one kind each."""

    def own(count: Number) -> Number:
        return np.where(np.isfinite(at.chunk), np.maximum(count * np.maximum(share, TINY), 1.0), count)

    chunk = np.where(np.isfinite(at.chunk), own(np.minimum(at.chunk, FAR)), at.chunk)
    return replace(at, run=own(at.run), row=own(at.row), chunk=chunk)


def _kinds(at: Locality) -> tuple[Locality, Locality]:
    w = np.asarray(at.writes, float)
    return _part(at, 1.0 - w), _part(at, w)


def _sides(t: DramTiming, at: Locality) -> tuple[_Side, _Side]:
    w = np.asarray(at.writes, float)
    streams = np.where(np.isfinite(at.chunk), 1.0, np.maximum(at.arrays * (1.0 - w), 1.0))
    queued = (at.full + at.empty) * HALF * at.places
    written = np.where(np.isfinite(at.chunk), 1.0, np.maximum(at.arrays * w, 1.0))
    read, written_at = _kinds(at)
    return _side(t, read, False, at.places, streams), _side(t, written_at, True, queued, written)


def _drained(at: Locality) -> Number:
    return np.maximum((at.full - at.empty) * at.places, 1.0)


def _turnaround(t: DramTiming, at: Locality) -> Number:
    """Return clocks per burst of turning the bus twice a drain; activates go on meanwhile.

    Interleaved streams meet each other's rows after a turn and open them again; another rank hides half.
    """
    mixed, buses = np.asarray(at.interleaved) > 0, _buses(t)
    reopened = np.where(mixed & ~np.isfinite(at.chunk), t.RP + t.RCD_read, 0.0)
    turn = (t.RTW - t.burst + t.CWL + np.where(mixed, t.WTR_L, t.WTR_S)) * buses + reopened
    return at.writes / _drained(at) * turn / t.ranks


def _join(t: DramTiming, at: Locality, s: _Side) -> Number:
    """Return clocks per burst of columns and rows together: random peaks of one meet those of the other."""
    bus, groups, queue = _column(t, at, s)
    longest_column = np.maximum(np.maximum(bus, groups), queue) + _turnaround(t, at)
    longest_row = np.maximum(*_rows(t, at))
    return (longest_column**SHARPNESS + longest_row**SHARPNESS) ** (1.0 / SHARPNESS)


def clocks_per_burst(t: DramTiming, at: Locality) -> tuple[Number, ...]:
    r"""Return clocks per burst that each of :data:`BOUNDS` asks for, in their order.

    With a = 1/row and w the share of writes: data bus burst/buses + turnaround; command bus column +
    a (activate + precharge); activates a max(t_FAW/4, t_RRD)/ranks; bank groups t_CCD_L less what two runs overlap;
    queue (opening + conflicts + run/2 t_CCD_L)/(places + run/2); all [clocks]. Those of the columns are means
    of reads and writes.
    """
    w = np.asarray(at.writes, float)
    reads, writes = _sides(t, at)
    read, written = _kinds(at)
    pairs = zip(
        (*_column(t, read, reads), *_rows(t, read)), (*_column(t, written, writes), *_rows(t, written))
    )
    bus, groups, queue, command, activates = ((1.0 - w) * r + w * of_writes for r, of_writes in pairs)
    return bus + _turnaround(t, at), command, activates, groups, queue


def refresh_share(t: DramTiming) -> Number:
    """Return the share of time lost to refresh [1]: close all rows, refresh, open again, per interval."""
    return (t.RTP + t.RP_all + t.RFC + t.RCD_read) / t.REFI


def burst_clocks(t: DramTiming, at: Locality) -> Number:
    """Return clocks of a burst without refresh [clocks]: of reads and of writes, each by its own constraints."""
    w = np.asarray(at.writes, float)
    reads, writes = _sides(t, at)
    read, written = _kinds(at)
    return (1.0 - w) * _join(t, read, reads) + w * _join(t, written, writes)


def sustained_bandwidth(t: DramTiming, at: Locality) -> Number:
    r"""Return the bandwidth a saturated channel sustains [B/s]: (1 − refresh) · burst / time of a burst.

    Validity: first ready, first come, first served; open rows; refresh of all banks. Error against a cycle-level
    simulator: docs/dram.md.
    """
    return (1.0 - refresh_share(t)) * t.burst_B / (burst_clocks(t, at) * t.clock_s)


def loaded_latency(t: DramTiming, at: Locality) -> Number:
    r"""Return the mean latency of a read in a saturated channel [s], by Little's law.

    (places · time of a burst / (share of reads) + t_CL + burst + t_RCD/row); where reads are served faster than
    requests come in, one a tick with their share of writes, the queue is less than full.
    """
    w = np.asarray(at.writes, float)
    share = 1.0 - w
    reads, _ = _sides(t, at)
    read_ticks = (_join(t, _kinds(at)[0], reads) - _turnaround(t, at)) * np.where(t.half_clock, 2.0, 1.0)
    reads_of_a_turn = _drained(at) * share / np.maximum(w, 1.0 / at.places)
    missing = reads_of_a_turn * np.maximum(1.0 - share * read_ticks, 0.0)
    occupied = np.maximum(at.places - missing * HALF, 1.0)
    waited = occupied * burst_clocks(t, at) / share / (1.0 - refresh_share(t))
    return (waited + t.CL + t.burst + t.RCD_read / np.asarray(at.row, float)) * t.clock_s


def binding(t: DramTiming, at: Locality) -> Number:
    """Return the position in :data:`BOUNDS` of the longest constraint [1]."""
    return np.argmax(np.stack(np.broadcast_arrays(*clocks_per_burst(t, at))), axis=0)
