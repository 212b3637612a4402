"""Collectives: textbook costs, limits, placement on tiers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauplan.link.collectives import all_gather, all_reduce, all_to_all, reduce_scatter, send
from tauplan.link.exchange import ExchangeKernel, Traffic, distinct, exchange_time
from tauplan.link.protocol import Protocol, carry
from tauplan.link.tier import bus_factor, crossing, members, plain_tier

BETA, ALPHA = 1 / 100e9, 5e-6
RING = (plain_tier(64.0, BETA, ALPHA),)
SWITCH = (replace(plain_tier(64.0, BETA, ALPHA), direct_here=True, direct=Protocol(0.0, ALPHA, 2 * BETA)),)
TWO = (plain_tier(8.0, 1 / 300e9, 3e-6), plain_tier(1e9, 1 / 25e9, 10e-6))
ranks = st.integers(2, 64).map(float)
sizes = st.floats(1.0, 1e10)


@given(ranks, st.floats(1e9, 1e11))
def test_large_all_reduce_moves_twice_the_buffer(p, size):
    time = float(all_reduce(size, (p,), RING))
    assert time >= 2 * (p - 1) / p * size * BETA
    assert time <= 2 * (p - 1) / p * size * BETA + 2 * (p - 1) * ALPHA + 1e-12


@given(ranks)
def test_small_all_reduce_takes_the_tree_between_domains_and_one_shot_inside(p):
    between = (plain_tier(1.0, BETA, ALPHA), plain_tier(1e9, BETA, ALPHA))
    assert float(all_reduce(8.0, (1.0, p), between)) <= (2 * np.ceil(np.log2(p)) + 1e-3) * ALPHA
    assert float(all_reduce(8.0, (p,), SWITCH)) <= 1.01 * ALPHA


@given(ranks, sizes)
def test_all_reduce_is_no_slower_than_scatter_and_gather(p, size):
    parts = float(reduce_scatter(size, (p,), RING)) + float(all_gather(size, (p,), RING))
    assert float(all_reduce(size, (p,), RING)) <= parts * (1 + 1e-12)


@given(sizes)
def test_a_group_of_one_is_free(size):
    for collective in (all_reduce, all_gather, all_to_all):
        assert float(collective(size, (1.0, 1.0), TWO)) == 0.0


@given(st.integers(1, 8).map(float), st.integers(1, 32).map(float), sizes)
def test_more_bandwidth_is_never_slower(inner, outer, size):
    fast = (plain_tier(8.0, 1 / 600e9, 3e-6), plain_tier(1e9, 1 / 50e9, 10e-6))
    for collective in (all_reduce, all_gather, all_to_all):
        assert (
            float(collective(size, (inner, outer), fast))
            <= float(collective(size, (inner, outer), TWO)) + 1e-15
        )


def test_the_short_message_protocol_serves_short_messages_alone():
    long, quick = Protocol(5e-6, 12e-6, BETA), Protocol(5e-6, 1e-6, 2.5 * BETA)
    both = replace(plain_tier(8.0, BETA, 0.0), long=long, quick=quick)
    short_s, long_s = (float(all_gather(size, (8.0,), (both,))) for size in (1e3, 1e9))
    assert short_s == pytest.approx(5e-6 + 7e-6, rel=0.01)
    assert long_s == pytest.approx(5e-6 + 7 * 12e-6 + 7 / 8 * 1e9 * BETA, rel=1e-9)


def test_hierarchy_sends_an_eighth_over_the_slow_tier():
    size = 1e9
    flat = float(all_reduce(size, (1.0, 64.0), TWO))
    nested = float(all_reduce(size, (8.0, 8.0), TWO))
    slow = 2 * 7 / 8 * (size / 8) / 25e9
    assert nested == pytest.approx(slow + 2 * 7 / 8 * size / 300e9 + 42e-6 + 2 * 7 * 10e-6, rel=0.01)
    assert nested < flat / 4


def test_in_network_reduction_goes_past_the_ring():
    tier = replace(plain_tier(8.0, 1 / 300e9, 3e-6), reduces=True, reduction=Protocol(20e-6, 0.0, 1 / 275e9))
    bus_bandwidth = 2 * 7 / 8 * 1e9 / float(all_reduce(1e9, (8.0,), (tier,)))
    assert bus_bandwidth > 400e9


def test_all_to_all_is_bound_by_the_share_that_leaves_the_domain():
    time = float(all_to_all(1e9, (8.0, 8.0), TWO))
    assert time == pytest.approx(56 / 64 * 1e9 / 25e9, rel=0.01)


@given(st.integers(0, 7).map(lambda e: 2.0**e), st.integers(0, 10).map(lambda e: 2.0**e))
def test_members_multiply_to_the_group(stride, group):
    assert np.prod([float(m) for m in members(group, stride, TWO)]) == pytest.approx(group)


@pytest.mark.parametrize(("stride", "where"), [(1.0, 0), (4.0, 0), (8.0, 1), (64.0, 1)])
def test_neighbours_share_a_tier_when_two_strides_fit(stride, where):
    weights = [float(w) for w in crossing(stride, TWO)]
    assert weights == [1.0 if i == where else 0.0 for i in range(2)]
    alpha, beta = TWO[where].exchange.message_s, TWO[where].exchange.byte_s
    assert float(send(1e6, tuple(weights), TWO)) == pytest.approx(alpha + 1e6 * beta)


def test_arrays_of_groups():
    counts = (np.array([1.0, 2.0, 8.0]), np.array([4.0, 1.0, 8.0]))
    batch = all_reduce(1e8, counts, TWO)
    alone = [float(all_reduce(1e8, (a, b), TWO)) for a, b in zip(*counts, strict=True)]
    assert np.allclose(batch, alone, rtol=1e-14)


@given(st.floats(1.0, 1e9), st.floats(1e-9, 1e-4))
def test_a_pipelined_transfer_takes_its_best_number_of_pieces(size, ramp):
    """A pipe of two stages cut into k pieces takes (k + 1)(ρ + Vβ/k); the best k, if whole, is √(Vβ/ρ)."""
    moved = size * BETA
    best = np.sqrt(moved / ramp)
    optimum = (best + 1.0) * (ramp + moved / best)
    assert float(carry(Protocol(ramp, 0.0, BETA, ramp), 0.0, size)) == pytest.approx(optimum, rel=1e-9)


@given(ranks, sizes)
def test_what_a_rank_copies_itself_costs_time_once(p, size):
    copies = (replace(RING[0], own_share=0.5),)
    extra = float(all_gather(size, (p,), copies)) - float(all_gather(size, (p,), RING))
    assert extra == pytest.approx(0.5 * size / p * BETA, rel=1e-6, abs=1e-15)


def test_a_bus_is_slower_once_more_than_two_meet():
    bus = replace(RING[0], bridge=1.5, host_share=0.5)
    assert [float(bus_factor(p, bus)) for p in (1.0, 2.0, 3.0, 8.0)] == [1.0, 1.0, 1.5, 4.0]


@given(st.floats(1.0, 64.0), st.floats(1.0, 64.0))
def test_copies_of_a_token_travel_once_per_rank(places, choices):
    hit = float(distinct(places, choices))
    assert hit <= min(places, choices) + 1e-9
    assert hit <= float(distinct(places, choices + 1.0)) + 1e-12


@given(
    st.sampled_from([1, 2, 4, 8, 16, 64]), st.integers(1, 12), st.sampled_from([2, 4, 8]), st.integers(1, 8)
)
def test_groups_of_experts_keep_a_token_on_fewer_places(places, choices, groups, chosen):
    limited = float(distinct(float(places), float(choices), groups, chosen))
    most = chosen * max(places / groups, 1.0)
    assert limited <= min(float(distinct(places, choices)), most, choices) + 1e-9
    assert limited >= 1.0 - 1e-9


def test_places_that_grouped_choices_hit_are_as_counted():
    """Eight experts in four of eight groups of 32, on 4 servers and on 32 ranks: drawn a hundred thousand times."""
    rng = np.random.default_rng(1)
    rows = np.arange(20_000)[:, None]
    groups = rng.random((len(rows), 8)).argsort(axis=1)[:, :4]
    order = rng.random((len(rows), 128)).argsort(axis=1)[:, :8]
    experts = groups[rows, order // 32] * 32 + order % 32
    for places in (4, 32):
        drawn = np.mean([len(set(row)) for row in experts * places // 256])
        assert float(distinct(places, 8.0, 8, 4)) == pytest.approx(drawn, rel=0.03)


def test_the_slowest_of_link_units_and_network_decides_an_exchange():
    kernel = ExchangeKernel(10e-6, 0.0, 1 / 300e9, 2e-6, 1 / 20e9, 0.0, 15e-6, 1 / 40e9)

    def time(units, outside):
        return float(exchange_time(kernel, Traffic(1000.0, 30e6, outside, units, 256.0)))

    assert time(132.0, 0.0) == pytest.approx(10e-6 + 100e-6)
    assert time(4.0, 0.0) == pytest.approx(10e-6 + (1000 * 2e-6 + 30e6 / 20e9) / 4)
    assert time(132.0, 30e6) == pytest.approx(25e-6 + 30e6 / 40e9)
