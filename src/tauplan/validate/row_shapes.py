"""The model of a row of measured training runs: spelled out in its columns, catalogued, or cut to fewer layers."""

from __future__ import annotations

import re
from dataclasses import replace

from tauplan.errors import InputError
from tauplan.validate.devices import Devices
from tauplan.validate.table import Row, UnansweredError, number, whole
from tauplan.workload.llm.catalogued import catalogued_shape, usual_vocabulary
from tauplan.workload.llm.parameters import count_parameters
from tauplan.workload.llm.shape import Attention, Ffn, LayerGroup, ModelShape

ADAPTER = re.compile(r"\blora\b(?:\s*r(\d+))?", re.IGNORECASE)
SIZE = re.compile(r"\b(\d+(?:\.\d+)?)B\b", re.IGNORECASE)


def row_model(row: Row) -> str:
    """Return the model's name without words about adapters."""
    return ADAPTER.sub("", row["model"]).strip()


def row_shape(row: Row, devices: Devices) -> ModelShape | None:
    """Return the shape that a row spells out; None where the model's name has to do.

    A catalogued model of the same layers and width fills in what the row leaves open: vocabulary, size of heads.
    """
    if not row.get("layers", "").strip():
        return None
    if not row.get("vocab", "").strip():
        known = _catalogued(row, devices)
        if known is not None:
            return known if known.layers == whole(row, "layers") else _cut(known, row)
    hidden, heads = whole(row, "hidden"), whole(row, "heads")
    size = round(hidden / heads)
    attention = Attention("gqa", heads, whole(row, "kv_heads", heads), size, size)
    width, layers = whole(row, "ffn", 4 * hidden), whole(row, "layers")
    experts, active = number(row, "experts", 0.0) and whole(row, "experts"), whole(row, "topk", 1)
    if experts and active > experts:
        raise UnansweredError(f"topk is more than the experts: {active}")
    vocabulary = whole(row, "vocab", usual_vocabulary(row["model"], devices.catalog.root))
    plain, gated = (
        ModelShape(
            row["model"],
            hidden,
            vocabulary,
            (LayerGroup(layers, attention, _ffn(width, gated, int(experts), active)),),
            tied=True,
            positions=whole(row, "seq_len"),
        )
        for gated in (False, True)
    )
    # a table gives the width, not the number of matrices: the stated size tells
    named = SIZE.search(row["model"])
    stated = 1e9 * number(row, "params_B", float(named[1]) if named else 0.0)
    return min(plain, gated, key=lambda shape: abs(count_parameters(shape).total - stated) if stated else 0.0)


def _catalogued(row: Row, devices: Devices) -> ModelShape | None:
    """Return the catalogued shape of a row's model where width and heads agree and the row has no more layers."""
    try:
        known = catalogued_shape(row_model(row), devices.catalog)
    except InputError:
        return None
    heads = known.attention.heads
    same = (known.hidden, heads) == tuple(whole(row, c) for c in ("hidden", "heads"))
    return known if same and whole(row, "layers") <= known.layers else None


def _cut(known: ModelShape, row: Row) -> ModelShape:
    """Return a model with as few layers as the row has: a test of one server keeps width, and cuts depth.

    Dense layers at the start of a mixture of experts stay, unless the row counts them (``dense_layers``); the
    other kinds of layers share what is left as they do in the whole model.
    """
    layers, groups = whole(row, "layers"), known.groups
    starts = known.moe_layers > 0 and groups[0].ffn.kind == "dense"
    first = min(whole(row, "dense_layers", groups[0].count), layers) if starts else 0
    rest = groups[1:] if starts else groups
    total, left, kept = sum(group.count for group in rest), layers - first, list[LayerGroup]()
    for group in rest:
        share = round(left * group.count / total)
        left, total = left - share, total - group.count
        kept.append(replace(group, count=share))
    head = (replace(groups[0], count=first),) if starts else ()
    return replace(known, groups=tuple(group for group in (*head, *kept) if group.count))


def _ffn(width: int, gated: bool, experts: int, active: int) -> Ffn:
    if not experts:
        return Ffn("dense", width, gated=gated)
    return Ffn("moe", width, gated=gated, experts=experts, active=active)
