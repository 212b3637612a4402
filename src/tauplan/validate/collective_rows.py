"""Tables of measured collectives: library and framework kernels inside one server, and between servers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tauplan.evaluate.network import NetworkTier
from tauplan.link.collectives import all_gather, all_reduce, all_to_all, reduce_scatter, send
from tauplan.link.protocol import Protocol, carry
from tauplan.link.tier import Tier, members
from tauplan.tau import Number
from tauplan.validate.devices import Devices
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row, Table, UnansweredError, number
from tauplan.workload.formats import BYTES

Array = NDArray[np.float64]
COLLECTIVES: dict[str, Callable[..., Number]] = {
    "all_reduce": all_reduce,
    "all_gather": all_gather,
    "reduce_scatter": reduce_scatter,
    "alltoall": all_to_all,
    "all_to_all": all_to_all,
}
NAMES = (*COLLECTIVES, "send_recv")
SUMMED_IN_SWITCHES = ("fp16", "bf16", "fp32")  # definition: switches add floating-point operands
BOTH_WAYS = "p2p copy bidirectional total"
COPIES = {"p2p copy unidirectional": "send_recv", BOTH_WAYS: "send_recv"}
"""Collective by another name that tables have for it."""
BETWEEN = "between servers"
LARGE_B = 2.0**30  # definition: what "large payload" means where a table gives no size
MILLI, MICRO, NANO, GIGA = 1e-3, 1e-6, 1e-9, 1e9


class Key(NamedTuple):
    """What rows of one bench share: the collective, its number format, and the kind of kernel."""

    name: str
    number_format: str
    direct: bool


@dataclass(frozen=True)
class Bench:
    """Rows of one kind as arrays: full buffer [B] and ranks [1], and ranks per server where they span several."""

    name: str
    number_format: str
    direct: bool
    size_B: Array
    ranks: Array
    inside: Array | None = None

    @staticmethod
    def read(row: Row, devices: Devices) -> tuple[Key, float, float]:
        """Return the kind, the buffer [B] and the ranks [1] of a row of any layout."""
        if "bytes_per_rank" in row:
            name, _, remark = row["collective"].partition("(")
            dtype = devices.precision(row.get("dtype", "") or "fp16").activations
            size, ranks = number(row, "bytes_per_rank", LARGE_B), number(row, "n_ranks")
            key = Key(COPIES.get(name.strip(), name.strip()), dtype, "framework custom" in remark)
        elif "size_bytes" in row:
            key = Key(row["collective"], "fp16", direct=False)
            size, ranks = number(row, "size_bytes"), number(row, "num_workers")
        elif "size_B" in row:
            key = Key("all_reduce", "fp32", direct=False)
            size, ranks = number(row, "size_B"), number(row, "n_gpu")
        else:
            direct = "allreduce_dtype" in row
            dtype = devices.precision(row["allreduce_dtype" if direct else "nccl_dtype"]).activations
            size, ranks = number(row, "message_size") * BYTES[dtype], number(row, "num_gpus")
            key = Key("all_reduce" if direct else row["op_name"], dtype, direct)
        if key.name not in NAMES:
            raise UnansweredError(f"the collective {key.name!r} is not predicted")
        return key, size, ranks


def collective_time(bench: Bench, inner: Tier, reduces: Number, outer: Tier | None = None) -> Array:
    """Return the times of a bench's rows [s] on a server's tier and, for ranks beyond it, the network's.

    A kernel that reads all peers counts where the rows say so; switches add up floating-point formats only.
    """
    inside = bench.ranks if bench.inside is None else bench.inside
    adds = np.logical_and(reduces, bench.number_format in SUMMED_IN_SWITCHES)
    here = np.logical_and(inner.direct_here, bench.direct)
    inner = replace(inner, size=inside, direct_here=here, reduces=adds)
    tiers = (inner,) if outer is None else (inner, outer)
    if bench.name == "send_recv":
        within = np.where(bench.ranks <= inside, 1.0, 0.0)
        return send(bench.size_B, (within, 1.0 - within)[: len(tiers)], tiers)
    return COLLECTIVES[bench.name](bench.size_B, members(bench.ranks, 1.0, tiers), tiers)


def collective_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict collectives of a library or of serving frameworks (num_gpus, message_size in elements)."""
    return _rows(table, devices, lambda row: Timing.of(row, "latency_ms", MILLI))


def network_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict collectives by bytes per rank, inside a server and between servers."""
    return _rows(table, devices, _network_timing)


def fabric_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict collectives on named fabrics by workers and devices per node."""
    return _rows(table, devices, lambda row: Timing.of(row, "median_ms", MILLI))


