"""Kernel times: limits, monotone, homogeneous, scalar = array, owned = plain."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tauplan.chip.attention import attention_time
from tauplan.chip.gemm import gemm_time, overlapped
from tauplan.chip.rates import AttentionSchedule, ChipRates, ProductSchedule
from tauplan.tau import Time
from tauplan.workload.operators import AttentionCore, Gemm

HOW = ProductSchedule(unit_share=0.8, exposed=0.3, wave_s=1e-6, join_s=2e-6, step_s=1e-10)
CORES = AttentionSchedule(
    exp_s=1 / 4e12,
    tile_s=2e-6,
    sequence_s=1.5e-6,
    key_byte_s=3e-11,
    head_element_s=8e-11,
    walk_s=3e-10,
    join_s=4e-6,
    latent_sequence_s=5e-6,
    latent_key_s=1e-9,
)
CHIP = ChipRates(
    gemm_flop_s=1 / 800e12,
    attention_flop_s=1 / 700e12,
    vector_flop_s=1 / 60e12,
    memory_byte_s=1 / 3e12,
    elementwise_byte_s=1 / 2e12,
    noc_byte_s=1 / 60e12,
    kernel_s=3e-6,
    units=132.0,
    tile=128.0,
    split_k=256.0,
    cache_byte_s=1 / 6e12,
    products=HOW,
    attention=CORES,
)
sizes = st.integers(1, 40_000).map(float)
few = st.integers(1, 64).map(float)
odd = st.one_of(st.integers(1, 300), st.integers(1, 70_000), st.sampled_from([8191, 8193, 65536])).map(float)
groups = st.sampled_from([1.0, 2.0, 4.0, 5.0, 8.0, 16.0, 32.0, 64.0])
widths = st.sampled_from([64.0, 96.0, 128.0, 192.0, 256.0])
TILE_EFFECT = 0.88  # share of its time that a product may lose to one that fills its tiles and splits its k
ENGINE = replace(CHIP, attention=replace(CORES, shared_from=0.25))
TIMES = [f.name for f in fields(ChipRates) if f.name.endswith("_s")]


def scaled(part, factor):
    times = {f.name: getattr(part, f.name) * factor for f in fields(part) if f.name.endswith("_s")}
    return replace(part, **times)


def slower(factor):
    whole = scaled(CHIP, factor)
    return replace(whole, products=scaled(HOW, factor), attention=scaled(CORES, factor))


def owned():
    def part(of):
        times = {f.name: Time.of("noc", getattr(of, f.name)) for f in fields(of) if f.name.endswith("_s")}
        return replace(of, **times)

    return replace(part(CHIP), products=part(HOW), attention=part(CORES))


def square(m, n, k):
    return Gemm("g", m, n, k, 2.0, 2.0, 2.0)


def prefill(sequences, heads, queries, width=128.0):
    pairs = queries * (queries + 1.0) / 2.0
    return AttentionCore("a", sequences, heads, 1.0, queries, queries, pairs, width, width, 2.0, 2.0)


def grouped(sequences, group, caches, keys, width, kv_B=2.0):
    sizes = (sequences, group * caches, caches, 1.0, keys, keys)
    return AttentionCore("a", *sizes, width, width, 2.0, kv_B)


def decode(sequences, heads, keys, latent=False):
    width = (576.0, 512.0) if latent else (128.0, 128.0)
    return AttentionCore("a", sequences, heads, 1.0, 1.0, keys, keys, *width, 2.0, 2.0, latent=latent)


@given(sizes, sizes, sizes)
def test_no_product_beats_sustained_compute_memory_or_launch(m, n, k):
    time, op = float(gemm_time(square(m, n, k), CHIP)), square(m, n, k)
    assert time >= op.flops * CHIP.gemm_flop_s
    assert time >= op.bytes * CHIP.memory_byte_s
    assert time >= CHIP.kernel_s


@given(sizes, sizes, sizes, st.integers(2, 4))
def test_more_columns_are_never_much_faster(m, n, k, times):
    """A whole multiple holds the smaller product's tiling, so the best tiling cannot win by shape alone."""
    small, large = (float(gemm_time(square(m, size, k), CHIP)) for size in (n, n * times))
    assert large >= small * 0.97


