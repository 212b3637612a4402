"""Short kernels wait for the host; long ones do not."""

import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.cluster.issue import CAPTURED, HostIssue, issue_time
from tauplan.cluster.layout import Layout
from tauplan.cluster.stage import StageTime, stage_body
from tauplan.evaluate.resolve import resolve
from tauplan.evaluate.solve import solve
from tauplan.spec.scenario import scenario_from
from tauplan.workload.operators import AttentionCore, Elementwise, Gemm

OPERATORS = (
    Gemm("product", 8.0, 8.0, 8.0, 2.0, 2.0, 2.0),
    Elementwise("norms", 64.0, 8.0, kernels=2.0),
    AttentionCore("core", 1.0, 1.0, 1.0, 8.0, 8.0, 64.0, 8.0, 8.0, 2.0, 2.0, score_passes=6.0),
)


def test_each_kernel_takes_its_turn():
    assert float(issue_time(OPERATORS, HostIssue(1e-5))) == pytest.approx((1 + 2 + 7) * 1e-5)


def test_stalls_add_to_whichever_is_slower():
    layout = Layout(*[1.0] * 13)
    slow = StageTime(kernels=4e-3, issue=1e-3, stall=3e-3)
    assert float(stage_body(slow, layout)) == pytest.approx(7e-3)
    assert float(stage_body(StageTime(kernels=1e-3, issue=5e-3, stall=3e-3), layout)) == pytest.approx(8e-3)


def test_captured_kernels_cost_the_host_nothing():
    assert float(issue_time(OPERATORS, CAPTURED)) == 0.0


def step_of(framework, micro_batch, model="Qwen3-30B-A3B", **workload):
    scenario = scenario_from(
        {
            "name": "eager",
            "workload": {
                "task": "train",
                "model": model,
                "sequence": 4096,
                "global_batch": 512,
                "tokens": 1e9,
                "framework": framework,
            }
            | workload,
            "system": {"accelerator": "b200_sxm", "count": 8},
            "plan": {"expert": 8 if "A3B" in model else 1, "micro_batch": micro_batch},
            "supply": {"in_hand": True},
        }
    )
    step = solve(resolve(scenario, Catalog.load()).case).step
    assert step is not None
    return float(step.time)


def test_a_mixture_waits_for_an_eager_host():
    """Measured on 8 B200 (Megatron-Bridge 25.11 to 26.04): 27 k tokens/s at four sequences per micro-batch."""
    measured = step_of("Megatron", 4, software="2026-02", precision="fp8")
    assert 512 * 4096 / measured / 8 == pytest.approx(27_000, rel=0.12)
    assert step_of("Megatron", 1, software="2026-08") < 0.6 * step_of("Megatron", 1, software="2026-02")


def test_adapters_take_a_third_off_the_work():
    whole = step_of("Megatron", 1, model="Llama-3.1-70B")
    adapters = step_of("Megatron", 1, model="Llama-3.1-70B", adapter={"rank": 16})
    assert 0.6 < adapters / whole < 0.75