def nccl_test_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict all-reduces of the NCCL tests, out of place."""
    return _rows(table, devices, lambda row: Timing.of(row, "t_oop_ns", NANO))


class Timing(NamedTuple):
    """What a row measured: the metric's name and its value; a time in ``unit`` [s], or a rate of ``moved`` GB."""

    metric: str
    measured: float
    unit: float
    moved_GB: float = 0.0

    def shown(self, time_s: float) -> float:
        """Return what a time [s] is in the metric."""
        return self.moved_GB / time_s if self.moved_GB else time_s / self.unit

    @staticmethod
    def of(row: Row, column: str, unit: float) -> Timing:
        """Return the timing of a column of times in ``unit`` [s]."""
        return Timing(column, number(row, column), unit)


def _network_timing(row: Row) -> Timing:
    """Return the time of a row, or its bus bandwidth where it gives that alone."""
    if row.get("time_us", "").strip() or not row.get("busbw_GBps", "").strip():
        return Timing.of(row, "time_us", MICRO)
    ranks, size_B = number(row, "n_ranks"), number(row, "bytes_per_rank", LARGE_B)
    share = (ranks - 1.0) / ranks
    moved = {"all_reduce": 2.0 * share, "all_gather": share, "reduce_scatter": share, BOTH_WAYS: 2.0}
    factor = moved.get(row["collective"], 1.0)
    return Timing("busbw_GBps", number(row, "busbw_GBps"), 1.0, factor * size_B / GIGA)


class Found(NamedTuple):
    """A row that can be read: its number, buffer [B], ranks, ranks per server, and what it measured."""

    place: int
    size_B: float
    ranks: float
    inside: float
    timing: Timing


def _rows(table: Table, devices: Devices, timing: Callable[[Row], Timing]) -> list[Prediction]:
    """Predict rows that share a device and kind in one call; rows that cannot be read say why."""
    answers: list[Prediction] = []
    groups: dict[tuple[str, str, Key], list[Found]] = {}
    for i, row in enumerate(table.rows):
        device = row.get("system") or row.get("gpu") or row.get("fabric", "")
        try:
            measured = timing(row)
            key, size, ranks = Bench.read(row, devices)
            column = "devices_per_node" if "devices_per_node" in row else "ranks_per_node"
            inside = number(row, column, ranks)
            fabric = devices.path(row.get("fabric", ""), device, key.name, ranks, inside)
            groups.setdefault((device, fabric, key), []).append(Found(i, size, ranks, inside, measured))
        except UnansweredError as reason:
            answers.append(_unanswered(i, row, device, str(reason)))
    for (device, path, key), found in groups.items():
        size, ranks, inside = (np.array([f[column] for f in found], float) for column in (1, 2, 3))
        bench = Bench(*key, size, ranks, inside)
        try:
            times = (
                path_time(bench, devices.protocol(path)) if path else _times(bench, devices.network(device))
            )
        except UnansweredError as reason:
            answers += [_unanswered(f.place, table.rows[f.place], device, str(reason)) for f in found]
            continue
        for f, time in zip(found, times, strict=True):
            head = _head(f.place, table.rows[f.place], device, f.timing.metric)
            use = table.rows[f.place].get("split_hint", "")
            shown = f.timing.shown(float(time))
            answers.append(Prediction(*head, f.timing.measured, shown, use=use, kind=_kind(head[1])))
    return answers


def path_time(bench: Bench, protocol: Protocol) -> Array:
    """Return the times of rows on a measured path [s]: a ring through all ranks, or one message."""
    share = (bench.ranks - 1.0) / bench.ranks
    shares = {"all_reduce": 2.0 * share, "send_recv": 1.0}
    return carry(protocol, 0.0, bench.size_B * shares.get(bench.name, share))


def _times(bench: Bench, network: tuple[NetworkTier, ...]) -> Array:
    inner, outer = network[0], network[1]
    return collective_time(bench, inner.tier, inner.tier.reduces, outer.tier)


def _head(index: int, row: Row, device: str, metric: str) -> tuple[str, str, str, str]:
    return row.get("case_id") or str(index + 1), f"collectives, {_place(row)}", device, metric


def _kind(family: str) -> str:
    """Return the kind of residuals: fabrics differ more than what is inside servers."""
    return "collectives between servers" if family.endswith(BETWEEN) else ""


def _unanswered(index: int, row: Row, device: str, reason: str) -> Prediction:
    head = _head(index, row, device, "time")
    return Prediction(*head, math.nan, reason=reason, use=row.get("split_hint", ""), kind=_kind(head[1]))


def _place(row: Row) -> str:
    ranks = row.get("n_ranks") or row.get("num_workers", "")
    inside = row.get("ranks_per_node") or row.get("devices_per_node", "")
    try:
        return BETWEEN if inside and float(ranks) > float(inside) else "in a server"
    except ValueError:
        return "in a server"
