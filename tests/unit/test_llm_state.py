"""Layers with a state: their parameters, their work in prefill and decode, and the state they leave behind."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tauplan.errors import InputError
from tauplan.workload.llm.config import load_config, shape_from_config
from tauplan.workload.llm.layer import layer_operators
from tauplan.workload.llm.parameters import count_parameters, kv_bytes_per_token, state_cache_bytes
from tauplan.workload.llm.shape import NO_ATTENTION, NO_FFN, LayerGroup
from tauplan.workload.llm.state_shape import StateSpace, state_parameters
from tauplan.workload.llm.step import ElementBytes, Pass, Split
from tauplan.workload.operators import Gemm, Operator

CONFIGS = Path(__file__).parents[1] / "fixtures" / "configs"
FILE = CONFIGS / "nemotron-3-nano-30b-a3b.json"
NANO: dict[str, Any] = json.loads(FILE.read_text())
STATE = StateSpace(heads=128, head_dim=80, size=128, groups=8, kernel=4, chunk=128, element_B=4)
MIXER = LayerGroup(1, NO_ATTENTION, NO_FFN, STATE)
HIDDEN = 4480


def operators(work: Pass, tensor: float = 1.0) -> dict[str, Operator]:
    found = layer_operators(HIDDEN, MIXER, work, Split(tensor), ElementBytes(), 1.0)
    return {op.name: op for op in found}


def flops(work: Pass, tensor: float = 1.0) -> float:
    return float(sum(op.flops for op in operators(work, tensor).values()))


def test_the_pattern_gives_each_kind_of_layer_its_count():
    shape = load_config(FILE)
    assert shape.layers == 52
    assert [(group.count, group.blocks) for group in shape.groups] == [(23, 1), (23, 1), (6, 1)]
    assert shape.moe_layers == 23
    assert shape.heads == 32  # of 32 query heads and 64 heads of states


def test_names_of_layers_say_what_letters_say():
    names = {"M": "mamba", "*": "attention", "E": "moe"}
    listed = {k: v for k, v in NANO.items() if k not in ("hybrid_override_pattern", "num_hidden_layers")}
    listed["layers_block_type"] = [names[letter] for letter in NANO["hybrid_override_pattern"]]
    assert shape_from_config(listed, "n") == shape_from_config(NANO, "n")


def test_the_mixer_holds_the_matrices_of_its_definition():
    shape = shape_from_config({**NANO, "hybrid_override_pattern": "M*", "num_hidden_layers": 2}, "two layers")
    mixer = count_parameters(shape).layers[0][1]
    h, inner, maps = 2688, 64 * 64, 2 * 8 * 128
    projections = h * (2 * inner + maps + 64) + inner * h
    assert mixer.attention == projections + (4 + 1) * (inner + maps) + 3 * 64 + inner
    assert (mixer.ffn, mixer.norms) == (0, h)


def test_experts_behind_a_projection_are_as_narrow_as_it():
    wide, narrow = (shape_from_config({**NANO, "moe_latent_size": size}, "n") for size in (None, 1024))
    saved = 128 * 2 * (2688 - 1024) * 1856 - 2 * 2688 * 1024
    assert count_parameters(wide).total - count_parameters(narrow).total == 23 * saved
    mixtures = (next(g for g in shape.groups if g.ffn.kind == "moe") for shape in (wide, narrow))
    old, new = (
        {op.name: op for op in layer_operators(2688, g, Pass(1.0, 64.0), Split(), ElementBytes(), 1.0)}
        for g in mixtures
    )
    assert float(new["expert up"].flops) == pytest.approx(float(old["expert up"].flops) * 1024 / 2688)
    assert float(new["latent down"].flops) == 2 * 64 * 2688 * 1024
    assert new["shared up"] == old["shared up"]


def test_only_attention_grows_with_the_context():
    shape = load_config(FILE)
    assert kv_bytes_per_token(shape) == 6 * 2 * 2 * 128 * 2
    assert state_cache_bytes(shape) == 23 * (64 * 64 * 128 + (64 * 64 + 2 * 8 * 128) * 3) * 4


def test_a_step_moves_the_state_twice_whatever_the_past():
    near, far = (operators(Pass(16.0, 1.0, past, decode=True))["state step"] for past in (10.0, 1e5))
    state_B = 16 * 128 * 80 * 128 * 4
    assert near == far
    assert 2.0 * state_B < float(near.bytes) < 2.02 * state_B


def test_work_of_the_scan_grows_with_tokens_not_with_their_square():
    assert flops(Pass(1.0, 65536.0)) == pytest.approx(16.0 * flops(Pass(1.0, 4096.0)))
    assert flops(Pass(4.0, 1024.0)) == pytest.approx(flops(Pass(1.0, 4096.0)))


def test_products_of_the_scan_per_token():
    scan = operators(Pass(1.0, 4096.0))
    products = ("state scores", "state inputs", "state within", "state before")
    per_token = sum(float(scan[name].flops) for name in products) / 4096.0
    assert per_token == pytest.approx(2 * 128 * (8 * 128 + 128 * 80) + 4 * 128 * 80 * 128)


@pytest.mark.parametrize("work", [Pass(8.0, 512.0), Pass(64.0, 1.0, 1000.0, decode=True)])
def test_tensor_ways_share_the_work_of_the_mixer(work: Pass):
    assert 8.0 * flops(work, 8.0) == pytest.approx(flops(work))


QWEN: dict[str, Any] = {
    "model_type": "qwen3_5_text",
    "num_hidden_layers": 64,
    "hidden_size": 5120,
    "num_attention_heads": 24,
    "num_key_value_heads": 4,
    "head_dim": 256,
    "intermediate_size": 17408,
    "vocab_size": 248320,
    "full_attention_interval": 4,
    "linear_num_value_heads": 48,
    "linear_num_key_heads": 16,
    "linear_key_head_dim": 128,
    "linear_value_head_dim": 128,
    "linear_conv_kernel_dim": 4,
}


def test_a_delta_net_stands_where_no_layer_attends():
    shape = shape_from_config(QWEN, "delta")
    states, attending = shape.groups
    assert (states.count, attending.count) == (48, 16)
    mixer = count_parameters(shape).layers[0][1].attention
    values, keys = 48 * 128, 2 * 16 * 128
    assert mixer == 5120 * (2 * values + keys + 2 * 48) + 4 * (values + keys) + 2 * 48 + 128 + values * 5120
    assert count_parameters(shape).layers[1][1].attention == 5120 * (3 * 24 + 2 * 4) * 256 + 2 * 256
    assert kv_bytes_per_token(shape) == 16 * 2 * 4 * 256 * 2


def test_the_delta_rule_adds_products_to_the_scan():
    shape = shape_from_config(QWEN, "delta")
    work = Pass(1.0, 4096.0)
    found = layer_operators(shape.hidden, shape.groups[0], work, Split(), ElementBytes())
    products = {op.name: float(op.flops) / 4096.0 for op in found}
    assert products["state keys"] == 2 * 64 * 128 * 16
    assert products["state solve"] == 2 * 64 * (128 + 128) * 48
    assert products["state held"] == 2 * 128 * 128 * 48


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"linear_num_value_heads": None}, "state_heads is missing: layers with a state need it"),
        ({"full_attention_interval": 65}, "no layer attends"),
        ({"layer_types": ["full_attention", "retention"] * 32}, "layer_types is not usable"),
        ({"layer_types": ["full_attention"] * 3}, "a list of 3 entries for 64 layers"),
    ],
)
def test_what_a_delta_net_lacks_is_said(change: dict[str, object], message: str):
    with pytest.raises(InputError) as caught:
        shape_from_config({**QWEN, **change}, "broken")
    assert message in [problem.message for problem in caught.value.problems]


def test_batches_are_arrays():
    batch = np.array([1.0, 8.0, 64.0])
    whole = operators(Pass(batch, 1.0, decode=True))["state step"].bytes
    each = [float(operators(Pass(b, 1.0, decode=True))["state step"].bytes) for b in batch]
    assert np.asarray(whole).tolist() == each


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hybrid_override_pattern": "M*X"}, "the pattern of layers is not usable"),
        ({"hybrid_override_pattern": "MM*"}, "the pattern of layers is not usable"),
        ({"hybrid_override_pattern": None}, "the pattern of layers is missing"),
        ({"ssm_state_size": None}, "state_size is missing: layers marked M need it"),
    ],
)
def test_what_a_file_lacks_is_said(change: dict[str, object], message: str):
    with pytest.raises(InputError) as caught:
        shape_from_config({**NANO, **change}, "broken")
    assert message in [problem.message for problem in caught.value.problems]


JAMBA = StateSpace(8192, 1, 16, 1, 4, 256, rule="mamba-1", rank=256)
KDA = StateSpace(32, 128, 128, 32, 4, 64, 4, "kimi delta", rank=128, gate_rank=128)
LIGHTNING = StateSpace(64, 128, 128, 64, 1, 256, 4, "lightning")
SHORT = StateSpace(2048, 1, 0, 1, 3, 256, rule="short convolution")


def mixer_operators(state: StateSpace, work: Pass, hidden: int, tensor: float = 1.0) -> dict[str, Operator]:
    group = LayerGroup(1, NO_ATTENTION, NO_FFN, state)
    return {op.name: op for op in layer_operators(hidden, group, work, Split(tensor), ElementBytes(), 1.0)}


@pytest.mark.parametrize(
    ("state", "hidden"), [(STATE, HIDDEN), (JAMBA, 4096), (KDA, 2304), (LIGHTNING, 6144), (SHORT, 2048)]
)
def test_products_of_a_step_are_two_flops_per_weight_of_a_matrix(state: StateSpace, hidden: int):
    """Convolutions, norms, scalars per head and decays per element are what the parameters have beside them."""
    found = mixer_operators(state, Pass(1.0, 1.0, decode=True), hidden)
    matrices = sum(float(op.flops) for op in found.values() if isinstance(op, Gemm)) / 2.0
    inside = state_parameters(hidden, state) - state.convolved * state.kernel * (state.kernel > 1)
    assert matrices <= inside
    assert matrices == pytest.approx(inside, rel=0.003)


@pytest.mark.parametrize("state", [JAMBA, KDA, LIGHTNING])
def test_a_step_of_each_rule_moves_its_state_twice(state: StateSpace):
    step = mixer_operators(state, Pass(64.0, 1.0, 1e5, decode=True), 4096)["state step"]
    state_B = 64 * state.inner * state.size * state.element_B
    assert 2.0 * state_B < float(step.bytes) < 2.3 * state_B


@pytest.mark.parametrize("state", [JAMBA, KDA, LIGHTNING, SHORT])
@pytest.mark.parametrize("work", [Pass(8.0, 512.0), Pass(64.0, 1.0, 1000.0, decode=True)])
def test_tensor_ways_share_each_rule_but_for_its_narrow_projections(state: StateSpace, work: Pass):
    whole, part = (mixer_operators(state, work, 4096, tensor) for tensor in (1.0, 8.0))
    narrow = {"state decay down", "state gate down", "norms and residuals"}
    for name in whole.keys() - narrow:
        allowed = 0.3 if state.rule == "mamba-1" else 1e-9  # its one group of maps is on every rank
        assert 8.0 * float(part[name].flops) == pytest.approx(float(whole[name].flops), rel=allowed), name


def test_a_walk_keeps_its_states_on_the_chip():
    """The bytes of Mamba-1's prefill are those of its inputs and outputs: no state of each token."""
    walk = mixer_operators(JAMBA, Pass(1.0, 4096.0), 4096)["state walk"]
    ends_B = 4096 * (4 * 8192 + 2 * 16) * 2.0
    assert float(walk.bytes) == ends_B + 8192 * 16 * 2.0
    assert float(walk.flops) == 9 * 4096 * 8192 * 16


def test_a_short_convolution_has_no_state_to_step():
    names = mixer_operators(SHORT, Pass(4.0, 1.0, decode=True), 2048).keys()
    assert "state convolution" in names
    assert not names & {"state step", "state walk", "state scores"}
    assert SHORT.sequence_B == 2048 * 2 * 2
