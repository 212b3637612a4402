"""Mixtures of experts: loads of the busiest rank, tiles, weights of active experts, properties of their time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauplan.chip.grouped_gemm import ExpertLayer, ExpertRates, experts_time, padded_rows
from tauplan.workload.llm.routing import expert_loads

RATES = ExpertRates(20e-6, 0.1e-6, 1 / 600e12, 1 / 2.8e12, 3 / 3.3e12, 2 / 3.3e12, 64.0, 0.3, 0.3, 0.0, 132.0)
tokens = st.integers(1, 65536).map(float)
experts = st.sampled_from([8.0, 64.0, 256.0, 512.0])
exponents = st.sampled_from([0.0, 1.01, 1.2])


def layer(batch, exponent=0.0, ranks=8.0, count=256.0, active=8.0):
    loads = expert_loads(batch, active, count, ranks, exponent)
    return ExpertLayer(batch, 7168.0, 2048.0, 2.0, loads, 1.0, 1.0, 2.0)


@given(tokens, experts)
def test_balanced_routing_gives_every_rank_its_share(batch, count):
    loads = expert_loads(batch, 2.0, count, 4.0)
    assert float(loads.assigned) == pytest.approx(2.0 * batch / 4.0)
    assert float(loads.touched) == pytest.approx(min(2.0 * batch, count) / 4.0)


@given(tokens, experts, st.sampled_from([1.0, 4.0, 8.0]), exponents)
def test_no_rank_gets_more_than_all_and_the_busiest_no_less_than_the_mean(batch, count, ranks, exponent):
    loads = expert_loads(batch, 2.0, count, ranks, exponent)
    assert float(loads.touched) <= float(loads.local) * (1 + 1e-12)
    assert float(np.max(loads.tokens)) <= batch * (1 + 1e-12)
    assert float(loads.assigned) <= 2.0 * batch * (1 + 1e-9)
    if ranks == 1.0 and exponent == 0.0:
        assert float(loads.assigned) == pytest.approx(2.0 * batch)


@given(st.sampled_from([1.01, 1.2]))
def test_skew_loads_the_busiest_rank_more_the_fewer_experts_it_has(exponent):
    shares = [float(expert_loads(4096.0, 8.0, 256.0, r, exponent).assigned) * r for r in (4.0, 32.0, 128.0)]
    assert shares == sorted(shares)
    assert shares[0] > 8.0 * 4096.0


@given(tokens, st.sampled_from([16.0, 64.0, 128.0]))
def test_tiles_hold_all_rows_and_one_tile_per_touched_expert(batch, tile):
    loads = expert_loads(batch, 8.0, 256.0, 8.0)
    assert float(padded_rows(loads, tile)) >= float(loads.assigned)
    assert float(padded_rows(loads, tile)) >= 0.99 * tile * float(loads.touched)


@given(tokens, exponents)
def test_twice_the_tokens_never_take_less_time(batch, exponent):
    assert float(experts_time(layer(2.0 * batch), RATES)) >= float(experts_time(layer(batch), RATES)) * (
        1 - 1e-9
    )
    assert float(experts_time(layer(batch, exponent), RATES)) > 20e-6


def test_few_tokens_stream_the_weights_of_the_experts_they_touch():
    rates = replace(
        RATES, start_s=0.0, expert_s=0.0, permute_byte_s=0.0, batch_byte_s=0.0, fill=0.0, exposed=0.0
    )
    one = float(experts_time(layer(1.0, ranks=1.0), rates))
    assert one == pytest.approx(8 * 3 * 7168 * 2048 / 2.8e12, rel=0.02)
    all_touched = float(experts_time(layer(64.0, ranks=1.0), rates))
    assert all_touched == pytest.approx(256 * 3 * 7168 * 2048 / 2.8e12, rel=0.02)


def test_many_tokens_are_bound_by_products():
    rates = replace(RATES, exposed=0.0)
    batch, flops = 65536.0, 65536 * 8 * 3 * 2 * 7168 * 2048
    assert float(experts_time(layer(batch, ranks=1.0), rates)) == pytest.approx(flops / 600e12, rel=0.2)


def test_rows_of_other_ranks_cost_a_kernel_without_compaction():
    compact = float(experts_time(layer(8192.0), RATES))
    padded = float(experts_time(layer(8192.0), replace(RATES, foreign=1.0)))
    assert padded > 3.0 * compact


def test_arrays_of_layers():
    batch = np.array([1.0, 100.0, 8192.0])
    together = experts_time(layer(batch, 1.2), RATES)
    alone = [float(experts_time(layer(b, 1.2), RATES)) for b in batch]
    assert np.allclose(together, alone, rtol=1e-12)
