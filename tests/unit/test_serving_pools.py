"""Pools of rows that leave their workers open: which plans name workers, and how a system is shared out."""

from __future__ import annotations

import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.validate.devices import Devices
from tauplan.validate.serving_pools import Demand, Pools, may_draft
from tauplan.validate.serving_setup import Setup, Ways, named_accelerators

ROW = {
    "model": "deepseek-ai/DeepSeek-R1",
    "system": "gb200",
    "backend": "trtllm",
    "precision": "fp4 gemm=nvfp4 moe=nvfp4",
    "mode": "disagg",
    "notes": "measured 2025-12-05",
    "decode_workers": "",
}


@pytest.fixture(scope="module")
def pools():
    return Pools(Setup(Devices(Catalog.load())))


@pytest.mark.parametrize(
    ("words", "system"),
    [
        ("bs tp36 pp1 adp1 moetp36 moeep1", True),  # no worker of 36 ways: a rack
        ("bs tp1 pp1 adp1 moetp1 moeep1", True),  # 350 GB do not fit one accelerator
        ("bs64 tp1 pp1 adp32 moetp1 moeep32", False),  # attention ranks
        ("bs tp8 pp1 adp1 moetp2 moeep4", False),
    ],
)
def test_plans_that_no_worker_can_have_name_a_system(pools, words, system):
    assert pools.names_a_system(ROW, words, 2048.0) == system


def test_accelerators_of_a_plan_in_words():
    assert named_accelerators("bs8 tp2 pp3 adp4 moetp1 moeep8") == 24


@pytest.mark.parametrize(("clients", "system"), [(4, 36), (512, 36), (2048, 24)])
def test_a_system_is_used_as_far_as_it_goes_and_no_further(pools, clients, system):
    front, answers = pools.shared_out(ROW, Demand(1024.0, 1024.0, clients), system)
    prompts = front.pool.workers * front.ways.accelerators
    assert prompts + answers.workers * max(answers.steps.ranks, 1.0) <= system
    assert answers.workers <= clients


def test_more_clients_take_more_prompt_workers(pools):
    few, _ = pools.shared_out(ROW, Demand(8192.0, 1024.0, 8), 48)
    many, _ = pools.shared_out(ROW, Demand(8192.0, 1024.0, 1024), 48)
    assert many.pool.workers > few.pool.workers


def test_runs_from_2026_on_may_draft_unless_their_workers_are_stated():
    assert not may_draft(ROW)
    assert may_draft({**ROW, "notes": "measured 2026-03-23"})
    assert not may_draft({**ROW, "notes": "measured 2026-03-23", "decode_workers": "1.0"})
    assert not may_draft({**ROW, "notes": ""})


def test_steps_that_may_draft_lie_between_both(pools):
    row = {**ROW, "notes": "measured 2026-03-23"}
    ways = pools.fitting(row, Ways(tensor=8, expert=8), 2048.0)
    plain = pools.pool(row, ways, 2048.0).steps.decode_s(8, 1024.0)
    either = pools.perhaps_drafting(row, ways, 2048.0).steps.decode_s(8, 1024.0)
    assert 0.5 * plain < either < plain
