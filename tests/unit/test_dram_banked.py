"""The DRAM controller with a queue per bank: what its policy alone decides."""

from dataclasses import replace

import numpy as np
import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.memory.dram_banked import HITS_BEFORE_CLOSING
from tauplan.memory.dram_catalogued import catalogued_dram
from tauplan.memory.dram_pattern import STREAM, Pattern
from tauplan.memory.dram_run import replay, run

CATALOG = Catalog.load()
DDR4, GDDR6 = (catalogued_dram(name, CATALOG) for name in ("DDR4_8Gb_x8_3200", "GDDR6_8Gb_x16"))
COUNT = 4000
COLUMNS_LAST = "rochrababgco"


def test_two_rows_of_a_bank_take_turns():
    """Rows asked for alternately in one bank: each keeps it for four bursts and those until it may close."""
    quick = replace(DDR4, RTP=4)
    row = DDR4.bank_count * DDR4.columns
    place = np.arange(COUNT) % 2 * row + np.arange(COUNT) // 2 % DDR4.columns
    reads = np.zeros(COUNT, np.int64)
    done = replay(quick, place, reads, COLUMNS_LAST)
    assert COUNT / (HITS_BEFORE_CLOSING + 2) < done.activates <= COUNT / HITS_BEFORE_CLOSING
    late = replay(DDR4, place, reads, COLUMNS_LAST)  # closing waits for the last read, more hits go meanwhile
    assert late.activates < done.activates / 2


def test_ranks_are_refreshed_in_turn():
    done = run(DDR4, STREAM, COLUMNS_LAST, 8 * COUNT)
    assert done.refreshes == pytest.approx(done.seconds / (DDR4.REFI * DDR4.clock_s) * DDR4.ranks, abs=2)


def test_a_window_of_32_activates_bounds_random_bursts():
    random = Pattern(chunk_B=GDDR6.burst_B)
    most = 32 * GDDR6.burst_B / (GDDR6.MAW * GDDR6.clock_s)
    assert 0.9 * most < run(GDDR6, random, COLUMNS_LAST, COUNT).bandwidth_Bps < most
    free = replace(GDDR6, MAW=0)
    assert run(free, random, COLUMNS_LAST, COUNT).bandwidth_Bps > 1.2 * most


def test_deeper_queues_of_banks_serve_random_bursts_faster_and_later():
    random = Pattern(chunk_B=DDR4.burst_B)
    short, deep = (run(replace(DDR4, bank_queue=q), random, COLUMNS_LAST, COUNT) for q in (1, 8))
    assert short.bandwidth_Bps < deep.bandwidth_Bps
    assert 1.5 * short.latency_s < deep.latency_s


def test_all_requests_are_served_once_and_writes_keep_their_share():
    done = run(DDR4, Pattern(chunk_B=64, writes=0.25), "rocorabgbach", COUNT)
    assert 0.9 * COUNT < done.reads + done.writes <= COUNT
    assert done.writes / (done.reads + done.writes) == pytest.approx(0.25, abs=0.03)


def test_any_channel_may_have_queues_per_bank():
    channel = catalogued_dram("DDR5-4800BN 16Gb x8", CATALOG)
    one, many = (run(replace(channel, bank_queue=q), STREAM, "MOP4CLXOR", COUNT) for q in (0, 8))
    assert many.bandwidth_Bps <= channel.peak_Bps
    assert many.bandwidth_Bps == pytest.approx(one.bandwidth_Bps, rel=0.1)
