"""A scenario as numbers: everything the models need, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from tauplan.chip.power import ChipEnergy
from tauplan.chip.rates import ChipRates
from tauplan.cluster.drives import NOTHING, Drives, OnDrives
from tauplan.cluster.experts import ExpertExchange
from tauplan.cluster.issue import HostIssue
from tauplan.cluster.layout import Layout
from tauplan.cluster.offload import HostMemory
from tauplan.cluster.weights import ModelSize
from tauplan.link.tier import Tier
from tauplan.supply.chain import Stage
from tauplan.tau import Number, Time
from tauplan.workload.llm.shape import ModelShape
from tauplan.workload.llm.step import ElementBytes


@dataclass(frozen=True)
class TrainingTask:
    """What is trained: tokens per sequence, sequences per step, tokens in all [1]; bytes per parameter [B]."""

    sequence: Number
    global_batch: Number
    tokens: Number
    gradient_B: Number
    optimizer_traffic_B: Number
    optimizer_state_B: Number
    materialised: bool
    fused_accumulation: bool


@dataclass(frozen=True)
class ServingTask:
    """What is served: prompt and output tokens, sequences in flight per replica, requests in all [1].

    ``prefill_share``: share of the replicas that only prefill, 0 where all do both [1]; ``unfused``:
    operators are kernels of their own.
    """

    prompt: Number
    output: Number
    batch: Number
    chunk: Number
    requests: Number
    prefill_share: Number
    tpot_limit_s: Number
    largest_batch: bool
    unfused: bool = False


@dataclass(frozen=True)
class Facility:
    """What surrounds the accelerators: host power per accelerator [W], PUE [1], prices, capital [USD]."""

    host_W: Number
    pue: Number
    electricity_USD_per_J: Number
    life_s: Number
    accelerators_USD: Number
    servers_USD: Number
    network_USD: Number
    storage_USD: Number = 0.0

    @property
    def capital_USD(self) -> Number:
        """All capital [USD]."""
        return self.accelerators_USD + self.servers_USD + self.network_USD + self.storage_USD


@dataclass(frozen=True)
class Reliability:
    """Mean time between interruptions per accelerator, restart, and standstill per checkpoint, if stated [s]."""

    mtbf_s: Number
    restart_s: Number
    checkpoint_s: Number | None


@dataclass(frozen=True)
class Case:
    """One evaluation, or with arrays a batch of them; times are plain, or ``Time`` when explained."""

    shape: ModelShape
    size: ModelSize
    layout: Layout
    chip: ChipRates
    tiers: tuple[Tier, ...]
    element: ElementBytes
    energy: ChipEnergy
    count: Number
    usable_B: Number
    host_s: Number
    issue: HostIssue
    facility: Facility
    reliability: Reliability
    supply: Mapping[str, Stage]
    task: TrainingTask | ServingTask
    drives: Drives
    on_drives: OnDrives = NOTHING
    memory: HostMemory | None = None  # host memory, where the plan keeps a part there
    exchange: ExpertExchange | None = None  # how serving software moves tokens to experts
    residual: Number = 1.0  # measured over predicted time: one, with the band of validated cases


T = TypeVar("T")


def map_times(tree: T, change: Callable[[Time], Number]) -> T:
    """Return a copy of a tree of dataclasses, tuples and mappings with every ``Time`` in it changed.

    What ``change`` returns may be a ``Time`` again, or plain seconds.
    """
    node: Any = tree
    if isinstance(node, Time):
        return cast(T, change(node))
    if is_dataclass(node) and not isinstance(node, type):
        if isinstance(node, ModelShape):
            return tree
        changed = {f.name: map_times(getattr(node, f.name), change) for f in fields(node)}
        return cast(T, replace(node, **changed))
    if isinstance(node, tuple):
        return cast(T, tuple(map_times(item, change) for item in cast("tuple[Any, ...]", node)))
    if isinstance(node, Mapping):
        items = cast("Mapping[Any, Any]", node)
        return cast(T, {key: map_times(value, change) for key, value in items.items()})
    return tree
