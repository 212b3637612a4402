"""Attention to joined or selected keys: what is kept, what is computed, and the published shares of it."""

from pathlib import Path

import pytest

from tauplan.workload.llm.config import load_config
from tauplan.workload.llm.layer import head_operators, model_layer
from tauplan.workload.llm.parameters import kv_cache_bytes
from tauplan.workload.llm.shape import LayerGroup, ModelShape
from tauplan.workload.llm.step import ElementBytes, Pass, Split
from tauplan.workload.operators import AttentionCore, Operator

CONFIGS = Path(__file__).parents[1] / "fixtures" / "configs"
FLASH = load_config(CONFIGS / "deepseek-v4-flash.json")
V3_2 = load_config(CONFIGS / "deepseek-v3.2.json")
MILLION = 1024.0 * 1024.0


def layer(shape: ModelShape, group: LayerGroup, work: Pass, tensor: float = 1.0) -> dict[str, Operator]:
    return {op.name: op for op in model_layer(shape, group, work, Split(tensor), ElementBytes())}


def kind(step: int) -> LayerGroup:
    return next(group for group in FLASH.groups if group.attention.compress == step)


def token_flops(shape: ModelShape, past: float) -> float:
    work = Pass(1.0, 1.0, past, decode=True)
    inside = sum(
        float(op.flops) * group.count for group in shape.groups for op in layer(shape, group, work).values()
    )
    head = head_operators(shape.hidden, shape.vocab, 1.0, Split(), ElementBytes())
    return inside + sum(float(op.flops) for op in head)


def test_joined_keys_grow_by_their_step():
    added = kv_cache_bytes(FLASH, 2.0 * MILLION) - kv_cache_bytes(FLASH, MILLION)
    assert added == pytest.approx(2.0 * MILLION * (21 * (512 + 128) / 4 + 20 * 512 / 128))


def test_a_window_bounds_what_is_kept_of_single_keys():
    (windowed,) = (group for group in FLASH.groups if not group.attention.compress)
    only = ModelShape("w", FLASH.hidden, FLASH.vocab, (windowed,), tied=False)
    assert kv_cache_bytes(only, 1e6) == 2 * 128 * 512 * 2.0


@pytest.mark.parametrize(("step", "seen"), [(4, 129 + 512), (128, 129 + (1e5 + 1) / 128), (0, 129)])
def test_keys_that_a_step_reads(step: int, seen: float):
    core = layer(FLASH, kind(step), Pass(8.0, 1.0, 1e5, decode=True))["attention"]
    assert isinstance(core, AttentionCore)
    assert core.latent
    assert float(core.keys) == pytest.approx(seen)


def test_few_tokens_see_all_joined_keys():
    core = layer(FLASH, kind(4), Pass(1.0, 1.0, 999.0, decode=True))["attention"]
    assert isinstance(core, AttentionCore)
    assert float(core.keys) == pytest.approx(129 + 1000 / 4)


def test_prefill_attends_to_the_keys_before_each_query():
    """Pairs as a sum over queries: at most 512 joined keys of four tokens, and a window of 128."""
    tokens = 8192
    core = layer(FLASH, kind(4), Pass(1.0, float(tokens)))["attention"]
    assert isinstance(core, AttentionCore)
    pairs = sum(min(i, 128) + min(i / 4, 512) for i in range(1, tokens + 1))
    assert float(core.pairs) == pytest.approx(pairs, rel=1e-6)


def test_an_indexer_scores_every_earlier_key():
    (dense,) = (group for group in V3_2.groups if group.ffn.kind == "dense")
    scores = layer(V3_2, dense, Pass(4.0, 1.0, 9999.0, decode=True))["index scores"]
    assert float(scores.flops) == 2 * 4 * 64 * 128 * 10_000
    assert "index scores" not in layer(FLASH, kind(128), Pass(1.0, 1.0, 9999.0, decode=True))


def test_tensor_ways_share_all_but_what_every_rank_keeps_whole():
    work = Pass(2.0, 64.0)
    whole, part = (layer(FLASH, kind(4), work, tensor) for tensor in (1.0, 8.0))
    replicated = {"query down", "key to join", "key joined", "index key to join", "index key joined"}
    replicated |= {"index query", "index weights and key", "index scores", "index choice"}
    replicated |= {"connection weights", "connections"}
    for name, op in whole.items():
        share = 1.0 if name in replicated else 8.0
        if name != "rotary":
            assert float(op.flops) == pytest.approx(share * float(part[name].flops)), name


def test_work_per_token_at_a_million_as_published():
    """DeepSeek-V4-Pro takes 27 % of what V3.2 does per token there; Flash, with less of everything, less."""
    pro = load_config(CONFIGS / "deepseek-v4-pro.json")
    before = token_flops(V3_2, MILLION)
    assert token_flops(pro, MILLION) / before == pytest.approx(0.27, abs=0.015)
    assert token_flops(FLASH, MILLION) < 0.5 * token_flops(pro, MILLION)


def test_cache_at_a_million_as_published():
    """9.62 GiB per sequence in BF16, 8.7 times less than V3.2."""
    pro = load_config(CONFIGS / "deepseek-v4-pro.json")
    kept = kv_cache_bytes(pro, MILLION)
    assert kept / 2**30 == pytest.approx(9.62, abs=0.005)
    assert kv_cache_bytes(V3_2, MILLION) / kept == pytest.approx(8.7, abs=0.05)
