"""Under which heading of the summary a measured case stands: what was measured, and how hard it is to predict."""

from __future__ import annotations

from collections.abc import Callable

from tauplan.validate.interval import kind_of
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row, UnansweredError, number
from tauplan.workload.formats import BYTES

LARGE_B = 2.0**20  # definition: from this size a collective shows the rate of its links, not their latency
HEADINGS = (
    "training, dense, up to Hopper",
    "training, MoE, narrow, Blackwell",
    "training, other vendors",
    "training, functional tests",
    "serving, aggregated: TPOT",
    "serving, aggregated: TTFT",
    "serving, disaggregated: TPOT",
    "serving, disaggregated: TTFT",
    "serving, highest throughput",
    "serving, one stream: decode",
    "serving, one stream: prefill",
    "GEMM, 16 bits and wider",
    "GEMM, fp8 and fp4",
    "GEMM, integer weights",
    "attention, MLA, MoE kernels",
    "expert exchange",
    "collectives in a server",
    "collectives in a server, ≥ 1 MiB",
    "collectives between servers",
    "power",
    "energy per item",
)
"""Headings in the order of the summary; cases of other kinds follow under the name of their kind."""

_TRAINING: dict[str, str] = dict(
    zip(("training dense", "training narrow", "training elsewhere"), HEADINGS, strict=False)
)
_TRAINING["training of other generations"] = _TRAINING["training elsewhere"]
_NARROW = ("fp8", "fp4")
_KINDS = {
    "functional tests": "training, functional tests",
    "attention": "attention, MLA, MoE kernels",
    "latent attention": "attention, MLA, MoE kernels",
    "mixture of experts": "attention, MLA, MoE kernels",
}


def headings(prediction: Prediction, row: Row) -> tuple[str, ...]:
    """Return the headings of a case, one but for large collectives inside a server, which stand under two."""
    kind = kind_of(prediction)
    head = kind.partition(" ")[0]
    if head in _SPECIAL:
        return _SPECIAL[head](prediction, row)
    return (_TRAINING.get(kind) or _KINDS.get(kind) or kind,)


def _serving(prediction: Prediction, row: Row) -> tuple[str, ...]:
    mode, metric = row.get("mode", "").casefold(), prediction.metric.casefold()
    if "speed" in metric:
        return ("serving, one stream: " + ("decode" if "decode" in metric else "prefill"),)
    if "throughput" in metric:
        return ("serving, highest throughput",)
    split = "disaggregated" if mode.startswith("disagg") else "aggregated"
    return (f"serving, {split}: {'TTFT' if 'ttft' in metric else 'TPOT'}",)


def _gemm(_: Prediction, row: Row) -> tuple[str, ...]:
    name = row.get("gemm_dtype", "").casefold()
    if any(word in name for word in _NARROW):
        return ("GEMM, fp8 and fp4",)
    return ("GEMM, integer weights" if "int" in name or name == "sq" else "GEMM, 16 bits and wider",)


def _collectives(prediction: Prediction, row: Row) -> tuple[str, ...]:
    if prediction.family.endswith("between servers"):
        return ("collectives between servers",)
    here = "collectives in a server"
    return (here, f"{here}, ≥ 1 MiB") if _buffer_B(row) >= LARGE_B else (here,)


def _buffer_B(row: Row) -> float:
    """Return the buffer of a collective in any layout [B]; sizes in elements are of 16 bits; none is 0."""
    scales = {"bytes_per_rank": 1.0, "size_bytes": 1.0, "size_B": 1.0, "message_size": BYTES["bf16"]}
    for column, scale in scales.items():
        if column in row:
            try:
                return number(row, column, 0.0) * scale
            except UnansweredError:
                return 0.0
    return 0.0


def _energy(_: Prediction, __: Row) -> tuple[str, ...]:
    return ("energy per item",)


def _power(_: Prediction, __: Row) -> tuple[str, ...]:
    return ("power",)


_SPECIAL: dict[str, Callable[[Prediction, Row], tuple[str, ...]]] = {
    "serving": _serving,
    "gemm": _gemm,
    "collectives": _collectives,
    "power": _power,
    "energy": _energy,
}
