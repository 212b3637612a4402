"""The builder of shapes from canonical fields: patterns of layers, defaults and contradictions."""

from typing import Any

import pytest

from tauplan.errors import InputError
from tauplan.workload.llm.canonical import shape_from_fields
from tauplan.workload.llm.fields import LayerLists
from tauplan.workload.llm.shape import ModelShape

BASE = {"layers": 12, "hidden": 1024, "heads": 16, "vocab": 32000, "ffn_width": 4096}
MOE = {**BASE, "experts": 8, "active_experts": 2, "expert_width": 512}


def build(fields: dict[str, int], lists: LayerLists | None = None) -> ModelShape:
    return shape_from_fields("m", fields, lambda field: ("rows", field, ""), lists=lists)


def faults(fields: dict[str, int], lists: LayerLists | None = None) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        build(fields, lists)
    return [(problem.path, problem.message) for problem in caught.value.problems]


def kinds(shape: ModelShape) -> list[tuple[Any, ...]]:
    return [(group.count, group.attention.window, group.ffn.kind) for group in shape.groups]


def test_defaults_are_a_plain_llama_like_decoder():
    shape = build(BASE)
    (group,) = shape.groups
    assert (group.count, group.ffn.gated, group.ffn.width) == (12, True, 4096)
    assert (group.attention.kv_heads, group.attention.head_dim, group.attention.v_dim) == (16, 64, 64)
    assert (shape.norms_per_layer, shape.model_norms, shape.positions, shape.tied) == (2, 1, 0, False)


def test_every_nth_layer_is_full():
    shape = build({**BASE, "window": 256, "window_pattern": 6})
    assert kinds(shape) == [(10, 256, "dense"), (2, 0, "dense")]


def test_without_a_pattern_every_layer_has_the_window():
    assert kinds(build({**BASE, "window": 256})) == [(12, 256, "dense")]


def test_full_layers_at_the_front():
    shape = build({**BASE, "window": 256, "window_pattern": 6, "first_full_layers": 1, "window_kv_heads": 4})
    assert kinds(shape) == [(3, 0, "dense"), (9, 256, "dense")]
    assert [group.attention.kv_heads for group in shape.groups] == [16, 4]


def test_dense_layers_at_the_front_then_every_second_a_mixture():
    shape = build({**MOE, "first_dense_layers": 3, "moe_layer_step": 2})
    assert kinds(shape) == [(7, 0, "dense"), (5, 0, "moe")]


def test_lists_override_patterns():
    lists = LayerLists(moe=(False,) * 11 + (True,), window=(True,) * 6 + (False,) * 6)
    shape = build({**MOE, "window": 64, "window_pattern": 2}, lists)
    assert kinds(shape) == [(6, 64, "dense"), (5, 0, "dense"), (1, 0, "moe")]


def test_shared_experts_add_their_widths():
    ffn = build({**MOE, "shared_experts": 2}).groups[0].ffn
    assert (ffn.width, ffn.shared_width) == (512, 1024)
    assert build({**MOE, "shared_width": 700}).groups[0].ffn.shared_width == 700


def test_a_pure_mixture_needs_no_dense_width():
    fields = {key: value for key, value in MOE.items() if key != "ffn_width"}
    assert build(fields).groups[0].ffn.width == 512
    assert faults({**fields, "first_dense_layers": 1})[0][0] == "ffn_width"


def test_sinks_in_windowed_layers_only():
    shape = build({**BASE, "window": 8, "window_pattern": 2, "sinks": 2})
    assert [group.attention.sinks for group in shape.groups] == [True, False]


def test_latent_attention():
    fields = {**BASE, "kv_rank": 512, "q_rank": 0, "rope_dim": 64, "nope_dim": 128, "v_dim": 128}
    attention = build(fields).groups[0].attention
    assert (attention.kind, attention.head_dim, attention.kv_heads, attention.q_rank) == ("mla", 192, 16, 0)


def test_indexer_in_every_fourth_layer_after_the_front():
    latent = {"kv_rank": 512, "rope_dim": 64, "nope_dim": 128, "v_dim": 128}
    indexer = {"sparse_topk": 2048, "index_heads": 4, "index_dim": 32, "index_step": 4}
    shape = build({**MOE, **latent, **indexer, "first_dense_layers": 3})
    with_indexer = [group for group in shape.groups if group.attention.index_heads]
    assert sum(group.count for group in with_indexer) == 3 + 2  # the front, then layers 6 and 10
    assert all(group.attention.sparse_topk == 2048 for group in shape.groups)


def test_all_missing_fields_at_once():
    assert [field for field, _ in faults({})] == ["layers", "hidden", "heads", "vocab", "ffn_width"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"layers": 0}, "layers"),
        ({"hidden": -4}, "hidden"),
        ({"vocab": 10**12}, "vocab"),
        ({"heads": 15}, "heads"),
        ({"kv_heads": 5}, "kv_heads"),
        ({"window_kv_heads": 5}, "window_kv_heads"),
        ({"gated": 2}, "gated"),
        ({"kv_rank": 64, "rope_dim": 8, "nope_dim": 8}, "v_dim"),
        ({"experts": 4, "active_experts": 5}, "active_experts"),
        ({"experts": 4}, "active_experts"),
        ({"first_dense_layers": 13}, "first_dense_layers"),
        ({"index_heads": 2, "sparse_topk": 5}, "index_dim"),
    ],
)
def test_each_contradiction_names_its_field(change: dict[str, int], field: str):
    assert [name for name, _ in faults({**BASE, **change})] == [field]


def test_heads_need_not_divide_when_the_head_size_is_given():
    assert build({**BASE, "heads": 15, "head_dim": 64}).groups[0].attention.head_dim == 64


def test_a_list_of_the_wrong_length():
    assert "3 entries for 12 layers" in faults(MOE, LayerLists(moe=(True, False, True)))[0][1]


def test_several_contradictions_are_reported_together():
    found = faults({**BASE, "layers": -1, "kv_heads": 5, "experts": 2, "active_experts": 3})
    assert {field for field, _ in found} == {"layers", "kv_heads", "active_experts"}
