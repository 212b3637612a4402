"""Commands of a DRAM channel, and the positions of the numbers that its controller takes and gives."""

from __future__ import annotations

READ, WRITE, ACT, PRE, PRE_ALL, REFRESH = range(2 + 4)
COMMANDS = 2 + 4
NONE = -1
SECOND_HALF = COMMANDS
NEVER = 1 << (8 * 4 + 8)

# A card as one number, the smaller the sooner: ticks from now, its order at one tick, its request.
REQUEST_BITS = 28  # definition: a quarter of a billion requests a run
TICK_BITS = REQUEST_BITS + 2
BLOCKED = 1 << (TICK_BITS + 1)
AFTER_HIT = 2 + 2  # columns of an open row, where refresh holds them back; those of a fresh row come first
LIMITS = AFTER_HIT + 2

# Fields of a card: ticks by its bank, where group and rank say theirs, order and request, command, owner.
READY, BY_GROUP, BY_RANK, TAG, COMMAND, OWNER = range(2 + 4)
FIELDS = 2 + 4

# Results, by position.
TICKS, LATENCY, READS, WRITES, HITS, ACTS, REFRESHES, SYNCS = range(8)

# Options, by position: queue sizes, watermarks, latencies and the ways of the command bus.
(
    READ_QUEUE,
    WRITE_QUEUE,
    DRAIN_ABOVE,
    DRAIN_BELOW,
    READ_LATENCY,
    FOUR_ACTIVATES,
    REFRESH_INTERVAL,
    DUAL_BUS,
    HALF_TICKS,
    ACT_DEADLINE,
    SYNC_READ,
    SYNC_WRITE,
    BANK_QUEUE,
    MANY_ACTIVATES,
) = range(4 * 3 + 2)
OPTIONS = 4 * 3 + 2
MANY = 1 << (4 + 1)  # activates of the long window
