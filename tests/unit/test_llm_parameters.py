"""Parameter counts against matrices written out by hand, and the key-value cache."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauplan.workload.llm.parameters import (
    attention_parameters,
    count_parameters,
    kv_bytes_per_token,
    kv_cache_bytes,
)
from tauplan.workload.llm.shape import Attention, Ffn, LayerGroup, ModelShape

GQA = Attention("gqa", heads=8, kv_heads=2, head_dim=16, v_dim=16)
MLA = Attention("mla", heads=4, kv_heads=4, head_dim=24, v_dim=16, q_rank=48, kv_rank=32, rope_dim=8)
DENSE = Ffn("dense", 256, gated=True)
MOE = Ffn("moe", 64, gated=True, experts=16, active=2, shared_width=96)


def model(attention: Attention = GQA, ffn: Ffn = DENSE, count: int = 3, **more: object) -> ModelShape:
    settings: dict = {"tied": False, **more}
    return ModelShape("m", 128, 1000, (LayerGroup(count, attention, ffn),), **settings)


def test_grouped_query_attention_is_four_projections():
    assert attention_parameters(128, GQA) == 128 * 8 * 16 + 2 * 128 * 2 * 16 + 8 * 16 * 128


def test_latent_attention_with_a_latent_query():
    down, up = 128 * 48 + 48, 48 * 4 * 24
    cache = 128 * (32 + 8) + 32 + 32 * 4 * (16 + 16)
    assert attention_parameters(128, MLA) == down + up + cache + 4 * 16 * 128


def test_latent_attention_with_direct_queries():
    direct = dataclasses.replace(MLA, q_rank=0)
    difference = 128 * 48 + 48 + 48 * 4 * 24 - 128 * 4 * 24
    assert attention_parameters(128, MLA) - attention_parameters(128, direct) == difference


@pytest.mark.parametrize(
    ("change", "extra"),
    [
        ({"qkv_bias": True}, 8 * 16 + 2 * 2 * 16),
        ({"out_bias": True}, 128),
        ({"qk_norm": True}, 2 * 16),
        ({"qk_norm": True, "qk_norm_wide": True}, 8 * 16 + 2 * 16),
        ({"sinks": True}, 8),
        ({"window": 7}, 0),
    ],
)
def test_small_parts_of_grouped_query_attention(change: dict, extra: int):
    changed = dataclasses.replace(GQA, **change)
    assert attention_parameters(128, changed) - attention_parameters(128, GQA) == extra


@pytest.mark.parametrize(
    ("change", "extra"),
    [
        ({"qkv_bias": True}, 48 + 32 + 8),
        ({"sparse_topk": 9}, 0),
        ({"index_heads": 2, "index_dim": 10}, 48 * 2 * 10 + 128 * 10 + 2 * 10 + 128 * 2),
    ],
)
def test_small_parts_of_latent_attention(change: dict, extra: int):
    changed = dataclasses.replace(MLA, **change)
    assert attention_parameters(128, changed) - attention_parameters(128, MLA) == extra


def test_dense_layer_split():
    _, layer = count_parameters(model(ffn=dataclasses.replace(DENSE, bias=True))).layers[0]
    assert layer.ffn == layer.ffn_active == 3 * 128 * 256 + 2 * 256 + 128
    assert (layer.router, layer.norms) == (0, 2 * 128)
    plain = count_parameters(model(ffn=Ffn("dense", 256, gated=False, bias=True))).layers[0][1]
    assert plain.ffn == 2 * 128 * 256 + 256 + 128


def test_mixture_layer_split():
    ffn = dataclasses.replace(MOE, router_bias=True, shared_gate=True)
    _, layer = count_parameters(model(ffn=ffn)).layers[0]
    shared = 3 * 128 * 96 + 128
    assert layer.ffn == 16 * 3 * 128 * 64 + shared
    assert layer.ffn_active == 2 * 3 * 128 * 64 + shared
    assert layer.router == 128 * 16 + 16
    assert layer.total - layer.active == 14 * 3 * 128 * 64


def test_tables_and_norms():
    count = count_parameters(
        model(positions=50, norm_bias=True, model_norms=2, head_bias=True, norms_per_layer=4)
    )
    assert count.embedding == 1000 * 128
    assert count.head == 1000 * 128 + 1000
    assert count.positions == 50 * 128
    assert count.norms == 2 * 2 * 128
    assert count.layers[0][1].norms == 4 * 2 * 128


def test_a_tied_table_is_counted_once_and_stays_active():
    untied, tied = count_parameters(model()), count_parameters(model(tied=True))
    assert untied.total - tied.total == 1000 * 128
    assert tied.active_without_embedding == tied.active
    assert untied.active_without_embedding == untied.active - 1000 * 128
    assert untied.active_non_embedding == tied.active_non_embedding == tied.non_embedding


def test_parts_add_up():
    count = count_parameters(model(ffn=MOE, positions=10))
    layer_norms = 3 * 2 * 128
    parts = count.attention + count.ffn + count.router + layer_norms + count.norms
    assert parts == count.non_embedding
    assert count.total == parts + count.embedding + count.positions + count.head


shapes = st.builds(
    lambda count, heads, group, dim, experts, active, shared, window: ModelShape(
        "m",
        8 * heads,
        500,
        (
            LayerGroup(count, Attention("gqa", heads * group, heads, dim, dim, window=window), MOE),
            LayerGroup(
                1, GQA, Ffn("moe", 32, True, experts=experts + active, active=active, shared_width=shared)
            ),
        ),
        tied=False,
    ),
    st.integers(1, 9),
    st.integers(1, 16),
    st.integers(1, 8),
    st.integers(1, 64),
    st.integers(0, 40),
    st.integers(1, 8),
    st.integers(0, 64),
    st.sampled_from([0, 1, 16, 4096]),
)


@given(shapes)
def test_active_never_exceeds_total(shape: ModelShape):
    count = count_parameters(shape)
    assert 0 < count.active_non_embedding < count.active <= count.total
    assert count.active_without_embedding < count.active


@given(shapes, st.lists(st.integers(0, 100_000), min_size=1, max_size=8))
def test_cache_of_an_array_is_the_cache_of_each_element_and_grows(shape: ModelShape, contexts: list[int]):
    context = np.sort(np.asarray(contexts, dtype=float))
    array = kv_cache_bytes(shape, context)
    assert array.tolist() == [kv_cache_bytes(shape, float(c)) for c in context]
    assert bool(np.all(np.diff(array) >= 0))
    assert bool(np.all(array <= context * kv_bytes_per_token(shape) + 1e-6))


def test_a_window_caps_the_cache_of_its_layers_only():
    windowed = dataclasses.replace(GQA, window=100)
    mixed = ModelShape(
        "m", 128, 1000, (LayerGroup(5, windowed, DENSE), LayerGroup(1, GQA, DENSE)), tied=False
    )
    per_layer = 2 * 2 * (16 + 16)
    assert kv_cache_bytes(mixed, 100.0) == 6 * 100 * per_layer
    assert kv_cache_bytes(mixed, 1000.0) == (5 * 100 + 1000) * per_layer


def test_bytes_per_element_scales_the_cache():
    assert kv_bytes_per_token(model(), 1.0) * 2 == kv_bytes_per_token(model(), 2.0)
    assert kv_cache_bytes(model(), 10.0, 0.5) == 10 * kv_bytes_per_token(model(), 0.5)
