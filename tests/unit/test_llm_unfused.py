"""A framework without joined kernels: what it computes, moves and issues, and what that costs when serving."""

from __future__ import annotations

import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError
from tauplan.evaluate.explain import evaluate
from tauplan.spec.scenario import scenario_from
from tauplan.workload.llm.layer import model_layer
from tauplan.workload.llm.shape import Attention, Ffn, LayerGroup, ModelShape
from tauplan.workload.llm.step import ElementBytes, Pass, Split
from tauplan.workload.operators import AttentionCore, Elementwise

GROUP = LayerGroup(2, Attention("gqa", 32, 8, 128, 128), Ffn("dense", 11008, gated=True))
MODEL = ModelShape("m", 4096, 32000, (GROUP,), tied=False)


def layer(work, shape=MODEL):
    return model_layer(shape, shape.groups[0], work, Split(), ElementBytes())


def total(operators, field):
    return sum(float(getattr(op, field)) for op in operators)


@pytest.mark.parametrize("work", [(8.0, 1.0, 999.0, True), (1.0, 1.0, 0.0, True)])
def test_a_decode_step_has_the_same_products_either_way(work):
    joined, apart = layer(Pass(*work)), layer(Pass(*work, unfused=True))
    products = [op for op in apart if not isinstance(op, Elementwise)]
    fused = [op for op in joined if not isinstance(op, Elementwise)]
    assert total(products, "flops") == pytest.approx(total(fused, "flops"))
    assert total(apart, "bytes") > total(joined, "bytes")
    assert not any(isinstance(op, AttentionCore) for op in apart)


def test_a_prompt_computes_the_masked_half_too_and_writes_its_scores():
    prompt = 512.0
    joined, apart = layer(Pass(1.0, prompt)), layer(Pass(1.0, prompt, unfused=True))
    names = {op.name: op for op in apart}
    core = next(op for op in joined if isinstance(op, AttentionCore))
    both = float(names["attention scores"].flops + names["attention values"].flops)
    assert both == pytest.approx(float(core.flops) * 2.0 * prompt / (prompt + 1.0))
    assert float(names["attention softmax"].bytes) == 2.0 * 2.0 * 32.0 * prompt * prompt


def test_norms_of_several_operators_and_rotations_are_many_kernels():
    plain = ModelShape("g", 4096, 32000, (GROUP,), tied=False, positions=2048, norm_bias=True)
    names = {op.name: op for op in layer(Pass(1.0, 8.0, unfused=True))}
    table = {op.name: op for op in layer(Pass(1.0, 8.0, unfused=True), plain)}
    assert float(names["norms"].kernels) == 6.0 * float(table["norms"].kernels)
    assert float(names["rotary"].kernels) == 10.0
    assert "rotary" not in table
    assert {"gate", "residuals"} < set(names)


def served(framework=None, model="Llama 2 7B", **load):
    scenario = {
        "workload": {
            "task": "serve",
            "model": model,
            "prompt": 512,
            "output": 64,
            "precision": "bf16",
            **({"framework": framework} if framework else {}),
            **load,
        },
        "system": {"accelerator": "H100 SXM", "count": 1},
        "supply": {"in_hand": True},
    }
    return evaluate(scenario_from(scenario), Catalog.load())


def test_a_fast_chip_waits_for_the_host_that_issues_kernel_by_kernel():
    large, small = "Llama 2 7B", "Llama-3.2-1B"
    assert 1.1 < served("PyTorch eager", large).tpot_s / served(None, large).tpot_s < 1.5
    engine, eager = served(None, small), served("PyTorch eager", small)
    assert eager.ttft_s > engine.ttft_s
    assert eager.tpot_s > 1.3 * engine.tpot_s
    waits = {part.label: part.amount for part in eager.time_parts}
    assert waits["kernels issued late by the host"] > 0
    assert sum(waits.values()) == pytest.approx(eager.tpot_s)


def test_a_simulated_load_waits_too():
    load = {"load": {"clients": 2, "requests": 8}}
    engine, eager = served(**load), served("PyTorch eager", **load)
    figure = {m.key: m.value for m in eager.metrics}, {m.key: m.value for m in engine.metrics}
    assert figure[0]["load_tpot_p50_s"] > figure[1]["load_tpot_p50_s"]


def test_an_unknown_framework_is_told():
    with pytest.raises(InputError, match="PyTorch"):
        served("PyTorch eagre")
