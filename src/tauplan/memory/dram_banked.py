"""An event-driven DRAM controller with a queue per bank, the second policy of the event model.

Requests wait in one queue of reads and one of writes, and move from there, one a clock, to the first bank queue
with a place; banks take turns in sending the first command of their queue that may go. A row is closed for the
request at the head of its bank's queue, once no request for the open row is left there or four of them were served.
Writes are drained as many as there were when their queue was full, or when all banks have run empty. Ranks are
refreshed in turn, at even distances, each bank closed on its own before.

Time jumps over clocks in which nothing moves. Like ``dram_controller`` it is compiled where a compiler is there.
"""

# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from typing import Any

import numpy as np

from tauplan.memory import dram_commands as pos
from tauplan.memory.dram_commands import ACT, COMMANDS, NEVER, NONE, PRE, READ, REFRESH, WRITE

HITS_BEFORE_CLOSING = (
    4  # definition: reads and writes of an open row after which another row may have the bank
)
FEW_WRITES = 8  # definition: writes that are not worth a turn of the bus while all banks are empty


def control_banked(
    bank_of: Any,
    row_of: Any,
    is_write: Any,
    earliest: Any,
    groups: Any,
    ranks: Any,
    same_bank: Any,
    same_group: Any,
    same_rank: Any,
    other_rank: Any,
    options: Any,
) -> Any:
    """Serve requests in order of arrival and return counts: ticks, sum of read latencies, reads, writes, hits...

    Arguments and result as those of ``dram_controller.control``; every command holds the bus for one clock.
    """
    total = bank_of.shape[0]
    banks = groups.shape[0]
    rank_count = ranks[ranks.shape[0] - 1] + 1
    depth = options[pos.BANK_QUEUE]
    dual = options[pos.DUAL_BUS] != 0
    window, long_window = options[pos.FOUR_ACTIVATES], options[pos.MANY_ACTIVATES]
    interval = options[pos.REFRESH_INTERVAL] // rank_count

    bank_next = np.zeros((banks, COMMANDS), np.int64)
    group_next = np.zeros((ranks.shape[0], COMMANDS), np.int64)
    rank_next = np.zeros((rank_count, COMMANDS), np.int64)
    activates = np.full((rank_count, pos.MANY), -NEVER, np.int64)
    sent_activates = np.zeros(rank_count, np.int64)
    open_row = np.full(banks, NONE, np.int64)
    row_hits = np.zeros(banks, np.int64)
    queue = np.full((banks, depth), NONE, np.int64)
    length = np.zeros(banks, np.int64)
    first: Any = np.full((banks, 2), NONE, np.int64)  # places of the first read and write of the open row
    closes = np.zeros(banks, np.int8)
    due: Any = np.zeros(banks, np.int64)  # nothing of a bank may go before; rules only move it on
    waiting: Any = np.full((2, max(options[pos.READ_QUEUE], options[pos.WRITE_QUEUE])), NONE, np.int64)
    size = np.zeros(2, np.int64)
    arrived: Any = np.zeros(total, np.int64)
    result = np.zeros(8, np.int64)

    sent: Any = 0
    in_banks: Any = 0
    draining: Any = 0
    last = 0  # the bank that had its turn last
    refresh_due: Any = interval
    refresh_next = 0
    refresh_waits: Any = 0
    refreshing = NONE
    soonest: Any = NEVER
    command: Any = NONE
    chosen = NONE
    dirty = True
    stuck = False  # no waiting request finds a place in its bank's queue
    scan = 0  # those before this one do not
    now: Any = 0

    while sent < total:
        moved = False
        if now == refresh_due:
            refresh_waits += 1
            refresh_due += interval
        issued: Any = NONE
        if refresh_waits > 0:
            refreshing = refresh_next
            ready = 0
            count = 0
            for b in range(banks):
                if ranks[groups[b]] == refreshing:
                    count += 1
                    command = REFRESH if open_row[b] == NONE else PRE
                    if now >= max(bank_next[b, command], rank_next[refreshing, command]):
                        if command == PRE:
                            issued = PRE
                            chosen = b
                            break
                        ready += 1
            if issued == NONE and ready == count:
                issued = REFRESH
                chosen = NONE
                refresh_waits -= 1
                refresh_next = (refresh_next + 1) % rank_count
                result[pos.REFRESHES] += 1
                for f in range(COMMANDS):
                    rank_next[refreshing, f] = max(rank_next[refreshing, f], now + same_rank[REFRESH, f])
                refreshing = NONE
                dirty = True
                moved = True

        for part in range(2):  # a second command in the same clock, where rows and columns have a bus each
            before: Any = issued
            if part == 1 and (not dual or before == NONE):
                break
            place = NONE
            if part == 1 or issued == NONE:
                issued = NONE
                chosen = NONE
                if dirty or soonest <= now:
                    soonest = NEVER
                    b = last
                    for _ in range(banks):
                        b += 1
                        if b == banks:
                            b = 0
                        if due[b] > now:
                            soonest = min(soonest, due[b])
                            continue
                        g = groups[b]
                        r = ranks[g]
                        if length[b] == 0 or r == refreshing:
                            continue
                        found: Any = NEVER
                        if open_row[b] == NONE:
                            at: Any = max(bank_next[b, ACT], group_next[g, ACT], rank_next[r, ACT])
                            n = sent_activates[r]
                            at = max(at, activates[r, (n - 4) & (pos.MANY - 1)] + window)
                            at = max(at, activates[r, n & (pos.MANY - 1)] + long_window)
                            found = at
                            command = ACT
                            place = 0
                        else:
                            if closes[b] != 0:
                                found = max(bank_next[b, PRE], rank_next[r, PRE])
                                command = PRE
                                place = 0
                            if found > now:
                                for kind in range(2):
                                    if first[b, kind] != NONE:
                                        at = max(bank_next[b, kind], group_next[g, kind], rank_next[r, kind])
                                        if at <= now and found <= now and first[b, kind] > place:
                                            continue
                                        if at < found or at <= now:
                                            found = at
                                            command = kind
                                            place = first[b, kind]
                        if found <= now:
                            issued = command
                            chosen = b
                            last = b
                            break
                        due[b] = found
                        soonest = min(soonest, found)
                    dirty = chosen != NONE
            if issued == NONE:
                break
            if part == 1 and (issued < ACT) == (before < ACT):
                break
            if chosen == NONE:
                continue

            b = chosen
            g = groups[b]
            r = ranks[g]
            moved = True
            dirty = True
            due[b] = 0
            for f in range(4):
                bank_next[b, f] = max(bank_next[b, f], now + same_bank[issued, f])
                group_next[g, f] = max(group_next[g, f], now + same_group[issued, f])
            for f in range(COMMANDS):
                rank_next[r, f] = max(rank_next[r, f], now + same_rank[issued, f])
            if issued < ACT:
                for s in range(rank_count):
                    if s != r:
                        for f in range(2):
                            rank_next[s, f] = max(rank_next[s, f], now + other_rank[issued, f])
            if issued == ACT:
                open_row[b] = row_of[queue[b, 0]]
                row_hits[b] = 0
                activates[r, sent_activates[r] & (pos.MANY - 1)] = now
                sent_activates[r] += 1
                result[pos.ACTS] += 1
            elif issued == PRE:
                open_row[b] = NONE
                row_hits[b] = 0
            else:
                request = queue[b, place]
                for k in range(place, length[b] - 1):
                    queue[b, k] = queue[b, k + 1]
                if length[b] == depth:
                    stuck = False
                    scan = 0
                length[b] -= 1
                in_banks -= 1
                result[pos.HITS] += row_hits[b] != 0
                row_hits[b] += 1
                if issued == READ:
                    result[pos.READS] += 1
                    result[pos.LATENCY] += now + options[pos.READ_LATENCY] - arrived[request]
                else:
                    result[pos.WRITES] += 1
            first[b, READ] = NONE
            first[b, WRITE] = NONE
            closes[b] = 0
            if open_row[b] != NONE and length[b] > 0:
                for k in range(length[b] - 1, -1, -1):
                    if row_of[queue[b, k]] == open_row[b]:
                        first[b, is_write[queue[b, k]]] = k
                if row_of[queue[b, 0]] != open_row[b]:
                    hits = first[b, READ] != NONE or first[b, WRITE] != NONE
                    closes[b] = not hits or row_hits[b] >= HITS_BEFORE_CLOSING

        # One request moves to the queue of its bank.
        if draining == 0 and (
            size[1] >= options[pos.WRITE_QUEUE] or (size[1] > FEW_WRITES and in_banks == 0)
        ):
            draining = size[1]
            stuck = False
            scan = 0
        if not stuck:
            stuck = True
            kind = 1 if draining > 0 else 0
            for k in range(scan, size[kind]):
                request = waiting[kind, k]
                b = bank_of[request]
                if length[b] < depth:
                    for m in range(k, size[kind] - 1):
                        waiting[kind, m] = waiting[kind, m + 1]
                    size[kind] -= 1
                    draining -= kind
                    n = length[b]
                    queue[b, n] = request
                    length[b] = n + 1
                    due[b] = 0
                    in_banks += 1
                    r = ranks[groups[b]]
                    if open_row[b] == NONE:
                        dirty = dirty or n == 0
                    elif row_of[request] == open_row[b]:
                        if first[b, kind] == NONE:
                            first[b, kind] = n
                            closes[b] = closes[b] != 0 and row_hits[b] >= HITS_BEFORE_CLOSING
                            dirty = True
                    elif n == 0:
                        closes[b] = 1
                        dirty = True
                    if kind == 1 and draining == 0:
                        scan = 0
                    stuck = (
                        scan > 0 and k == size[kind]
                    )  # the one that has just arrived; no other had a place
                    moved = True
                    break

        now += 1
        next_arrival: Any = NEVER
        kind = is_write[sent]
        if size[kind] < options[pos.READ_QUEUE + kind]:
            next_arrival = max(now, earliest[sent])
            if next_arrival == now:
                arrived[sent] = now
                waiting[kind, size[kind]] = sent
                if stuck and (kind == 1) == (draining > 0) and length[bank_of[sent]] < depth:
                    stuck = False
                    scan = size[kind]
                size[kind] += 1
                sent += 1
                moved = True
        if not moved and not dirty and refresh_waits == 0:
            now = max(now, min(soonest, refresh_due, next_arrival))

    result[pos.TICKS] = now
    return result
