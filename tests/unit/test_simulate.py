"""The serving simulator: hand-made step times whose answers can be worked out on paper."""

from __future__ import annotations

import numpy as np
import pytest

from tauplan.cluster.simulate.closed_form import saturated, steady
from tauplan.cluster.simulate.latency import Definition, latencies
from tauplan.cluster.simulate.load import closed, lengths, poisson, trace
from tauplan.cluster.simulate.run import Pool, simulate
from tauplan.cluster.simulate.steps import BATCHES, CONTEXTS, PASTS, TOKENS, Steps
from tauplan.cluster.simulate.worker import Scheduler

STEP, TOKEN, SEQUENCE = 10e-3, 50e-6, 0.1e-3


def steps(ranks=1.0):
    """10 ms per pass, 50 us per prompt token beyond, 0.1 ms per decoding sequence; contexts cost nothing."""
    batches, tokens = np.array(BATCHES), np.array(TOKENS)
    decode = STEP + SEQUENCE * batches[:, None] + 0.0 * np.array(CONTEXTS)
    return Steps(decode, STEP + TOKEN * tokens, np.zeros((len(TOKENS), len(PASTS))), ranks)


def run(load, scheduler=None, **other):
    return latencies(
        simulate(load, Pool(steps(), scheduler or Scheduler()), **other), Definition(statistic="mean")
    )


def test_one_client_sees_the_pass_and_the_steps():
    seen = run(closed(1000, 101, 1, 5))
    assert seen.ttft.mean == pytest.approx(STEP + 1000 * TOKEN)
    assert seen.tpot.p50 == pytest.approx(STEP + SEQUENCE)
    assert seen.itl.p99 == pytest.approx(STEP + SEQUENCE)
    assert seen.requests_per_s == pytest.approx(1.0 / (STEP + 1000 * TOKEN + 100 * (STEP + SEQUENCE)))


def test_inclusive_and_exclusive_definitions_and_the_clock_of_the_client():
    log = simulate(closed(1000, 101, 1, 3), Pool(steps(), Scheduler()))
    exclusive = latencies(log)
    inclusive = latencies(log, Definition(inclusive=True, client_s=0.5))
    assert inclusive.ttft.mean == pytest.approx(exclusive.ttft.mean + 0.5)
    whole = exclusive.ttft.mean + 100 * exclusive.tpot.mean
    assert inclusive.tpot.mean == pytest.approx((whole + 0.5) / 101)


def test_equal_requests_that_start_together_stay_together_when_prompts_go_first():
    """Four prompts share one pass, then 100 undisturbed steps; the burst repeats."""
    seen = run(closed(1000, 101, 4, 20), Scheduler(mixed=False))
    assert seen.ttft.p50 == pytest.approx(STEP + 4000 * TOKEN)
    assert seen.tpot.p99 == pytest.approx(STEP + 4 * SEQUENCE)


def test_a_budget_cuts_prompts_only_where_the_engine_does():
    chunked = run(closed(1000, 2, 1, 1), Scheduler(budget=250))
    whole = run(closed(1000, 2, 1, 1), Scheduler(budget=250, chunked=False))
    assert chunked.ttft.mean == pytest.approx(4 * (STEP + 250 * TOKEN))
    assert whole.ttft.mean == pytest.approx(STEP + 1000 * TOKEN)


def test_a_cached_prefix_is_not_computed():
    seen = run(closed(1000, 10, 1, 1), Scheduler(prefix_hit=0.8))
    assert seen.ttft.mean == pytest.approx(STEP + 200 * TOKEN)


def test_slots_and_reserved_answers_hold_requests_back():
    free = run(closed(100, 100, 8, 40))
    slots = run(closed(100, 100, 8, 40), Scheduler(slots=4))
    reserve = run(closed(100, 100, 8, 40), Scheduler(reserve=True, cache_tokens=4 * 200))
    assert slots.ttft.mean > 10 * free.ttft.mean
    assert reserve.ttft.mean == pytest.approx(slots.ttft.mean, rel=0.02)
    assert reserve.preempted == slots.preempted == 0


def test_a_full_cache_preempts_and_every_token_still_comes():
    log = simulate(closed(100, 100, 8, 24), Pool(steps(), Scheduler(cache_tokens=1000)))
    assert log.preempted.sum() > 0
    assert np.isfinite(log.last).all()
    assert (log.last > log.first).all()


