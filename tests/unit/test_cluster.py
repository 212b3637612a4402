"""Parallel plans: memory, pipeline, data parallelism, failures, serving; and supply and money around them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauplan.catalog.lookup import Catalog
from tauplan.chip.rates import ChipRates
from tauplan.cluster.failures import job_time
from tauplan.cluster.footprint import layer_activations, training_footprint
from tauplan.cluster.layout import Layout, divides, groups
from tauplan.cluster.serving import serving
from tauplan.cluster.stage import hide
from tauplan.cluster.training import training_step
from tauplan.cluster.weights import local_weights, stage_share, trained_weights
from tauplan.cost.ownership import capital_charge, energy_charge, facility_energy, per_million_tokens
from tauplan.evaluate.resolve import model_size
from tauplan.link.tier import plain_tier
from tauplan.supply.chain import Stage, critical_path, finish_times, supply_time
from tauplan.tau import Time
from tauplan.workload.llm.catalogued import model_shape
from tauplan.workload.llm.parameters import count_parameters
from tauplan.workload.llm.step import ElementBytes

CHIP = ChipRates(
    1 / 250e12, 1 / 180e12, 1 / 15e12, 1 / 1.5e12, 1 / 1.0e12, 1 / 5e12, 5e-6, 108.0, 128.0, 256.0
)
TIERS = (plain_tier(8.0, 1 / 240e9, 5e-6), plain_tier(1e12, 1 / 20e9, 15e-6))
PLAIN = Layout(1.0, 1.0, 8.0, 1.0, 1.0, 1.0, 1.0, True, 0.0, 0.0, 0.0, 0.0, 0.0)
SIZE = ElementBytes()


@pytest.fixture(scope="module")
def llama():
    return model_shape("Llama-3.1-8B", Catalog.load())


def step_of(shape, layout, **changes):
    options = {"sequence": 4096.0, "global_batch": 64.0} | changes
    return training_step(
        shape,
        options["sequence"],
        options["global_batch"],
        layout,
        groups(layout, TIERS),
        local_weights(model_size(shape), layout),
        trained_weights(model_size(shape), layout),
        CHIP,
        SIZE,
        2.0,
        30.0,
        0.0,
    )


def footprint_of(shape, layout, micro_batches=8.0, **changes):
    local = local_weights(model_size(shape), layout)
    return training_footprint(
        shape, local, local, layout, SIZE, 4096.0, micro_batches, 2.0, 12.0, changes.get("stored", False)
    )


def test_local_weights_of_one_accelerator_are_the_whole_model(llama):
    local = local_weights(model_size(llama), PLAIN)
    assert float(local.total) == pytest.approx(count_parameters(llama).total, rel=1e-12)


@pytest.mark.parametrize("name", ["Llama-3.1-70B", "DeepSeek-V3", "Mixtral-8x7B"])
def test_split_weights_add_up_to_the_model(name):
    shape = model_shape(name, Catalog.load())
    layout = replace(PLAIN, tensor=8.0, expert=8.0, data=1.0)
    local = local_weights(model_size(shape), layout)
    assert float(local.total) * 8 == pytest.approx(count_parameters(shape).total, rel=1e-9)


def test_uneven_stages_count_the_fullest():
    assert float(stage_share(80.0, 3.0)) == 27 / 80


def test_zero_stages_shard_one_thing_more_each(llama):
    totals = []
    for stage in (0, 1, 2, 3):
        parts = footprint_of(llama, replace(PLAIN, zero=float(stage))).parts()
        totals.append([float(parts[name]) for name in ("optimizer", "gradients", "weights")])
    whole = totals[0]
    assert totals[1] == pytest.approx([whole[0] / 8, whole[1], whole[2]])
    assert totals[2] == pytest.approx([whole[0] / 8, whole[1] / 8, whole[2]])
    assert totals[3] == pytest.approx([w / 8 for w in whole])


def test_activations_of_a_gpt_layer_are_the_published_formula():
    """34·s·b·h/t less dropout masks for sequence parallelism: 32, plus 5·a·s²·b/t where scores are stored."""
    shape = model_shape("GPT-3 175B", Catalog.load())
    layout = replace(PLAIN, tensor=8.0, data=1.0)
    kept, boundary = layer_activations(shape.hidden, shape.groups[0], 2048.0, 2048.0, layout, SIZE, True)
    h, a, s, t = shape.hidden, 96, 2048, 8
    assert float(kept) == pytest.approx(s * h * 32 / t + 5 * a * s * s / t, rel=0.01)
    assert float(boundary) == pytest.approx(2 * s * h / t)


def test_recompute_trades_memory_for_time(llama):
    steps = [step_of(llama, replace(PLAIN, recompute=code)) for code in (0.0, 1.0, 2.0)]
    memory = [
        float(footprint_of(llama, replace(PLAIN, recompute=c), stored=True).activations)
        for c in (0.0, 1.0, 2.0)
    ]
    times = [float(step.time) for step in steps]
    assert times[0] < times[1] < times[2]
    assert memory[0] > memory[1] > memory[2]
    assert times[2] / times[0] == pytest.approx(4 / 3, rel=0.1)


def test_the_bubble_is_the_textbook_share(llama):
    layout = replace(PLAIN, pipeline=4.0, data=2.0)
    step = step_of(llama, layout)
    m = float(step.micro_batches)
    body = float(step.forward + step.backward)
    assert m == 32
    assert float(step.bubble) == pytest.approx(3 * body)
    interleaved = step_of(llama, replace(layout, interleave=4.0))
    assert float(interleaved.bubble) == pytest.approx(
        3 / 4 * float(interleaved.forward + interleaved.backward)
    )


@given(st.floats(0.0, 10.0), st.floats(0.0, 10.0), st.floats(0.0, 1.0))
def test_hiding_traffic_lies_between_the_longer_and_the_sum(work, traffic, share):
    time = float(hide(work, traffic, share))
    assert max(work, traffic) - 1e-9 <= time <= work + traffic + 1e-9


def test_more_overlap_is_never_slower(llama):
    layout = replace(PLAIN, data=64.0, zero=1.0)
    times = [
        float(step_of(llama, replace(layout, overlap_data=o), global_batch=64.0).time)
        for o in (0.0, 0.5, 1.0)
    ]
    assert times[0] >= times[1] >= times[2]


def test_sharded_weights_pay_for_their_traffic(llama):
    times = [
        float(step_of(llama, replace(PLAIN, data=64.0, zero=z), global_batch=64.0).time) for z in (1.0, 3.0)
    ]
    assert times[1] > times[0]


def test_a_plan_must_divide_what_it_splits(llama):
    good = replace(PLAIN, tensor=8.0, data=2.0)
    assert divides(good, llama, 16.0, 64.0)
    assert not divides(replace(good, tensor=3.0), llama, 6.0, 64.0)
    assert not divides(good, llama, 24.0, 64.0)
    assert not divides(replace(good, expert=2.0), llama, 16.0, 64.0)
    assert not divides(replace(good, data=3.0), llama, 24.0, 64.0)


def test_job_time_without_failures_is_the_useful_time():
    job = job_time(1e6, 1024.0, 1e15, 10.0, 600.0)
    assert float(job.time) == pytest.approx(1e6, rel=1e-3)


def test_goodput_matches_the_published_order_on_16384_accelerators():
    """50,700 h per accelerator: an interruption every 3.1 h; more than 90 % of the time was effective."""
    job = job_time(54 * 86400.0, 16384.0, 50_700 * 3600.0, 15.0, 600.0)
    assert 0.85 < float(job.goodput) < 0.98


def test_failures_own_what_they_cost():
    job = job_time(Time.of("memory", 1e6), 4096.0, 1e8, 30.0, 600.0)
    levels = job.time.by_level()
    assert float(levels["memory"]) == 1e6
    assert float(levels["failures"]) == pytest.approx(1e6 * (1 / float(job.goodput) - 1))


def test_failures_faster_than_restarts_never_finish():
    job = job_time(np.array([1e6, 1e6]), np.array([8.0, 1e6]), 1e7, 30.0, 600.0)
    assert np.isfinite(job.time[0])
    assert np.isinf(job.time[1])
    assert job.goodput[1] == 0.0


def test_serving_latency_grows_and_cost_per_token_falls_with_the_batch(llama):
    layout = replace(PLAIN, data=1.0)
    results = [
        serving(
            llama, 1024.0, 256.0, batch, 1024.0, 1.0, 0.0, layout, groups(layout, TIERS), CHIP, SIZE, 1e-3
        )
        for batch in (1.0, 8.0, 64.0)
    ]
    tpots = [float(r.tpot) for r in results]
    paces = [float(r.request_s) for r in results]
    assert tpots == sorted(tpots)
    assert paces == sorted(paces, reverse=True)
    weights_once = count_parameters(llama).total * 2 / 1.5e12
    assert tpots[0] > weights_once * 0.9


def test_prefills_of_others_hold_up_decode_unless_the_pools_are_apart(llama):
    layout = replace(PLAIN, data=1.0)

    def run(batch, share):
        places = groups(layout, TIERS)
        return serving(llama, 4096.0, 256.0, batch, 4096.0, 8.0, share, layout, places, CHIP, SIZE, 1e-3)

    alone, together, apart = run(1.0, 0.0), run(32.0, 0.0), run(32.0, 0.25)
    assert float(alone.tpot) == float(alone.decode_s)
    assert float(together.tpot) == pytest.approx(float(together.decode_s) + 31 / 256 * float(together.ttft))
    assert float(apart.tpot) == float(apart.decode_s) == float(together.decode_s)
    pools = (float(apart.ttft) / 2.0, float(apart.decode_s) * 256 / 32 / 6.0)
    assert float(apart.request_s) == pytest.approx(max(pools))


def test_supply_takes_the_longest_path():
    stages = {
        "chips": Stage(10.0),
        "memory": Stage(30.0),
        "boards": Stage(5.0, ("chips", "memory")),
        "racks": Stage(20.0),
        "installation": Stage(4.0, ("boards", "racks")),
    }
    assert float(supply_time(stages)) == 39.0
    assert critical_path(stages) == ("memory", "boards", "installation")
    assert {k: float(v) for k, v in finish_times(stages).items()}["racks"] == 20.0
    owned = supply_time({"a": Stage(Time.of("supply", 7.0))})
    assert float(owned.by_level()["supply"]) == 7.0
    assert float(supply_time({})) == 0.0
    assert critical_path({}) == ()


def test_money():
    assert capital_charge(4e6, 86400.0, 4 * 86400.0) == 1e6
    assert energy_charge(3.6e6, 0.1 / 3.6e6) == pytest.approx(0.1)
    assert facility_energy(100.0, 10.0, 5.0, 1.2) == pytest.approx(180.0)
    assert per_million_tokens(2.0, 4e6) == 0.5
