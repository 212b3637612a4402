"""The closed form of a memory channel against a cycle-level simulator and against the event model."""

import csv
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauplan.catalog.lookup import Catalog
from tauplan.memory import dram_bounds as bounds
from tauplan.memory.dram_catalogued import catalogued_dram
from tauplan.memory.dram_locality import locality
from tauplan.memory.dram_pattern import Pattern
from tauplan.memory.dram_run import Queues, compiles, run

SIMULATED = Path(__file__).parents[1] / "fixtures" / "dram_simulated.csv"
CATALOG = Catalog.load()
ASIDE = ("HBM2-2400 8Gb", "DDR4-2400R 8Gb x8", "DDR5-3200AN 16Gb x8", "LPDDR5X-8533 16Gb x16")
"""Parts that the closed form's mechanisms were not looked at with."""


def _case(row):
    name, _, last = row["config"].rpartition(" ")
    two = last in ("1R", "2R")
    timing = catalogued_dram(name if two else row["config"], CATALOG, int(last[0]) if two else 0)
    pattern, mixed = row["pattern"].removesuffix("2R1W"), row["pattern"].endswith("2R1W")
    chunk = {"stream": np.inf, "random": 1.0}.get(pattern)
    if chunk is None:
        chunk = float(pattern.removeprefix("chunk")) / timing.burst_B
    writes, arrays = (1 / 3, 3 if pattern == "stream" else 1) if mixed else (0.0, 1)
    places = 64 if name.startswith("HBM") else 32
    return timing, locality(timing, row["address_mapper"], chunk, arrays, writes, places)


def test_against_the_cycle_level_simulator():
    with SIMULATED.open() as file:
        rows = list(csv.DictReader(file))
    bandwidth, latency = [], []
    for row in rows:
        timing, at = _case(row)
        bandwidth.append(
            float(bounds.sustained_bandwidth(timing, at)) / 1e9 / float(row["bandwidth_GBps"]) - 1
        )
        latency.append(
            float(bounds.loaded_latency(timing, at)) * 1e9 / float(row["avg_read_latency_ns_saturated"]) - 1
        )
    assert len(rows) == 108
    assert np.abs(bandwidth).mean() <= 0.03
    assert np.abs(bandwidth).max() <= 0.10
    assert np.abs(latency).mean() <= 0.03
    assert np.abs(latency).max() <= 0.11


@pytest.mark.skipif(not compiles(), reason="the controller is not compiled here")
def test_against_the_event_model_on_parts_kept_aside():
    errors = []
    for name in ASIDE:
        timing = catalogued_dram(name, CATALOG)
        places = 64 if name.startswith("HBM") else 32
        for mapping in ("RoBaRaCoCh", "MOP4CLXOR"):
            for chunk, writes in ((1, 0), (8, 0), (16, 0), (128, 0), (np.inf, 0), (1, 0.2)):
                bytes_of_chunk = 0.0 if np.isinf(chunk) else chunk * timing.burst_B
                seen = run(
                    timing, Pattern(bytes_of_chunk, writes=writes), mapping, 20_000, Queues(places, places)
                )
                at = locality(timing, mapping, chunk, 1, writes, places)
                errors.append(float(bounds.sustained_bandwidth(timing, at)) / seen.bandwidth_Bps - 1)
    assert np.abs(errors).mean() <= 0.04
    assert np.abs(errors).max() <= 0.18


@given(
    name=st.sampled_from(("DDR4-3200AA 16Gb x8", "LPDDR5-6400 16Gb x16", "HBM3-6400 16Gb_8hi")),
    mapping=st.sampled_from(("RoBaRaCoCh", "MOP4CLXOR")),
    chunk=st.sampled_from((1.0, 4.0, 32.0, 500.0, np.inf)),
    writes=st.floats(0, 0.9),
    faster=st.floats(1.0, 3.0),
)
def test_below_the_peak_and_proportional_to_the_clock(name, mapping, chunk, writes, faster):
    timing = catalogued_dram(name, CATALOG)
    at = locality(timing, mapping, chunk, 1, writes)
    bandwidth = float(bounds.sustained_bandwidth(timing, at))
    assert 0 < bandwidth <= timing.peak_Bps
    quick = replace(timing, clock_s=timing.clock_s / faster)
    assert float(bounds.sustained_bandwidth(quick, at)) == pytest.approx(bandwidth * faster)
    assert float(bounds.loaded_latency(timing, at)) > (timing.CL + timing.burst) * timing.clock_s
    assert 0 <= int(bounds.binding(timing, at)) < len(bounds.BOUNDS)


def test_arrays_equal_scalars():
    timing = catalogued_dram("HBM3-6400 16Gb_8hi", CATALOG)
    chunks = np.array([1.0, 7.0, 32.0, 1000.0, np.inf])
    for mapping in ("RoBaRaCoCh", "MOP4CLXOR"):
        many = bounds.sustained_bandwidth(timing, locality(timing, mapping, chunks, writes=0.25))
        one = [bounds.sustained_bandwidth(timing, locality(timing, mapping, c, writes=0.25)) for c in chunks]
        np.testing.assert_allclose(many, np.array(one))


def test_what_binds_follows_the_pattern():
    timing = catalogued_dram("DDR4-3200AA 16Gb x8", CATALOG)

    def binds(mapping, chunk):
        return bounds.BOUNDS[int(bounds.binding(timing, locality(timing, mapping, chunk)))]

    assert binds("MOP4CLXOR", np.inf) == "data bus"
    assert binds("MOP4CLXOR", 1.0) == "activates"
    assert binds("RoBaRaCoCh", np.inf) == "bank groups"


@pytest.mark.slow
def test_a_million_within_a_second():
    timing = catalogued_dram("HBM3-6400 16Gb_8hi", CATALOG)
    chunks = np.random.default_rng(0).integers(1, 4096, 1_000_000).astype(float)
    start = time.perf_counter()
    for part in np.array_split(chunks, 64):
        bounds.sustained_bandwidth(timing, locality(timing, "RoBaRaCoCh", part))
    assert time.perf_counter() - start < 1.0
