"""How the families of published models name and fix the fields of a decoder in their ``config.json``.

Tables only: which keys stand for a canonical field, what a family takes for granted and therefore does not
write, and which families or keys describe layers that a shape cannot express.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

KEYS: Mapping[str, tuple[str, ...]] = {
    "layers": ("num_hidden_layers", "n_layer", "n_layers", "num_layers"),
    "hidden": ("hidden_size", "n_embd", "n_embed", "d_model"),
    "heads": ("num_attention_heads", "n_head", "n_heads", "num_heads", "attn_cfg.num_heads"),
    "kv_heads": ("num_key_value_heads", "num_kv_heads", "multi_query_group_num", "attn_config.kv_n_heads"),
    "head_dim": ("head_dim", "kv_channels", "attention_head_dim"),
    "v_dim": ("v_head_dim",),
    "ffn_width": (
        "intermediate_size_mlp",
        "dense_intermediate_size",
        "intermediate_size",
        "ffn_hidden_size",
        "ffn_dim",
        "n_inner",
        "ffn_config.ffn_hidden_size",
    ),
    "vocab": ("vocab_size", "padded_vocab_size"),
    "tied_embeddings": ("tie_word_embeddings", "tie_embeddings"),
    "experts": (
        "num_experts",
        "num_local_experts",
        "n_routed_experts",
        "moe_num_experts",
        "ffn_config.moe_num_experts",
    ),
    "active_experts": (
        "num_experts_per_tok",
        "num_experts_per_token",
        "experts_per_token",
        "moe_k",
        "moe_topk",
        "moe_top_k",
        "top_k_experts",
        "ffn_config.moe_top_k",
    ),
    "expert_groups": ("n_group",),
    "groups_used": ("topk_group",),
    "expert_width": ("moe_intermediate_size", "expert_ffn_hidden_size"),
    "shared_experts": (
        "n_shared_experts",
        "num_shared_experts",
        "moe_num_shared_experts",
        "num_shared_expert",
    ),
    "shared_width": (
        "shared_expert_intermediate_size",
        "moe_shared_expert_intermediate_size",
        "shared_intermediate_size",
        "share_expert_dim",
    ),
    "first_dense_layers": ("first_k_dense_replace", "moe_layer_start_index", "num_dense_layers"),
    "moe_layer_step": ("decoder_sparse_step", "moe_layer_interval", "interleave_moe_layer_step"),
    "router_bias": (
        "use_routing_bias",
        "moe_use_aux_free",
        "moe_router_enable_expert_bias",
        "use_moe_router_bias",
    ),
    "expert_hidden": ("moe_latent_size",),
    "q_rank": ("q_lora_rank",),
    "kv_rank": ("kv_lora_rank",),
    "rope_dim": ("qk_rope_head_dim",),
    "nope_dim": ("qk_nope_head_dim",),
    "window": ("sliding_window", "attention_chunk_size"),
    "window_pattern": (
        "sliding_window_pattern",
        "_sliding_window_pattern",
        "no_rope_layer_interval",
        "global_attn_every_n_layers",
    ),
    "window_kv_heads": ("swa_num_key_value_heads",),
    "qkv_bias": ("attention_bias", "qkv_bias", "use_qkv_bias", "add_qkv_bias", "use_bias", "bias"),
    "out_bias": ("attention_out_bias", "attention_bias", "add_bias_linear", "use_bias", "bias"),
    "ffn_bias": ("mlp_bias", "add_bias_linear", "use_bias"),
    "head_bias": ("lm_head_bias",),
    "qk_norm": ("use_qk_norm", "qk_layernorm"),
    "sparse_topk": ("index_topk",),
    "index_heads": ("index_n_heads",),
    "index_dim": ("index_head_dim",),
    "state_heads": ("mamba_num_heads", "linear_num_value_heads"),
    "state_head_dim": ("mamba_head_dim", "linear_value_head_dim"),
    "state_size": ("ssm_state_size", "linear_key_head_dim"),
    "state_groups": ("n_groups", "linear_num_key_heads"),
    "state_kernel": ("conv_kernel", "linear_conv_kernel_dim"),
    "attention_step": ("full_attention_interval",),
    "out_gate": ("attn_output_gate",),
    "state_chunk": ("chunk_size",),
    "draft_layers": ("num_nextn_predict_layers",),
    "context_max": (
        "max_position_embeddings",
        "n_positions",
        "max_seq_len",
        "max_sequence_length",
        "seq_length",
        "n_ctx",
    ),
}

USUAL: Mapping[str, str] = {"ffn_width": "intermediate_size"}
"""The key to name where a field is missing, if not the first of its keys."""

WHOLES = ("thinker_config",)
"""Sections that hold a multimodal configuration as a whole, beside one that speaks."""

TEXT_PARTS = ("text_config", "llm_config", "language_config")
"""Sections that hold the language model of a multimodal configuration."""

SHARED_KEYS = ("tie_word_embeddings", "torch_dtype", "dtype", "vocab_size")
"""Keys that a multimodal configuration may keep beside its language section."""


@dataclass(frozen=True)
class Family:
    """What a model family takes for granted.

    ``absent`` holds values of fields that the file leaves out, ``fixed`` values that hold whatever the file
    says. ``position_rows`` is the surplus of a learned position table over the context, None without one;
    ``ffn_ratio`` the width of the feed-forward block over the hidden size when the file gives none.
    """

    absent: Mapping[str, int] = field(default_factory=dict[str, int])
    fixed: Mapping[str, int] = field(default_factory=dict[str, int])
    position_rows: int | None = None
    ffn_ratio: int | None = None


_BIASES = {"qkv_bias": 1, "out_bias": 1, "ffn_bias": 1}
_PLAIN = {"gated": 0, "norm_bias": 1}
_GPT = {**_PLAIN, **_BIASES}
_QKV_ONLY = {"out_bias": 0}

FAMILIES: Mapping[str, Family] = {
    "gpt2": Family({"tied_embeddings": 1}, _GPT, 0, 4),
    "gpt_bigcode": Family({"tied_embeddings": 1, "kv_heads": 1}, _GPT, 0, 4),
    "gpt_neox": Family({"tied_embeddings": 0, **_BIASES}, _PLAIN | {"ffn_bias": 1}, None, 4),
    "gptj": Family(
        {"tied_embeddings": 0}, _PLAIN | {"ffn_bias": 1, "norms_per_layer": 1, "head_bias": 1}, None, 4
    ),
    "codegen": Family(
        {"tied_embeddings": 0}, _PLAIN | {"ffn_bias": 1, "norms_per_layer": 1, "head_bias": 1}, None, 4
    ),
    "opt": Family({"tied_embeddings": 1}, _GPT, 2),
    "bloom": Family({"tied_embeddings": 1}, _GPT | {"model_norms": 2}, None, 4),
    "falcon": Family({"tied_embeddings": 1}, _PLAIN, None, 4),
    "mpt": Family({"tied_embeddings": 1}, {"gated": 0}, None, 4),
    **dict.fromkeys(
        ("phi", "phi-msft"),
        Family({"tied_embeddings": 0}, _GPT | {"norms_per_layer": 1, "head_bias": 1}, None, 4),
    ),
    "starcoder2": Family({"tied_embeddings": 1, **_BIASES}, _PLAIN),
    "nemotron": Family({}, _PLAIN),
    "bitnet": Family({"tied_embeddings": 1}, {"gated": 1}),
    "nemotron_h": Family({}, {"gated": 0, "norms_per_layer": 1, "router_bias": 1}),
    "persimmon": Family({}, _GPT),
    "stablelm": Family({}, {"norm_bias": 1, "out_bias": 0}),
    "phimoe": Family({}, {"norm_bias": 1}),
    "dbrx": Family({}, {"gated": 1}),
    "cohere": Family({"tied_embeddings": 1}, {"gated": 1, "norms_per_layer": 1}),
    "cohere2": Family({"tied_embeddings": 1, "window_pattern": 4}, {"gated": 1, "norms_per_layer": 1}),
    "gemma": Family({"tied_embeddings": 1}, {"gated": 1}),
    "gemma2": Family({"tied_embeddings": 1, "window_pattern": 2}, {"gated": 1, "norms_per_layer": 4}),
    "gemma3_text": Family(
        {"tied_embeddings": 1, "window_pattern": 6}, {"gated": 1, "norms_per_layer": 4, "qk_norm": 1}
    ),
    "qwen2": Family({"qkv_bias": 1}, _QKV_ONLY),
    "qwen2_moe": Family({"qkv_bias": 1}, _QKV_ONLY | {"shared_gate": 1}),
    "qwen2_vl_text": Family({"qkv_bias": 1}, _QKV_ONLY),
    "qwen2_5_vl_text": Family({"qkv_bias": 1}, _QKV_ONLY),
    "qwen2_5_omni_text": Family({"qkv_bias": 1}, _QKV_ONLY),
    "qwen3": Family({}, {"qk_norm": 1}),
    "qwen3_moe": Family({}, {"qk_norm": 1}),
    **dict.fromkeys(
        ("qwen3_next", "qwen3_5_text", "qwen3_5_moe_text"),
        Family({}, {"qk_norm": 1, "shared_gate": 1, "gated": 1}),
    ),
    "qwen3_vl_text": Family({}, {"qk_norm": 1}),
    "qwen3_vl_moe_text": Family({}, {"qk_norm": 1}),
    **dict.fromkeys(("qwen3_omni_text", "qwen3_omni_moe_text"), Family({}, {"qk_norm": 1})),
    "mimo": Family({"qkv_bias": 1}, _QKV_ONLY),
    "mimo_v2_flash": Family({}, _QKV_ONLY),
    "seed_oss": Family({"qkv_bias": 1, "out_bias": 0}),
    "glm": Family({}, _QKV_ONLY),
    "glm4": Family({}, _QKV_ONLY | {"norms_per_layer": 4}),
    "glm4_moe": Family({}, _QKV_ONLY | {"router_bias": 1}),
    "glm_moe_dsa": Family({}, {"router_bias": 1}),
    **dict.fromkeys(("exaone4", "exaone_moe"), Family({}, {"qk_norm": 1})),
    "afmoe": Family({}, {"qk_norm": 1, "norms_per_layer": 4, "out_gate": 1, "router_bias": 1}),
    "dots1": Family({}, {"qk_norm": 1, "router_bias": 1}),
    "olmo": Family({}, {"norms_per_layer": 0, "model_norms": 0}),
    "olmo2": Family({}, {"qk_norm": 2}),
    "olmo3": Family({}, {"qk_norm": 2}),
    "olmoe": Family({}, {"qk_norm": 2}),
    "flex_olmo": Family({}, {"qk_norm": 2}),
    "minimax_m2": Family({}, {"router_bias": 1}),
    "gpt_oss": Family(
        {"qkv_bias": 1, "out_bias": 1, "window_pattern": 2},
        {"sinks": 1, "ffn_bias": 1, "router_bias": 1, "gated": 1},
    ),
    "llama4_text": Family({"window_pattern": 4}, {"qk_norm": 0}),
    "gpt_neo": Family({"tied_embeddings": 1}, _PLAIN | {"qkv_bias": 0, "out_bias": 1, "ffn_bias": 1}, 0, 4),
    "qwen": Family({}, {"qkv_bias": 1, "out_bias": 0, "gated": 1}),
    "gemma4_text": Family({"tied_embeddings": 1}, {"gated": 1, "qk_norm": 1}),
    "granitemoehybrid": Family({"tied_embeddings": 1}, {"gated": 1}),
    **dict.fromkeys(
        ("deepseek_v4", "deepseek_ref", "minimax_m3", "kimi_linear", "step3p5", "step3p7"),
        Family({}, {"gated": 1}),
    ),
    "ernie4_5": Family({"tied_embeddings": 1}),
    "ernie4_5_moe": Family({"router_bias": 1}),
}

WIDE_QK_NORM = frozenset({"cohere", "cohere2", "minimax_m2"})
"""Families whose optional query and key norm spans all heads."""

GATED_ACTIVATIONS = frozenset({"silu", "swish", "swiglu", "swigluoai", "geglu", "reglu"})
"""Activations that imply a gated feed-forward block in a family that is not listed."""

_HYBRID = "layers with a state that no known family writes this way"
_ENCODER = "an encoder, which has no causal decoder stack"

REFUSED_TYPES: Mapping[str, str] = {
    **dict.fromkeys(("rwkv", "rwkv5", "rwkv6", "rwkv7"), "the token shift and time mixing of RWKV"),
    "recurrent_gemma": "linear recurrent units",
    "xlstm": "recurrent cells of xLSTM",
    **dict.fromkeys(("zamba", "zamba2"), "blocks whose weights several layers share"),
    **dict.fromkeys(
        ("bert", "roberta", "distilbert", "electra", "deberta-v2", "modernbert", "vit", "clip"), _ENCODER
    ),
    **dict.fromkeys(("siglip", "siglip_vision_model", "clip_vision_model", "xlm-roberta"), _ENCODER),
    **dict.fromkeys(
        ("t5", "mt5", "umt5", "bart", "mbart", "whisper", "pegasus", "marian", "t5gemma"),
        "an encoder-decoder",
    ),
    **dict.fromkeys(("gemma3n", "gemma3n_text"), "alternating updates of several residual streams"),
    "phi3small": "block-sparse attention",
}
"""Model types that a shape cannot express, with what stands in the way."""

ENCODER_KEYS: Mapping[str, str] = {
    "is_encoder_decoder": "an encoder-decoder",
    "cross_attention_layers": "cross-attention layers",
}

REFUSED_KEYS: Mapping[str, str] = {
    **ENCODER_KEYS,
    "linear_attn_config": _HYBRID,
    "full_attention_interval": _HYBRID,
    "linear_num_value_heads": _HYBRID,
    "mamba_d_state": _HYBRID,
    "mamba_num_heads": _HYBRID,
    "ssm_cfg": _HYBRID,
    "hybrid_override_pattern": _HYBRID,
    "layers_block_type": _HYBRID,
    "attn_layer_period": _HYBRID,
    "layer_group_size": _HYBRID,
    "mb_per_layer": _HYBRID,
    "sparse_attention_config": "block-sparse attention",
    "compress_ratios": "compressed attention",
    "attention_k_eq_v": "keys that serve as values",
    "num_kv_shared_layers": "layers that share a key-value cache",
    "use_cla": "layers that share a key-value cache",
    "hidden_size_per_layer_input": "per-layer embeddings",
    "block_configs": "layers of different widths",
    "num_key_value_heads_per_layer": "layers of different widths",
}
"""Keys that, when set, announce something that only a family with a reader of its own may write."""

STATE_SPACE = frozenset({"nemotron_h"})
"""Families of Mamba-2, attention and feed-forward layers in a pattern, which a shape does express."""

STATE_KEYS = frozenset({"mamba_num_heads", "hybrid_override_pattern", "layers_block_type"})
"""Keys that are read in those families and stop the reading in all others."""

OWN_WIDTHS = frozenset({"nemotron-nas"})
"""Families that list the widths of every layer in ``block_configs``, which stops the reading in all others."""

WIDTH_STEP = 256  # definition: those widths are two thirds of their multiple of the hidden size, rounded up

BLOCK_LETTERS: Mapping[str, str] = {"mamba": "M", "attention": "*", "mlp": "-", "moe": "E"}
"""The letter of each kind of layer where a file lists the kinds by name."""

SUPPORTED = (
    "decoders of attention (multi-head, grouped-query or latent; full, windowed, selected or compressed) "
    "and states with dense or mixture-of-experts feed-forward blocks"
)
