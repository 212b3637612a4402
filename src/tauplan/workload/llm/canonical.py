"""Canonical description of a decoder as flat fields, and the one builder of a shape from them.

A model comes as a ``config.json`` or as catalogue rows. Both are first brought to the fields of
:data:`FIELDS`, so that every rule about layers, widths and consistency stands here once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from tauplan.errors import InputError, Problem
from tauplan.workload.llm.shape import (
    NO_ATTENTION,
    NO_FFN,
    Attention,
    Ffn,
    LayerGroup,
    ModelShape,
    StateSpace,
)


@dataclass(frozen=True)
class Bound:
    """Plausible range of a field and its value when absent; ``default = None`` marks a field without one."""

    low: int
    high: int
    default: int | None = None


_SIZE = 10_000_000
_FLAG = Bound(0, 1, 0)

FIELDS: Mapping[str, Bound] = {
    "layers": Bound(1, 10_000),
    "hidden": Bound(1, _SIZE),
    "heads": Bound(1, 100_000),
    "kv_heads": Bound(1, 100_000),  # absent: as many as query heads
    "head_dim": Bound(1, 100_000),  # absent: hidden / heads
    "v_dim": Bound(1, 100_000),  # absent: head_dim
    "ffn_width": Bound(1, _SIZE),  # may be absent when every layer is a mixture with its own width
    "gated": Bound(0, 1, 1),
    "vocab": Bound(1, _SIZE),
    "tied_embeddings": _FLAG,
    "experts": Bound(0, 100_000, 0),
    "active_experts": Bound(0, 100_000, 0),
    "expert_width": Bound(1, _SIZE),  # absent: ffn_width
    "shared_experts": Bound(0, 100_000, 0),
    "shared_width": Bound(0, _SIZE),  # all shared experts together; absent: shared_experts × expert_width
    "shared_gate": _FLAG,
    "first_dense_layers": Bound(0, 10_000, 0),
    "moe_layer_step": Bound(1, 10_000, 1),  # every n-th layer is a mixture
    "router_bias": _FLAG,
    "expert_hidden": Bound(0, _SIZE, 0),  # width that routed experts read and write; 0: hidden
    "q_rank": Bound(0, _SIZE, 0),
    "kv_rank": Bound(0, _SIZE, 0),  # above 0: multi-head latent attention
    "rope_dim": Bound(0, 100_000, 0),
    "nope_dim": Bound(0, 100_000, 0),
    "window": Bound(0, 1_000_000_000, 0),
    "window_pattern": Bound(0, 10_000, 0),  # every n-th layer sees the full context; 0: none does
    "first_full_layers": Bound(0, 10_000, 0),  # layers at the front that see the full context in any case
    "window_kv_heads": Bound(0, 100_000, 0),  # key-value heads of layers with a window; 0: as the others
    "qkv_bias": _FLAG,
    "out_bias": _FLAG,
    "ffn_bias": _FLAG,
    "head_bias": _FLAG,
    "qk_norm": Bound(0, 2, 0),  # 1: per head; 2: over all heads at once
    "sinks": Bound(0, 2, 0),  # 1: in every layer; 2: in layers with a window
    "sparse_topk": Bound(0, 1_000_000_000, 0),
    "index_heads": Bound(0, 100_000, 0),
    "index_dim": Bound(0, 100_000, 0),
    "index_step": Bound(1, 10_000, 1),  # after the first dense layers, every n-th layer has its own indexer
    "state_heads": Bound(0, 100_000, 0),  # heads of a state-space mixer, in layers that ``blocks`` marks M
    "state_head_dim": Bound(0, 100_000, 0),
    "state_size": Bound(0, 100_000, 0),
    "state_groups": Bound(1, 100_000, 1),
    "state_kernel": Bound(1, 1_000, 4),
    "state_chunk": Bound(1, 1_000_000, 256),
    "state_B": Bound(1, 8, 2),
    "state_delta": _FLAG,  # states follow the gated delta rule
    "attention_step": Bound(0, 10_000, 0),  # every n-th layer attends, the others have a state; 0: all attend
    "out_gate": _FLAG,
    "norms_per_layer": Bound(0, 16, 2),
    "norm_bias": _FLAG,
    "model_norms": Bound(0, 16, 1),
    "positions": Bound(0, 1_000_000_000, 0),
    "context_max": Bound(0, 1_000_000_000_000, 0),
    "draft_layers": Bound(0, 100, 0),  # layers that propose the token after the next
}

BLOCKS = "M*-E"
"""Layers of one block: a state-space mixer, attention, a dense feed-forward block, a mixture of experts."""

STATE_SIZES = ("state_heads", "state_head_dim", "state_size")
"""Sizes without which a state has none."""

REQUIRED = ("layers", "hidden", "heads", "vocab")


@dataclass(frozen=True)
class LayerLists:
    """Per-layer choices that a regular pattern cannot express; an empty tuple leaves the pattern in force."""

    moe: tuple[bool, ...] = ()
    window: tuple[bool, ...] = ()
    index: tuple[bool, ...] = ()
    blocks: str = ""  # one of BLOCKS per layer, for layers of one block each
    widths: tuple[tuple[int, int], ...] = ()  # key-value heads and feed-forward width, 0 for no such block


@dataclass(frozen=True)
class Fault:
    """What is wrong with one canonical field."""

    field: str
    message: str
    value: str = ""
    expected: str = ""
    hint: str = ""


Locate = Callable[[str], tuple[str, str, str]]
"""Gives the place (file or part), the path (key) and, if absent, other names of a canonical field."""


def shape_from_fields(
    name: str,
    fields: Mapping[str, int],
    locate: Locate,
    *,
    lists: LayerLists | None = None,
    dtype: str = "",
    already: tuple[Problem, ...] = (),
    unreadable: frozenset[str] = frozenset(),
) -> ModelShape:
    """Build the shape of model ``name`` from canonical fields, or raise every problem at once.

    ``already`` are problems that the reader found, ``unreadable`` the fields they concern: those are neither
    reported again nor used. Raises :class:`InputError` if there is any problem.
    """
    lists = lists or LayerLists()
    found = list(already)
    for fault in check(fields, lists, unreadable):
        place, path, others = locate(fault.field)
        found.append(Problem(fault.message, place, path, fault.value, fault.expected, fault.hint or others))
    if found:
        raise InputError(found)
    full = _complete(fields)
    return ModelShape(
        name=name,
        hidden=full["hidden"],
        vocab=full["vocab"],
        groups=_groups(full, lists),
        tied=bool(full["tied_embeddings"]),
        positions=full["positions"],
        norms_per_layer=full["norms_per_layer"],
        norm_bias=bool(full["norm_bias"]),
        context_max=full["context_max"],
        dtype=dtype,
        model_norms=full["model_norms"],
        head_bias=bool(full["head_bias"]),
        draft_layers=full["draft_layers"],
    )


def check(
    fields: Mapping[str, int], lists: LayerLists, unreadable: frozenset[str] = frozenset()
) -> list[Fault]:
    """List what is missing, out of range or contradictory; empty when a shape can be built."""
    faults = [
        Fault(field, f"{field} is missing", expected="a whole number")
        for field in REQUIRED
        if field not in fields and field not in unreadable
    ]
    good: dict[str, int] = {}
    for field, value in fields.items():
        bound = FIELDS[field]
        if bound.low <= value <= bound.high:
            good[field] = value
        else:
            wanted = f"a whole number from {bound.low:,} to {bound.high:,}"
            faults.append(Fault(field, f"{field} is out of range", f"{value:,}", wanted))
    usable = frozenset(good) | (frozenset(FIELDS) - frozenset(fields) - unreadable)
    return faults + _contradictions(good, lists, usable)


def _contradictions(f: Mapping[str, int], lists: LayerLists, usable: frozenset[str]) -> list[Fault]:
    """Faults between fields, each looked for only when all its fields are known to be good."""
    faults: list[Fault] = []

    def known(*names: str) -> bool:
        return all(name in usable and (name in f or FIELDS[name].default is not None) for name in names)

    def get(name: str) -> int:
        return f.get(name, FIELDS[name].default or 0)

    mla = get("kv_rank") > 0
    if known("hidden", "heads") and "head_dim" not in f and "head_dim" in usable and not mla:
        hidden, heads = get("hidden"), get("heads")
        if hidden % heads:
            hint = "give head_dim: it is not hidden / heads in this model"
            faults.append(
                Fault(
                    "heads",
                    f"{heads} heads do not divide the hidden size {hidden}",
                    str(heads),
                    "a divisor",
                    hint,
                )
            )
    for field in ("kv_heads", "window_kv_heads"):
        if known("heads", field) and get(field) and get("heads") % get(field) and not mla:
            text = f"{get(field)} {field} do not divide {get('heads')} heads"
            faults.append(Fault(field, text, str(get(field)), "a divisor of heads"))
    if mla:
        for field in ("rope_dim", "nope_dim", "v_dim"):
            if field in usable and not get(field):
                text = f"{field} is missing: latent attention (kv_rank above 0) needs it"
                faults.append(Fault(field, text, expected="a whole number"))
    if known("experts", "active_experts"):
        experts, active = get("experts"), get("active_experts")
        if active > experts:
            text = f"{active} active experts are more than the {experts} there are"
            faults.append(Fault("active_experts", text, str(active), f"at most {experts}"))
        elif experts and not active:
            faults.append(
                Fault("active_experts", "active_experts is missing: how many experts serve a token")
            )
    if not known("layers") and "ffn_width" in usable and "ffn_width" not in f and not get("experts"):
        faults.append(Fault("ffn_width", "ffn_width is missing", expected="a whole number"))
    if known("layers"):
        faults += _layer_faults(f, lists, usable, get("layers"), get("first_dense_layers"))
    if known("index_heads", "index_dim", "sparse_topk") and get("index_heads") and not get("index_dim"):
        faults.append(Fault("index_dim", "index_dim is missing: the indexer's head size"))
    return faults


def _layer_faults(
    f: Mapping[str, int], lists: LayerLists, usable: frozenset[str], layers: int, first_dense: int
) -> list[Fault]:
    """Faults of the layer pattern: list lengths, dense layers in front, widths that no field gives."""
    faults: list[Fault] = []
    for field, flags in (
        ("moe_layer_step", lists.moe),
        ("window_pattern", lists.window),
        ("index_step", lists.index),
        ("layer_widths", lists.widths),
    ):
        if flags and len(flags) != layers:
            text = f"a list of {len(flags)} entries for {layers} layers"
            faults.append(Fault(field, text, str(len(flags)), f"{layers} entries"))
    faults += _block_faults(f, lists.blocks, usable, layers)
    for field in STATE_SIZES if f.get("attention_step", 0) else ():
        if field in usable and not f.get(field, 0):
            faults.append(Fault(field, f"{field} is missing: layers with a state need it"))
    if f.get("attention_step", 0) > layers:
        faults.append(Fault("attention_step", "no layer attends", expected=f"at most {layers}"))
    if first_dense > layers:
        text = f"{first_dense} dense layers in front are more than the {layers} layers"
        faults.append(Fault("first_dense_layers", text, str(first_dense), f"at most {layers}"))
    if "experts" in usable and not faults and "ffn_width" in usable and "ffn_width" not in f:
        moe = _moe_layers({**f, "layers": layers}, lists)
        if not all(moe):
            faults.append(
                Fault("ffn_width", "ffn_width is missing: dense layers need it", expected="a whole number")
            )
        elif "expert_width" not in f and "expert_width" in usable:
            faults.append(Fault("expert_width", "expert_width is missing", expected="a whole number"))
    return faults


def _block_faults(f: Mapping[str, int], blocks: str, usable: frozenset[str], layers: int) -> Iterator[Fault]:
    """Faults of a stack of single blocks: its length, unknown kinds, no attention, kinds without their sizes."""
    if not blocks:
        return
    if len(blocks) != layers or set(blocks) - set(BLOCKS):
        expected = f"{layers} characters of {BLOCKS}"
        yield Fault("blocks", "the pattern of layers is not usable", blocks[:80], expected)
    elif "*" not in blocks:
        yield Fault("blocks", "the pattern of layers has no attention", blocks[:80], "at least one *")
    for kind, field in (
        *(("M", field) for field in STATE_SIZES),
        ("E", "experts"),
        ("-", "ffn_width"),
    ):
        if kind in blocks and field in usable and not f.get(field, 0):
            yield Fault(field, f"{field} is missing: layers marked {kind} need it", expected="a whole number")


def _complete(fields: Mapping[str, int]) -> dict[str, int]:
    """All fields with their values, absent ones filled from their default or from the fields they follow."""
    full = {name: bound.default for name, bound in FIELDS.items() if bound.default is not None} | dict(fields)
    full.setdefault("kv_heads", full["heads"])
    if full["kv_rank"]:
        full["head_dim"] = full["nope_dim"] + full["rope_dim"]
        full["kv_heads"] = full["heads"]
    full.setdefault("head_dim", full["hidden"] // full["heads"])
    full.setdefault("v_dim", full["head_dim"])
    full.setdefault("ffn_width", full.get("expert_width", 0))
    full.setdefault("expert_width", full["ffn_width"])
    full.setdefault("shared_width", full["shared_experts"] * full["expert_width"])
    return full


def _moe_layers(f: Mapping[str, int], lists: LayerLists) -> tuple[bool, ...]:
    """For each layer, whether it is a mixture: past the dense front and on the step, unless listed."""
    if not f.get("experts", 0):
        return (False,) * f["layers"]
    first, step = f.get("first_dense_layers", 0), f.get("moe_layer_step", 1)
    return lists.moe or tuple(i >= first and (i + 1) % step == 0 for i in range(f["layers"]))


def _groups(f: Mapping[str, int], lists: LayerLists) -> tuple[LayerGroup, ...]:
    """Layers of equal shape gathered, in the order of their first appearance."""
    if lists.blocks:
        kinds = {kind: lists.blocks.count(kind) for kind in lists.blocks}
        return tuple(_single(f, kind, count) for kind, count in kinds.items())
    if lists.widths:
        return tuple(
            _own(f, kv, width, lists.widths.count((kv, width))) for kv, width in dict.fromkeys(lists.widths)
        )
    layers, pattern, first = f["layers"], f["window_pattern"], f["first_dense_layers"]
    moe = _moe_layers(f, lists)
    full_front = f["first_full_layers"]
    window = lists.window or tuple(
        i >= full_front and not (pattern and (i + 1) % pattern == 0) for i in range(layers)
    )
    index = lists.index or tuple(max(i - first + 1, 0) % f["index_step"] == 0 for i in range(layers))
    step = f["attention_step"]
    counts: dict[tuple[Attention, Ffn, StateSpace | None], int] = {}
    for i in range(layers):
        held = _state(f) if step and (i + 1) % step else None
        attention = NO_ATTENTION if held else _attention(f, window[i] and f["window"] > 0, index[i])
        key = (attention, _ffn(f, moe[i]), held)
        counts[key] = counts.get(key, 0) + 1
    return tuple(LayerGroup(count, *parts) for parts, count in counts.items())


def _single(f: Mapping[str, int], kind: str, count: int) -> LayerGroup:
    """Layers of one block each, of a kind in :data:`BLOCKS`."""
    if kind == "M":
        return LayerGroup(count, NO_ATTENTION, NO_FFN, _state(f))
    if kind == "*":
        return LayerGroup(count, _attention(f, windowed=False, indexed=False), NO_FFN)
    return LayerGroup(count, NO_ATTENTION, _ffn(f, moe=kind == "E"))


def _state(f: Mapping[str, int]) -> StateSpace:
    sizes = ("heads", "head_dim", "size", "groups", "kernel", "chunk", "B")
    return StateSpace(*(f[f"state_{size}"] for size in sizes), delta=bool(f["state_delta"]))


def _own(f: Mapping[str, int], kv_heads: int, width: int, count: int) -> LayerGroup:
    """Layers with widths of their own, or without attention or feed-forward block where a width is 0."""
    attention = _attention({**f, "kv_heads": kv_heads}, windowed=False, indexed=False)
    ffn = _ffn({**f, "ffn_width": width}, moe=False)
    return LayerGroup(count, attention if kv_heads else NO_ATTENTION, ffn if width else NO_FFN)


def _attention(f: Mapping[str, int], windowed: bool, indexed: bool) -> Attention:
    block = Attention(
        kind="mla" if f["kv_rank"] else "gqa",
        heads=f["heads"],
        kv_heads=(f["window_kv_heads"] if windowed else 0) or f["kv_heads"],
        head_dim=f["head_dim"],
        v_dim=f["v_dim"],
        window=f["window"] if windowed else 0,
        qkv_bias=bool(f["qkv_bias"]),
        out_bias=bool(f["out_bias"]),
        qk_norm=f["qk_norm"] > 0,
        qk_norm_wide=f["qk_norm"] == 2,
        sinks=f["sinks"] == 1 or (f["sinks"] == 2 and windowed),
        sparse_topk=f["sparse_topk"],
        out_gate=bool(f["out_gate"]),
    )
    if f["kv_rank"]:
        block = replace(block, q_rank=f["q_rank"], kv_rank=f["kv_rank"], rope_dim=f["rope_dim"])
    if indexed:
        block = replace(block, index_heads=f["index_heads"], index_dim=f["index_dim"])
    return block


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
        shared_width=f["shared_width"],
        bias=bias,
        router_bias=bool(f["router_bias"]),
        shared_gate=bool(f["shared_gate"]) and f["shared_width"] > 0,
        latent=f["expert_hidden"],
    )