def test_the_queue_is_seen_only_when_the_engine_looks():
    """An arrival in the middle of an answer waits for the next multiple of 16 steps."""
    load = trace([0.0, 0.15], [100, 100], [200, 10])
    often = simulate(load, Pool(steps(), Scheduler(mixed=False)))
    seldom = simulate(load, Pool(steps(), Scheduler(mixed=False, poll=16)))
    assert often.first[1] < seldom.first[1] < often.first[1] + 16 * (STEP + SEQUENCE)


def test_a_pool_of_its_own_keeps_prompts_from_disturbing_answers():
    together = run(closed(2000, 100, 8, 80, spread=0.2))
    apart = run(closed(2000, 100, 8, 80, spread=0.2), prefill=Pool(steps(), Scheduler()), transfer_s=0.05)
    assert apart.itl.p99 < together.itl.p99
    assert apart.tpot.mean < together.tpot.mean


def test_attention_ranks_read_prompts_side_by_side():
    log = simulate(closed(1000, 2, 4, 4), Pool(steps(ranks=4.0), Scheduler()))
    assert latencies(log).ttft.mean == pytest.approx(STEP + 1000 * TOKEN)


def test_lengths_and_arrivals_are_what_they_say():
    assert set(lengths(100, 50, 0.0, 1)) == {100}
    spread = lengths(100, 1000, 0.2, 1)
    assert spread.min() == 80
    assert spread.max() == 100
    arrivals = poisson(10, 10, 20.0, 4000, seed=3).arrivals
    assert arrivals is not None
    assert np.diff(arrivals).mean() == pytest.approx(1 / 20, rel=0.05)
    assert list(trace([3.0, 1.0], [5, 6], [7, 8]).prompt) == [6, 5]


def test_goodput_counts_requests_within_both_limits():
    log = simulate(poisson(500, 50, 3.0, 300), Pool(steps(), Scheduler()))
    free = latencies(log)
    strict = latencies(log, ttft_limit_s=free.ttft.p50, tpot_limit_s=1.0)
    assert free.met == 1.0
    assert strict.met == pytest.approx(0.5, abs=0.01)
    assert strict.goodput_per_s == pytest.approx(strict.met * strict.requests_per_s)


@pytest.mark.parametrize("clients", [1, 4, 16, 64])
@pytest.mark.parametrize("prompt", [200, 2000])
def test_the_closed_form_agrees_with_the_simulator(clients, prompt):
    load = closed(prompt, 300, clients, 20 * clients + 100, spread=0.2)
    seen = latencies(simulate(load, Pool(steps(), Scheduler())), Definition(warm_up=0.2))
    found = steady(steps(), Scheduler(), clients, prompt * 0.9, 270)
    assert found.tpot_s == pytest.approx(seen.tpot.mean, rel=0.10)
    assert found.ttft_s == pytest.approx(seen.ttft.mean, rel=0.35)
    assert found.requests_per_s == pytest.approx(seen.requests_per_s, rel=0.10)


def test_a_worker_that_is_always_full_reaches_the_closed_form():
    load = closed(500, 200, 64, 1500, spread=0.2)
    seen = latencies(simulate(load, Pool(steps(), Scheduler())), Definition(warm_up=0.2))
    assert saturated(steps(), Scheduler(), 64, 450, 180) == pytest.approx(seen.requests_per_s, rel=0.1)


def test_a_first_token_waits_for_a_place_in_the_decoding_pool():
    """Two clients share one place: each waits for the other's whole answer before its first token shows."""
    one_place = Pool(steps(), Scheduler(slots=1))
    roomy = Pool(steps(), Scheduler())
    front = Pool(steps(), Scheduler())
    load = closed(256, 128, 2, 20)
    held, free = simulate(load, one_place, front), simulate(load, roomy, front)
    assert np.median(held.first - held.sent) > 0.8 * np.median(held.last - held.first)
    assert np.median(free.first - free.sent) < 0.2 * np.median(free.last - free.first)


def test_requests_in_turn_wait_though_another_worker_is_free():
    """Three clients on three workers of one place each: who is next in turn may still be at work."""
    pool = Pool(steps(), Scheduler(slots=1), 3)
    front = Pool(steps(), Scheduler())
    load = closed(256, 128, 3, 120, 0.5)
    fewest, turns = (simulate(load, pool, front, in_turn=each) for each in (False, True))
    assert np.mean(turns.first - turns.sent) > 1.5 * np.mean(fewest.first - fewest.sent)
