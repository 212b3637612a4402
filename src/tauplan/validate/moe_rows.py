"""Tables of measured mixtures of experts: grouped products of the busiest rank, in arrays by kernel."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tauplan.catalog.policy import Policy
from tauplan.chip.grouped_gemm import ExpertLayer, experts_time
from tauplan.evaluate.book import Book
from tauplan.evaluate.chip_rates import OTHER
from tauplan.evaluate.expert_kernels import COMMON, Peaks, expert_rates
from tauplan.validate.devices import Devices
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row, Table, UnansweredError, number
from tauplan.workload.formats import BYTES
from tauplan.workload.llm.routing import expert_loads

Array = NDArray[np.float64]
KERNELS = {"nongated": "nongated", "min_latency": "low-latency", "deepgemm": "contiguous", "triton": "padded"}
"""Expert kernel by a word of the table's name for it; all others are the common one."""
SHAPE = ("num_tokens", "hidden_size", "inter_size", "topk", "num_experts", "moe_tp_size", "moe_ep_size")
GATED, PLAIN = 2.0, 1.0  # definition: products before the activation
MILLI = 1e-3


class Key(NamedTuple):
    """What rows of one kernel share."""

    device: str
    kernel: str
    number_format: str


def read_row(row: Row) -> tuple[Key, tuple[float, ...]]:
    """Return the kernel of a row, its shape and the exponent of its routing (0 where balanced)."""
    source = row.get("kernel_source", "")
    kernel = next((name for word, name in KERNELS.items() if word in source), COMMON)
    routing = row.get("distribution", "")
    try:
        exponent = float(routing.rpartition("_")[2]) if routing.startswith("power_law") else 0.0
    except ValueError:
        raise UnansweredError(f"unknown routing {routing!r}") from None
    key = Key(row.get("system", ""), kernel, row["moe_dtype"])
    return key, (*(number(row, column) for column in SHAPE), exponent)


def layer_of(devices: Devices, key: Key, values: Array) -> ExpertLayer:
    """Return the layer of rows given as columns of numbers."""
    tokens, hidden, inter, active, experts, tensor, ranks, exponent = values
    formats = devices.precision(key.number_format)
    return ExpertLayer(
        tokens=tokens,
        hidden=hidden,
        width=inter / tensor,
        halves=PLAIN if key.kernel == "nongated" else GATED,
        loads=expert_loads(tokens, active, experts, ranks, exponent),
        weight_B=BYTES[formats.weights],
        input_B=BYTES[formats.activations],
        output_B=BYTES["bf16"],
    )


def claimed_format(number_format: str) -> str:
    """Return the name by which claims know a format: bf16 where the table says bfloat16."""
    return number_format.replace("bfloat16", "bf16")


def kernel_times(devices: Devices, key: Key, layer: ExpertLayer) -> Array:
    """Return the times of rows [s] by the claims of their kernel."""
    part = devices.catalog.resolve(devices.part(key.device))
    book = Book(devices.catalog, Policy())
    name = claimed_format(key.number_format)
    rates = expert_rates(book, key.kernel, name, part.generation or OTHER, peaks(devices, key))
    return experts_time(layer, rates)


def peaks(devices: Devices, key: Key) -> Peaks:
    """Return the peaks that a kernel's format meets on its device."""
    facts = devices.facts(key.device, key.number_format)
    return Peaks(
        float(facts.peak_gemm_s),
        float(facts.peak_memory_s),
        devices.units(key.device),
        devices.cycles(key.device),
    )


def moe_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict a table of mixtures of experts (tokens, widths, experts, tensor and expert ranks, routing)."""
    empty = Prediction("", "mixture of experts", "", "latency_ms", math.nan)
    found: list[Prediction] = []
    groups: dict[Key, list[tuple[int, tuple[float, ...]]]] = {}
    for i, row in enumerate(table.rows):
        head = replace(
            empty,
            case=row.get("case_id") or str(i + 1),
            device=row.get("system", ""),
            use=row.get("split_hint", ""),
        )
        try:
            head = replace(head, measured=number(row, "latency_ms"))
            key, values = read_row(row)
            groups.setdefault(key, []).append((i, values))
        except UnansweredError as reason:
            head = replace(head, reason=str(reason))
        found.append(head)
    for key, members in groups.items():
        try:
            layer = layer_of(devices, key, np.array([values for _, values in members]).T)
            times = kernel_times(devices, key, layer) / MILLI
        except UnansweredError as reason:
            for i, _ in members:
                found[i] = replace(found[i], reason=str(reason))
            continue
        for (i, _), time in zip(members, times, strict=True):
            found[i] = replace(found[i], predicted=float(time))
    return found
