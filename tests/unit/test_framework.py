"""Training software has an age and a host."""

import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError
from tauplan.evaluate.resolve import resolve
from tauplan.evaluate.solve import solve
from tauplan.spec.scenario import scenario_from


def resolved(accelerator="h100_sxm", model="Llama-3.1-8B", **workload):
    parts = {
        "name": "age",
        "workload": {"task": "train", "model": model, "sequence": 8192, "global_batch": 64, "tokens": 1e9}
        | workload,
        "system": {"accelerator": accelerator, "count": 8},
        "plan": {"recompute": "full", "zero": 3},
        "supply": {"in_hand": True},
    }
    return resolve(scenario_from(parts), Catalog.load())


def step_s(**workload):
    step = solve(resolved(**workload).case).step
    assert step is not None
    return float(step.time)


def test_the_same_hardware_gets_faster_with_its_software():
    by_date = [step_s(software=date) for date in ("2022-06", "2023-06", "2024-06")]
    assert by_date[0] > by_date[1] > by_date[2]


def test_a_framework_brings_its_date_and_the_run_may_bring_another():
    assert step_s(framework="LLM Foundry") > 1.15 * step_s(framework="LLM Foundry", software="2024-06")


def test_graphs_free_the_host():
    assert resolved(software="2026-01").case.issue.routing_s > 0
    assert resolved(software="2026-07").case.issue.routing_s == 0
    assert resolved(framework="MaxText").case.issue.kernel_s == 0


def test_an_unknown_framework_is_named_with_what_there_is():
    with pytest.raises(InputError, match="unknown framework"):
        resolved(framework="Megatrom")


def test_text_mentions_the_framework_with_the_longest_name():
    catalog = Catalog.load()
    found = catalog.mentioned("Megatron-DeepSpeed style GPT", "framework")
    assert found is not None
    assert found.name == "Megatron-DeepSpeed"
    assert catalog.mentioned("nothing known", "framework") is None
