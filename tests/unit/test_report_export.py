"""An answer as plain data."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests.fixtures.answers import infeasible, serving, training

from tauplan.evaluate.answer import Part
from tauplan.report.export import finite, to_json_dict
from tauplan.tau import LEVELS

STABLE = (
    "status",
    "reason",
    "name",
    "kind",
    "time_to_result_s",
    "supply_s",
    "run_s",
    "owned_s",
    "step_owned_s",
    "energy_J",
    "power_W",
    "cost_USD",
    "bound_by",
    "metrics",
    "claims",
    "interval",
    "memory",
    "headroom",
    "supply_chain",
    "identity",
    "warnings",
)


@pytest.mark.parametrize("make", [training, serving, infeasible])
def test_the_keys_are_stable_and_the_data_is_json(make):
    data = to_json_dict(make())
    assert set(data) >= set(STABLE)
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert list(data["owned_s"]) == list(LEVELS)


def test_training_and_serving_have_their_own_pace():
    assert to_json_dict(training())["step_s"] == training().step_s
    assert "ttft_s" not in to_json_dict(training())
    data = to_json_dict(serving())
    assert (data["ttft_s"], data["tpot_s"]) == (serving().ttft_s, serving().tpot_s)
    assert "step_s" not in data


def test_values_are_those_of_the_answer():
    answer, data = training(), to_json_dict(training())
    assert data["metrics"]["mfu"] == 0.412
    assert data["memory"]["capacity_B"] == answer.memory_capacity_B
    assert sum(data["memory"]["parts"].values()) == sum(part.amount for part in answer.memory_parts)
    assert data["claims"][0]["rivals"][0]["time_ratio"] == 0.62
    assert data["interval"]["drivers"][0]["claim"].startswith("lead times")
    assert data["headroom"][3]["confirmed_speedup"] is None
    assert data["supply_chain"][0]["critical"] is True
    assert data["identity"]["command"] == answer.identity.command


def test_what_is_not_known_is_null():
    data = to_json_dict(infeasible())
    assert data["time_to_result_s"] is None
    assert set(data["owned_s"].values()) == {None}
    assert data["interval"] is None
    assert finite({"a": [float("inf"), {"b": float("nan")}], "c": 1.0}) == {
        "a": [None, {"b": None}],
        "c": 1.0,
    }


def test_parts_of_the_same_name_add_up():
    twice = replace(training(), cost_parts=(Part("energy", 1.0), Part("energy", 2.0)))
    assert to_json_dict(twice)["cost_parts_USD"] == {"energy": 3.0}
