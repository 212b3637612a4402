"""Sharded weights that travel as one flat ring: the floor under steps of 2021."""

from __future__ import annotations

import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.evaluate.resolve import resolve
from tauplan.evaluate.solve import solve
from tauplan.spec.scenario import scenario_from


def step_of(count, micro_batch, framework):
    scenario = scenario_from(
        {
            "name": "sharded",
            "workload": {
                "task": "train",
                "model": "Megatron GPT 174.6B",
                "sequence": 2048,
                "global_batch": 1536,
                "tokens": 1e9,
                "framework": framework,
            },
            "system": {"accelerator": "A100-SXM-80GB", "count": count},
            "plan": {"micro_batch": micro_batch, "zero": 3, "recompute": "full", "overlap_data": 1},
            "supply": {"in_hand": True},
        }
    )
    step = solve(resolve(scenario, Catalog.load()).case).step
    assert step is not None
    return float(step.time)


def test_more_accelerators_do_not_help_a_flat_ring():
    """Narayanan 2021, table 2: 88 and 44 TFLOP/s on 768 and 1536 A100, so the step takes as long."""
    twice, four_times = (step_of(n, b, "DeepSpeed ZeRO-3 2021") for n, b in ((768, 2), (1536, 1)))
    assert four_times == pytest.approx(twice, rel=0.25)
    assert step_of(1536, 1, "Megatron") < 0.7 * four_times
