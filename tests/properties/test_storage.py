"""Flash and drives: scalars equal arrays, more is never slower, limits and homogeneity."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauplan.memory.nand import (
    bit_density,
    cost_per_bit,
    die_area,
    die_capacity,
    die_program_bandwidth,
    die_read_bandwidth,
    lifetime_writes,
    write_amplification,
)
from tauplan.memory.ssd import (
    Drive,
    busy_chips,
    channel_wait,
    random_read_latency,
    random_read_rate,
    read_bandwidth,
    write_bandwidth,
)

drives = st.builds(
    Drive,
    channels=st.integers(1, 32),
    chips=st.integers(1, 16),
    planes=st.sampled_from([1, 2, 4, 6]),
    page_B=st.sampled_from([4096, 8192, 16384]),
    spare_B=st.sampled_from([0, 448, 2048]),
    read_s=st.floats(10e-6, 200e-6),
    program_s=st.floats(100e-6, 3e-3),
    channel_Bps=st.floats(0.2e9, 5e9),
    host_Bps=st.floats(1e9, 30e9),
    cache_Bps=st.floats(1e9, 1e11),
    host_share=st.floats(0.5, 1.0),
    lookups=st.floats(0, 1),
)
DEPTHS = np.array([1.0, 4.0, 32.0, 256.0])


@given(drives)
def test_latency_rises_and_rate_rises_with_depth(drive):
    latency = random_read_latency(drive, 4096, DEPTHS)
    assert (np.diff(latency) >= -1e-12).all()
    assert (np.diff(random_read_rate(drive, 4096, DEPTHS)) >= -1e-6 / latency[:-1]).all()
    assert latency == pytest.approx([random_read_latency(drive, 4096, q) for q in DEPTHS], rel=1e-12)


@given(drives)
def test_a_lone_read_is_the_array_and_the_transfer(drive):
    alone = (1 + drive.lookups) * (drive.read_s + 4096 / drive.channel_Bps)
    assert random_read_latency(drive, 4096, 1) >= alone * (1 - 1e-9)
    assert random_read_latency(replace(drive, host_Bps=1e15), 4096, 1) == pytest.approx(alone)


@given(drives)
def test_sequential_rates_respect_every_bound(drive):
    bus = drive.channels * drive.channel_Bps
    assert read_bandwidth(drive) <= min(bus, drive.host_Bps * drive.host_share) * (1 + 1e-9)
    assert write_bandwidth(drive) <= min(bus, drive.cache_Bps / 2) * (1 + 1e-9)
    assert write_bandwidth(drive, 3.0) <= write_bandwidth(drive)


@given(drives, st.floats(0.1, 10))
def test_drives_are_homogeneous_in_time(drive, k):
    slow = {f.name: getattr(drive, f.name) * k for f in fields(Drive) if f.name.endswith("_s")}
    slow |= {f.name: getattr(drive, f.name) / k for f in fields(Drive) if f.name.endswith("_Bps")}
    slower = replace(drive, **slow)
    assert random_read_latency(slower, 4096, 8) == pytest.approx(k * random_read_latency(drive, 4096, 8))
    assert write_bandwidth(slower) == pytest.approx(write_bandwidth(drive) / k)


@given(st.floats(1e-6, 1e-3), st.floats(1e-6, 1e-3))
def test_one_user_never_waits_for_the_channel_and_many_take_turns(array, transfer):
    assert channel_wait(1, array, transfer) == pytest.approx(transfer)
    assert channel_wait(1000, array, transfer) == pytest.approx(1000 * transfer - array, rel=0.01, abs=array)


def test_requests_spread_over_chips():
    assert busy_chips(32, 1) == pytest.approx(1)
    assert busy_chips(32, 10_000) == pytest.approx(32)


def test_dies():
    density = bit_density(np.array([96, 232]), 3, 0.0482e-12)
    assert (np.diff(density) > 0).all()
    assert die_area(die_capacity(density, 1e-4), density) == pytest.approx(1e-4)
    assert die_read_bandwidth(4, 16384, 50e-6, 1.6e9) > die_program_bandwidth(4, 16384, 390e-6, 1.6e9)
    assert lifetime_writes(1e12, 3000, write_amplification(0.28)) < lifetime_writes(1e12, 3000, 1.0)


def test_a_bit_is_cheapest_at_some_number_of_layers():
    """Layers dilute the wafer's own price, decks of 100 layers cost yield."""
    layers = np.arange(32, 2000, 8.0)
    decks = np.ceil(layers / 100)
    cost = cost_per_bit(1000.0, 4.0, 150.0, layers, decks, 0.9, bit_density(layers, 3, 0.0482e-12), 0.06)
    best = layers[cost.argmin()]
    assert 100 < best < 1900
