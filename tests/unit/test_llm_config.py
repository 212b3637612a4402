"""Reading config.json: families whose parameter totals are known to the last one, and bad files."""

import json
from pathlib import Path
from typing import Any

import pytest

from tauplan.errors import InputError
from tauplan.workload.llm.config import load_config, shape_from_config
from tauplan.workload.llm.config_file import MAX_FILE_B
from tauplan.workload.llm.families import FAMILIES, KEYS, REFUSED_KEYS, REFUSED_TYPES
from tauplan.workload.llm.parameters import count_parameters

CONFIGS = Path(__file__).parents[1] / "fixtures" / "configs"
LLAMA: dict[str, Any] = json.loads((CONFIGS / "llama-3.1-8b.json").read_text())

# Configurations in the keys of each family, with the number of elements in the published weights.
EXACT: dict[str, tuple[int, dict[str, Any]]] = {
    "gpt2": (
        124_439_808,
        {
            "model_type": "gpt2",
            "n_layer": 12,
            "n_embd": 768,
            "n_head": 12,
            "n_positions": 1024,
            "vocab_size": 50257,
        },
    ),
    "gptj-6b": (
        6_050_882_784,
        {
            "model_type": "gptj",
            "n_layer": 28,
            "n_embd": 4096,
            "n_head": 16,
            "n_positions": 2048,
            "vocab_size": 50400,
        },
    ),
    "gpt-neox-20b": (
        20_554_567_680,
        {
            "model_type": "gpt_neox",
            "num_hidden_layers": 44,
            "hidden_size": 6144,
            "num_attention_heads": 64,
            "intermediate_size": 24576,
            "vocab_size": 50432,
        },
    ),
    "starcoder": (
        15_517_456_384,
        {
            "model_type": "gpt_bigcode",
            "n_layer": 40,
            "n_embd": 6144,
            "n_head": 48,
            "n_inner": 24576,
            "n_positions": 8192,
            "vocab_size": 49152,
            "multi_query": True,
        },
    ),
    "starcoder2-15b": (
        15_957_889_024,
        {
            "model_type": "starcoder2",
            "num_hidden_layers": 40,
            "hidden_size": 6144,
            "num_attention_heads": 48,
            "num_key_value_heads": 4,
            "intermediate_size": 24576,
            "vocab_size": 49152,
            "use_bias": True,
            "tie_word_embeddings": False,
        },
    ),
    "falcon-7b": (
        7_217_189_760,
        {
            "model_type": "falcon",
            "num_hidden_layers": 32,
            "hidden_size": 4544,
            "num_attention_heads": 71,
            "vocab_size": 65024,
            "multi_query": True,
            "parallel_attn": True,
            "bias": False,
            "tie_word_embeddings": False,
        },
    ),
    "bloom-7b1": (
        7_069_016_064,
        {"model_type": "bloom", "n_layer": 30, "hidden_size": 4096, "n_head": 32, "vocab_size": 250880},
    ),
    "opt-1.3b": (
        1_315_758_080,
        {
            "model_type": "opt",
            "num_hidden_layers": 24,
            "hidden_size": 2048,
            "num_attention_heads": 32,
            "ffn_dim": 8192,
            "vocab_size": 50272,
            "max_position_embeddings": 2048,
            "word_embed_proj_dim": 2048,
        },
    ),
    "mpt-7b": (
        6_649_286_656,
        {
            "model_type": "mpt",
            "d_model": 4096,
            "n_layers": 32,
            "n_heads": 32,
            "expansion_ratio": 4,
            "max_seq_len": 2048,
            "vocab_size": 50432,
            "no_bias": True,
            "attn_config": {"alibi": True},
        },
    ),
    "dbrx": (
        131_596_523_520,
        {
            "model_type": "dbrx",
            "d_model": 6144,
            "n_heads": 48,
            "n_layers": 40,
            "vocab_size": 100352,
            "attn_config": {"kv_n_heads": 8},
            "ffn_config": {"ffn_hidden_size": 10752, "moe_num_experts": 16, "moe_top_k": 4},
        },
    ),
    "olmo-7b": (
        6_888_095_744,
        {
            "model_type": "olmo",
            "num_hidden_layers": 32,
            "hidden_size": 4096,
            "num_attention_heads": 32,
            "intermediate_size": 11008,
            "vocab_size": 50304,
        },
    ),
    "olmoe-1b-7b": (
        6_919_161_856,
        {
            "model_type": "olmoe",
            "num_hidden_layers": 16,
            "hidden_size": 2048,
            "num_attention_heads": 16,
            "intermediate_size": 1024,
            "num_experts": 64,
            "num_experts_per_tok": 8,
            "vocab_size": 50304,
        },
    ),
    "command-r": (
        34_980_831_232,
        {
            "model_type": "cohere",
            "num_hidden_layers": 40,
            "hidden_size": 8192,
            "num_attention_heads": 64,
            "num_key_value_heads": 64,
            "intermediate_size": 22528,
            "vocab_size": 256000,
        },
    ),
    "internlm2-7b": (
        7_737_708_544,
        {
            "model_type": "internlm2",
            "num_hidden_layers": 32,
            "hidden_size": 4096,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "intermediate_size": 14336,
            "vocab_size": 92544,
            "bias": False,
            "hidden_act": "silu",
        },
    ),
    "baichuan2-7b": (
        7_505_973_248,
        {
            "model_type": "baichuan",
            "num_hidden_layers": 32,
            "hidden_size": 4096,
            "num_attention_heads": 32,
            "intermediate_size": 11008,
            "vocab_size": 125696,
            "hidden_act": "silu",
        },
    ),
    "chatglm3-6b": (
        6_243_584_000,
        {
            "model_type": "chatglm",
            "num_layers": 28,
            "hidden_size": 4096,
            "num_attention_heads": 32,
            "kv_channels": 128,
            "multi_query_attention": True,
            "multi_query_group_num": 2,
            "ffn_hidden_size": 13696,
            "padded_vocab_size": 65024,
            "add_qkv_bias": True,
            "add_bias_linear": False,
        },
    ),
    "qwen1.5-moe-a2.7b": (
        14_315_784_192,
        {
            "model_type": "qwen2_moe",
            "num_hidden_layers": 24,
            "hidden_size": 2048,
            "num_attention_heads": 16,
            "num_key_value_heads": 16,
            "intermediate_size": 5632,
            "moe_intermediate_size": 1408,
            "shared_expert_intermediate_size": 5632,
            "num_experts": 60,
            "num_experts_per_tok": 4,
            "decoder_sparse_step": 1,
            "vocab_size": 151936,
        },
    ),
    "phi-3.5-moe": (
        41_873_153_344,
        {
            "model_type": "phimoe",
            "num_hidden_layers": 32,
            "hidden_size": 4096,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "intermediate_size": 6400,
            "num_local_experts": 16,
            "num_experts_per_tok": 2,
            "vocab_size": 32064,
            "attention_bias": True,
            "lm_head_bias": True,
            "hidden_act": "silu",
        },
    ),
    "deepseek-moe-16b": (
        16_375_728_128,
        {
            "model_type": "deepseek",
            "num_hidden_layers": 28,
            "hidden_size": 2048,
            "num_attention_heads": 16,
            "intermediate_size": 10944,
            "moe_intermediate_size": 1408,
            "n_routed_experts": 64,
            "n_shared_experts": 2,
            "num_experts_per_tok": 6,
            "first_k_dense_replace": 1,
            "moe_layer_freq": 1,
            "vocab_size": 102400,
            "hidden_act": "silu",
        },
    ),
    "hunyuan-a13b": (
        80_393_183_232,
        {
            "model_type": "hunyuan_v1_moe",
            "num_hidden_layers": 32,
            "hidden_size": 4096,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "intermediate_size": 3072,
            "moe_intermediate_size": [3072] * 32,
            "moe_topk": [8] * 32,
            "num_experts": 64,
            "num_shared_expert": [1] * 32,
            "use_qk_norm": True,
            "vocab_size": 128167,
            "tie_word_embeddings": True,
            "hidden_act": "silu",
        },
    ),
    "ernie-4.5-21b-a3b": (
        21_825_437_888,
        {
            "model_type": "ernie4_5_moe",
            "num_hidden_layers": 28,
            "hidden_size": 2560,
            "num_attention_heads": 20,
            "num_key_value_heads": 4,
            "intermediate_size": 12288,
            "moe_num_experts": 64,
            "moe_k": 6,
            "moe_intermediate_size": 1536,
            "moe_num_shared_experts": 2,
            "moe_layer_start_index": 1,
            "moe_layer_end_index": 27,
            "moe_layer_interval": 1,
            "vocab_size": 103424,
            "tie_word_embeddings": True,
        },
    ),
    "seed-oss-36b": (
        36_151_104_512,
        {
            "model_type": "seed_oss",
            "num_hidden_layers": 64,
            "hidden_size": 5120,
            "num_attention_heads": 80,
            "num_key_value_heads": 8,
            "head_dim": 128,
            "intermediate_size": 27648,
            "vocab_size": 155136,
        },
    ),
}


