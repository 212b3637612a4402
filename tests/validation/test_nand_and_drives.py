"""Flash dies against makers' figures, drives against a drive simulator (MQSim at 7ec40e3)."""

from pathlib import Path

import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.memory.ssd import Drive, packet_share, random_read_latency, read_bandwidth, write_bandwidth
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
