"""FLOPs and bytes of operators are exact for the stated algorithm."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauplan.catalog.lookup import Catalog
from tauplan.workload.formats import BYTES, WIDER, compute_format
from tauplan.workload.llm.catalogued import model_shape
from tauplan.workload.llm.layer import ffn_operators, head_operators, layer_operators
from tauplan.workload.llm.parameters import count_parameters
from tauplan.workload.llm.shape import Ffn
from tauplan.workload.llm.step import ElementBytes, Pass, Split, attended_pairs
from tauplan.workload.operators import AttentionCore, Gemm, backward

SIZE = ElementBytes()


def gemm_flops(operators):
    return sum(float(op.flops) for op in operators if isinstance(op, Gemm))


def shape_of(name):
    return model_shape(name, Catalog.load())


def test_gemm_counts():
    op = Gemm("x", 3.0, 5.0, 7.0, 2.0, 1.0, 4.0, groups=2.0)
    assert op.flops == 2 * 3 * 5 * 7 * 2
    assert op.bytes == (3 * 7 * 2 + 7 * 5 * 1 + 3 * 5 * 4) * 2


def test_the_backward_pass_of_a_gemm_is_two_gemms_of_the_same_flops():
    op = Gemm("x", 128.0, 256.0, 512.0, 2.0, 2.0, 2.0)
    data, weight = backward(op)
    assert (data.m, data.n, data.k) == (128.0, 512.0, 256.0)
    assert (weight.m, weight.n, weight.k) == (512.0, 256.0, 128.0)
    assert data.flops == weight.flops == op.flops


@given(st.integers(1, 60), st.integers(0, 60), st.integers(0, 70))
def test_attended_pairs_count_what_a_causal_window_lets_through(queries, past, window):
    allowed = sum(min(window, past + i) if window else past + i for i in range(1, queries + 1))
    assert float(attended_pairs(float(queries), float(past), float(window))) == allowed


@pytest.mark.parametrize(
    "model", ["Llama-3.1-8B", "Llama-3.1-70B", "Qwen3-32B", "Mixtral-8x7B", "DeepSeek-V3"]
)
def test_projection_flops_are_two_per_active_weight_and_token(model):
    """The GEMMs of one forward pass do two FLOPs per token for each matrix weight that the token uses."""
    shape = shape_of(model)
    tokens = 4096.0
    work = Pass(1.0, tokens)
    total = 0.0
    for group in shape.groups:
        total += group.count * gemm_flops(layer_operators(shape.hidden, group, work, Split(), SIZE))
    total += gemm_flops(head_operators(shape.hidden, shape.vocab, tokens, Split(), SIZE))
    counts = count_parameters(shape)
    table = shape.vocab * shape.hidden
    active = counts.active - (0 if shape.tied else table)  # the input table is looked up, not multiplied
    assert total / (2.0 * tokens) == pytest.approx(active, rel=2e-3)  # norms and biases are not GEMMs


@pytest.mark.parametrize("tensor", [1.0, 2.0, 4.0, 8.0])
def test_tensor_parallel_ranks_share_the_work(tensor):
    shape = shape_of("Llama-3.1-70B")
    work, group = Pass(1.0, 2048.0), shape.groups[0]
    whole = gemm_flops(layer_operators(shape.hidden, group, work, Split(), SIZE))
    part = gemm_flops(layer_operators(shape.hidden, group, work, Split(tensor=tensor), SIZE))
    assert part * tensor == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize(("tensor", "expert"), [(1.0, 8.0), (4.0, 1.0), (4.0, 8.0), (8.0, 4.0)])
def test_experts_share_the_work_of_all_tokens_that_meet(tensor, expert):
    """Routed FLOPs per rank times ranks equal active experts times all tokens, however experts are laid out."""
    ffn = Ffn("moe", 2048, True, experts=64, active=4)
    tokens, hidden = 8192.0, 4096.0
    split = Split(tensor=tensor, expert=expert)
    routed = [op for op in ffn_operators(hidden, ffn, split, SIZE, tokens) if op.name.startswith("expert")]
    ranks = expert * float(split.expert_tensor)
    all_tokens = tokens / tensor * ranks
    assert gemm_flops(routed) * ranks == pytest.approx(2 * 3 * hidden * 2048 * 4 * all_tokens, rel=1e-9)


def test_few_tokens_touch_few_experts():
    ffn = Ffn("moe", 2048, True, experts=256, active=8)
    one, many = (
        next(op for op in ffn_operators(7168.0, ffn, Split(), SIZE, t) if op.name == "expert up")
        for t in (1.0, 1e5)
    )
    assert float(one.groups) == pytest.approx(8.0)
    assert float(many.groups) == pytest.approx(256.0)


def test_decode_reads_the_whole_cache_once():
    core = AttentionCore("a", 4.0, 64.0, 8.0, 1.0, 1000.0, 1000.0, 128.0, 128.0, 2.0, 2.0)
    cache = 4 * 8 * 1000 * 256 * 2
    queries_and_outputs = 4 * 64 * 256 * 2
    assert core.bytes == cache + queries_and_outputs


def test_latent_attention_reads_one_shared_vector_per_token_in_decode():
    shape = shape_of("DeepSeek-V3")
    group = shape.groups[0]
    operators = layer_operators(shape.hidden, group, Pass(1.0, 1.0, 999.0, decode=True), Split(), SIZE)
    core = next(op for op in operators if isinstance(op, AttentionCore))
    assert float(core.kv_heads * core.keys * core.qk_dim) == 1000 * (512 + 64)


def test_arrays_give_what_scalars_give():
    shape = shape_of("Mixtral-8x7B")
    tokens = np.array([1.0, 16.0, 4096.0])
    batch = layer_operators(shape.hidden, shape.groups[0], Pass(1.0, tokens), Split(), SIZE)
    for i, count in enumerate(tokens):
        alone = layer_operators(shape.hidden, shape.groups[0], Pass(1.0, float(count)), Split(), SIZE)
        for one, many in zip(alone, batch, strict=True):
            assert np.broadcast_to(many.flops, 3)[i] == pytest.approx(float(one.flops), rel=1e-12)
            assert np.broadcast_to(many.bytes, 3)[i] == pytest.approx(float(one.bytes), rel=1e-12)


def test_formats_never_fall_back_to_a_narrower_one():
    for narrow, wide in WIDER.items():
        assert BYTES[wide] > BYTES[narrow] - 1 / 16  # scales aside
    assert compute_format("int4", "bf16") == "bf16"
    assert compute_format("fp8", "bf16") == "bf16"
    assert compute_format("int8", "int8") == "int8"