@pytest.mark.parametrize("name", EXACT)
def test_weights_of_each_family_are_counted_to_the_last_one(name: str):
    total, config = EXACT[name]
    assert count_parameters(shape_from_config(config, name)).total == total


def test_every_fixture_is_named_after_its_file():
    for path in sorted(CONFIGS.glob("*.json")):
        assert load_config(path).name == path.stem


def test_a_config_json_is_named_after_its_folder(tmp_path: Path):
    folder = tmp_path / "My-Model"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(LLAMA))
    assert load_config(folder / "config.json").name == "My-Model"


def test_context_and_weight_type_are_kept():
    shape = load_config(CONFIGS / "llama-3.1-8b.json")
    assert (shape.context_max, shape.dtype) == (131072, "bfloat16")


def test_the_language_part_of_a_multimodal_model_is_taken():
    shape = load_config(CONFIGS / "gemma-3-27b.json")
    assert shape.hidden == 5376
    assert [(g.count, g.attention.window) for g in shape.groups] == [(52, 1024), (10, 0)]
    assert shape.norms_per_layer == 4


def test_interleaved_mixtures_with_chunked_attention():
    shape = load_config(CONFIGS / "llama-4-maverick.json")
    kinds = {(g.ffn.kind, g.ffn.width, g.attention.window): g.count for g in shape.groups}
    assert kinds == {("dense", 16384, 8192): 24, ("moe", 8192, 8192): 12, ("moe", 8192, 0): 12}


