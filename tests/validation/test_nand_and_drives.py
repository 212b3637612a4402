"""Flash dies against makers' figures, drives against a drive simulator (MQSim at 7ec40e3)."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.memory.ssd import (
    Drive,
    packet_share,
    random_read_latency,
    random_write_latency,
    read_bandwidth,
    together,
    write_bandwidth,
)
from tauplan.validate.layouts import predict_file

GENERATIONS = Path(__file__).parents[1] / "fixtures" / "nand_generations.csv"
LINK = packet_share(128, 26)  # bytes of data and of headers in a PCIe packet
STOCK = Drive(8, 4, 2, 8192, 448, 75e-6, 750e-6, 333e6, 4e9, 0.8e9, LINK, lookups=1)  # map not in memory
TLC = Drive(8, 4, 4, 16384, 448, 50e-6, 390e-6, 1.6e9, 8e9, 1e12, LINK)
BLOCK, DEPTH = 128 * 1024, 32
US = 1e-6


def test_density_and_capacity_of_generations_from_64_to_232_layers():
    found = predict_file(GENERATIONS, Catalog.load())
    assert len(found) == 20
    assert {p.case: p.error for p in found if not p.answered or abs(p.error) > 0.10} == {}


@pytest.mark.parametrize(
    ("drive", "depth", "seconds"),
    [
        (STOCK, 1, 165e-6),
        (STOCK, 32, 291e-6),
        (STOCK, 256, 1678e-6),
        (TLC, 1, 50e-6),
        (TLC, 32, 85e-6),
        (TLC, 256, 406e-6),
    ],
)
def test_random_reads(drive, depth, seconds):
    assert random_read_latency(drive, 4096, depth) == pytest.approx(seconds, rel=0.15)


@pytest.mark.parametrize(
    ("drive", "read_s", "write_s"), [(STOCK, 2299 * US, 10550 * US), (TLC, 638 * US, 914 * US)]
)
def test_sequential_blocks_at_a_depth(drive, read_s, write_s):
    """The simulator gives mean response; by Little's law that is what is in flight over the bandwidth."""
    assert DEPTH * BLOCK / read_bandwidth(drive) == pytest.approx(read_s, rel=0.15)
    assert DEPTH * BLOCK / write_bandwidth(drive) == pytest.approx(write_s, rel=0.15)


def test_small_random_writes_of_the_published_example():
    assert random_write_latency(TLC, 4096, 32, 2, 100_000) == pytest.approx(295 * US, rel=0.05)


@pytest.mark.parametrize(
    ("change", "size_B", "depth", "dies", "count", "response_us"),
    [
        ({}, 4096, 32, 2, 196_642, 325),
        ({}, 4096, 128, 2, 58_643, 1092),
        ({}, 8192, 32, 2, 49_238, 325),
        ({"channels": 4}, 4096, 32, 2, 29_924, 534),
        ({"planes": 2}, 4096, 32, 2, 44_411, 360),
        ({"page_B": 8192}, 4096, 32, 2, 49_262, 324),
        ({"chips": 2}, 4096, 64, 1, 49_666, 1289),
        ({"program_s": 750e-6}, 4096, 32, 2, 34_320, 466),
    ],
)
def test_small_random_writes_of_other_drives(change, size_B, depth, dies, count, response_us):
    """Own runs of the simulator, 0.5 to 2 s of the drive, map in memory, buffer memory of 12.8 GB/s."""
    drive = replace(TLC, cache_Bps=12.8e9, **change)
    assert random_write_latency(drive, size_B, depth, dies, count) == pytest.approx(
        response_us * US, rel=0.08
    )


def test_planes_drift_apart_and_writes_become_single():
    counts = np.array([1.0, 10.0, 100.0, 1e4, 1e8])
    pages = together(TLC, 4096, counts)
    assert (np.diff(pages) < 0).all()
    assert pages[0] <= 1 + (TLC.planes - 1) / 2
    assert pages[-1] == pytest.approx(1, abs=1e-3)
    slow = random_write_latency(TLC, 4096, 32, 2, 1e9)
    assert slow == pytest.approx(32 * (390e-6 + 4096 / 1.6e9) / 32, rel=0.02)
    assert float(random_write_latency(TLC, 4096, 32, 2, 500.0)) < 20e-6  # all of them in the buffer
