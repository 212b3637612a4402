"""Tables of measured collectives: library and framework kernels inside one server, and between servers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from tauplan.catalog.policy import Policy
from tauplan.errors import InputError
from tauplan.evaluate.book import Book
from tauplan.evaluate.facility import default_server
from tauplan.evaluate.network import resolve_network
from tauplan.link.collectives import all_gather, all_reduce, all_to_all, reduce_scatter, send
from tauplan.link.tier import Tier, members
from tauplan.spec.system import System
from tauplan.tau import Number
from tauplan.validate.devices import Devices
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row, Table, UnansweredError, number
from tauplan.workload.formats import BYTES

COLLECTIVES: dict[str, Callable[..., Number]] = {
    "all_reduce": all_reduce,
    "all_gather": all_gather,
    "reduce_scatter": reduce_scatter,
    "alltoall": all_to_all,
    "all_to_all": all_to_all,
}
MILLI, MICRO = 1e-3, 1e-6


def library_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict collectives of a communication library (op_name, num_gpus, message_size in elements)."""
    return _rows(table, lambda row: _library(row, devices, row["op_name"], row["nccl_dtype"]))


def framework_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict all-reduce kernels of serving frameworks, which may read all peers directly."""
    return _rows(table, lambda row: _library(row, devices, "all_reduce", row["allreduce_dtype"], direct=True))


def network_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict collectives by bytes per rank, inside a server and between servers."""
    return _rows(table, lambda row: _network(row, devices), "time_us", MICRO)


def _library(row: Row, devices: Devices, name: str, dtype: str, *, direct: bool = False) -> float:
    element_B = BYTES[devices.precision(dtype).activations]
    ranks = number(row, "num_gpus")
    return _time(devices, row["system"], name, number(row, "message_size") * element_B, ranks, ranks, direct)


def _network(row: Row, devices: Devices) -> float:
    name = row["collective"].partition("(")[0].strip()
    direct = "framework custom" in row["collective"]
    ranks = number(row, "n_ranks")
    inside = number(row, "ranks_per_node", ranks)
    return _time(devices, row["system"], name, number(row, "bytes_per_rank"), ranks, inside, direct)


def _time(
    devices: Devices, device: str, name: str, size_B: float, ranks: float, inside: float, direct: bool
) -> float:
    tiers = _tiers(devices, device, inside, direct)
    if name == "send_recv":
        return float(send(size_B, (1.0, 0.0) if ranks <= inside else (0.0, 1.0), tiers))
    if name not in COLLECTIVES:
        raise UnansweredError(f"the collective {name!r} is not predicted")
    return float(COLLECTIVES[name](size_B, members(ranks, 1.0, tiers), tiers))


def _tiers(devices: Devices, device: str, inside: float, direct: bool) -> tuple[Tier, ...]:
    part = devices.part(device)
    book = Book(devices.catalog, Policy())
    system = System.model_validate({"accelerator": part, "count": 1_000_000})
    try:
        network = resolve_network(book, system, part, default_server(devices.catalog, part, None))
    except InputError as error:
        raise UnansweredError(error.problems[0].message) from None
    inner = replace(network[0].tier, size=inside, direct=direct)
    return (replace(inner, reduces=False) if direct or inside <= 2 else inner, network[1].tier)


def _rows(
    table: Table,
    predict: Callable[[Row], float],
    column: str = "latency_ms",
    unit: float = MILLI,
) -> list[Prediction]:
    found: list[Prediction] = []
    for index, row in enumerate(table.rows):
        case, use = row.get("case_id") or str(index + 1), row.get("split_hint", "")
        head = (case, f"collectives, {_place(row)}", row.get("system", ""), column)
        measured = math.nan
        try:
            measured = number(row, column)
            found.append(Prediction(*head, measured, predict(row) / unit, use=use))
        except UnansweredError as reason:
            found.append(Prediction(*head, measured, reason=str(reason), use=use))
    return found


def _place(row: Row) -> str:
    ranks, inside = row.get("n_ranks", ""), row.get("ranks_per_node", "")
    try:
        return "between servers" if inside and float(ranks) > float(inside) else "in a server"
    except ValueError:
        return "in a server"