@given(st.sampled_from([64.0, 512.0, 4096.0, 16384.0]), sizes, sizes)
def test_a_slower_memory_network_or_launch_is_never_faster(m, n, k):
    base = float(gemm_time(square(m, n, k), CHIP))
    for name in ("memory_byte_s", "noc_byte_s", "kernel_s", "cache_byte_s"):
        worse = replace(CHIP, **{name: getattr(CHIP, name) * 2.0})
        assert float(gemm_time(square(m, n, k), worse)) >= base


@given(few, few, sizes, st.booleans())
def test_more_sequences_and_keys_never_take_less_time(sequences, heads, keys, latent):
    base = float(attention_time(decode(sequences, heads, keys, latent), CHIP))
    more = float(attention_time(decode(sequences * 2.0, heads, keys, latent), CHIP))
    assert more >= base * 0.999
    longest = float(attention_time(decode(sequences, heads, keys + 4096.0 * 16, latent), CHIP))
    assert longest >= base * 0.999


@given(few, few, st.integers(1, 16_000).map(float))
def test_no_prefill_beats_its_flops_and_its_memory_traffic(sequences, heads, queries):
    op = prefill(sequences, heads, queries)
    time = float(attention_time(op, CHIP))
    assert time >= op.flops * CHIP.attention_flop_s
    assert time >= op.bytes * CHIP.memory_byte_s


def test_long_sequences_reach_the_rate_of_products_and_exponentials():
    op = prefill(8.0, 32.0, 32768.0)
    pairs = 8.0 * 32.0 * op.pairs
    ideal = op.flops * CHIP.attention_flop_s + pairs * CORES.exp_s
    assert float(attention_time(op, CHIP)) == pytest.approx(ideal, rel=0.03)


def test_a_long_cache_is_read_at_the_rate_of_the_memory():
    op = decode(1024.0, 8.0, 65536.0)
    assert float(attention_time(op, replace(CHIP, attention=AttentionSchedule()))) == pytest.approx(
        op.bytes * CHIP.memory_byte_s + CHIP.kernel_s
    )


def test_heads_that_fit_no_tile_read_the_cache_again():
    within, beyond = (float(attention_time(decode(64.0, heads, 8192.0), CHIP)) for heads in (32.0, 64.0))
    assert beyond > 8 * within


def test_few_latent_heads_compute_a_whole_tile():
    one, many = (float(attention_time(decode(512.0, h, 4096.0, latent=True), CHIP)) for h in (1.0, 64.0))
    assert one == pytest.approx(many, rel=0.05)


@settings(max_examples=30)
@given(st.floats(0.05, 20.0), sizes, sizes)
def test_times_are_homogeneous_in_the_primitives(factor, m, k):
    chip = slower(factor)
    for op, time in (
        (square(m, 4096.0, k), gemm_time),
        (prefill(2.0, 8.0, m), attention_time),
        (decode(m, 8.0, k), attention_time),
    ):
        assert float(time(op, chip)) == pytest.approx(factor * float(time(op, CHIP)), rel=1e-9)


def test_arrays_give_what_scalars_give():
    rng = np.random.default_rng(0)
    m, n, k = (np.ceil(10.0 ** rng.uniform(0, 4.6, 200)) for _ in range(3))
    whole = gemm_time(square(m, n, k), CHIP)
    assert whole.tolist() == [float(gemm_time(square(*x), CHIP)) for x in zip(m, n, k, strict=True)]
    b, h = np.ceil(m / 500.0), np.ceil(n / 1000.0)
    cores = attention_time(prefill(b, h, k), CHIP)
    assert cores.tolist() == [float(attention_time(prefill(*x), CHIP)) for x in zip(b, h, k, strict=True)]


