"""Families whose layers differ: what their files make of each layer, and what is said when one lacks something."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tauplan.errors import InputError
from tauplan.workload.llm.config import load_config, shape_from_config
from tauplan.workload.llm.parameters import count_parameters, kv_cache_bytes
from tauplan.workload.llm.shape import LayerGroup, ModelShape

CONFIGS = Path(__file__).parents[1] / "fixtures" / "configs"


def config(name: str) -> dict[str, Any]:
    return json.loads((CONFIGS / f"{name}.json").read_text())


def shape(name: str) -> ModelShape:
    return load_config(CONFIGS / f"{name}.json")


def mixer(group: LayerGroup) -> str:
    rule = group.state.rule if group.state else ""
    return "+".join(part for part in ("attention" if group.attention.heads else "", rule) if part)


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("jamba-1.5-mini", {"mamba-1": 28, "attention": 4}),
        ("falcon-mamba-7b", {"mamba-1": 64}),
        ("mamba2-2.7b", {"mamba-2": 64}),
        ("falcon-h1-7b", {"attention+mamba-2": 44}),
        ("granite-4.0-h-small", {"mamba-2": 36, "attention": 4}),
        ("kimi-linear-48b", {"kimi delta": 20, "attention": 7}),
        ("kimi-k3", {"kimi delta": 69, "attention": 24}),
        ("minimax-text-01", {"lightning": 70, "attention": 10}),
        ("lfm2-2.6b", {"short convolution": 22, "attention": 8}),
        ("ling-2.6-flash", {"lightning": 28, "attention": 4}),
    ],
)
def test_layers_by_what_mixes_their_tokens(name: str, layers: dict[str, int]):
    found = Counter[str]()
    for group in shape(name).groups:
        found[mixer(group)] += group.count
    assert dict(found) == layers


def test_mixtures_of_jamba_lie_at_a_step_and_an_offset():
    assert shape("jamba-1.5-mini").moe_layers == 16
    dense = shape_from_config({**config("jamba-1.5-mini"), "num_experts": 1}, "dense")
    assert dense.moe_layers == 0


def test_a_hybrid_of_ibm_without_experts_is_dense():
    shared = {"num_local_experts": 0, "shared_intermediate_size": 8192}
    found = shape_from_config({**config("granite-4.0-h-small"), **shared}, "dense")
    assert {(group.ffn.kind, group.ffn.width) for group in found.groups} == {("dense", 8192)}


def test_windows_beside_joined_keys():
    found = shape("deepseek-v4-flash")
    rows = {
        (g.count, g.attention.window, g.attention.compress, g.attention.sparse_topk) for g in found.groups
    }
    assert rows == {(2, 128, 0, 0), (21, 128, 4, 512), (20, 128, 128, 0)}
    assert all(g.attention.values == "keys" and g.attention.out_groups == 8 for g in found.groups)
    assert found.streams == 4


def test_heads_that_differ_with_the_window():
    rows = {
        (g.attention.window, g.attention.heads, g.attention.kv_heads) for g in shape("step-3.7-flash").groups
    }
    assert rows == {(0, 64, 8), (512, 96, 8)}
    assert shape("step-3.7-flash").heads == 32  # what TP may divide: of 64 and of 96
    listed = {(g.attention.window, g.attention.heads, g.ffn.kind) for g in shape("laguna-xs.2").groups}
    assert listed == {(0, 48, "dense"), (0, 48, "moe"), (512, 64, "moe")}


def test_values_that_keys_are_projected_to():
    wide = next(g.attention for g in shape("gemma-4-26b-a4b").groups if not g.attention.window)
    assert (wide.head_dim, wide.kv_heads, wide.values) == (512, 2, "of keys")
    assert (wide.projected_per_token, wide.cached_per_key) == (1024, 2048)  # both are kept, normed apart


def test_layers_that_borrow_keep_nothing():
    found = shape("gemma-4-e2b")
    borrowing = sum(g.count for g in found.groups if g.attention.borrowed)
    assert borrowing == 20
    assert {g.ffn.width for g in found.groups if g.attention.borrowed} == {2 * 6144}
    kept = [g for g in found.groups if not g.attention.borrowed]
    assert kv_cache_bytes(found, 1.0) == 2.0 * sum(g.count * g.attention.cached_per_key for g in kept)


def test_second_embeddings_are_looked_up_not_multiplied():
    count = count_parameters(shape("gemma-4-e2b"))
    assert count.lookup == 262144 * 35 * 256
    assert count.active == count.total - count.lookup


def test_selected_blocks_of_keys_after_a_dense_front():
    found = shape("minimax-m3")
    rows = [(g.count, g.attention.sparse_topk, g.attention.index_heads, g.ffn.kind) for g in found.groups]
    assert rows == [(3, 0, 0, "dense"), (57, 2048, 4, "moe")]


def test_encoders_of_images_lie_in_memory_and_are_not_active():
    count = count_parameters(shape("qwen3-vl-2b"))
    assert 0.38e9 < count.tower < 0.42e9
    assert count.total - count.tower == count.active


@pytest.mark.parametrize(
    ("tower", "published"),
    [
        (
            {
                "depth": 32,
                "embed_dim": 1280,
                "mlp_ratio": 4,
                "hidden_size": 3584,  # of the language model
                "patch_size": 14,
                "spatial_merge_size": 2,
                "temporal_patch_size": 2,
            },
            675e6,  # Wang et al., "Qwen2-VL" (2024), table 1
        ),
        (
            {
                "model_type": "pixtral",
                "hidden_size": 1024,
                "intermediate_size": 4096,
                "num_hidden_layers": 24,
                "patch_size": 16,
            },
            400e6,  # Agrawal et al., "Pixtral 12B" (2024), section 2.2
        ),
        (
            {
                "model_type": "gemma4_vision",
                "hidden_size": 1152,
                "intermediate_size": 4304,
                "num_hidden_layers": 27,
                "patch_size": 16,
            },
            550e6,  # Gemma 4 model card
        ),
    ],
)
def test_encoders_of_images_agree_with_what_is_published(tower: dict[str, Any], published: float):
    beside = {**config("qwen3-0.6b"), "vision_config": tower}  # beside the language model's own keys
    assert count_parameters(shape_from_config(beside, "seeing")).tower == pytest.approx(published, rel=0.01)


def test_two_attentions_and_two_dense_blocks_beside_one_mixture():
    found = shape("longcat-flash")
    assert [(g.count, g.attention.kind if g.attention.heads else g.ffn.kind) for g in found.groups] == [
        (56, "mla"),
        (56, "dense"),
        (28, "moe"),
    ]
    count = count_parameters(found)
    assert count.total == pytest.approx(560e9, rel=0.01)  # LongCat team (2025): 560 B,
    assert count.active_without_embedding == pytest.approx(27e9, rel=0.02)  # 27 B of them active on average


def test_the_first_code_of_phi_names_its_own_type():
    first = {
        "model_type": "phi-msft",
        "n_embd": 2560,
        "n_head": 32,
        "n_inner": None,
        "n_layer": 32,
        "n_positions": 2048,
        "tie_word_embeddings": False,
        "vocab_size": 51200,
    }
    assert count_parameters(shape_from_config(first, "phi-2")).total == 2_779_683_840


def test_windows_by_letters_and_by_a_step():
    sizes = {"hidden_size": 256, "num_attention_heads": 4, "num_hidden_layers": 8, "vocab_size": 1000}
    plain = {**sizes, "intermediate_size": 512, "sliding_window": 128, "hidden_act": "silu"}
    mixture = {"num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 64, "num_dense_layers": 2}
    exaone = shape_from_config({**plain, "model_type": "exaone4", "sliding_window_pattern": "LLLG"}, "e")
    assert {(g.attention.window, g.count) for g in exaone.groups} == {(128, 6), (0, 2)}
    stepped = {**plain, **mixture, "model_type": "afmoe", "global_attn_every_n_layers": 4}
    afmoe = shape_from_config(stepped, "a")
    rows = {(g.attention.window, g.ffn.kind, g.count) for g in afmoe.groups}
    assert rows == {(128, "dense", 2), (128, "moe", 4), (0, "moe", 2)}
    assert all(g.attention.out_gate for g in afmoe.groups)


def test_groups_of_layers_with_a_state_are_not_read_as_attention():
    with pytest.raises(InputError) as caught:
        shape_from_config({**config("ling-2.6-flash"), "model_type": "unknown"}, "u")
    assert caught.value.problems[0].path == "layer_group_size"


def test_a_model_that_speaks_is_read_by_the_part_that_thinks():
    text = {**config("qwen3-0.6b"), "model_type": "qwen3_omni_text"}
    spoken = {"model_type": "qwen3_omni", "thinker_config": {"text_config": text}, "talker_config": {}}
    assert shape_from_config(spoken, "omni").groups == shape("qwen3-0.6b").groups
    del text["num_hidden_layers"]
    with pytest.raises(InputError) as caught:
        shape_from_config(spoken, "omni")
    assert [p.path for p in caught.value.problems] == ["thinker_config.text_config.num_hidden_layers"]


def test_bitnet_gates_though_its_activation_does_not_say_so():
    bitnet = {
        "model_type": "bitnet",
        "hidden_act": "relu2",
        "hidden_size": 2560,
        "intermediate_size": 6912,
        "num_attention_heads": 20,
        "num_hidden_layers": 30,
        "num_key_value_heads": 5,
        "tie_word_embeddings": True,
        "vocab_size": 128256,
    }
    assert count_parameters(shape_from_config(bitnet, "b")).total == pytest.approx(
        2.4e9, rel=0.01
    )  # its card


def test_a_missing_width_is_named_by_its_usual_key():
    lacking = {key: value for key, value in config("qwen3-0.6b").items() if key != "intermediate_size"}
    with pytest.raises(InputError) as caught:
        shape_from_config(lacking, "broken")
    assert [problem.path for problem in caught.value.problems] == ["intermediate_size"]


def test_the_first_code_of_mamba_names_no_type():
    first: dict[str, Any] = {"d_model": 768, "n_layer": 24, "vocab_size": 50277, "ssm_cfg": {}}
    first["pad_vocab_size_multiple"] = 8
    assert count_parameters(shape_from_config(first, "mamba-130m")).total == 129_135_360


def test_families_that_write_a_width_doubled_or_attention_in_turn():
    qwen = {
        "model_type": "qwen",
        "hidden_size": 4096,
        "intermediate_size": 22016,
        "num_attention_heads": 32,
        "num_hidden_layers": 32,
        "vocab_size": 151936,
        "kv_channels": 128,
    }
    assert count_parameters(shape_from_config(qwen, "qwen-7b")).total == 7_721_324_544
    neo = {
        "model_type": "gpt_neo",
        "attention_layers": ["global", "local"] * 16,
        "hidden_size": 2560,
        "max_position_embeddings": 2048,
        "num_heads": 20,
        "num_layers": 32,
        "vocab_size": 50257,
    }
    found = shape_from_config(neo, "gpt-neo-2.7b")
    assert count_parameters(found).total == 2_651_307_520
    assert [(g.count, g.attention.window) for g in found.groups] == [(16, 0), (16, 256)]


@pytest.mark.parametrize(
    ("name", "change", "path", "message"),
    [
        ("jamba-1.5-mini", {"attn_layer_period": 0}, "attn_layer_period", "attn_layer_period is not usable"),
        ("jamba-1.5-mini", {"mamba_dt_rank": "many"}, "mamba_dt_rank", "mamba_dt_rank is not usable"),
        ("deepseek-v4-flash", {"o_groups": None}, "o_groups", "o_groups is missing"),
        ("deepseek-v4-flash", {"compress_ratios": [4, 8, 16]}, "compress_ratios", "compress_ratios is not usable"),
        ("deepseek-v4-flash", {"sliding_window": None}, "sliding_window",
         "window is missing: layers of kind W need it"),
        ("laguna-xs.2", {"num_attention_heads_per_layer": [48, 64, 32]}, "num_attention_heads_per_layer",
         "num_attention_heads_per_layer is not usable"),
        ("kimi-linear-48b", {"linear_attn_config": 3}, "linear_attn_config.full_attn_layers",
         "linear_attn_config.full_attn_layers is missing"),
        ("lfm2-2.6b", {"layer_types": ["conv", "rnn"]}, "layer_types", "layer_types is not usable"),
        ("granite-4.0-h-small", {"layer_types": ["mamba"]}, "mixers", "a list of 1 entries for 40 layers"),
        ("minimax-text-01", {"num_attention_heads": True}, "num_attention_heads",
         "num_attention_heads is not usable"),
    ],
)  # fmt: skip
def test_what_a_file_lacks_is_said_once(name: str, change: dict[str, Any], path: str, message: str):
    with pytest.raises(InputError) as caught:
        shape_from_config({**config(name), **change}, "broken")
    assert [(p.path, p.message) for p in caught.value.problems].count((path, message)) == 1
