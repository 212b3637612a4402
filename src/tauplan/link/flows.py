"""A flow-level simulator with max-min fair shares: the oracle for collectives under contention.

Flows follow fixed routes over links of given capacity. Between events each flow has its max-min fair rate
(progressive filling: raise all rates together; where a link fills up, its flows keep theirs). The next event is a
flow that ends. Exact for fluid flows; packets, queues and transport protocols are not modelled.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Node = tuple[int, ...]
Edge = tuple[Node, Node]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Flow:
    """``size_B`` bytes along a route of directed edges [B]."""

    route: tuple[Edge, ...]
    size_B: float


def fair_rates(uses: Array, capacity_Bps: Array) -> Array:
    """Return the max-min fair rates of flows [B/s]; ``uses`` is links by flows (0 or 1), capacities [B/s]."""
    rates = np.zeros(uses.shape[1])
    free = np.ones(uses.shape[1], dtype=bool)
    room = capacity_Bps.astype(float).copy()
    while free.any():
        crowd = uses[:, free].sum(axis=1)
        busy = crowd > 0
        if not busy.any():
            rates[free] = np.inf
            break
        step = float((room[busy] / crowd[busy]).min())
        rates[free] += step
        room -= crowd * step
        full = busy & (room <= capacity_Bps * np.finfo(float).eps * len(rates))
        free &= ~(uses[full].any(axis=0))
    return rates


def finish(flows: Sequence[Flow], capacity_Bps: dict[Edge, float]) -> Array:
    """Return when each flow ends [s], all starting at zero; capacities of directed edges [B/s]."""
    edges = {edge: row for row, edge in enumerate(capacity_Bps)}
    uses = np.zeros((len(edges), len(flows)))
    for column, flow in enumerate(flows):
        for edge in flow.route:
            uses[edges[edge], column] = 1.0
    capacity = np.array(list(capacity_Bps.values()))
    left = np.array([flow.size_B for flow in flows])
    ends = np.zeros(len(flows))
    active = left > 0
    now = 0.0
    while active.any():
        rates = fair_rates(uses[:, active], capacity)
        duration = float((left[active] / rates).min())
        now += duration
        left[active] -= rates * duration
        done = active & (left <= np.finfo(np.float32).eps * max(flow.size_B for flow in flows))
        ends[done] = now
        active &= ~done
    return ends


def torus_links(sides: Sequence[int], link_Bps: float) -> dict[Edge, float]:
    """Return the directed links of a torus with their capacity [B/s]; a side of two has both its links as one."""
    return {
        (node, neighbour): link_Bps * (2.0 if sides[axis] == 2 else 1.0)
        for node in _nodes(sides)
        for axis, step in itertools.product(range(len(sides)), (1, -1))
        if (neighbour := _moved(node, axis, step, sides)) != node
    }


def torus_routes(start: Node, end: Node, sides: Sequence[int]) -> list[tuple[Edge, ...]]:
    """Return the shortest dimension-ordered routes; where both ways around are as long, both, axis by axis."""
    ways: list[tuple[Node, tuple[Edge, ...]]] = [(start, ())]
    for axis, side in enumerate(sides):
        onward: list[tuple[Node, tuple[Edge, ...]]] = []
        for node, route in ways:
            forth = (end[axis] - node[axis]) % side
            steps = {1: forth, -1: (side - forth) % side}
            best = min(steps.values())
            signs = [sign for sign, count in steps.items() if count == best]
            for sign in signs[:1] if best == 0 or side == 2 else signs:
                here, edges = node, list(route)
                for _ in range(best):
                    there = _moved(here, axis, sign, sides)
                    edges.append((here, there))
                    here = there
                onward.append((here, tuple(edges)))
        ways = onward
    return [route for _, route in ways]


def torus_all_to_all(sides: Sequence[int], buffer_B: float) -> list[Flow]:
    """Return the flows of a uniform all-to-all on a torus; equal routes share the bytes of a pair [B]."""
    nodes = list(_nodes(sides))
    flows: list[Flow] = []
    for start, end in itertools.permutations(nodes, 2):
        routes = torus_routes(start, end, sides)
        flows += [Flow(route, buffer_B / len(nodes) / len(routes)) for route in routes]
    return flows


def tree_links(leaves: int, down: int, endpoint_Bps: float, oversubscription: float) -> dict[Edge, float]:
    """Return the directed links of a two-level tree, the uplinks of a leaf as one of their joint capacity [B/s]."""
    links: dict[Edge, float] = {}
    for leaf in range(leaves):
        up = down * endpoint_Bps / oversubscription
        links[((leaf,), ())] = links[((), (leaf,))] = up
        for place in range(down):
            links[((leaf, place), (leaf,))] = links[((leaf,), (leaf, place))] = endpoint_Bps
    return links


def tree_route(start: Node, end: Node) -> tuple[Edge, ...]:
    """Return the route between two endpoints (leaf, place) of a two-level tree."""
    up: list[Edge] = [(start, start[:1])]
    across: list[Edge] = [] if start[0] == end[0] else [(start[:1], ()), ((), end[:1])]
    return (*up, *across, (end[:1], end))


def _nodes(sides: Sequence[int]) -> Iterator[Node]:
    return itertools.product(*(range(side) for side in sides))


def _moved(node: Node, axis: int, step: int, sides: Sequence[int]) -> Node:
    moved = list(node)
    moved[axis] = (moved[axis] + step) % sides[axis]
    return tuple(moved)
