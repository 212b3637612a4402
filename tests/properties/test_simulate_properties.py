"""The serving simulator: what must hold whatever the load."""

from __future__ import annotations

import time

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tauplan.cluster.simulate.closed_form import saturated
from tauplan.cluster.simulate.latency import Definition, latencies
from tauplan.cluster.simulate.load import closed, poisson
from tauplan.cluster.simulate.run import Pool, simulate
from tauplan.cluster.simulate.scale import smaller_load, smaller_pool
from tauplan.cluster.simulate.steps import BATCHES, CONTEXTS, PASTS, TOKENS, Draft, Steps
from tauplan.cluster.simulate.worker import Scheduler


def steps():
    """Steps that grow with batch, context and prompt as those of real engines do."""
    batches, tokens = np.array(BATCHES)[:, None], np.array(TOKENS)
    decode = 8e-3 + 2e-5 * batches + 2e-8 * batches * np.array(CONTEXTS)
    attention = 1e-10 * tokens[:, None] * (tokens[:, None] / 2 + np.array(PASTS))
    return Steps(decode, 8e-3 + 3e-5 * tokens, attention)


SCHEDULERS = st.builds(
    Scheduler,
    budget=st.sampled_from([256, 2048, 8192]),
    chunked=st.booleans(),
    mixed=st.booleans(),
    slots=st.sampled_from([4, 64, 4096]),
    cache_tokens=st.sampled_from([3000.0, 20000.0, 1e9]),
    reserve=st.booleans(),
    prefix_hit=st.sampled_from([0.0, 0.5]),
    poll=st.sampled_from([1, 10]),
)
LOADS = st.builds(
    closed,
    prompt=st.integers(1, 2500),
    output=st.integers(1, 400),
    concurrency=st.integers(1, 40),
    requests=st.integers(1, 60),
    spread=st.sampled_from([0.0, 0.3]),
    seed=st.integers(0, 99),
)


@settings(max_examples=60, deadline=None)
@given(load=LOADS, scheduler=SCHEDULERS, apart=st.booleans(), workers=st.integers(1, 3))
def test_every_request_is_answered_whole_and_in_order(load, scheduler, apart, workers):
    front = Pool(steps(), scheduler, 2) if apart else None
    log = simulate(load, Pool(steps(), scheduler, workers), front, transfer_s=1e-3)
    assert np.isfinite(log.first).all()
    assert np.isfinite(log.last).all()
    assert (log.sent < log.first).all()
    assert (log.first <= log.last).all()
    many = log.output > 1
    assert (log.last[many] > log.first[many]).all()


@settings(max_examples=30, deadline=None)
@given(load=LOADS, scheduler=SCHEDULERS)
def test_tokens_after_the_first_are_counted_once(load, scheduler):
    log = simulate(load, Pool(steps(), scheduler))
    if not log.preempted.any():
        assert log.gap_tokens.sum() == (log.output - 1).sum()


@settings(max_examples=30, deadline=None)
@given(load=LOADS, scheduler=SCHEDULERS)
def test_littles_law(load, scheduler):
    """Requests in flight = rate x mean time in the system, by counting over the run."""
    log = simulate(load, Pool(steps(), scheduler))
    seen = latencies(log, Definition())
    ends = np.sort(np.concatenate([log.sent, log.last]))
    middle = (ends[1:] + ends[:-1]) / 2
    inside = (log.sent[:, None] <= middle) & (middle < log.last[:, None])
    mean = (inside.sum(axis=0) * np.diff(ends)).sum() / (ends[-1] - ends[0])
    assert np.isclose(seen.in_flight, mean, rtol=1e-9)
    assert np.isclose(seen.in_flight, seen.requests_per_s * seen.answer.mean, rtol=1e-9)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 99), prompt=st.integers(10, 2000))
def test_more_load_is_never_faster(seed, prompt):
    """The same requests at a multiple of the rate, and more clients of a closed loop."""
    base = poisson(prompt, 100, 1.0, 80, spread=0.2, seed=seed)
    assert base.arrivals is not None
    slow, fast = (
        latencies(simulate(poisson(prompt, 100, rate, 80, spread=0.2, seed=seed), Pool(steps(), Scheduler())))
        for rate in (0.5, 8.0)
    )
    assert fast.tpot.mean >= slow.tpot.mean * 0.999
    assert fast.answer.mean >= slow.answer.mean * 0.999
    few, many = (
        latencies(simulate(closed(prompt, 100, c, 120, 0.2, seed), Pool(steps(), Scheduler())))
        for c in (2, 16)
    )
    assert many.tpot.mean > few.tpot.mean
    assert many.tokens_per_s > few.tokens_per_s


def test_the_same_call_gives_the_same_log():
    one, two = (simulate(closed(500, 100, 16, 100, 0.2, 5), Pool(steps(), Scheduler())) for _ in range(2))
    assert (one.last == two.last).all()
    assert (one.gap_s == two.gap_s).all()


def test_a_thousand_requests_take_less_than_a_second():
    start = time.perf_counter()
    simulate(closed(1024, 1024, 256, 1000, 0.2), Pool(steps(), Scheduler()))
    assert time.perf_counter() - start < 1.0


@settings(max_examples=12, deadline=None)
@given(
    times=st.sampled_from([2, 4]),
    prompt=st.sampled_from([256, 1000, 2048]),
    output=st.integers(200, 400),
    mixed=st.booleans(),
    apart=st.booleans(),
)
def test_a_smaller_system_stands_for_many_clients(times, prompt, output, mixed, apart):
    """A quarter of the clients on a quarter of the batch sees what the larger system sees."""
    load = closed(prompt, output, 256 * times, 3 * 256 * times, 0.2)
    pool = Pool(steps(), Scheduler(mixed=mixed), 1)
    front = Pool(steps(), Scheduler(), 4) if apart else None
    whole = latencies(simulate(load, pool, front))
    small_front = smaller_pool(front, times) if front else None
    small = latencies(simulate(smaller_load(load, times), smaller_pool(pool, times), small_front))
    assert abs(small.tpot.mean / whole.tpot.mean - 1.0) < 0.05
    assert abs(small.ttft.mean / whole.ttft.mean - 1.0) < 0.15
    assert abs(small.requests_per_s * times / whole.requests_per_s - 1.0) < 0.05


@given(tokens=st.integers(1, 6), right=st.floats(0.0, 1.0))
def test_drafted_steps_make_between_one_token_and_all(tokens, right):
    draft = Draft(tokens, right, 0.02)
    assert 1.0 <= draft.made <= 1.0 + tokens
    assert draft.made <= Draft(tokens, min(right + 0.1, 1.0), 0.02).made


def test_beams_share_the_computation_of_a_prompt_and_not_its_reads():
    """Four beams of one prompt do better than four requests, and no better than four short prompts."""
    rules = Scheduler()
    alone = saturated(steps(), rules, 64, 1600, 100)
    beams = saturated(steps(), rules, 64, 1600, 100, 4)
    short = saturated(steps(), rules, 64, 400, 100)
    assert alone < beams < short
