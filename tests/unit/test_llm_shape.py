"""Derived quantities of a model shape."""

import dataclasses

import pytest

from tauplan.workload.llm.shape import Attention, Ffn, LayerGroup, ModelShape

FULL = Attention("gqa", heads=8, kv_heads=2, head_dim=16, v_dim=16)
LATENT = Attention("mla", heads=8, kv_heads=8, head_dim=24, v_dim=16, q_rank=0, kv_rank=32, rope_dim=8)
DENSE = Ffn("dense", 256, gated=True)
MOE = Ffn("moe", 64, gated=True, experts=16, active=2, shared_width=96)
MODEL = ModelShape("m", 128, 1000, (LayerGroup(1, FULL, DENSE), LayerGroup(5, FULL, MOE)), tied=False)


def test_layers_and_experts_are_sums_over_groups():
    assert (MODEL.layers, MODEL.moe_layers, MODEL.experts) == (6, 5, 16)


def test_a_dense_model_has_no_experts():
    dense = ModelShape("d", 128, 1000, (LayerGroup(3, FULL, DENSE),), tied=True)
    assert (dense.layers, dense.moe_layers, dense.experts) == (3, 0, 0)


def test_cached_elements_per_token():
    assert FULL.cached_per_token == 2 * (16 + 16)
    assert LATENT.cached_per_token == 32 + 8
    assert dataclasses.replace(LATENT, index_heads=4, index_dim=12).cached_per_token == 32 + 8 + 12


def test_part_without_position():
    assert LATENT.nope_dim == 16


def test_active_width_counts_routed_and_shared_experts():
    assert DENSE.active_width == 256
    assert MOE.active_width == 2 * 64 + 96


def test_matrices():
    assert DENSE.matrices == 3
    assert Ffn("dense", 256, gated=False).matrices == 2


def test_shapes_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        MODEL.hidden = 1  # type: ignore[misc]
