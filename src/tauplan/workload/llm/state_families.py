"""Families of layers with a state: each reader turns a configuration into fields and the kind of every layer.

Source of each: the family's published configuration and the code it is published with.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from tauplan.workload.llm.keys import MIXER_NAMES, Keys, UnusableError, Written

MAMBA_STEP = 16  # definition: "auto" means a rank of a sixteenth of the hidden size, rounded up
SCAN_CHUNK = 64  # definition: tokens that published kernels of the delta rule join
LIGHTNING_CHUNK = 256  # definition: tokens that published kernels of lightning attention join
HEAD_SIZE = 64  # definition: head of Mamba-2 in its published code, where a configuration gives none
RULE_OF_LAYER = {"Mamba1": "mamba-1", "Mamba2": "mamba-2"}


def delta(keys: Keys) -> Written:
    """Qwen3-Next, Qwen3.5: gated delta nets, attention in every n-th layer."""
    step = keys.whole("full_attention_interval", absent=4)
    if not step:
        raise UnusableError("full_attention_interval", step, "a whole number above 0")
    regular = "".join("S" if (i + 1) % step else "A" for i in range(keys.layers))
    fields = {"out_gate": 1, "state_B": 4, "state_chunk": SCAN_CHUNK}
    return Written(fields, keys.kinds("layer_types", MIXER_NAMES) or regular, rule="gated delta")


def _selective(keys: Keys) -> dict[str, int]:
    """Sizes of Mamba-1, under the keys of a pure stack or those of a hybrid."""
    hidden = keys.whole("hidden_size", "d_model")
    inner = keys.whole("mamba_expand", "expand", "ssm_cfg.expand", absent=2) * hidden
    if keys.get("mamba_expand") is None:
        inner = keys.whole("intermediate_size", absent=inner)
    rank_key = "mamba_dt_rank" if keys.get("mamba_dt_rank") is not None else "time_step_rank"
    auto = keys.get(rank_key) in (None, "auto")
    return {
        "state_heads": inner,
        "state_head_dim": 1,
        "state_size": keys.whole("mamba_d_state", "state_size", "ssm_cfg.d_state", absent=16),
        "state_kernel": keys.whole("mamba_d_conv", "conv_kernel", "ssm_cfg.d_conv", absent=4),
        "state_rank": math.ceil(hidden / MAMBA_STEP) if auto else keys.whole(rank_key),
    }


def _duality(keys: Keys) -> dict[str, int]:
    """Sizes of Mamba-2, under the keys of a pure stack or those of a hybrid."""
    hidden = keys.whole("hidden_size", "d_model")
    inner = keys.whole("mamba_expand", "expand", "ssm_cfg.expand", absent=2) * hidden
    inner = keys.whole("mamba_d_ssm", absent=inner)
    head = keys.get("mamba_d_head")
    heads = keys.whole("mamba_n_heads", "num_heads", absent=0)
    size = keys.whole("mamba_d_head" if head != "auto" else "-", "head_dim", "ssm_cfg.headdim", absent=0)
    if heads and not size:
        size = inner // heads
    size = size or HEAD_SIZE
    return {
        "state_heads": heads or inner // size,
        "state_head_dim": size,
        "state_size": keys.whole("mamba_d_state", "state_size", "ssm_cfg.d_state", absent=128),
        "state_groups": max(keys.whole("mamba_n_groups", "n_groups", "ssm_cfg.ngroups", absent=1), 1),
        "state_kernel": keys.whole("mamba_d_conv", "conv_kernel", "ssm_cfg.d_conv", absent=4),
        "state_chunk": keys.whole("mamba_chunk_size", "chunk_size", absent=256),
    }


def stack(rule: str, *, tied: int) -> Callable[[Keys], Written]:
    """Pure stacks of one block per layer, whose configuration may be that of the first published code."""

    def read(keys: Keys) -> Written:
        named = RULE_OF_LAYER.get(str(keys.get("ssm_cfg.layer") or ""), rule)
        sizes = _selective(keys) if named == "mamba-1" else _duality(keys)
        attends = {item for item in keys.items("attn_layer_idx") if isinstance(item, int)}
        blocks = "".join("*" if i in attends else "M" for i in range(keys.layers))
        step = keys.whole("pad_vocab_size_multiple", absent=1) or 1
        vocab = -(-keys.whole("vocab_size") // step) * step
        fields = sizes | {"norms_per_layer": 1, "gated": 0, "vocab": vocab}
        if keys.get("tie_word_embeddings") is None and keys.get("tie_embeddings") is None:
            fields["tied_embeddings"] = tied
        return Written(fields, blocks=blocks, rule=named)

    return read


def jamba(keys: Keys) -> Written:
    """Jamba: Mamba-1, attention and mixtures each at a step and an offset."""

    def at(name: str, period: int, offset: int) -> list[bool]:
        step = keys.whole(f"{name}_layer_period", absent=period)
        first = keys.whole(f"{name}_layer_offset", absent=offset)
        if not step:
            raise UnusableError(f"{name}_layer_period", step, "a whole number above 0")
        return [i % step == first for i in range(keys.layers)]

    mixers = "".join("A" if attends else "S" for attends in at("attn", 8, 4))
    moe = tuple(at("expert", 2, 1))
    single = keys.whole("num_experts", absent=16) <= 1
    fields = {**_selective(keys), **({"experts": 0, "active_experts": 0} if single else {})}
    return Written(fields, mixers, moe=() if single else moe, rule="mamba-1")


def beside(keys: Keys) -> Written:
    """Falcon-H1: Mamba-2 beside attention in every layer."""
    return Written(_duality(keys), "P" * keys.layers)


def bamba(keys: Keys) -> Written:
    """Bamba: Mamba-2, attention in listed layers."""
    attends = keys.items("attn_layer_indices")
    mixers = "".join("A" if i in attends else "S" for i in range(keys.layers))
    return Written(_duality(keys), keys.kinds("layer_types", MIXER_NAMES) or mixers)


def granite(keys: Keys) -> Written:
    """Granite 4: Mamba-2 and attention by list, mixtures beside a shared block or that block alone."""
    names = "layer_types" if keys.get("layer_types") is not None else "layers_block_type"
    mixers = keys.kinds(names, MIXER_NAMES) or "S" * keys.layers
    fields = _duality(keys)
    if not keys.whole("num_local_experts", absent=0):
        width = keys.whole("shared_intermediate_size")
        fields |= {"ffn_width": width, "shared_width": 0, "experts": 0, "active_experts": 0}
    return Written(fields, mixers)


def kimi_linear(keys: Keys) -> Written:
    """Kimi Linear, Kimi K3: Kimi delta attention, latent attention in listed layers (counted from 1)."""
    attends = keys.items("linear_attn_config.full_attn_layers")
    if not attends:
        raise UnusableError("linear_attn_config.full_attn_layers", None, "a list of layers")
    heads = keys.whole("linear_attn_config.num_heads")
    size = keys.whole("linear_attn_config.head_dim")
    fields = {
        "state_heads": heads,
        "state_head_dim": size,
        "state_size": size,
        "state_groups": heads,
        "state_kernel": keys.whole("linear_attn_config.short_conv_kernel_size", absent=4),
        "state_chunk": SCAN_CHUNK,
        "state_B": 4,
        "state_rank": size,
        "state_gate_rank": 0 if keys.get("linear_attn_config.use_full_rank_gate") else size,
        "out_gate": int(bool(keys.get("mla_use_output_gate"))),
        "expert_hidden": keys.whole("routed_expert_hidden_size", absent=0),
        "q_rank": keys.whole("q_lora_rank", absent=0),
        "router_bias": 1,
    }
    mixers = "".join("A" if i + 1 in attends else "S" for i in range(keys.layers))
    return Written(fields, mixers, rule="kimi delta")


def _lightning(keys: Keys) -> dict[str, int]:
    """Sizes of lightning attention: a square state per head, kept in FP32."""
    heads = keys.whole("num_attention_heads")
    size = keys.whole("head_dim", absent=keys.whole("hidden_size") // max(heads, 1))
    return {
        "state_heads": heads,
        "state_head_dim": size,
        "state_size": size,
        "state_groups": max(keys.whole("num_kv_heads_for_linear_attn", absent=heads), 1),
        "state_kernel": 1,
        "state_chunk": keys.whole("block_size", absent=LIGHTNING_CHUNK),
        "state_B": 4,
    }


def minimax(keys: Keys) -> Written:
    """MiniMax-01: lightning attention, softmax attention where a list says so."""
    mixers = keys.kinds("layer_types", MIXER_NAMES)
    if not mixers:
        listed = list(keys.items("attn_type_list"))[: keys.layers]
        mixers = "".join("A" if kind == 1 else "S" for kind in listed)
    fields = _lightning(keys) | {"shared_width": keys.whole("shared_intermediate_size", absent=0)}
    return Written(fields, mixers, rule="lightning")


def short_convolutions(keys: Keys) -> Written:
    """LFM2: short convolutions between gates, attention in listed layers; dense layers adjust their width."""
    attends = keys.items("full_attn_idxs")
    listed = "".join("A" if i in attends else "S" for i in range(keys.layers))
    mixers = keys.kinds("layer_types", MIXER_NAMES) or listed
    hidden = keys.whole("hidden_size", "block_dim")
    fields = {
        "state_heads": hidden,
        "state_head_dim": 1,
        "state_kernel": keys.whole("conv_L_cache", absent=3),
        "qk_norm": 1,
        "gated": 1,
    }
    width = keys.whole("block_ff_dim", "intermediate_size", absent=0)
    if width and keys.get("block_auto_adjust_ff_dim"):
        multiplier = keys.get("block_ffn_dim_multiplier")
        step = max(keys.whole("block_multiple_of", absent=256), 1)
        wide = int(2 * width / 3) * (multiplier if isinstance(multiplier, int | float) else 1)
        width = -(-int(wide) // step) * step
    if width:
        fields["ffn_width"] = width
    if keys.get("num_dense_layers") is not None:
        fields |= {"first_dense_layers": keys.whole("num_dense_layers"), "router_bias": 1}
    if keys.get("tie_word_embeddings") is None:
        fields["tied_embeddings"] = int(keys.get("tie_embedding") is not False)
    return Written(fields, mixers, rule="short convolution")


def bailing(keys: Keys) -> Written:
    """Ling and Ring 2.5 and 2.6: lightning attention, attention at the end of every group of layers."""
    step = keys.whole("layer_group_size")
    if not step:
        raise UnusableError("layer_group_size", step, "a whole number above 0")
    whole = keys.layers // step * step  # layers beyond the last whole group attend
    mixers = "".join("A" if (i + 1) % step == 0 or i >= whole else "S" for i in range(keys.layers))
    return Written(_lightning(keys) | {"router_bias": 1}, mixers, rule="lightning")
