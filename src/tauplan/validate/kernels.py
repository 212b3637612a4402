"""Measured kernels: matrix products and attention, predicted device by device in arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tauplan.chip.gemm import gemm_time
from tauplan.chip.kernels import attention_time, elementwise_time
from tauplan.chip.rates import ChipRates
from tauplan.validate.devices import Devices
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row, Table, UnansweredError, number
from tauplan.workload.formats import BYTES
from tauplan.workload.llm.step import attended_pairs
from tauplan.workload.operators import AttentionCore, Elementwise, Gemm

Columns = dict[str, NDArray[np.float64]]
MILLISECOND = 1e-3


def gemm_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict a table of matrix products (system, gemm_dtype, m, n, k, latency_ms)."""

    def predict(device: str, number_format: str, c: Columns) -> NDArray[np.float64]:
        chip = devices.burst(device, number_format)
        formats = devices.precision(number_format)
        input_B, weight_B = BYTES[formats.activations], BYTES[formats.weights]
        product = Gemm("gemm", c["m"], c["n"], c["k"], input_B, weight_B, BYTES["bf16"])
        time = gemm_time(product, chip)
        if input_B < BYTES["bf16"]:  # activations arrive in 16 bits: a kernel before it narrows them
            time = time + _cast(c["m"] * c["k"], input_B, chip)
        return time

    return _grouped(table, "gemm", ("system", "gemm_dtype"), ("m", "n", "k"), predict)


def _cast(elements: NDArray[np.float64], narrow_B: float, chip: ChipRates) -> NDArray[np.float64]:
    moved = elements * (BYTES["bf16"] + narrow_B)
    return elementwise_time(Elementwise("quantise", moved, elements), chip)


CONTEXT = ("batch_size", "isl", "num_heads", "num_key_value_heads", "head_dim", "window_size", "step")


def prefill_attention_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict a table of prefill attention kernels."""
    return _grouped(
        table,
        "attention, prefill",
        ("system", "attn_dtype", "kv_cache_dtype"),
        CONTEXT,
        lambda device, fmt, c: _attention(devices, device, fmt, c, c["isl"], np.zeros_like(c["isl"])),
    )


def decode_attention_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict a table of single-token attention kernels."""
    return _grouped(
        table,
        "attention, decode",
        ("system", "attn_dtype", "kv_cache_dtype"),
        CONTEXT,
        lambda device, fmt, c: _attention(
            devices, device, fmt, c, np.ones_like(c["isl"]), c["isl"] + c["step"] - 1.0
        ),
    )


def _attention(
    devices: Devices,
    device: str,
    formats: str,
    c: Columns,
    queries: NDArray[np.float64],
    past: NDArray[np.float64],
) -> NDArray[np.float64]:
    compute, _, cache = formats.partition("|")
    chip = devices.burst(device, compute)
    window = np.maximum(c["window_size"], 0.0)
    keys = np.where(window > 0, np.minimum(past + queries, queries + window), past + queries)
    shared = np.where(c["num_key_value_heads"] > 0, c["num_key_value_heads"], c["num_heads"])
    core = AttentionCore(
        "attention",
        c["batch_size"],
        c["num_heads"],
        shared,
        queries,
        keys,
        attended_pairs(queries, past, window),
        c["head_dim"],
        c["head_dim"],
        q_B=BYTES["bf16"],
        kv_B=BYTES[devices.precision(cache or compute).weights],
    )
    prepare = c["batch_size"] * queries * (c["num_heads"] + 2.0 * shared) * c["head_dim"]
    return attention_time(core, chip) + _prepare(prepare, chip)


def _prepare(elements: NDArray[np.float64], chip: ChipRates) -> NDArray[np.float64]:
    """Rotary positions and the write into the cache: measured modules run them before the core, in two kernels."""
    moved = 2.0 * elements * BYTES["bf16"]
    return elementwise_time(Elementwise("rotary and cache", moved, elements, kernels=2.0), chip)


def _grouped(
    table: Table,
    family: str,
    names: Sequence[str],
    columns: Sequence[str],
    predict: Callable[[str, str, Columns], NDArray[np.float64]],
) -> list[Prediction]:
    """Predict rows that share a device and formats in one call; rows that cannot be read say why."""
    answers: list[Prediction] = []
    groups: dict[tuple[str, ...], list[tuple[int, list[float], float]]] = {}
    for i, row in enumerate(table.rows):
        try:
            values = [number(row, column) for column in columns]
            groups.setdefault(tuple(row.get(n, "") for n in names), []).append(
                (i, values, number(row, "latency_ms"))
            )
        except UnansweredError as reason:
            answers.append(_unanswered(i, row, family, str(reason)))
    for key, members in groups.items():
        device, formats = key[0], "|".join(key[1:])
        data = np.array([values for _, values, _ in members]).T
        try:
            times = predict(device, formats, dict(zip(columns, data, strict=True))) / MILLISECOND
        except UnansweredError as reason:
            answers += [_unanswered(i, table.rows[i], family, str(reason)) for i, _, _ in members]
            continue
        answers += [
            Prediction(_name(i, table.rows[i]), family, device, "latency_ms", measured, float(time))
            for (i, _, measured), time in zip(members, np.broadcast_to(times, len(members)), strict=True)
        ]
    return answers


def _name(index: int, row: Row) -> str:
    return row.get("case_id") or str(index + 1)


def _unanswered(index: int, row: Row, family: str, reason: str) -> Prediction:
    try:
        measured = number(row, "latency_ms")
    except UnansweredError:
        measured = math.nan
    return Prediction(_name(index, row), family, row.get("system", ""), "latency_ms", measured, reason=reason)
