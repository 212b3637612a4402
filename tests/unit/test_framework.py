"""Training software has an age and a host."""

import numpy as np
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


def test_sixteen_bits_on_blackwell_lose_what_the_power_limit_takes():
    isolated = resolved("b200_sxm", framework="MaxText", precision="bf16").book.number(
        "NVIDIA Blackwell", "steady_share"
    )
    assert 0.5 < isolated < 0.9
    wide, narrow = (resolved("b200_sxm", precision=p).case.chip.gemm_flop_s for p in ("bf16", "fp8"))
    assert wide / narrow > 2.0 / 1.1  # more than half the rate: the peak is half, and power takes more of it


def test_a_part_with_more_power_than_its_kin_keeps_more():
    weak, strong = (resolved(part).case.chip.gemm_flop_s for part in ("AMD MI300X", "AMD MI325X"))
    assert strong < weak


def test_figures_of_frameworks_and_hosts_may_be_arrays_of_rivals():
    substitutes = {
        ("Megatron", "issue_time"): np.array([4e-5, 8e-5]),
        ("DGX H100", "host_pace"): np.array([0.6, 1.0]),
    }
    parts = {
        "name": "rivals",
        "workload": {
            "task": "train",
            "model": "Llama-3.1-8B",
            "tokens": 1e9,
            "sequence": 4096,
            "global_batch": 64,
            "software": "2026-01",
        },
        "system": {"accelerator": "h100_sxm", "count": 8},
    }
    issue = resolve(scenario_from(parts), Catalog.load(), substitutes=substitutes).case.issue
    assert np.allclose(np.asarray(issue.kernel_s), [2.4e-5, 8e-5])


def test_newer_hosts_issue_faster():
    old, new = (resolved(part, software="2026-01").case.issue.kernel_s for part in ("a100_sxm", "h100_sxm"))
    assert 0.5 * old < new < old
