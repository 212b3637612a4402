"""A batch gives each design what it would get alone, for the same inputs to 1e-12; and sound monotony."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError
from tauplan.evaluate.batch import evaluate_batch, put
from tauplan.evaluate.case import map_times
from tauplan.evaluate.resolve import resolve
from tauplan.evaluate.solve import solve
from tauplan.spec.scenario import read_scenario
from tauplan.tau import Time

EXAMPLES = Path(__file__).parents[2] / "examples"
TRAIN = read_scenario(EXAMPLES / "kunlun3-train.yaml")
SERVE = read_scenario(EXAMPLES / "kunlun3-serve.yaml")
CATALOG = Catalog.load()

designs = st.fixed_dictionaries(
    {
        "plan.tensor": st.sampled_from([1, 2, 4, 8, 3]),
        "plan.pipeline": st.sampled_from([1, 2, 4, 8]),
        "plan.micro_batch": st.sampled_from([1, 2, 4]),
        "plan.interleave": st.sampled_from([1, 2, 5]),
        "plan.recompute": st.sampled_from(["none", "selective", "full"]),
        "plan.zero": st.sampled_from([0, 1, 2, 3]),
        "system.count": st.sampled_from([256, 1024, 4096, 1000]),
        "system.accelerator.memory_bandwidth": st.floats(2e11, 8e12),
        "system.scale_up.bandwidth": st.floats(5e10, 2e12),
        "system.scale_out.bandwidth": st.floats(5e9, 2e11),
    }
)


@settings(max_examples=25, deadline=None)
@given(st.lists(designs, min_size=1, max_size=8))
def test_a_batch_equals_its_designs_alone(rows):
    batch = evaluate_batch(TRAIN, {path: [row[path] for row in rows] for path in rows[0]}, CATALOG)
    for i, row in enumerate(rows):
        one = TRAIN
        for path, value in row.items():
            one = put(one, path, value)
        try:
            alone = solve(resolve(one, CATALOG).case)
        except InputError:
            assert "divide" in batch.reason(i)
            continue
        assert int(alone.status) == batch.status[i]
        assert float(alone.time_to_result) == pytest.approx(batch["time_to_result_s"][i], rel=1e-12)
        assert float(alone.energy_J) == pytest.approx(batch["energy_J"][i], rel=1e-12)
        assert float(alone.cost_USD) == pytest.approx(batch["cost_USD"][i], rel=1e-12)


@settings(max_examples=20, deadline=None)
@given(designs)
def test_owned_seconds_sum_to_the_plain_answer(row):
    one = TRAIN
    for path, value in row.items():
        one = put(one, path, value)
    try:
        resolved = resolve(one, CATALOG)
    except InputError:
        return
    plain, owned = solve(resolved.case), solve(resolved.explained())
    total = sum(float(v) for v in owned.time_to_result.by_level().values())
    assert total == pytest.approx(float(plain.time_to_result), rel=1e-12)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.1, 10.0), st.sampled_from([TRAIN, SERVE]))
def test_the_run_is_homogeneous_in_all_primitive_times(scale, scenario):
    """Without failures and checkpoints, which have times of their own, T(λθ) = λT(θ)."""
    for path, value in {
        "reliability.mtbf": 1e30,
        "reliability.checkpoint": 0.0,
        "supply.in_hand": True,
    }.items():
        scenario = put(scenario, path, value)
    if scenario.workload.task == "serve":
        scenario = put(scenario, "workload.batch", 16)
    explained = resolve(scenario, CATALOG).explained()
    once = solve(explained).run
    scaled = solve(map_times(explained, lambda time: Time(time.owned * scale))).run
    assert float(scaled.seconds) == pytest.approx(scale * float(once.seconds), rel=1e-9)


@pytest.mark.parametrize(
    "path",
    ["system.accelerator.memory_bandwidth", "system.accelerator.peak_bf16", "system.scale_out.bandwidth"],
)
def test_more_of_a_resource_is_never_slower(path):
    values = np.geomspace(1e10, 1e15, 40)
    runs = evaluate_batch(TRAIN, {path: values}, CATALOG)["run_s"]
    assert np.all(np.diff(runs) <= 1e-9 * runs[:-1])


def test_axes_of_different_lengths_and_unknown_paths_are_refused():
    with pytest.raises(InputError, match="different lengths"):
        evaluate_batch(TRAIN, {"plan.tensor": [1, 2], "plan.pipeline": [1]}, CATALOG)
    with pytest.raises(InputError, match="tensor"):
        evaluate_batch(TRAIN, {"plan.tensr": [1, 2]}, CATALOG)
