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
MILLI, MICRO = 1e-3, 1e-6


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
            dtype = row.get("dtype", "") or "fp16"
            size, ranks = number(row, "bytes_per_rank"), number(row, "n_ranks")
            key = Key(name.strip(), devices.precision(dtype).activations, "framework custom" in remark)
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
    return _rows(table, devices, "latency_ms", MILLI)


def network_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict collectives by bytes per rank, inside a server and between servers."""
    return _rows(table, devices, "time_us", MICRO)


def _rows(table: Table, devices: Devices, column: str, unit: float) -> list[Prediction]:
    """Predict rows that share a device and kind in one call; rows that cannot be read say why."""
    answers: list[Prediction] = []
    groups: dict[tuple[str, Key], list[tuple[int, float, float, float, float]]] = {}
    for i, row in enumerate(table.rows):
        try:
            key, size, ranks = Bench.read(row, devices)
            inside = number(row, "ranks_per_node", ranks)
            found = (i, size, ranks, inside, number(row, column))
            groups.setdefault((row.get("system", ""), key), []).append(found)
        except UnansweredError as reason:
            answers.append(_prediction(i, row, column, math.nan, reason=str(reason)))
    for (device, key), members_ in groups.items():
        data = np.array([found[1:] for found in members_]).T
        try:
            network = devices.network(device)
        except UnansweredError as reason:
            answers += [
                _prediction(f[0], table.rows[f[0]], column, f[4], reason=str(reason)) for f in members_
            ]
            continue
        times = _times(Bench(*key, data[0], data[1], data[2]), network) / unit
        answers += [
            _prediction(f[0], table.rows[f[0]], column, f[4], float(time))
            for f, time in zip(members_, times, strict=True)
        ]
    return answers


def _times(bench: Bench, network: tuple[NetworkTier, ...]) -> Array:
    inner, outer = network[0], network[1]
    return collective_time(bench, inner.tier, inner.tier.reduces, outer.tier)


def _prediction(
    index: int, row: Row, column: str, measured: float, predicted: float = math.nan, reason: str = ""
) -> Prediction:
    case, use = row.get("case_id") or str(index + 1), row.get("split_hint", "")
    head = (case, f"collectives, {_place(row)}", row.get("system", ""), column)
    return Prediction(*head, measured, predicted, reason, use)


def _place(row: Row) -> str:
    ranks, inside = row.get("n_ranks", ""), row.get("ranks_per_node", "")
    try:
        return "between servers" if inside and float(ranks) > float(inside) else "in a server"
    except ValueError:
        return "in a server"
