"""Guaranteed service: stages quote times to each other, and stock covers what the quote leaves open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np


@dataclass(frozen=True)
class ServiceStage:
    """A stage: cost of holding, processing time in whole periods, and who it serves.

    ``outside`` is the time quoted to it by outside suppliers; ``promise`` the most it may quote to customers;
    ``sd`` the spread of its customers' demand per period; ``safety`` how many of them stock must cover.
    """

    holding: float
    time: int
    serves: tuple[str, ...] = ()
    outside: int = 0
    promise: int | None = None
    sd: float = 0.0
    safety: float = 1.0


@dataclass(frozen=True)
class ServicePlan:
    """Quoted service times of each stage in periods, and the cost of holding safety stock per period."""

    times: dict[str, int]
    cost: float


@dataclass
class _Tables:
    """Best costs of the part of the tree already peeled off below or above each stage."""

    outbound: dict[str, Any] = field(default_factory=dict[str, Any])  # cost by quoted time
    inbound: dict[str, Any] = field(default_factory=dict[str, Any])  # cost by time quoted to it


def service_times(stages: Mapping[str, ServiceStage]) -> ServicePlan:
    """Return the service times of least holding cost in a tree of stages.

    Cost of a stage: h z sigma sqrt(SI + T - S) with S its quote, SI the longest quote it gets, sigma the spread of
    the demand that passes through it (independent customers). Exact, by the dynamic programme of Graves & Willems
    2000 over whole periods. Demand beyond z sigma sqrt(t) is met otherwise.
    """
    stages = _with_demand(stages)
    suppliers: dict[str, list[str]] = {name: [] for name in stages}
    for name, stage in stages.items():
        for customer in stage.serves:
            suppliers[customer].append(name)
    longest = _longest(stages, suppliers)
    order, parent = _peeled(stages, suppliers)
    horizon = max(longest.values()) + 1
    tables = _Tables()
    costs: dict[str, Any] = {}
    for name in order:
        costs[name] = _costs(name, stages[name], longest[name], horizon, tables, suppliers)
        if parent[name] in stages[name].serves:
            tables.outbound[name] = np.minimum.accumulate(costs[name].min(axis=1))
        else:  # towards a supplier: waiting longer than quoted is allowed
            by_quote = costs[name].min(axis=0)
            tables.inbound[name] = np.minimum.accumulate(by_quote[::-1])[::-1]
    return _choose(order, parent, stages, costs)


def _with_demand(stages: Mapping[str, ServiceStage]) -> dict[str, ServiceStage]:
    def variance(name: str) -> float:
        stage = stages[name]
        return stage.sd**2 + sum(variance(customer) for customer in stage.serves)

    return {name: replace(stage, sd=variance(name) ** 0.5) for name, stage in stages.items()}


def _longest(stages: Mapping[str, ServiceStage], suppliers: Mapping[str, list[str]]) -> dict[str, int]:
    """Return the most time that can pass until each stage has its product: the bound of its quotes."""

    def ends(name: str) -> int:
        above = [ends(supplier) for supplier in suppliers[name]]
        return max([stages[name].outside, *above]) + stages[name].time

    return {name: ends(name) for name in stages}


def _peeled(
    stages: Mapping[str, ServiceStage], suppliers: Mapping[str, list[str]]
) -> tuple[list[str], dict[str, str]]:
    """Return leaves first, each with the one neighbour that is left when it goes."""
    near = {name: {*stage.serves, *suppliers[name]} for name, stage in stages.items()}
    order: list[str] = []
    parent: dict[str, str] = {}
    left = dict(near)
    while left:
        leaf = next((n for n, others in left.items() if len(others & left.keys()) <= 1), None)
        if leaf is None:
            raise ValueError("the stages form a cycle; guaranteed service needs a tree")
        parent[leaf] = next(iter(left[leaf] & left.keys()), "")
        order.append(leaf)
        del left[leaf]
    return order, parent


def _costs(
    name: str,
    stage: ServiceStage,
    longest: int,
    horizon: int,
    tables: _Tables,
    suppliers: Mapping[str, list[str]],
) -> Any:
    """Return the cost of a stage and all peeled off behind it, by own quote S (rows) and quote SI (columns)."""
    quote, wait = np.arange(horizon)[:, None], np.arange(horizon)[None, :]
    net = wait + stage.time - quote
    cost = stage.holding * stage.safety * stage.sd * np.sqrt(np.maximum(net, 0))
    for supplier in suppliers[name]:
        if supplier in tables.outbound:
            cost = cost + tables.outbound[supplier][None, :]
    for customer in stage.serves:
        if customer in tables.inbound:
            cost = cost + tables.inbound[customer][:, None]
    promise = longest if stage.promise is None else stage.promise
    allowed = (net >= 0) & (quote <= promise) & (wait >= stage.outside) & (wait <= longest - stage.time)
    return np.where(allowed, cost, np.inf)


def _choose(
    order: list[str], parent: Mapping[str, str], stages: Mapping[str, ServiceStage], costs: Mapping[str, Any]
) -> ServicePlan:
    """Walk back from the last stage and take each one's best times; ties go to the shortest quote."""
    root = order[-1]
    times: dict[str, int] = {}
    waits: dict[str, int] = {}
    place = np.unravel_index(int(np.argmin(costs[root])), costs[root].shape)
    times[root], waits[root] = int(place[0]), int(place[1])
    for name in reversed(order[:-1]):
        above = parent[name]
        if above in stages[name].serves:
            allowed = costs[name][: waits[above] + 1]
            shift = (0, 0)
        else:
            allowed = costs[name][:, times[above] :]
            shift = (0, times[above])
        row, column = np.unravel_index(int(np.argmin(allowed)), allowed.shape)
        times[name], waits[name] = int(row) + shift[0], int(column) + shift[1]
    return ServicePlan({name: times[name] for name in stages}, float(costs[root].min()))
