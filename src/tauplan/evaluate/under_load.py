"""A serving scenario under its load: simulated percentiles as figures of the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tauplan.cluster.simulate.latency import Definition, Latencies, latencies
from tauplan.cluster.simulate.load import Load as Requests
from tauplan.cluster.simulate.load import closed, poisson, trace
from tauplan.cluster.simulate.run import Pool, simulate
from tauplan.cluster.simulate.steps import NO_DRAFT, Draft
from tauplan.errors import InputError, Problem
from tauplan.evaluate.case import Case
from tauplan.evaluate.engine import (
    OTHER_ENGINE,
    Engine,
    resolve_engine,
    transfer_state_s,
    transfer_token_s,
    with_engine,
    worker_scheduler,
    worker_steps,
)
from tauplan.evaluate.metrics import Row
from tauplan.evaluate.resolve import Resolved
from tauplan.spec.load import Load
from tauplan.spec.workload import Serve

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
    yield (
        "load_preempted",
        "preemptions: requests computed again for want of cache",
        float(seen.preempted),
        "1",
    )


def simulated(resolved: Resolved, workload: Serve, load: Load) -> Latencies:
    """Return the latencies [s] of a scenario's replicas under its load; some only prefill where it says so."""
    engine = resolve_engine(resolved.book, workload.engine or OTHER_ENGINE)
    case = with_engine(resolved, engine)
    context = float(workload.prompt + workload.output)
    ranks = max(float(case.layout.expert / case.layout.tensor), 1.0)  # experts span attention ranks
    count = max(int(float(case.count) / (float(case.layout.replica) * ranks)), 1)
    rules = replace(
        worker_scheduler(case, engine, context, ranks),
        prefix_hit=load.prefix_hit,
        budget=workload.prefill_chunk or engine.scheduler.budget,
    )
    pool = Pool(worker_steps(case, engine, ranks, _draft(case, engine, load)), rules, count)
    waits_s = engine.request_s if load.clock == "client" else 0.0
    if workload.prefill_share is not None and count > 1:
        waits_s += engine.handoff_s
        front = min(max(round(count * workload.prefill_share), 1), count - 1)
        log = simulate(
            requests(workload, load),
            replace(
                pool,
                steps=worker_steps(case, engine, ranks, _draft(case, engine, load), back=True),
                workers=count - front,
            ),
            replace(pool, steps=worker_steps(case, engine, ranks, front=True), workers=front),
            transfer_s=transfer_state_s(case, ranks),
            transfer_token_s=transfer_token_s(case, ranks),
        )
    else:
        log = simulate(requests(workload, load), pool)
    tpot = UNLIMITED if workload.tpot_limit is None else workload.tpot_limit
    ttft = UNLIMITED if load.ttft_limit is None else load.ttft_limit
    seen = Definition(
        inclusive=load.tpot == "inclusive",
        client_s=waits_s,
        warm_up=load.warm_up,
    )
    return latencies(log, seen, ttft_limit_s=ttft, tpot_limit_s=tpot)


def requests(workload: Serve, load: Load) -> Requests:
    """Return the requests that a load section describes: a trace, a random stream, or a closed loop."""
    if load.trace:
        columns = zip(*((one.at, one.prompt, one.output) for one in load.trace), strict=True)
        arrivals, prompts, outputs = (list(column) for column in columns)
        return trace(arrivals, [int(p) for p in prompts], [int(o) for o in outputs])
    shape = (int(workload.prompt), int(workload.output))
    if load.rate is None:
        return closed(*shape, load.clients, max(load.requests, load.clients), load.spread)
    return poisson(*shape, load.rate, load.requests, load.spread)


def _draft(case: Case, engine: Engine, load: Load) -> Draft:
    """Return the drafts that a load asks for; a model without a layer of its own for them is an error."""
    if load.draft_tokens is None:
        return NO_DRAFT
    if case.shape.draft_layers <= 0:
        raise InputError(
            Problem(
                f"{case.shape.name} has no layer that drafts tokens",
                path="workload.load.draft_tokens",
                value=str(load.draft_tokens),
                expected="a model with draft_layers in the catalogue or num_nextn_predict_layers in its file",
            )
        )
    right = engine.draft_right if load.draft_right is None else load.draft_right
    return Draft(load.draft_tokens, right, 1.0 / case.shape.layers)
