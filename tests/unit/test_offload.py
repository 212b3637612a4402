"""Host memory: nothing kept there changes nothing, all kept there frees the accelerator and costs the link."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tauplan
from tauplan.catalog.lookup import Catalog
from tauplan.cluster.layout import Layout
from tauplan.cluster.offload import HostMemory, beside, left_of, offload, update_time
from tauplan.cluster.weights import LocalWeights
from tauplan.errors import InputError
from tauplan.evaluate.batch import put
from tauplan.evaluate.resolve import resolve
from tauplan.evaluate.solve import MEMORY, OK, solve
from tauplan.spec.scenario import parse_scenario, read_scenario

EXAMPLES = Path(__file__).parents[2] / "examples"
CATALOG = Catalog.load()
SHARES = ("plan.offload_optimizer", "plan.offload_activations", "plan.offload_weights")
HOST = HostMemory(byte_s=1e-10, memory_byte_s=2e-11, memory_B=1e12)


def layout(**changes):
    ways = {"tensor": 1.0, "context": 1.0, "data": 4.0, "pipeline": 1.0, "expert": 1.0, "interleave": 1.0}
    rest = {"micro_batch": 1.0, "sequence_parallel": True, "recompute": 0.0, "zero": 1.0, "overlap_data": 0.0}
    return Layout(**{**ways, **rest, "overlap_tensor": 0.0, "overlap_expert": 0.0, **changes})


def solved(**changes):
    scenario = read_scenario(EXAMPLES / "h100-train.yaml")
    for path, value in changes.items():
        scenario = put(scenario, path.replace("__", "."), value)
    return solve(resolve(scenario, CATALOG).case)


def test_bytes_by_hand():
    weights = LocalWeights(dense=8e9, expert=0.0)
    whole = offload(
        layout(offload_optimizer=1.0, offload_activations=1.0, offload_weights=1.0),
        weights,
        weights,
        5e9,
        2.0,
        4.0,
        30.0,
    )
    assert (whole.forward_down, whole.forward_up, whole.backward_up) == (5e9, 16e9, 21e9)
    assert whole.update_down == 2e9 * 4.0  # ZeRO-1 leaves a quarter of the parameters to update
    assert whole.update_up == 0.0  # the weights stay where they are updated
    assert whole.updated == 2e9 * 30.0
    assert whole.step_bytes(3.0) == 3.0 * 42e9 + 8e9
    state = offload(layout(offload_optimizer=1.0), weights, weights, 5e9, 2.0, 4.0, 30.0)
    assert (state.forward_up, state.update_down, state.update_up) == (0.0, 8e9, 4e9)
    shared = offload(layout(offload_weights=1.0, zero=3.0), weights, weights, 5e9, 2.0, 4.0, 30.0)
    assert shared.forward_up == 4e9  # ZeRO-3 leaves a quarter of the weights to hold


def test_traffic_hides_behind_work_until_it_is_longer():
    assert beside(1.0, 5e9, 1e9, HOST) == 1.0
    assert beside(0.1, 5e9, 1e9, HOST) == pytest.approx(0.5)
    moved = offload(
        layout(offload_optimizer=1.0), LocalWeights(8e9, 0.0), LocalWeights(8e9, 0.0), 0.0, 2.0, 4.0, 30.0
    )
    assert update_time(0.0, moved, HOST) == pytest.approx(max(8e9 * 1e-10, 60e9 * 2e-11))


@given(st.floats(0.0, 1.0), st.floats(1.0, 200.0))
def test_what_is_left_is_at_least_the_rest_and_at_most_all(share, layers):
    left = left_of(share, layers)
    assert 1.0 - share <= left <= 1.0 + 1e-12


def test_nothing_kept_on_the_host_changes_nothing():
    plain = solved()
    zero = solved(plan__offload_weights=np.array([0.0, 1e-12]))
    for figure in ("run", "energy_J", "cost_USD"):
        assert np.allclose(getattr(zero, figure), getattr(plain, figure), rtol=1e-9)
    assert np.allclose(zero.footprint.total, plain.footprint.total, rtol=1e-9)


@pytest.mark.parametrize("share", SHARES)
def test_more_on_the_host_frees_memory_and_is_never_faster(share):
    result = solved(**{share: np.linspace(0.0, 1.0, 9)})
    assert (np.diff(result.run) >= -1e-9 * result.run[0]).all()
    assert (np.diff(result.footprint.total) < 0).all()
    assert (np.diff(result.footprint.host) > 0).all()
    assert result.footprint.host[0] == 0.0


def test_a_model_that_does_not_fit_fits_with_its_state_on_the_host():
    text = (
        "workload: {task: train, model: meta-llama/Llama-3.1-8B, sequence: 2048, global_batch: 8, tokens: 1e9}\n"
        "system: {accelerator: NVIDIA A100 SXM4 40GB, count: 1}\nplan: {recompute: full}\n"
    )
    scenario = parse_scenario(text)
    assert solve(resolve(scenario, CATALOG).case).status == MEMORY
    kept = put(put(scenario, "plan.offload_optimizer", 1.0), "plan.offload_activations", 1.0)
    assert solve(resolve(kept, CATALOG).case).status == OK
    small = put(kept, "system.host.memory", 64e9)
    assert (
        solve(resolve(small, CATALOG).case).status == MEMORY
    )  # twelve bytes a parameter have to lie somewhere


def test_a_faster_link_to_the_host_is_faster():
    runs = [
        solved(plan__offload_activations=1.0, system__host__link=link).run
        for link in ("PCIe 4.0 x16", "NVLink-C2C")
    ]
    assert runs[1] < runs[0]


def test_owned_seconds_still_sum_to_the_whole():
    answer = tauplan.answer(
        read_scenario(
            EXAMPLES / "h100-train.yaml", ("plan.offload_activations=1", "plan.offload_optimizer=0.5")
        )
    )
    assert sum(answer.owned_s.values()) == pytest.approx(answer.time_to_result_s, rel=1e-12)


def test_serving_refuses_it():
    scenario = read_scenario(EXAMPLES / "kunlun3-serve.yaml", ("plan.offload_weights=1",))
    with pytest.raises(InputError, match="offloading to host memory is for training"):
        resolve(scenario, CATALOG)
