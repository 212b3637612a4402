"""A serving scenario under its load: simulated percentiles as figures of the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tauplan.cluster.simulate.latency import Latencies, latencies
from tauplan.cluster.simulate.load import closed, poisson
from tauplan.cluster.simulate.run import Pool, simulate
from tauplan.evaluate.engine import OTHER_ENGINE, resolve_engine, with_engine, worker_scheduler, worker_steps
from tauplan.evaluate.metrics import Row
from tauplan.evaluate.resolve import Resolved
from tauplan.spec.workload import Load, Serve

UNLIMITED = float("inf")
KINDS = (("ttft", "time to first token"), ("tpot", "time per output token"), ("itl", "time between tokens"))


def load_metrics(resolved: Resolved) -> Iterator[Row]:
    """Yield (key, label, SI value, unit) of a serving scenario that states its load; nothing for others."""
    workload = resolved.scenario.workload
    if not isinstance(workload, Serve) or workload.load is None:
        return
    seen = simulated(resolved, workload, workload.load)
    for key, label in KINDS:
        spread = getattr(seen, key)
        for share in ("p50", "p90", "p99"):
            yield f"load_{key}_{share}_s", f"{label} under load, {share}", float(getattr(spread, share)), "s"
    yield "load_requests_per_s", "requests per second under load", seen.requests_per_s, "1/s"
    yield "load_tokens_per_s", "output tokens per second under load", seen.tokens_per_s, "1/s"
    yield "load_goodput_per_s", "goodput under load (requests within the limits)", seen.goodput_per_s, "1/s"
    yield "load_met", "share of requests within the limits", seen.met, "1"
    yield "load_in_flight", "requests in the system, mean", seen.in_flight, "1"


def simulated(resolved: Resolved, workload: Serve, load: Load) -> Latencies:
    """Return the latencies [s] of a scenario's replicas under its load; some only prefill where it says so."""
    engine = resolve_engine(resolved.book, workload.engine or OTHER_ENGINE)
    case = with_engine(resolved, engine)
    context = float(workload.prompt + workload.output)
    ranks = max(float(case.layout.expert / case.layout.tensor), 1.0)  # experts span attention ranks
    count = max(int(float(case.count) / (float(case.layout.replica) * ranks)), 1)
    steps = worker_steps(case, engine, ranks)
    rules = replace(
        worker_scheduler(case, engine, context, ranks),
        prefix_hit=load.prefix_hit,
        budget=workload.prefill_chunk or engine.scheduler.budget,
    )
    shape = (int(workload.prompt), int(workload.output))
    if load.rate is None:
        requests = closed(*shape, load.clients, max(load.requests, load.clients), load.spread)
    else:
        requests = poisson(*shape, load.rate, load.requests, load.spread)
    front = round(count * (workload.prefill_share or 0.0))
    if workload.prefill_share is not None and count > 1:
        front = min(max(front, 1), count - 1)
        log = simulate(requests, Pool(steps, rules, count - front), Pool(steps, rules, front))
    else:
        log = simulate(requests, Pool(steps, rules, count))
    tpot = UNLIMITED if workload.tpot_limit is None else workload.tpot_limit
    ttft = UNLIMITED if load.ttft_limit is None else load.ttft_limit
    return latencies(log, ttft_limit_s=ttft, tpot_limit_s=tpot)