def test_layer_lists_of_windows():
    shape = load_config(CONFIGS / "gpt-oss-120b.json")
    assert [(g.count, g.attention.window, g.attention.sinks) for g in shape.groups] == [
        (18, 128, True),
        (18, 0, True),
    ]


def test_windowed_layers_with_their_own_key_value_heads():
    shape = load_config(CONFIGS / "mimo-v2-flash.json")
    rows = [(g.count, g.attention.window, g.attention.kv_heads, g.ffn.kind) for g in shape.groups]
    assert rows == [(1, 0, 4, "dense"), (39, 128, 8, "moe"), (8, 0, 4, "moe")]


def test_shared_indexers_are_not_counted_twice():
    shape = load_config(CONFIGS / "glm-5.2.json")
    indexers = sum(g.count for g in shape.groups if g.attention.index_heads)
    assert indexers == 21
    assert all(g.attention.sparse_topk == 2048 for g in shape.groups)


def test_a_window_that_is_switched_off_is_ignored():
    assert load_config(CONFIGS / "qwen2.5-7b.json").groups[0].attention.window == 0


def test_window_from_a_layer_on():
    config = LLAMA | {
        "model_type": "qwen2",
        "use_sliding_window": True,
        "sliding_window": 64,
        "max_window_layers": 30,
    }
    assert [(g.count, g.attention.window) for g in shape_from_config(config, "q").groups] == [
        (30, 0),
        (2, 64),
    ]


