"""The event loop: clients, a pool of workers that serve, or a pool that prefills before one that decodes."""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from tauplan.cluster.simulate.load import Load
from tauplan.cluster.simulate.steps import Steps
from tauplan.cluster.simulate.worker import Gaps, Request, Scheduler, Worker

Floats = NDArray[numpy.float64]


@dataclass(frozen=True)
class Pool:
    """``workers`` alike, each with its step times and scheduler."""

    steps: Steps
    scheduler: Scheduler
    workers: int = 1


@dataclass(frozen=True)
class Log:
    """What happened: per request ``sent``, ``first`` and ``last`` token [s], ``output`` tokens, preemptions [1].

    ``gap_s`` and ``gap_tokens``: times between tokens and how many tokens saw each; ``busy``: share of the time
    that workers of the last pool worked [1].
    """

    sent: Floats
    first: Floats
    last: Floats
    output: Floats
    preempted: Floats
    gap_s: Floats
    gap_tokens: Floats
    busy: float


def simulate(
    load: Load,
    pool: Pool,
    prefill: Pool | None = None,
    transfer_s: float = 0.0,
    transfer_token_s: float = 0.0,
    *,
    in_turn: bool = False,
) -> Log:
    """Return what a load does to a pool of workers, or to a ``prefill`` pool and the decoding ``pool`` behind it.

    Between the pools a request's cache travels for ``transfer_s + prompt · transfer_token_s`` [s]. Requests go to
    the worker with the fewest, or to one after the other ``in_turn``. Deterministic. Validity: one model, one
    class of requests, workers that never fail.
    """
    gaps = Gaps([], [])
    decoders = [Worker(pool.steps, pool.scheduler, gaps) for _ in range(pool.workers)]
    fronts = decoders
    if prefill is not None:
        fronts = [
            Worker(prefill.steps, prefill.scheduler, gaps, prefill_only=True) for _ in range(prefill.workers)
        ]
    workers = fronts + decoders if prefill is not None else decoders
    turns = {True: itertools.cycle(decoders), False: itertools.cycle(fronts)}

    def target_of(request: Request) -> Worker:
        decodes = request.made > 0
        if in_turn:
            return next(turns[decodes])
        return min(decoders if decodes else fronts, key=_load)

    number = {id(worker): i for i, worker in enumerate(workers)}
    requests = [
        Request(i, int(p), int(o), 0.0) for i, (p, o) in enumerate(zip(load.prompt, load.output, strict=True))
    ]
    events: list[
        tuple[float, int, int, int, Request | None]
    ] = []  # time, order, worker or −1, version, request
    order = 0

    def push(time: float, worker: Worker | None, request: Request | None = None) -> None:
        nonlocal order
        order += 1
        place = -1 if worker is None else number[id(worker)]
        heapq.heappush(events, (time, order, place, 0 if worker is None else worker.version, request))

    def send(request: Request, time: float) -> None:
        request.sent = time
        push(time, None, request)

    following = len(requests)
    if load.arrivals is None:
        following = min(load.concurrency, len(requests))
        for request in requests[:following]:
            send(request, 0.0)
    else:
        for request, time in zip(requests, load.arrivals, strict=True):
            send(request, float(time))

    while events:
        now, _, place, version, request = heapq.heappop(events)
        touched: list[Worker] = []
        if place < 0 and request is not None:
            target = target_of(request)
            before = target.version
            target.arrive(request, now)
            if not target.busy:
                touched.append(target)
            elif target.version != before:
                push(target.until, target)
        else:
            worker = workers[place]
            if version != worker.version or not worker.busy:
                continue
            firsts, ended = worker.finish()
            if worker.prefill_only:
                for one in firsts:
                    if one.output <= 1:
                        one.last = now
                        ended.append(one)
                    else:
                        push(now + transfer_s + one.prompt * transfer_token_s, None, one)
            if load.arrivals is None:
                for _ in ended:
                    if following < len(requests):
                        send(requests[following], now + load.think_s)
                        following += 1
            touched.append(worker)
        while events and events[0][0] <= now and events[0][2] < 0:  # all that arrives now joins the next pass
            arrival = heapq.heappop(events)[4]
            if arrival is None:
                continue
            target = target_of(arrival)
            before = target.version
            target.arrive(arrival, now)
            if not target.busy and target not in touched:
                touched.append(target)
            elif target.version != before and target not in touched:
                push(target.until, target)
        for worker in touched:
            if worker.plan(now):
                push(worker.until, worker)
    span = max((request.last for request in requests), default=0.0) or 1.0
    return Log(
        *(numpy.array([getattr(request, name) for request in requests], dtype=float) for name in FIELDS),
        gap_s=numpy.array(gaps.seconds),
        gap_tokens=numpy.array(gaps.tokens, dtype=float),
        busy=sum(worker.busy_s for worker in decoders) / (span * len(decoders)),
    )


FIELDS = ("sent", "first", "last", "output", "preempted")


def _load(worker: Worker) -> int:
    return worker.load
