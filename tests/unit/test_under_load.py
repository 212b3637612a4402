"""Scenarios that state their load: figures of the simulation in the answer, engines, caches."""

from __future__ import annotations

from pathlib import Path

import pytest

import tauplan
from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import Policy
from tauplan.errors import InputError
from tauplan.evaluate.book import Book
from tauplan.evaluate.engine import OTHER_ENGINE, cache_tokens, find_engine, resolve_engine, worker_steps
from tauplan.evaluate.resolve import resolve
from tauplan.spec.scenario import read_scenario

EXAMPLE = Path(__file__).parents[2] / "examples" / "llama-under-load.yaml"


def figures(*changes):
    answer = tauplan.answer(read_scenario(EXAMPLE, changes))
    return {m.key: m.value for m in answer.metrics}, answer


def test_percentiles_join_the_answer_and_the_engine_is_cited():
    found, answer = figures()
    assert found["load_ttft_p50_s"] < found["load_ttft_p90_s"] < found["load_ttft_p99_s"]
    assert found["load_itl_p50_s"] < found["load_tpot_p50_s"] < found["load_itl_p99_s"]
    assert 0.9 < found["load_met"] < 1.0
    assert found["load_goodput_per_s"] == pytest.approx(found["load_met"] * found["load_requests_per_s"])
    assert found["load_in_flight"] == pytest.approx(64, rel=0.05)
    assert any(claim.part == "vLLM" for claim in answer.claims)


def test_more_clients_wait_longer_and_random_arrivals_are_a_choice():
    few, _ = figures("workload.load.clients=8")
    many, _ = figures("workload.load.clients=64")
    random, _ = figures("workload.load.rate=2 1/s")
    assert few["load_tpot_p50_s"] < many["load_tpot_p50_s"]
    assert random["load_requests_per_s"] == pytest.approx(2.0, rel=0.1)


def test_a_pool_of_its_own_for_prompts_shortens_the_longest_gaps():
    together, _ = figures()
    apart, _ = figures("workload.prefill_share=0.5")
    assert apart["load_itl_p99_s"] < together["load_itl_p99_s"]


def test_a_cached_prefix_and_an_answer_without_load():
    whole, _ = figures()
    cached, _ = figures("workload.load.prefix_hit=0.9")
    assert cached["load_ttft_p50_s"] < 0.5 * whole["load_ttft_p50_s"]
    plain = tauplan.answer(read_scenario(EXAMPLE.with_name("kunlun3-serve.yaml")))
    assert not [m for m in plain.metrics if m.key.startswith("load_")]


def test_a_trace_brings_its_own_requests():
    found, _ = figures(
        "workload.load.trace=[{at: 0 s, prompt: 4000, output: 20}, {at: 100 s, prompt: 500, output: 20}]"
    )
    alone, _ = figures("workload.load.trace=[{at: 0 s, prompt: 4000, output: 20}]")
    assert found["load_requests_per_s"] == pytest.approx(2 / 100, rel=0.05)
    assert found["load_ttft_p99_s"] == pytest.approx(alone["load_ttft_p50_s"], rel=0.05)
    assert found["load_ttft_p50_s"] < 0.7 * found["load_ttft_p99_s"]


def test_definitions_of_latencies_are_chosen():
    usual, _ = figures("workload.load.clients=4", "workload.load.requests=40")
    whole, _ = figures("workload.load.clients=4", "workload.load.requests=40", "workload.load.tpot=inclusive")
    client, _ = figures("workload.load.clients=4", "workload.load.requests=40", "workload.load.clock=client")
    assert whole["load_tpot_p50_s"] > usual["load_tpot_p50_s"]
    engine = resolve_engine(Book(Catalog.load(), Policy()), "vLLM")
    assert client["load_ttft_p50_s"] == pytest.approx(usual["load_ttft_p50_s"] + engine.request_s)


def test_drafts_shorten_steps_and_need_a_model_with_a_layer_for_them():
    base = ("workload.model=DeepSeek-V3", "plan.tensor=8", "workload.load.clients=4", "workload.prompt=1024")
    plain, _ = figures(*base)
    drafted, _ = figures(*base, "workload.load.draft_tokens=3", "workload.load.draft_right=0.8")
    assert 0.35 < drafted["load_tpot_p50_s"] / plain["load_tpot_p50_s"] < 0.75
    with pytest.raises(InputError, match="no layer that drafts"):
        figures("workload.load.draft_tokens=3")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("workload.load.rate=1/s", "workload.load.trace=[{at: 0 s, prompt: 1, output: 1}]"), "arrive twice"),
        (("workload.load.warm_up=1",), "nothing is left"),
        (("workload.load.clock=wall",), "not one of the choices"),
        (("workload.load.trace=[{at: 0 s, prompt: 0, output: 1}]",), "too small"),
    ],
)
def test_loads_that_cannot_be_are_told(change, message):
    with pytest.raises(InputError, match=message):
        read_scenario(EXAMPLE, change)


def test_engines_by_their_names():
    catalog = Catalog.load()
    assert find_engine(catalog, "trtllm") == "TensorRT-LLM"
    assert find_engine(catalog, "TensorRT 10.2.0, CUDA 12.4") == "TensorRT-LLM"
    assert find_engine(catalog, "llama.cpp Metal") == "llama.cpp"
    assert find_engine(catalog, "an engine of tomorrow") == OTHER_ENGINE
    other = resolve_engine(Book(catalog, Policy()), "an engine of tomorrow")
    assert other.step_s > 0


def test_steps_between_grid_points_follow_the_operator_model():
    """Interpolated decode steps lie between their neighbours; the cache of 70B in FP8 on 4 x 141 GB."""
    catalog = Catalog.load()
    case = resolve(read_scenario(EXAMPLE), catalog).case
    engine = resolve_engine(Book(catalog, Policy()), "vLLM")
    steps = worker_steps(case, engine)
    assert steps.decode_s(40, 3000) < steps.decode_s(50, 3000) < steps.decode_s(50, 5000)
    assert 2.5e6 < cache_tokens(case, engine, 9216.0) < 3.5e6
