"""The DRAM controller: the same with and without a compiler, and what the timings alone decide."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError
from tauplan.memory.dram_address import MAPPINGS, locate, order
from tauplan.memory.dram_catalogued import catalogued_dram
from tauplan.memory.dram_pattern import STREAM, Pattern, requests
from tauplan.memory.dram_run import Queues, compiles, run

CATALOG = Catalog.load()
PARTS = [part.name for part in CATALOG.parts("dram")]
SMALL = 2000


def channel(name):
    return catalogued_dram(name, CATALOG)


@pytest.mark.skipif(not compiles(), reason="no compiler installed")
@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("pattern", [STREAM, Pattern(chunk_B=256, writes=1 / 3)], ids=["stream", "mixed"])
def test_compiled_and_plain_controller_give_the_same(name, pattern):
    plain, compiled = (run(channel(name), pattern, "MOP4CLXOR", SMALL, compiled=c) for c in (False, True))
    assert plain == compiled


@pytest.mark.parametrize("name", PARTS)
def test_idle_latency_is_activate_read_and_burst(name):
    """A lone read waits for RCD, CL and the burst; where another row is open for RP too; rarely for refresh."""
    timing = channel(name)
    done = run(timing, Pattern(chunk_B=timing.burst_B), "RoBaRaCoCh", SMALL, load_Bps=timing.peak_Bps / 200)
    closed = (timing.RCD_read + timing.CL + timing.burst) * timing.clock_s
    refresh = timing.RFC**2 / (2 * timing.REFI)
    assert closed <= done.latency_s <= 1.1 * (closed + (timing.RP_all + refresh) * timing.clock_s)


@pytest.mark.parametrize("name", PARTS)
def test_nothing_beats_the_peak_nor_the_load(name):
    timing = channel(name)
    for mapping in MAPPINGS:
        assert run(timing, STREAM, mapping, SMALL).bandwidth_Bps <= timing.peak_Bps
    load = 0.1 * timing.peak_Bps
    loaded = run(timing, STREAM, "MOP4CLXOR", 4 * SMALL, load_Bps=load).bandwidth_Bps
    assert loaded == pytest.approx(load, rel=0.02)


def test_latency_rises_with_the_load():
    timing = channel("DDR5-4800BN 16Gb x8")
    pattern = Pattern(chunk_B=timing.burst_B)
    loads = np.array([0.05, 0.2, 0.4, 0.55]) * timing.peak_Bps
    latency = [run(timing, pattern, "MOP4CLXOR", SMALL * 2, load_Bps=load).latency_s for load in loads]
    assert latency == sorted(latency)


@pytest.mark.parametrize("mapping", MAPPINGS)
@pytest.mark.parametrize("name", ["DDR4-3200AA 16Gb x8", "HBM3-6400 16Gb_8hi"])
def test_a_mapping_spreads_a_row_of_every_bank_evenly(name, mapping):
    timing = channel(name)
    bursts = timing.bank_count * timing.columns
    bank, row = locate(np.arange(timing.capacity_B // timing.burst_B, step=97), timing, mapping)
    assert set(np.unique(bank)) == set(range(timing.bank_count))
    assert row.max() == timing.rows - 1
    bank, row = locate(np.arange(bursts), timing, mapping)
    if mapping != "ChRaBaRoCo":
        assert (np.bincount(bank) == timing.columns).all()


def test_patterns_have_their_share_of_writes_and_their_chunks():
    timing = channel("DDR5-4800BN 16Gb x8")
    place, write = requests(Pattern(chunk_B=256, writes=0.25), timing, 40_000)
    assert write.mean() == pytest.approx(0.25, abs=0.01)
    assert (np.diff(place.reshape(-1, 4), axis=1) == 1).all()
    place, write = requests(Pattern(writes=1 / 3, arrays=3, array_B=6400), timing, 9)
    assert place.tolist() == [0, 100, 200, 1, 101, 201, 2, 102, 202]
    assert write.tolist() == [0, 0, 1] * 3


def test_more_places_in_the_queue_never_hurt_random_reads():
    timing = channel("HBM2-2000 8Gb")
    pattern = Pattern(chunk_B=32)
    rates = [run(timing, pattern, "MOP4CLXOR", SMALL * 2, Queues(reads=q)).bandwidth_Bps for q in (8, 16, 64)]
    assert rates == sorted(rates)


@pytest.mark.parametrize("fields", list(itertools.permutations(("Ro", "Ba", "Ra", "Co"))))
def test_any_order_of_the_fields_is_a_mapping(fields):
    mapping = "".join(fields)
    timing = replace(catalogued_dram("HBM3-6400 16Gb_8hi", CATALOG), rows=16)
    bursts = np.arange(timing.bank_count * timing.rows * timing.columns)
    bank, row = locate(bursts, timing, mapping)
    assert np.all(np.bincount(bank * timing.rows + row) == timing.columns)
    assert set(order(mapping)) == {"row", "bank", "group", "rank", "stack", "column"}


def test_bank_groups_may_be_placed_apart():
    assert order("rocorabgbach") == ("bank", "group", "stack", "rank", "column", "row")
    assert order("RoBaRaCoCh") == ("column", "rank", "stack", "group", "bank", "row")


@pytest.mark.parametrize("mapping", ["", "RoBa", "RoRoBaRaCo", "MOP8", "RoBaRaCox"])
def test_a_mapping_that_places_no_field_twice_and_each_once(mapping):
    with pytest.raises(InputError, match="no such address mapping"):
        order(mapping)