@given(sizes, sizes, sizes)
@settings(max_examples=30)
def test_owned_rates_give_the_same_time(m, n, k):
    chip = owned()
    for op, time in ((square(m, n, k), gemm_time), (prefill(2.0, 8.0, m), attention_time)):
        assert float(time(op, chip).seconds) == pytest.approx(float(time(op, CHIP)), rel=1e-12)


def test_what_is_hidden_and_what_is_exposed():
    assert overlapped(3.0, 2.0, 0.0) == 3.0
    assert overlapped(3.0, 2.0, 1.0) == 5.0


def test_a_format_that_keeps_k_whole_takes_longer_on_few_tiles():
    whole = replace(CHIP, split_k=np.inf)
    op = square(16.0, 64.0, 65536.0)
    assert float(gemm_time(op, whole)) > 2 * float(gemm_time(op, CHIP))


@given(odd, odd, odd)
def test_odd_and_extreme_products_are_finite_and_within_the_rate_of_the_units(m, n, k):
    time, op = float(gemm_time(square(m, n, k), CHIP)), square(m, n, k)
    assert np.isfinite(time)
    assert op.flops / time <= 1.0 / CHIP.gemm_flop_s


@given(odd, odd, odd, st.integers(1, 4096).map(float))
def test_a_longer_k_never_takes_less_time(m, n, k, more):
    short, long = (float(gemm_time(square(m, n, length), CHIP)) for length in (k, k + more))
    assert long >= short * (1.0 - 1e-12)


@given(odd, odd, odd, st.integers(1, 4096).map(float))
def test_more_rows_or_columns_take_less_time_only_by_a_better_tiling(m, n, k, more):
    """A library could compute the larger product for the smaller one: what it gains stays below a tile's effect."""
    base = float(gemm_time(square(m, n, k), CHIP))
    assert float(gemm_time(square(m + more, n, k), CHIP)) >= base * TILE_EFFECT
    assert float(gemm_time(square(m, n + more, k), CHIP)) >= base * TILE_EFFECT


@given(few, groups, st.sampled_from([1.0, 2.0, 8.0]), odd, widths, st.sampled_from([1.0, 2.0]))
def test_steps_of_any_heads_are_finite_and_read_their_cache_once(sequences, group, caches, keys, width, kv_B):
    op = grouped(sequences, group, caches, keys, width, kv_B)
    time = float(attention_time(op, ENGINE))
    assert np.isfinite(time)
    assert time >= op.bytes * ENGINE.memory_byte_s
    assert time >= op.flops * ENGINE.attention_flop_s


@given(few, odd, st.integers(1, 600).map(float), st.sampled_from([0.0, 1.0]))
def test_a_longer_latent_cache_never_takes_less_time(sequences, keys, more, split):
    chip = replace(CHIP, attention=replace(CORES, latent_split=split))
    base, longer = (
        float(attention_time(decode(sequences, 16.0, k, latent=True), chip))
        for k in (keys + 1.0, keys + 1.0 + more)
    )
    assert longer >= base * (1.0 - 1e-12)


@given(few, groups, st.sampled_from([1.0, 2.0, 8.0]), odd, widths, st.integers(1, 600).map(float))
def test_in_one_kernel_more_sequences_and_keys_take_no_less_time(sequences, group, caches, keys, width, more):
    """Only where the rule of an engine changes the kernel may a longer step be faster."""
    keys += 1.0  # a step that reads a cache has a key before its own
    base = float(attention_time(grouped(sequences, group, caches, keys, width), CHIP))
    wider = float(attention_time(grouped(sequences + more, group, caches, keys, width), CHIP))
    longer = float(attention_time(grouped(sequences, group, caches, keys + more, width), CHIP))
    assert min(wider, longer) >= base * (1.0 - 1e-12)


@given(few, few, st.integers(1, 16_000).map(float), widths, st.integers(1, 512).map(float))
def test_a_longer_prompt_takes_less_time_only_by_a_better_tiling(sequences, heads, queries, width, more):
    base, longer = (
        float(attention_time(prefill(sequences, heads, q, width), CHIP)) for q in (queries, queries + more)
    )
    assert np.isfinite(base)
    assert longer >= base * TILE_EFFECT
