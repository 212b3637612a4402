"""An event-driven DRAM controller: every command at the tick the rules allow it, nothing in between.

The policy is the common one: first ready, first come, first served; open rows; a row with older requests waiting is
not closed; writes wait in a queue of their own and are drained between two watermarks; refresh closes all banks
of a rank and goes before reads and writes. Time jumps from one command to the next.

Each bank holds up to two cards, the commands it would send next; only the bank that something happened to deals
its cards anew. Choosing a command is then one pass over the cards on the table.

The kernel is written in the part of Python that a compiler for numerical code takes too; ``dram_run`` compiles it
where one is installed. Both give the same integers.
"""

# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from typing import Any

import numpy as np

from tauplan.memory import dram_commands as pos
from tauplan.memory.dram_commands import ACT, COMMANDS, NEVER, NONE, PRE, PRE_ALL, READ, REFRESH, SECOND_HALF


def control(
    bank_of: Any,
    row_of: Any,
    is_write: Any,
    earliest: Any,
    groups: Any,
    ranks: Any,
    stacks: Any,
    same_bank: Any,
    same_group: Any,
    same_rank: Any,
    other_rank: Any,
    other_stack: Any,
    cycles: Any,
    options: Any,
) -> Any:
    """Serve requests in order of arrival and return counts: ticks, sum of read latencies, reads, writes, hits...

    ``bank_of``, ``row_of``, ``is_write``, ``earliest``: per request, the last one the tick before which it does not
    arrive. ``groups``: group of each bank; ``ranks``, ``stacks``: of each group. ``same_bank`` ... ``other_stack``:
    ticks from a command (row) to the next (column) in the same bank, group, rank, in another rank of the
    channel, in another stack of the rank; zero is no rule. ``cycles``: ticks a command holds its bus.
    """
    total = bank_of.shape[0]
    banks = groups.shape[0]
    group_count = ranks.shape[0]
    rank_count = ranks[group_count - 1] + 1
    split = options[pos.ACT_DEADLINE] > 0
    syncs = options[pos.SYNC_READ] > 0
    dual = options[pos.DUAL_BUS] != 0
    half = options[pos.HALF_TICKS] != 0
    many_stacks = stacks[group_count - 1] != stacks[0]
    interval = options[pos.REFRESH_INTERVAL]

    bank_next = np.zeros((banks, 4), np.int64)
    group_next = np.zeros(group_count * 4, np.int64)
    rank_next = np.zeros((rank_count, COMMANDS), np.int64)
    activates = np.full((rank_count, 4), -NEVER, np.int64)
    turn = np.zeros(rank_count, np.int64)
    open_row = np.full(banks, NONE, np.int64)
    active = np.full(banks, NONE, np.int64)
    head = np.full((2, banks), NONE, np.int64)
    tail = np.full((2, banks), NONE, np.int64)
    hit = np.full((2, banks), NONE, np.int64)
    follows = np.full(total, NONE, np.int64)
    arrived: Any = np.zeros(total, np.int64)
    touched = np.zeros(total, np.int8)
    size = np.zeros(2, np.int64)
    open_banks = np.zeros(rank_count, np.int64)
    active_in = np.zeros(rank_count, np.int64)
    result = np.zeros(8, np.int64)

    place = np.full(2 * banks, NONE, np.int64)  # of each card on the table
    table: Any = np.zeros((2 * banks, pos.FIELDS), np.int64)
    cards = 0
    limit = np.zeros(rank_count * pos.LIMITS, np.int64)
    odd: Any = np.zeros(4, np.int64)
    if half:
        odd[:PRE] = 1
    stale = np.zeros(banks + 2 * (options[pos.READ_QUEUE] + options[pos.WRITE_QUEUE]), np.int64)
    stale_count = 0

    sent: Any = 0
    send_at: Any = 0  # the first tick at which the next request may arrive
    free_at: Any = 0  # when a place in its queue came free
    draining: Any = 0
    column_at: Any = 1
    row_at: Any = 1
    refresh_due: Any = interval
    refreshing = rank_count  # the rank to be refreshed next; all are done
    opening = NONE  # the bank between the two halves of a split activation
    opening_request = NONE
    deadline: Any = 0
    sync_until: Any = 0
    now: Any = 0

    while True:
        # Arrivals: one a tick, in order, while the queue of their kind has a place.
        while sent < total:
            kind = is_write[sent]
            if size[kind] >= options[pos.READ_QUEUE + kind]:
                break
            at: Any = max(send_at, free_at, earliest[sent])
            if at >= min(column_at, row_at):
                break
            b = bank_of[sent]
            arrived[sent] = at
            send_at = at + 1
            if tail[kind, b] == NONE:
                head[kind, b] = sent
                stale[stale_count] = b
                stale_count += 1
            else:
                follows[tail[kind, b]] = sent
            tail[kind, b] = sent
            if open_row[b] == row_of[sent] and hit[kind, b] == NONE and opening != b:
                hit[kind, b] = sent
                stale[stale_count] = b
                stale_count += 1
            size[kind] += 1
            sent += 1
        if sent == total:
            break
        kind: Any = is_write[sent]
        next_arrival: Any = NEVER
        if size[kind] < options[pos.READ_QUEUE + kind]:
            next_arrival = max(send_at, free_at, earliest[sent])

        if refreshing == rank_count:
            turned = draining
            if draining == 0:
                if size[1] > options[pos.DRAIN_ABOVE] or size[0] == 0:
                    draining = 1
            elif size[1] < options[pos.DRAIN_BELOW] and size[0] != 0:
                draining = 0
            if turned != draining:
                stale_count = banks
                for b in range(banks):
                    stale[b] = b

        # Banks that something happened to deal their cards: a first one, and a row hit behind a precharge.
        for i in range(stale_count):
            b = stale[i]
            g = groups[b]
            request = active[b]
            second = NONE
            command: Any = NONE
            order = 0
            if request != NONE:
                command = is_write[request]
                if command != draining:  # it waits for the bus to turn; those of its row need not
                    second = hit[draining, b]
            elif b != opening:
                request = head[draining, b]
                if request != NONE:
                    order = 1 + dual
                    if open_row[b] == NONE:
                        command = ACT
                    elif hit[draining, b] == request:
                        command = draining
                        order = 1
                    else:
                        command = PRE
                        second = hit[draining, b]
            for c in (b, banks + b):
                if request == NONE:
                    if place[c] != NONE:
                        cards -= 1
                        k = place[c]
                        place[c] = NONE
                        if k != cards:
                            for f in range(pos.FIELDS):
                                table[k, f] = table[cards, f]
                            place[table[k, pos.OWNER]] = k
                else:
                    if place[c] == NONE:
                        place[c] = cards
                        table[cards, pos.OWNER] = c
                        cards += 1
                    k = place[c]
                    table[k, pos.COMMAND] = command
                    table[k, pos.READY] = bank_next[b, command] | odd[command]
                    table[k, pos.BY_GROUP] = g * 4 + command
                    late = pos.AFTER_HIT if order != 0 and command < ACT else 0
                    table[k, pos.BY_RANK] = ranks[g] * pos.LIMITS + command + late
                    table[k, pos.TAG] = (order << pos.REQUEST_BITS) | request
                request = second
                command = draining
                order = 1
        stale_count = 0

        # The command that can go first; at one tick, an opened row first, then refresh, then the oldest.
        base: Any = min(column_at, row_at)
        for r in range(rank_count):
            for f in range(4):
                soonest: Any = max(rank_next[r, f], column_at if f < ACT else row_at) | odd[f]
                held: Any = base + pos.BLOCKED if refreshing != rank_count else soonest
                limit[r * pos.LIMITS + f] = soonest if f < ACT else held
                if f < ACT:
                    limit[r * pos.LIMITS + pos.AFTER_HIT + f] = held
            if opening != NONE:
                limit[r * pos.LIMITS + ACT] = base + pos.BLOCKED
        least: Any = NEVER << (pos.TICK_BITS - 8)
        chosen = NONE
        for k in range(cards):
            tick: Any = max(group_next[table[k, pos.BY_GROUP]], limit[table[k, pos.BY_RANK]])
            card: Any = ((max(tick, table[k, pos.READY]) - base) << pos.TICK_BITS) | table[k, pos.TAG]
            if card < least:
                least = card
                chosen = k
        best: Any = NEVER
        best_command: Any = NONE
        best_request: Any = NONE
        best_bank = NONE
        if chosen != NONE and (least >> pos.TICK_BITS) < pos.BLOCKED:
            best = base + (least >> pos.TICK_BITS)
            best_command = table[chosen, pos.COMMAND]
            best_request = table[chosen, pos.TAG] & ((1 << pos.REQUEST_BITS) - 1)
            best_bank = table[chosen, pos.OWNER] % banks

        if refreshing != rank_count:
            r = refreshing
            if open_banks[r] > 0:
                command = PRE_ALL
            else:
                command = REFRESH
            at = max(rank_next[r, command], row_at)
            if half and command == REFRESH:
                at = at | 1
            blocked = command == PRE_ALL and (
                active_in[r] > 0 or (opening != NONE and ranks[groups[opening]] == r)
            )
            if not blocked and at < best:
                best = at
                best_command = command
                best_request = NONE
                best_bank = NONE

        synced = best_command < ACT and syncs and best >= sync_until
        if opening != NONE:
            at = max(row_at, column_at)
            if best > at or at >= deadline or (synced and deadline <= best + 1):
                best = at
                best_command = SECOND_HALF
                best_request = opening_request

        # What arrives or falls due before that command may change the choice.
        if refresh_due <= best and refreshing == rank_count and next_arrival >= refresh_due:
            column_at = max(column_at, refresh_due)
            row_at = max(row_at, refresh_due)
            refreshing = 0
            refresh_due += interval
            continue
        if next_arrival < best:
            column_at = max(column_at, next_arrival + 1)
            row_at = max(row_at, next_arrival + 1)
            continue

        now = best
        if best_command == SECOND_HALF:
            b = opening
            active[b] = opening_request
            active_in[ranks[groups[b]]] += 1
            for m in range(2):
                k = head[m, b]
                while k != NONE and row_of[k] != open_row[b]:
                    k = follows[k]
                hit[m, b] = k
            opening = NONE
            stale[0] = b
            stale_count = 1
            column_at = now + 1
            row_at = now + 1
            continue
        if synced:
            now += 1
            result[pos.SYNCS] += 1
        if syncs and best_command < ACT:
            sync_until = max(sync_until, now + options[pos.SYNC_READ + best_command])

        # Issue: buses, then the rules that the command sets.
        hold: Any = cycles[best_command]
        if dual:
            if best_command < ACT:
                column_at = now + hold
            else:
                row_at = now + hold
                column_at = max(column_at, now + 1)
        else:
            column_at = now + hold
            row_at = now + hold

        if best_command >= PRE_ALL:
            r = refreshing
            for f in range(COMMANDS):
                rank_next[r, f] = max(rank_next[r, f], now + same_rank[best_command, f])
            if best_command == PRE_ALL:
                for b in range(banks):
                    if ranks[groups[b]] == r:
                        stale[stale_count] = b
                        stale_count += 1
                        open_row[b] = NONE
                        hit[0, b] = NONE
                        hit[1, b] = NONE
                open_banks[r] = 0
            else:
                result[pos.REFRESHES] += 1
                refreshing += 1
            continue

        b = best_bank
        g = groups[b]
        r = ranks[g]
        stale[0] = b
        stale_count = 1
        for f in range(4):
            bank_next[b, f] = max(bank_next[b, f], now + same_bank[best_command, f])
            group_next[g * 4 + f] = max(group_next[g * 4 + f], (now + same_group[best_command, f]) | odd[f])
        for f in range(COMMANDS):
            rank_next[r, f] = max(rank_next[r, f], now + same_rank[best_command, f])
        if rank_count > 1:
            for s in range(rank_count):
                if s != r:
                    for f in range(2):
                        rank_next[s, f] = max(rank_next[s, f], now + other_rank[best_command, f])
        if many_stacks and best_command == READ:
            for s in range(group_count):
                if ranks[s] == r and stacks[s] != stacks[g]:
                    group_next[s * 4 + READ] = max(group_next[s * 4 + READ], (now + other_stack) | odd[READ])

        request = best_request
        if best_command == PRE:
            open_row[b] = NONE
            hit[0, b] = NONE
            hit[1, b] = NONE
            open_banks[r] -= 1
            touched[request] = 1
            continue

        # The request leaves its queue: activated into the row's care, or served.
        kind = is_write[request]
        if active[b] == request:
            active[b] = NONE
            active_in[r] -= 1
        else:
            if head[kind, b] == request:
                head[kind, b] = follows[request]
                if head[kind, b] == NONE:
                    tail[kind, b] = NONE
            else:
                k = head[kind, b]
                while follows[k] != request:
                    k = follows[k]
                follows[k] = follows[request]
                if tail[kind, b] == request:
                    tail[kind, b] = k
            size[kind] -= 1
            if is_write[sent] == kind and size[kind] == options[pos.READ_QUEUE + kind] - 1:
                free_at = now
            if hit[kind, b] == request:
                k = follows[request]
                while k != NONE and row_of[k] != open_row[b]:
                    k = follows[k]
                hit[kind, b] = k
        if best_command == ACT:
            open_row[b] = row_of[request]
            open_banks[r] += 1
            result[pos.ACTS] += 1
            touched[request] = 1
            activates[r, turn[r]] = now
            turn[r] = (turn[r] + 1) % 4
            rank_next[r, ACT] = max(rank_next[r, ACT], activates[r, turn[r]] + options[pos.FOUR_ACTIVATES])
            if split:
                opening = b
                opening_request = request
                deadline = now + options[pos.ACT_DEADLINE]
                continue
            active[b] = request
            active_in[r] += 1
            for m in range(2):
                k = head[m, b]
                while k != NONE and row_of[k] != open_row[b]:
                    k = follows[k]
                hit[m, b] = k
            continue

        result[pos.HITS] += 1 - touched[request]
        if kind == 0:
            result[pos.READS] += 1
            result[pos.LATENCY] += now + options[pos.READ_LATENCY] - arrived[request]
        else:
            result[pos.WRITES] += 1

    result[pos.TICKS] = now
    return result
