"""Layers of equal shape from the canonical fields of a decoder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from tauplan.workload.llm.fields import ATTENDING, FIELDS, STATES, LayerLists
from tauplan.workload.llm.shape import (
    NO_ATTENTION,
    NO_FFN,
    Attention,
    Ffn,
    LayerGroup,
    Values,
)
from tauplan.workload.llm.state_shape import STATE_RULES, StateRule, StateSpace


def complete(fields: Mapping[str, int]) -> dict[str, int]:
    """All fields with their values, absent ones filled from their default or from the fields they follow."""
    full = {name: bound.default for name, bound in FIELDS.items() if bound.default is not None} | dict(fields)
    full.setdefault("heads", 0)
    full.setdefault("kv_heads", full["heads"])
    if full["kv_rank"]:
        full["head_dim"] = full["nope_dim"] + full["rope_dim"]
        full["kv_heads"] = full["heads"]
    full.setdefault("head_dim", full["hidden"] // max(full["heads"], 1))
    full.setdefault("v_dim", full["head_dim"])
    full.setdefault("ffn_width", full.get("expert_width", 0))
    full.setdefault("expert_width", full["ffn_width"])
    full.setdefault("shared_width", full["shared_experts"] * full["expert_width"])
    return full


def moe_layers(f: Mapping[str, int], lists: LayerLists) -> tuple[bool, ...]:
    """For each layer, whether it is a mixture: past the dense front and on the step, unless listed."""
    if not f.get("experts", 0):
        return (False,) * f["layers"]
    first, step = f.get("first_dense_layers", 0), f.get("moe_layer_step", 1)
    return lists.moe or tuple(i >= first and (i + 1) % step == 0 for i in range(f["layers"]))


def groups(f: Mapping[str, int], lists: LayerLists) -> tuple[LayerGroup, ...]:
    """Layers of equal shape gathered, in the order of their first appearance."""
    if lists.blocks:
        kinds = {kind: lists.blocks.count(kind) for kind in lists.blocks}
        return tuple(_single(f, kind, count, lists.rule) for kind, count in kinds.items())
    if lists.widths:
        return tuple(
            _own(f, kv, width, lists.widths.count((kv, width))) for kv, width in dict.fromkeys(lists.widths)
        )
    moe, kinds = moe_layers(f, lists), lists.mixers or _mixers(f, lists)
    indexed = lists.index or _indexed(f)
    counts: dict[tuple[Attention, Ffn, StateSpace | None], int] = {}
    for i, kind in enumerate(kinds):
        borrowed = i >= f["layers"] - f["borrowing_layers"]
        attends = kind in ATTENDING
        attention = _attention(f, kind, indexed=indexed[i], borrowed=borrowed) if attends else NO_ATTENTION
        width = f["borrowing_width"] if borrowed else 0
        ffn = _ffn({**f, "ffn_width": width or f["ffn_width"]}, moe[i])
        key = (attention, ffn, _state(f, lists.rule) if kind in STATES else None)
        counts[key] = counts.get(key, 0) + 1
    return tuple(LayerGroup(count, *parts) for parts, count in counts.items())


def _mixers(f: Mapping[str, int], lists: LayerLists) -> str:
    """The kind of each layer from the regular patterns of the fields and the lists that override them."""
    layers, pattern, front, step = (
        f[field] for field in ("layers", "window_pattern", "first_full_layers", "attention_step")
    )
    window = lists.window or tuple(
        i >= front and not (pattern and (i + 1) % pattern == 0) for i in range(layers)
    )
    full = "I" if f["sparse_topk"] else "A"
    attending = ("W" if window[i] and f["window"] else full for i in range(layers))
    return "".join("S" if step and (i + 1) % step else kind for i, kind in enumerate(attending))


def _indexed(f: Mapping[str, int]) -> tuple[bool, ...]:
    """For each layer, whether it has its own indexer: those of the dense front and every n-th after it."""
    first, step = f["first_dense_layers"], f["index_step"]
    return tuple(max(i - first + 1, 0) % step == 0 for i in range(f["layers"]))


def _single(f: Mapping[str, int], kind: str, count: int, rule: str) -> LayerGroup:
    """Layers of one block each, of a kind in :data:`BLOCKS`."""
    if kind == "M":
        return LayerGroup(count, NO_ATTENTION, NO_FFN, _state(f, rule))
    if kind == "*":
        return LayerGroup(count, _attention(f, "A"), NO_FFN)
    return LayerGroup(count, NO_ATTENTION, _ffn(f, moe=kind == "E"))


def _state(f: Mapping[str, int], rule: str) -> StateSpace:
    sizes = ("heads", "head_dim", "size", "groups", "kernel", "chunk", "B")
    return StateSpace(
        *(f[f"state_{size}"] for size in sizes),
        rule=cast("StateRule", rule or STATE_RULES[0]),
        rank=f["state_rank"],
        gate_rank=f["state_gate_rank"],
    )


def _own(f: Mapping[str, int], kv_heads: int, width: int, count: int) -> LayerGroup:
    """Layers with widths of their own, or without attention or feed-forward block where a width is 0."""
    attention = _attention({**f, "kv_heads": kv_heads}, "A")
    ffn = _ffn({**f, "ffn_width": width}, moe=False)
    return LayerGroup(count, attention if kv_heads else NO_ATTENTION, ffn if width else NO_FFN)


def _attention(
    f: Mapping[str, int], kind: str, *, indexed: bool = False, borrowed: bool = False
) -> Attention:
    """The attention of a layer of ``kind``, one of ATTENDING; ``indexed``: with an indexer of its own."""
    windowed = kind == "W"

    def own(field: str) -> int:
        return (f[f"window_{field}"] if windowed else 0) or f[field]

    head_dim = own("head_dim")
    values: Mapping[int, Values] = {1: "own" if windowed else "of keys", 2: "keys"}
    return Attention(
        kind="mla" if f["kv_rank"] else "gqa",
        heads=own("heads"),
        kv_heads=own("kv_heads"),
        head_dim=head_dim,
        v_dim=head_dim if windowed and f["window_head_dim"] else f["v_dim"],
        window=f["window"] if kind in "WCH" else 0,
        q_rank=f["q_rank"],
        kv_rank=f["kv_rank"],
        rope_dim=f["rope_dim"] if f["kv_rank"] else 0,
        qkv_bias=bool(f["qkv_bias"]),
        out_bias=bool(f["out_bias"]),
        qk_norm=f["qk_norm"] > 0,
        qk_norm_wide=f["qk_norm"] == 2,
        sinks=f["sinks"] == 1 or (f["sinks"] == 2 and windowed),
        sparse_topk=f["sparse_topk"] if kind in "IC" else 0,
        index_heads=f["index_heads"] if kind == "C" or (kind == "I" and indexed) else 0,
        index_dim=f["index_dim"] if kind == "C" or (kind == "I" and indexed) else 0,
        out_gate=bool(f["out_gate"]),
        head_gate=bool(f["head_gate"]),
        values=values.get(f["key_values"], "own"),
        borrowed=borrowed,
        compress={"C": f["compress"], "H": f["compress_heavy"]}.get(kind, 0),
        overlap=kind == "C",
        out_groups=f["out_groups"],
        out_rank=f["out_rank"],
    )


def _ffn(f: Mapping[str, int], moe: bool) -> Ffn:
    gated, bias = bool(f["gated"]), bool(f["ffn_bias"])
    if not moe:
        return Ffn("dense", f["ffn_width"], gated, bias=bias)
    return Ffn(
        kind="moe",
        width=f["expert_width"],
        gated=gated,
        experts=f["experts"],
        active=f["active_experts"],
        groups=f["expert_groups"],
        groups_used=f["groups_used"] or f["expert_groups"],
        shared_width=f["shared_width"],
        bias=bias,
        router_bias=bool(f["router_bias"]),
        shared_gate=bool(f["shared_gate"]) and f["shared_width"] > 0,
        latent=f["expert_hidden"],
    )