@pytest.mark.parametrize(
    ("change", "mixtures"),
    [
        ({"decoder_sparse_step": 2}, 16),
        ({"mlp_only_layers": [0, 31]}, 30),
        ({"decoder_sparse_step": 4, "mlp_only_layers": [3]}, 7),
        ({"first_k_dense_replace": 5}, 27),
        ({"moe_layer_freq": 2}, 16),
        ({"moe_layer_freq": [0] * 30 + [1, 1]}, 2),
        ({"mlp_layer_types": ["dense"] * 4 + ["sparse"] * 28}, 28),
        ({"moe_layer_start_index": 2, "moe_layer_end_index": 29, "moe_layer_interval": 2}, 14),
        ({"moe_layers": [1, 3, 5]}, 3),
    ],
)
def test_which_layers_are_mixtures(change: dict[str, Any], mixtures: int):
    config = LLAMA | {"num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 64} | change
    assert shape_from_config(config, "m").moe_layers == mixtures


@pytest.mark.parametrize(("act", "gated"), [("silu", True), ("relu2", False), ("gelu", False)])
def test_an_unknown_family_is_gated_by_its_activation(act: str, gated: bool):
    shape = shape_from_config(LLAMA | {"model_type": "brand_new", "hidden_act": act}, "n")
    assert shape.groups[0].ffn.gated is gated


def test_a_model_type_is_not_needed():
    config = {key: value for key, value in LLAMA.items() if key != "model_type"}
    assert shape_from_config(config, "m").groups == load_config(CONFIGS / "llama-3.1-8b.json").groups


def problems(config: dict[str, Any]) -> list[Any]:
    with pytest.raises(InputError) as caught:
        shape_from_config(config, "m", place="config.json")
    assert all(problem.place == "config.json" for problem in caught.value.problems)
    return list(caught.value.problems)


@pytest.mark.parametrize("kind", REFUSED_TYPES)
def test_families_that_a_shape_cannot_express_are_refused(kind: str):
    (problem,) = problems({"model_type": kind})
    assert problem.path == "model_type"
    assert REFUSED_TYPES[kind] in problem.message
    assert "attention" in problem.expected


@pytest.mark.parametrize("key", REFUSED_KEYS)
def test_keys_that_announce_unsupported_layers_are_refused(key: str):
    (problem,) = problems(LLAMA | {key: {"set": 1}})
    assert problem.path == key


def test_layers_with_widths_of_their_own():
    shape = load_config(CONFIGS / "llama-3.3-nemotron-super-49b.json")
    assert shape.layers == 80
    assert sum(group.count for group in shape.groups if group.attention.heads) == 49
    assert {group.ffn.width for group in shape.groups} == {2816, 5632, 7168, 14336, 17920, 28672}


@pytest.mark.parametrize(
    "block", [{}, None, {"attention": {"no_op": True}, "ffn": {"replace_with_linear": True}}]
)
def test_a_layer_without_usable_widths_is_named(block: object):
    file = {**LLAMA, "model_type": "nemotron-nas", "block_configs": [block]}
    with pytest.raises(InputError, match="layer 0 is not usable"):
        shape_from_config(file, "n")


def test_widths_of_fewer_layers_than_there_are():
    block = {"attention": {"n_heads_in_group": 4}, "ffn": {"ffn_mult": 5.25}}
    file = {**LLAMA, "model_type": "nemotron-nas", "block_configs": [block] * 3}
    with pytest.raises(InputError, match="a list of 3 entries for 32 layers"):
        shape_from_config(file, "n")


def test_unsupported_layer_types_are_named():
    (problem,) = problems(LLAMA | {"layer_types": ["full_attention", "mamba"] * 16})
    assert "mamba" in problem.message


def test_linear_attention_in_a_type_list_is_refused_and_softmax_is_not():
    assert problems(LLAMA | {"attn_type_list": [1, 0] * 16})[0].path == "attn_type_list"
    assert shape_from_config(LLAMA | {"attn_type_list": [1] * 32}, "m").layers == 32


def test_head_sizes_that_differ_by_layer_are_refused():
    (problem,) = problems(LLAMA | {"head_dim": 128, "swa_head_dim": 64})
    assert problem.path == "swa_head_dim"


def test_a_projected_embedding_is_refused():
    assert (
        problems(LLAMA | {"model_type": "opt", "word_embed_proj_dim": 512})[0].path == "word_embed_proj_dim"
    )


def test_all_problems_at_once():
    found = problems(
        {
            "num_hidden_layers": "32",
            "hidden_size": 4100,
            "num_attention_heads": 32,
            "num_key_value_heads": 5,
            "vocab_size": -1,
            "num_experts": 4,
            "num_experts_per_tok": 8,
            "intermediate_size": 1.5,
        }
    )
    assert {problem.path for problem in found} == {
        "num_hidden_layers",
        "num_attention_heads",
        "num_key_value_heads",
        "vocab_size",
        "num_experts_per_tok",
        "intermediate_size",
    }
    by_path = {problem.path: problem for problem in found}
    assert by_path["num_hidden_layers"].hint == "remove the quotes"
    assert by_path["num_attention_heads"].hint.startswith("give head_dim")


def test_missing_keys_name_the_alternatives():
    found = {problem.path: problem for problem in problems({"model_type": "llama"})}
    assert {"num_hidden_layers", "hidden_size", "num_attention_heads", "vocab_size"} <= set(found)
    assert "n_layer" in found["num_hidden_layers"].hint


def test_the_path_of_a_nested_key():
    (problem,) = problems(
        {"model_type": "gemma3", "text_config": {k: v for k, v in LLAMA.items() if k != "hidden_size"}}
    )
    assert problem.path == "text_config.hidden_size"


@pytest.mark.parametrize(
    "value", ["many", [1, 2], {"a": 1}, True, float("nan"), float("inf"), 2.5, 10**9, 0, -3]
)
def test_an_unusable_number_of_layers(value: object):
    (problem,) = problems(LLAMA | {"num_hidden_layers": value})
    assert problem.path == "num_hidden_layers"


@pytest.mark.parametrize("value", ["yes", 2, [True, False]])
def test_an_unusable_flag(value: object):
    (problem,) = problems(LLAMA | {"tie_word_embeddings": value})
    assert problem.path == "tie_word_embeddings"


@pytest.mark.parametrize("key", sorted({key for keys in KEYS.values() for key in keys if "." not in key}))
def test_any_key_of_any_wrong_type_gives_problems_and_no_other_error(key: str):
    for value in ("text", [], [None], {}, 1e400, -1, [1, "x"], 3.7):
        try:
            shape_from_config(LLAMA | {key: value}, "m")
        except InputError as error:
            assert error.problems


@pytest.mark.parametrize("kind", FAMILIES)
def test_every_family_reports_an_empty_configuration(kind: str):
    assert len(problems({"model_type": kind})) >= 4


def bad_file(path: Path) -> Any:
    with pytest.raises(InputError) as caught:
        load_config(path)
    (problem,) = caught.value.problems
    assert str(path) in problem.place
    return problem


def test_a_file_that_is_not_there(tmp_path: Path):
    assert "cannot read" in bad_file(tmp_path / "none.json").message


def test_a_folder_points_to_its_config(tmp_path: Path):
    assert bad_file(tmp_path).hint == ""
    (tmp_path / "config.json").write_text("{}")
    assert "config.json" in bad_file(tmp_path).hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not valid JSON"),
        ('{"hidden_size": ', "not valid JSON"),
        ('{"hidden_size": 1,}', "not valid JSON"),
        ("[1, 2]", "not an object"),
        ('"llama"', "not an object"),
        ("[" * 100_000, "not usable JSON"),
        ('{"a": ' + "9" * 5000 + "}", "not usable JSON"),
    ],
)
def test_text_that_is_no_configuration(tmp_path: Path, text: str, message: str):
    path = tmp_path / "bad.json"
    path.write_text(text)
    assert message in bad_file(path).message


def test_a_syntax_error_has_line_and_column(tmp_path: Path):
    path = tmp_path / "bad.json"
    path.write_text('{\n  "hidden_size": 1\n  "vocab_size": 2\n}')
    assert bad_file(path).place == f"{path}:3:3"


def test_a_truncated_file_says_so(tmp_path: Path):
    path = tmp_path / "cut.json"
    path.write_text(json.dumps(LLAMA)[:-20])
    assert "cut off" in bad_file(path).hint


def test_bytes_that_are_not_text(tmp_path: Path):
    path = tmp_path / "weights.json"
    path.write_bytes(b"\xff\xfe\x00\x01")
    assert "UTF-8" in bad_file(path).message


def test_a_byte_order_mark_is_accepted(tmp_path: Path):
    path = tmp_path / "bom.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(LLAMA).encode())
    assert load_config(path).layers == 32


def test_a_huge_file_is_refused_unread(tmp_path: Path):
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(MAX_FILE_B + 1)
    assert "too large" in bad_file(path).message
