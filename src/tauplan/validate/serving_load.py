"""Rows of runs at a concurrency: the closed loop simulated over one pool of workers, or two."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from tauplan.cluster.simulate.latency import Definition, latencies
from tauplan.cluster.simulate.load import Load, closed
from tauplan.cluster.simulate.run import Log, Pool, simulate
from tauplan.cluster.simulate.scale import factor, smaller_load, smaller_pool
from tauplan.evaluate.engine import Engine, transfer_token_s
from tauplan.validate.serving_pools import LARGEST, Demand, Front, Pools
from tauplan.validate.serving_recipes import Recipe
from tauplan.validate.serving_setup import (
    NODE,
    Setup,
    aggregated_ways,
    named_accelerators,
    pool_ways,
    spread_of,
    swept,
)
from tauplan.validate.table import Row, number

ROUNDS, MOST = 10, 1500  # a steady state needs no more requests
INPUTS = (
    *("model", "system", "backend", "backend_version", "precision", "mode", "isl", "osl"),
    *("concurrency_or_batch", "notes", "tp", "pp", "attention_dp", "moe_tp", "moe_ep"),
    *("prefill_workers", "prefill_parallel", "decode_workers", "decode_parallel"),
)  # columns that a prediction depends on


@dataclass(frozen=True)
class Means:
    """Mean time to first token and per token after it [s]."""

    ttft_s: float
    tpot_s: float


def middle(of: list[Means]) -> Means:
    """Return the geometric means: what to expect of a run that may be any of several."""
    count = len(of)
    return Means(
        math.prod(one.ttft_s for one in of) ** (1.0 / count),
        math.prod(one.tpot_s for one in of) ** (1.0 / count),
    )


class Loads:
    """Simulates rows; equal rows are simulated once."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.pools = Pools(setup)
        self._seen: dict[tuple[str, ...], Means] = {}

    def use(self, engine: Engine) -> None:
        """Put an engine in place of the one of its name, as a calibration does."""
        self.pools.use(engine)
        self._seen.clear()

    def means(self, row: Row) -> Means:
        """Return the mean latencies of a row's run, at the client."""
        key = tuple(row.get(name, "") for name in INPUTS)
        if key not in self._seen:
            self._seen[key] = middle([self._means(row, log) for log in self._logs(row)])
        return self._seen[key]

    def recipes(self, row: Row) -> list[Recipe]:
        """Return the published recipes that a row with workers for prompts of their own may be of."""
        return self.pools.listed(row, demand_of(row))

    def _means(self, row: Row, log: Log) -> Means:
        engine = self.setup.engine(row.get("backend", ""))
        apart = row["mode"].startswith("disagg")
        waits_s = engine.request_s + (engine.handoff_s if apart else 0.0)
        found = latencies(log, Definition(statistic="mean", client_s=waits_s))
        return Means(found.ttft.mean, found.tpot.mean)

    def _logs(self, row: Row) -> list[Log]:
        """Return what happens in a row's run, or in each of those that it may be."""
        demand = demand_of(row)
        if row["mode"].startswith("disagg"):
            return [self._apart(row, demand, *pools) for pools in self._all_pools(row, demand)]
        ways = aggregated_ways(row, self.pools.heads(row))
        stated = int(number(row, "tp", 1.0))
        if min(stated, ways.accelerators) > NODE and self.pools.mixture(row):  # a rack of pools
            return [self._apart(row, demand, *self._shared_out(row, demand, stated))]
        ways = self.pools.fitting(row, ways, demand.context)
        pool = self.pools.pool(row, ways, demand.context)
        if not swept(row) and not pool.scheduler.chunked:
            budget = int(demand.prompt) + demand.clients
            pool = replace(pool, scheduler=replace(pool.scheduler, budget=budget))
        return [_run(_closed(demand, spread_of(row)), pool)]

    def _all_pools(self, row: Row, demand: Demand) -> list[tuple[Front, Pool]]:
        """Return the pools of a row: of the recipes that it may be of, as stated, or as an operator sizes them."""
        recipes = self.recipes(row)
        if recipes:
            return [self.pools.by_recipe(row, demand, recipe) for recipe in recipes]
        words = row["decode_parallel"]
        open_size = not row.get("decode_workers", "").strip()
        if open_size and self.pools.names_a_system(row, words, demand.context):
            return [self._shared_out(row, demand, named_accelerators(words))]
        return [self._stated(row, demand)]

    def _shared_out(self, row: Row, demand: Demand, stated: int) -> tuple[Front, Pool]:
        return self.pools.shared_out(row, demand, stated if stated > NODE else LARGEST)

    def _stated(self, row: Row, demand: Demand) -> tuple[Front, Pool]:
        """Return the pools of a row that states the plans of its workers, and perhaps how many there are."""
        pools, heads = self.pools, self.pools.heads(row)
        words = row.get("prefill_parallel") or row["decode_parallel"]
        first = pools.fitting(row, pool_ways(words, heads), demand.prompt)
        second = pools.fitting(row, pool_ways(row["decode_parallel"], heads), demand.context)
        front = Front(first, pools.pool(row, first, demand.prompt, front=True))
        answers = pools.perhaps_drafting(row, second, demand.context)
        if row.get("decode_workers", "").strip():
            count = max(int(number(row, "prefill_workers", 1.0)), 1)
            front = replace(front, pool=replace(front.pool, workers=count))
            answers = replace(answers, workers=max(int(number(row, "decode_workers")), 1))
        else:
            front, answers = pools.sized(row, demand, front, Front(second, answers))
        if second.batch:
            rules = replace(answers.scheduler, slots=second.batch * second.ranks)
            answers = replace(answers, scheduler=rules)
        return front, answers

    def _apart(self, row: Row, demand: Demand, front: Front, answers: Pool) -> Log:
        token_s = transfer_token_s(self.pools.case(row, front.ways), front.ways.ranks)
        return _run(_closed(demand, spread_of(row)), answers, front.pool, token_s)


def demand_of(row: Row) -> Demand:
    """Return what the clients of a row ask for."""
    clients = max(round(number(row, "concurrency_or_batch")), 1)
    return Demand(number(row, "isl"), number(row, "osl"), clients)


def _closed(demand: Demand, spread: float) -> Load:
    """Return the closed loop of a row's clients; the public sweep sends ten requests per client."""
    requests = min(ROUNDS * demand.clients, 2 * demand.clients + MOST)
    return closed(int(demand.prompt), int(demand.output), demand.clients, requests, spread)


def _run(load: Load, pool: Pool, prefill: Pool | None = None, token_s: float = 0.0) -> Log:
    """Simulate a load of many clients by a smaller system that behaves alike."""
    times = factor(load.concurrency, max(pool.workers, prefill.workers if prefill else 1))
    front = smaller_pool(prefill, times) if prefill else None
    small = smaller_pool(pool, times)
    return simulate(smaller_load(load, times), small, front, transfer_token_s=token_s, in_turn=True)
