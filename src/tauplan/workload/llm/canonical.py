"""Canonical description of a decoder as flat fields, and the one builder of a shape from them.

A model comes as a ``config.json`` or as catalogue rows. Both are first brought to the fields of
:data:`tauplan.workload.llm.fields.FIELDS`, so that every rule about layers and widths stands here once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tauplan.errors import InputError, Problem
from tauplan.workload.llm.fields import (
    BLOCKS,
    FIELDS,
    MIXERS,
    NEEDS,
    REQUIRED,
    STATE_SIZES,
    LayerLists,
)
from tauplan.workload.llm.grouping import complete, groups, moe_layers
from tauplan.workload.llm.shape import ModelShape
from tauplan.workload.llm.state_shape import STATE_RULES


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
    full = complete(fields)
    return ModelShape(
        name=name,
        hidden=full["hidden"],
        vocab=full["vocab"],
        groups=groups(full, lists),
        tied=bool(full["tied_embeddings"]),
        positions=full["positions"],
        norms_per_layer=full["norms_per_layer"],
        norm_bias=bool(full["norm_bias"]),
        context_max=full["context_max"],
        dtype=dtype,
        model_norms=full["model_norms"],
        head_bias=bool(full["head_bias"]),
        draft_layers=full["draft_layers"],
        streams=full["streams"],
        layer_embedding=full["layer_embedding"],
        tower=full["tower"],
    )


def check(
    fields: Mapping[str, int], lists: LayerLists, unreadable: frozenset[str] = frozenset()
) -> list[Fault]:
    """List what is missing, out of range or contradictory; empty when a shape can be built."""
    faults = [
        Fault(field, f"{field} is missing", expected="a whole number")
        for field in REQUIRED
        if field not in fields and field not in unreadable and (field != "heads" or lists.attends)
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
    sized = "head_dim" in f or "head_dim" not in usable or mla or not lists.attends
    if known("hidden", "heads") and get("heads") and not sized:
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
    for field, of in (("kv_heads", "heads"), ("window_kv_heads", "window_heads")):
        of = of if get(of) else "heads"
        if known(of, field) and get(field) and get(of) % get(field) and not mla:
            text = f"{get(field)} {field} do not divide {get(of)} {of}"
            faults.append(Fault(field, text, str(get(field)), f"a divisor of {of}"))
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
        ("mixers", lists.mixers),
    ):
        if flags and len(flags) != layers:
            text = f"a list of {len(flags)} entries for {layers} layers"
            faults.append(Fault(field, text, str(len(flags)), f"{layers} entries"))
    faults += _block_faults(f, lists.blocks, usable, layers)
    faults += _mixer_faults(f, lists, usable)
    for field in STATE_SIZES if f.get("attention_step", 0) else ():
        if field in usable and not f.get(field, 0):
            faults.append(Fault(field, f"{field} is missing: layers with a state need it"))
    if f.get("attention_step", 0) > layers:
        faults.append(Fault("attention_step", "no layer attends", expected=f"at most {layers}"))
    if first_dense > layers:
        text = f"{first_dense} dense layers in front are more than the {layers} layers"
        faults.append(Fault("first_dense_layers", text, str(first_dense), f"at most {layers}"))
    known = "experts" in usable and not faults and "ffn_width" in usable
    if known and not lists.blocks and "ffn_width" not in f:
        moe = moe_layers({**f, "layers": layers}, lists)
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
    for kind, field in (
        *(("M", field) for field in STATE_SIZES),
        ("E", "experts"),
        ("-", "ffn_width"),
    ):
        if kind in blocks and field in usable and not f.get(field, 0):
            yield Fault(field, f"{field} is missing: layers marked {kind} need it", expected="a whole number")


def _mixer_faults(f: Mapping[str, int], lists: LayerLists, usable: frozenset[str]) -> Iterator[Fault]:
    """Faults of layers by what mixes their tokens: unknown kinds and rules, kinds without their sizes."""
    if strange := set(lists.mixers) - set(MIXERS):
        shown = "".join(sorted(strange))[:20]
        yield Fault("mixers", "the kinds of layers are not usable", shown, f"characters of {MIXERS}")
    if lists.rule and lists.rule not in STATE_RULES:
        yield Fault("state_rule", "an unknown rule of states", lists.rule[:40], ", ".join(STATE_RULES))
    for kind, needed in NEEDS.items():
        for field in needed if kind in lists.mixers else ():
            if field in usable and not f.get(field, 0):
                yield Fault(
                    field, f"{field} is missing: layers of kind {kind} need it", expected="a whole number"
                )
