"""Tables of measured expert exchanges: DeepEP low-latency and normal kernels, peer-memory kernels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tauplan.catalog.policy import Policy
from tauplan.errors import InputError
from tauplan.evaluate.book import Book
from tauplan.evaluate.chip_rates import OTHER
from tauplan.evaluate.network import exchange_kernel
from tauplan.link.exchange import Traffic, distinct, exchange_time
from tauplan.validate.devices import Devices
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row, Table, UnansweredError, number
from tauplan.workload.formats import BYTES

Array = NDArray[np.float64]
SERVER = 8.0  # definition: ranks of one server in the tables of DeepEP
SCALED = 128.0  # definition: elements that share one scale of 4 bytes in an 8-bit row
SCALE_B = 4.0
HEADER_B = 16.0  # definition: a low-latency message names its token
MICRO, MILLI = 1e-6, 1e-3


@dataclass(frozen=True)
class Phase:
    """One phase of an exchange as a table has it: the kernel, its traffic, and where its time stands.

    ``columns`` add up to the measured time, in ``unit`` [s].
    """

    kernel: str
    columns: tuple[str, ...]
    unit: float
    traffic: Callable[[Devices, Row], Traffic]

    def measured(self, row: Row) -> float:
        """Return the measured time of a row [s]."""
        return self.unit * sum(number(row, column) for column in self.columns)


def _units(devices: Devices, row: Row) -> float:
    return devices.units(row.get("system", ""))


def _low_latency(row_B: Callable[[float], float]) -> Callable[[Devices, Row], Traffic]:
    """Every copy of a token travels; one unit per expert sends, as far as there are units."""

    def traffic(devices: Devices, row: Row) -> Traffic:
        tokens, experts = number(row, "num_token"), number(row, "num_experts")
        nodes = number(row, "node_num")
        moved = tokens * number(row, "num_topk") * row_B(number(row, "hidden_size"))
        sending = min(experts, _units(devices, row))
        return Traffic(tokens, moved / nodes, moved * (1.0 - 1.0 / nodes), sending, experts)

    return traffic


def _normal(element_B: float, units: str) -> Callable[[Devices, Row], Traffic]:
    """A token travels once per server over the network and once per rank inside."""

    def traffic(_devices: Devices, row: Row) -> Traffic:
        tokens, nodes, choices = number(row, "num_token"), number(row, "node_num"), number(row, "num_topk")
        row_B = number(row, "hidden_size") * element_B
        inside = float(distinct(SERVER * nodes, choices)) / nodes
        outside = float(distinct(nodes, choices)) * (1.0 - 1.0 / nodes)
        return Traffic(tokens, tokens * row_B * inside, tokens * row_B * outside, number(row, units), 0.0)

    return traffic


def _peer(element_B: Callable[[Devices, Row], float]) -> Callable[[Devices, Row], Traffic]:
    """A token travels once per rank of one domain; all units copy."""

    def traffic(devices: Devices, row: Row) -> Traffic:
        tokens, ranks = number(row, "num_tokens"), number(row, "moe_ep_size")
        copies = float(distinct(ranks, number(row, "topk")))
        moved = tokens * copies * number(row, "hidden_size") * element_B(devices, row)
        return Traffic(tokens, moved, 0.0, _units(devices, row), ranks)

    return traffic


def _sent_B(devices: Devices, row: Row) -> float:
    """Bytes per element of dispatched activations, scales included."""
    return BYTES[devices.precision(row["moe_dtype"]).activations]


WIDE = BYTES["bf16"]
LOW_LATENCY = (
    Phase(
        "low-latency dispatch",
        ("dispatch_avg_t_us",),
        MICRO,
        _low_latency(lambda h: h * (1.0 + SCALE_B / SCALED) + HEADER_B),
    ),
    Phase("low-latency combine", ("combine_avg_t_us",), MICRO, _low_latency(lambda h: h * WIDE)),
)
NORMAL = (
    Phase(
        "normal dispatch",
        ("dispatch_transmit_us", "dispatch_notify_us"),
        MICRO,
        _normal(1.0 + SCALE_B / SCALED, "dispatch_sms"),
    ),
    Phase(
        "normal combine", ("combine_transmit_us", "combine_notify_us"), MICRO, _normal(WIDE, "combine_sms")
    ),
)
PEER = {
    "alltoall_prepare": _peer(lambda _devices, _row: 0.0),
    "alltoall_dispatch": _peer(_sent_B),
    "alltoall_combine": _peer(lambda _devices, _row: WIDE),
    "alltoall_combine_low_precision": _peer(lambda _devices, _row: BYTES["fp8"]),
}


def peer_phase(row: Row) -> Phase:
    """Return the phase of a row of a peer-memory table."""
    name, sides = row["op_name"], row.get("kernel_source", "")
    if name not in PEER:
        raise UnansweredError(f"the exchange {name!r} is not predicted")
    kernel = (
        f"{'one' if 'OneSided' in sides else 'two'}-sided {name.removeprefix('alltoall_').replace('_', ' ')}"
    )
    return Phase(kernel, ("latency",), MILLI, PEER[name])


def low_latency_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict dispatch and combine of DeepEP's low-latency kernels, added up."""
    return _rows(table, devices, "dispatch + combine", MICRO, lambda _row: LOW_LATENCY)


