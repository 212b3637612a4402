"""Families whose attention differs by layer: each reader turns a configuration into fields and kinds of layers.

Source of each: the family's published configuration and the code it is published with.
"""

from __future__ import annotations

from tauplan.workload.llm.fields import FIELDS
from tauplan.workload.llm.keys import ATTENTION_NAMES, Keys, UnusableError, Written


def joined_keys(keys: Keys) -> Written:
    """DeepSeek-V4: windows, joined keys that an indexer selects (smaller step), heavily joined keys (larger)."""
    listed = list(keys.items("compress_ratios"))[: keys.layers]
    steps = sorted({step for step in listed if isinstance(step, int) and step > 1})
    if not listed or len(steps) > 2 or not all(isinstance(step, int) for step in listed):
        raise UnusableError("compress_ratios", listed[:8], "a whole number per layer, at most two above 1")
    letters = dict(zip(steps, "CH", strict=False))
    mixers = "".join(letters.get(step, "W") for step in listed)
    fields = {
        "kv_heads": 1,
        "key_values": 2,
        "qk_norm": 1,
        "sinks": 1,
        "out_groups": keys.whole("o_groups"),
        "out_rank": keys.whole("o_lora_rank"),
        "streams": max(keys.whole("hc_mult", absent=1), 1),
        **dict(zip(("compress", "compress_heavy"), steps, strict=False)),
    }
    return Written(fields, mixers)


def gemma4(keys: Keys) -> Written:
    """Gemma 4: wide heads outside windows, values that keys are projected to, a dense block beside experts."""
    mixers = keys.kinds("layer_types", ATTENTION_NAMES)
    local, local_kv = keys.whole("head_dim"), keys.whole("num_key_value_heads")
    wide_kv = keys.whole("num_global_key_value_heads", absent=local_kv)
    mixture = bool(keys.get("enable_moe_block"))
    borrowing = keys.whole("num_kv_shared_layers", absent=0)
    width = keys.whole("intermediate_size")
    fields = {
        "head_dim": keys.whole("global_head_dim", absent=local),
        "kv_heads": wide_kv if keys.get("attention_k_eq_v") else local_kv,
        "window_head_dim": local,
        "window_kv_heads": local_kv,
        "key_values": int(bool(keys.get("attention_k_eq_v"))),
        "norms_per_layer": 8 if mixture else 4,  # a mixture adds three, and a scale before its router
        "layer_embedding": keys.whole("hidden_size_per_layer_input", absent=0),
        "borrowing_layers": borrowing,
    }
    if keys.get("use_double_wide_mlp") and borrowing:
        fields["borrowing_width"] = 2 * width
    if mixture:
        fields |= {"shared_width": width, "router_bias": 1}
    else:
        fields |= {"experts": 0, "active_experts": 0}
    return Written(fields, mixers)


def step(keys: Keys) -> Written:
    """Step 3.5 and 3.7: layers with a window have heads of their own, a gate per head, mixtures by list."""
    other = "attention_other_setting"
    mixers = keys.kinds("layer_types", ATTENTION_NAMES)
    sliding = keys.get(f"{other}.attention_type") in (None, "sliding_attention")
    fields = {
        "kv_heads": keys.whole("num_attention_groups", "num_key_value_heads"),
        "qk_norm": 1,
        "head_gate": int(bool(keys.get("use_head_wise_attn_gate"))),
    }
    if keys.get(other) is not None and sliding:
        fields |= {
            "window_heads": keys.whole(f"{other}.num_attention_heads"),
            "window_kv_heads": keys.whole(f"{other}.num_attention_groups", absent=0),
        }
    named = keys.get("moe_layers_enum")
    if isinstance(named, str):
        listed = {int(part) for part in named.split(",") if part.strip().isdigit()}
    else:
        listed = {item for item in keys.items("moe_layers_enum") if isinstance(item, int)}
    moe = tuple(i in listed for i in range(keys.layers)) if listed else ()
    return Written(fields, mixers, moe=moe)


def block_sparse(keys: Keys) -> Written:
    """MiniMax-M3: an indexer selects blocks of keys in listed layers."""
    config = "sparse_attention_config"
    listed = list(keys.items(f"{config}.sparse_attention_freq"))[: keys.layers]
    fields = {
        "sparse_topk": keys.whole(f"{config}.sparse_topk_blocks") * keys.whole(f"{config}.sparse_block_size"),
        "index_heads": keys.whole(f"{config}.sparse_num_index_heads"),
        "index_dim": keys.whole(f"{config}.sparse_index_dim"),
        "qk_norm": 1,
        "expert_width": keys.whole("moe_intermediate_size", "intermediate_size"),
    }
    return Written(fields, "".join("I" if item else "A" for item in listed))


def gpt_neo(keys: Keys) -> Written:
    """GPT-Neo: global and local attention in turn."""
    names = list(keys.items("attention_layers"))[: keys.layers]
    letters = {"global": "A", "local": "W"}
    return Written(
        {"window": keys.whole("window_size", absent=256)},
        "".join(letters.get(str(name), "A") for name in names),
    )


def qwen1(keys: Keys) -> Written:
    """Qwen (first): the width of the feed-forward block is written doubled."""
    return Written({"ffn_width": keys.whole("intermediate_size") // 2})


def shortcut(keys: Keys) -> Written:
    """LongCat-Flash: per layer two attentions and two dense blocks, a mixture beside; some experts do nothing."""
    layers = keys.whole("num_layers", "num_hidden_layers")
    blocks = "*-*-E" * min(layers, FIELDS["layers"].high // 5)
    routed, idle = keys.whole("n_routed_experts"), keys.whole("zero_expert_num", absent=0)
    chosen = keys.whole("moe_topk", "num_experts_per_tok")
    fields = {
        "layers": len(blocks),
        "active_experts": round(chosen * routed / max(routed + idle, 1)),  # the mean, choices being even
        "norms_per_layer": 1,
        "router_bias": 1,
        "gated": 1,
    }
    return Written(fields, blocks=blocks)


def laguna(keys: Keys) -> Written:
    """Laguna: layers with a window have heads of their own, a gate per head, mixtures after a dense layer."""
    mixers = keys.kinds("layer_types", ATTENTION_NAMES)
    counts = list(keys.items("num_attention_heads_per_layer"))[: keys.layers]
    full, windowed = (
        {heads for kind, heads in zip(mixers, counts, strict=False) if kind == letter} for letter in "AW"
    )
    if len(full) > 1 or len(windowed) > 1:
        expected = "one number for layers with a window, one for the others"
        raise UnusableError("num_attention_heads_per_layer", counts[:8], expected)
    fields = {"qk_norm": 1, "head_gate": int(bool(keys.get("gating"))), "router_bias": 1, "gated": 1}
    for field, found in (("heads", full), ("window_heads", windowed)):
        for heads in found:
            if not isinstance(heads, int) or isinstance(heads, bool):
                raise UnusableError("num_attention_heads_per_layer", counts[:8], "whole numbers")
            fields[field] = heads
    return Written(fields, mixers)
