"""Rows of runs at a concurrency: the closed loop simulated over one pool of workers, or two."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tauplan.cluster.simulate.latency import Definition, Latencies, latencies
from tauplan.cluster.simulate.load import Load, closed
from tauplan.cluster.simulate.run import Pool, simulate
from tauplan.cluster.simulate.steps import Steps
from tauplan.evaluate.case import Case
from tauplan.evaluate.engine import Engine, cache_tokens, worker_scheduler, worker_steps
from tauplan.validate.serving_setup import Setup, Ways, aggregated_ways, pool_ways, spread_of
from tauplan.validate.table import Row, UnansweredError, number

ROUNDS, MOST = 10, 1500  # a steady state needs no more requests
WAITING = 0.75  # share of the time that a pool of prompt workers is kept busy: more makes users wait
LARGEST = 72  # accelerators of the largest systems that such tables hold
DOUBLING = tuple(1 << e for e in range(7))


class Loads:
    """Simulates rows; step times are tabulated once per plan."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self._steps: dict[tuple[int, str], tuple[Case, Steps]] = {}

    def latencies(self, row: Row) -> Latencies:
        """Return the latencies of a row's run, at the client."""
        engine = self.setup.engine(row.get("backend", ""))
        rules = Definition(statistic="mean", client_s=engine.request_s)
        run = self._apart if row["mode"].startswith("disagg") else self._together
        return run(row, engine, rules)

    def _together(self, row: Row, engine: Engine, rules: Definition) -> Latencies:
        heads = self._heads(row)
        load = _Load.of(row)
        ways = self._fitting(row, aggregated_ways(row, heads), load.context)
        pool = self._pool(row, engine, ways, load.context)
        return latencies(simulate(load.closed(spread_of(row)), pool), rules)

    def _apart(self, row: Row, engine: Engine, rules: Definition) -> Latencies:
        load = _Load.of(row)
        heads = self._heads(row)
        first = self._fitting(
            row, pool_ways(row.get("prefill_parallel") or row["decode_parallel"], heads), load.prompt
        )
        second = self._fitting(row, pool_ways(row["decode_parallel"], heads), load.context)
        prompts = self._pool(row, engine, first, load.prompt)
        answers = self._pool(row, engine, second, load.context)
        if row.get("decode_workers", "").strip():
            prompts = replace(prompts, workers=max(int(number(row, "prefill_workers", 1.0)), 1))
            answers = replace(answers, workers=max(int(number(row, "decode_workers")), 1))
        else:
            prompts, answers = self._sized(row, engine, load, (first, prompts), (second, answers))
        if second.batch:
            rules_of = replace(answers.scheduler, slots=second.batch * second.ranks)
            answers = replace(answers, scheduler=rules_of)
        case = self._case(row, first)
        token_s = _cache_B(case) * float(case.tiers[-1].exchange.byte_s) / first.accelerators
        run = simulate(load.closed(spread_of(row)), answers, prompts, transfer_token_s=token_s)
        return latencies(run, rules)

    def _sized(
        self, row: Row, engine: Engine, load: _Load, prompts: tuple[Ways, Pool], answers: tuple[Ways, Pool]
    ) -> tuple[Pool, Pool]:
        """Return pools whose sizes a row leaves open, as an operator who follows the load would choose them.

        Decoding workers are added while one pool of prompt workers can feed them, prompt workers where it cannot.
        A decoding worker splits attention by sequences rather than heads where that is the faster.
        """
        (first, front), (second, back) = prompts, answers
        if second.ranks == 1 and second.tensor > 1:
            ways = replace(second, tensor=1, ranks=second.tensor, expert=max(second.expert, second.tensor))
            other = self._pool(row, engine, ways, load.context)
            share = max(load.clients // 2, 1)
            if other.steps.decode_s(share, load.context) < back.steps.decode_s(share, load.context):
                second, back = ways, other
        prompt_s = front.steps.mixed_s(0, 0.0, [(load.prompt, 0.0)] * first.ranks) / first.ranks
        fronts, backs = 1, 1
        while True:
            used = first.accelerators * fronts + second.accelerators * backs
            if used + min(first.accelerators, second.accelerators) > LARGEST:
                break
            busy = _rate(load, back.steps, backs) * prompt_s / fronts
            if busy > 1.0:
                fronts += 1
            elif (
                _rate(load, back.steps, backs + 1) * prompt_s / fronts < WAITING and backs < load.clients // 4
            ):
                backs += 1
            else:
                break
        return replace(front, workers=fronts), replace(back, workers=backs)

    def _pool(self, row: Row, engine: Engine, ways: Ways, context: float) -> Pool:
        case = self._case(row, ways)
        key = (id(case), engine.name)
        if key not in self._steps:
            self._steps[key] = (case, worker_steps(case, engine, ways.ranks))
        return Pool(self._steps[key][1], worker_scheduler(case, engine, context, ways.ranks))

    def _fitting(self, row: Row, ways: Ways, context: float) -> Ways:
        """Return the plan, or the least multiple of its attention ranks whose caches hold two requests."""
        for times in DOUBLING:
            if times > 1 and self._heads(row) < 1:
                break
            wider = replace(
                ways, ranks=ways.ranks * times, expert=ways.expert * times if self._mixture(row) else 1
            )
            if times > 1 and not self._mixture(row):
                wider = replace(ways, tensor=ways.tensor * times)
            if cache_tokens(self._case(row, wider), context, wider.ranks) >= 2.0 * context:
                return wider
        raise UnansweredError("the model does not fit in memory")

    def _case(self, row: Row, ways: Ways) -> Case:
        engine = self.setup.engine(row.get("backend", ""))
        formats = self.setup.precision(row)
        return self.setup.case(row["model"], row["system"], formats, replace(ways, batch=0), engine)

    def _heads(self, row: Row) -> int:
        return self._case(row, Ways()).shape.groups[0].attention.heads

    def _mixture(self, row: Row) -> bool:
        return self._case(row, Ways()).shape.experts > 0


@dataclass(frozen=True)
class _Load:
    prompt: float
    output: float
    clients: int

    @staticmethod
    def of(row: Row) -> _Load:
        return _Load(
            number(row, "isl"), number(row, "osl"), max(round(number(row, "concurrency_or_batch")), 1)
        )

    @property
    def context(self) -> float:
        """Tokens of a request and its answer."""
        return self.prompt + self.output

    def closed(self, spread: float) -> Load:
        """Return the closed loop of the row's clients; the public sweep sends ten requests per client."""
        requests = min(ROUNDS * self.clients, 2 * self.clients + MOST)
        return closed(int(self.prompt), int(self.output), self.clients, requests, spread)


def _rate(load: _Load, steps: Steps, workers: int) -> float:
    """Return the requests per second that decoding workers end when they share all clients [1/s]."""
    batch = max(load.clients // workers, 1)
    return load.clients / (load.output * steps.decode_s(batch, load.prompt + load.output / 2.0))


def _cache_B(case: Case) -> float:
    return sum(group.count * group.attention.cached_per_token for group in case.shape.groups) * float(
        case.element.cache
    )
