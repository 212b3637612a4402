"""Configurations with anything in any place: a shape whose sizes make sense, or problems in words."""

import copy
import json
import math
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tauplan.errors import InputError
from tauplan.workload.llm.config import shape_from_config
from tauplan.workload.llm.layer import model_layer
from tauplan.workload.llm.parameters import count_parameters, kv_cache_bytes, state_cache_bytes
from tauplan.workload.llm.shape import ModelShape
from tauplan.workload.llm.step import ElementBytes, Pass, Split

CONFIGS = Path(__file__).parents[1] / "fixtures" / "configs"
FILES: list[dict[str, Any]] = [json.loads(path.read_text()) for path in sorted(CONFIGS.glob("*.json"))]
TYPES = sorted(
    {str(part.get("model_type")) for file in FILES for part in (file, file.get("text_config", {}))}
)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 300),
    st.sampled_from([10**6, 10**13, 10**30, 1.5, math.nan, math.inf]),
    st.text(max_size=8),
    st.lists(st.one_of(st.none(), st.integers(0, 200), st.sampled_from(["conv", "mamba"])), max_size=50),
    st.sampled_from(["full_attention", "*M-E", [[1]], {}, {"head_dim": [1]}, ["full_attention"]]),
)


def places(config: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """Every key of a configuration, with the object it is in."""
    inner = [place for value in config.values() if isinstance(value, dict) for place in places(value)]
    return [(config, key) for key in config] + inner


@st.composite
def changed(draw: st.DrawFn) -> dict[str, Any]:
    """A published configuration with up to three keys changed, dropped, or a type that is not its own."""
    config = copy.deepcopy(draw(st.sampled_from(FILES)))
    for _ in range(draw(st.integers(1, 3))):
        place, key = draw(st.sampled_from(places(config)))
        if draw(st.integers(0, 3)):
            place[key] = copy.deepcopy(draw(ODD))
        else:
            del place[key]
        if not config:
            break
    if draw(st.integers(0, 9)) == 0:
        config["model_type"] = draw(st.sampled_from(TYPES))
    return config


def sane(shape: ModelShape) -> bool:
    """Sizes, caches and kernels of a shape are finite and not negative."""
    count = count_parameters(shape)
    sizes = [
        float(count.total),
        float(count.active),
        kv_cache_bytes(shape, 1e3),
        float(state_cache_bytes(shape)),
    ]
    for group in shape.groups:
        for work in (Pass(2.0, 64.0), Pass(2.0, 1.0, 1e3, decode=True)):
            for op in model_layer(shape, group, work, Split(2.0), ElementBytes()):
                sizes += [float(op.flops), float(op.bytes)]
    return all(size >= 0.0 and math.isfinite(size) for size in sizes)


@settings(max_examples=150, deadline=None)
@given(changed())
def test_any_configuration_is_read_or_its_problems_are_said(config: dict[str, Any]):
    try:
        shape = shape_from_config(config, "any")
    except InputError as error:
        assert error.problems
        assert all(problem.message for problem in error.problems)
    else:
        assert sane(shape)