def normal_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict dispatch and combine of DeepEP's normal kernels, added up."""
    return _rows(table, devices, "dispatch + combine", MICRO, lambda _row: NORMAL)


def peer_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict the phases of exchanges through peers' memory."""
    return _rows(table, devices, "latency", MILLI, lambda row: (peer_phase(row),))


def stacked(traffic: Sequence[Traffic]) -> Traffic:
    """Return the traffic of many rows as arrays."""
    columns = np.array([(t.tokens, t.inside_B, t.outside_B, t.units, t.experts) for t in traffic], float).T
    return Traffic(*columns)


def _rows(
    table: Table,
    devices: Devices,
    metric: str,
    unit: float,
    phases: Callable[[Row], Sequence[Phase]],
) -> list[Prediction]:
    """Predict rows that share a device and kernel in one call; rows that cannot be read say why."""
    measured = [math.nan] * len(table.rows)
    predicted = [0.0] * len(table.rows)
    reasons = [""] * len(table.rows)
    groups: dict[tuple[str, str], list[tuple[int, Traffic]]] = {}
    for i, row in enumerate(table.rows):
        try:
            parts = phases(row)
            measured[i] = sum(phase.measured(row) for phase in parts) / unit
            for phase in parts:
                key = (row.get("system", ""), phase.kernel)
                groups.setdefault(key, []).append((i, phase.traffic(devices, row)))
        except UnansweredError as reason:
            reasons[i] = str(reason)
    for (device, kernel), found in groups.items():
        try:
            times = kernel_times(devices, device, kernel, stacked([traffic for _, traffic in found]))
        except UnansweredError as reason:
            for i, _ in found:
                reasons[i] = str(reason)
            continue
        for (i, _), time in zip(found, times, strict=True):
            predicted[i] += float(time) / unit
    return [
        Prediction(
            row.get("case_id") or str(i + 1),
            "expert exchange",
            row.get("system", ""),
            metric,
            measured[i],
            math.nan if reasons[i] else predicted[i],
            reasons[i],
            row.get("split_hint", ""),
        )
        for i, row in enumerate(table.rows)
    ]


def kernel_times(devices: Devices, device: str, kernel: str, traffic: Traffic) -> Array:
    """Return the times of one kernel on one device [s]."""
    link = devices.link(device)
    port_Bps = devices.network(device)[1].bandwidth_Bps
    generation = devices.catalog.resolve(devices.part(device)).generation or OTHER
    try:
        found = exchange_kernel(
            Book(devices.catalog, Policy()), kernel, generation, link.bandwidth_Bps, port_Bps
        )
    except InputError as error:
        raise UnansweredError(error.problems[0].message) from None
    return exchange_time(found, traffic)
