"""One operator on one chip: limits, tiles, power."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauplan.chip.gemm import gemm_time
from tauplan.chip.kernels import attention_time, bound_by, elementwise_time, operator_time
from tauplan.chip.power import ChipEnergy, activity_energy, capped_clock, flop_energy
from tauplan.chip.rates import ChipRates
from tauplan.tau import Time
from tauplan.technology.cycle import owned_by_clock, owned_period, repeated_wire_delay, stage_depth
from tauplan.workload.operators import AttentionCore, Elementwise, Gemm

CHIP = ChipRates(
    1 / 250e12, 1 / 180e12, 1 / 15e12, 1 / 1.5e12, 1 / 1.0e12, 1 / 5e12, 5e-6, 108.0, 128.0, 256.0
)
sizes = st.integers(1, 20_000).map(float)


def square(n):
    return Gemm("g", n, n, n, 2.0, 2.0, 2.0)


def test_a_large_product_runs_at_the_sustained_rate():
    time = float(gemm_time(square(16384.0), CHIP))
    assert 2 * 16384**3 / time == pytest.approx(250e12, rel=0.03)


def test_a_thin_product_runs_at_the_memory_rate():
    op = Gemm("g", 1.0, 16384.0, 16384.0, 2.0, 2.0, 2.0)
    assert float(gemm_time(op, CHIP)) - 5e-6 == pytest.approx(op.bytes / 1.5e12)
    assert bound_by(op, CHIP) == "memory"


@given(sizes, sizes, sizes)
def test_no_product_beats_its_compute_or_its_memory_traffic(m, n, k):
    op = Gemm("g", m, n, k, 2.0, 2.0, 2.0)
    time = float(gemm_time(op, CHIP))
    assert time >= op.flops / 250e12
    assert time >= op.bytes / 1.5e12
    assert time >= 5e-6


@given(sizes, sizes, sizes)
def test_a_longer_inner_dimension_is_never_faster(m, n, k):
    short, long = (float(gemm_time(Gemm("g", m, n, size, 2.0, 2.0, 2.0), CHIP)) for size in (k, 2 * k))
    assert long >= short * (1 - 1e-12)


def test_one_more_tile_than_units_takes_a_second_wave():
    full = Gemm("g", 128.0 * 108, 128.0, 8192.0, 2.0, 2.0, 2.0)
    over = replace(full, m=128.0 * 108 + 1)
    gain = (float(gemm_time(over, CHIP)) - 5e-6) / (float(gemm_time(full, CHIP)) - 5e-6)
    assert gain > 1.15


def test_idle_units_split_the_inner_dimension():
    alone = float(gemm_time(Gemm("g", 128.0, 128.0, 65536.0, 2.0, 2.0, 2.0), CHIP))
    whole_chip_idle = 2 * 128 * 128 * 65536 / (250e12 / 108)
    assert alone < whole_chip_idle / 10


def test_grouped_products_launch_once():
    one = gemm_time(Gemm("g", 64.0, 64.0, 64.0, 2.0, 2.0, 2.0), CHIP)
    many = gemm_time(Gemm("g", 64.0, 64.0, 64.0, 2.0, 2.0, 2.0, groups=64.0), CHIP)
    assert float(many) < 64 * float(one)


def test_flash_attention_beats_the_materialised_algorithm_on_long_sequences():
    flash = AttentionCore("a", 1.0, 32.0, 32.0, 4096.0, 4096.0, 4096.0**2, 128.0, 128.0, 2.0, 2.0)
    stored = replace(flash, score_passes=6.0)
    assert float(attention_time(flash, CHIP)) < 0.5 * float(attention_time(stored, CHIP))


def test_elementwise_work_streams_from_memory():
    assert float(elementwise_time(Elementwise("e", 1.5e9, 1e9), CHIP)) == pytest.approx(1.5e-3 + 5e-6)


@given(st.floats(0.1, 10.0))
def test_operator_times_are_homogeneous_in_the_primitives(scale):
    ops = [square(1000.0), Elementwise("e", 1e8, 1e8)]
    names = (
        "gemm_flop_s",
        "attention_flop_s",
        "vector_flop_s",
        "memory_byte_s",
        "elementwise_byte_s",
        "noc_byte_s",
        "kernel_s",
    )
    scaled = replace(CHIP, **{name: getattr(CHIP, name) * scale for name in names})
    for op in ops:
        assert float(operator_time(op, scaled)) == pytest.approx(
            scale * float(operator_time(op, CHIP)), rel=1e-12
        )


def test_owned_rates_give_the_same_time():
    owned = replace(
        CHIP,
        gemm_flop_s=Time.of("transistor", CHIP.gemm_flop_s),
        memory_byte_s=Time.of("memory", CHIP.memory_byte_s),
        noc_byte_s=Time.of("noc", CHIP.noc_byte_s),
        kernel_s=Time.of("software", CHIP.kernel_s),
    )
    for n in (64.0, 1000.0, 8192.0):
        assert float(gemm_time(square(n), owned).seconds) == pytest.approx(
            float(gemm_time(square(n), CHIP)), rel=1e-12
        )


def test_a_repeated_wire_is_owned_half_by_gates():
    delay = repeated_wire_delay(Time.of("transistor", 8e-12), Time.of("wire", 12e6 * 0.165e-9), 1e-3)
    levels = delay.by_level()
    assert float(levels["transistor"]) == pytest.approx(float(levels["wire"]))
    assert 150e-12 < float(delay.seconds) < 250e-12  # published band of a 7 nm intermediate layer, per mm


def test_a_period_is_shared_between_gates_and_wires():
    period = owned_period(1 / 1.41e9, 8e-12, 12e6 * 0.165e-9, 0.6e-3)
    assert float(period.seconds) == pytest.approx(1 / 1.41e9)
    assert 0.03 < float(period.by_level()["wire"]) * 1.41e9 < 0.2
    assert float(owned_by_clock(3.0, period).seconds) == pytest.approx(3.0)
    assert 20 < float(stage_depth(1 / 1.41e9, 8e-12, 12e6 * 0.165e-9, 0.6e-3)) < 100


def test_a_wire_longer_than_the_clock_allows_leaves_gates_a_quarter():
    period = owned_period(1e-10, 8e-12, 1e9, 1e-2)
    assert float(period.seconds) == pytest.approx(1e-10)
    assert float(period.by_level()["transistor"]) > 0.25e-10


def test_a_long_product_draws_close_to_the_limit():
    flop_J = float(flop_energy(400.0, 0.56, 1 / 250e12))
    energy = ChipEnergy(60.0, 176.0, 400.0, flop_J, 90e-12, 0.0)
    assert float(activity_energy(energy, 1.0, 250e12, 0.0, 0.0)) == pytest.approx(400.0)
    assert float(activity_energy(energy, 1.0, 125e12, 0.0, 0.0)) == pytest.approx(288.0)


def test_no_activity_draws_more_than_the_limit():
    energy = ChipEnergy(60.0, 176.0, 400.0, 1e-12, 90e-12, 10e-12)
    assert float(activity_energy(energy, 2.0, 1e15, 1e13, 1e12)) == pytest.approx(800.0)


def test_power_cap_lowers_the_clock_and_never_raises_it():
    caps = np.array([60.0, 100.0, 230.0, 400.0, 900.0])
    clock = capped_clock(caps, 400.0, 60.0, 0.4)
    assert np.all(np.diff(clock) >= 0)
    assert clock[0] == 0.0
    assert clock[-1] == clock[-2] == 1.0
