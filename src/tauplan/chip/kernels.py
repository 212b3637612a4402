"""Time of attention cores and element-wise work, and the dispatch over all operators."""

from __future__ import annotations

from typing import NamedTuple

from tauplan import tau
from tauplan.chip.gemm import gemm_time
from tauplan.chip.rates import ChipRates
from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.workload.operators import AttentionCore, Elementwise, Gemm, Operator


def attention_time(op: AttentionCore, chip: ChipRates) -> Number:
    """Return the time of an attention core [s].

    Flash: t = kernel + max(FLOPs, bytes), each at its sustained rate. Materialised: the two products each
    write or read the scores once, max(FLOPs/2, pass); softmax and dropout stream the other passes.
    """
    compute = op.flops * chip.attention_flop_s
    flash = np.maximum(compute, op.bytes * chip.memory_byte_s) + chip.kernel_s
    one_pass = (op.sequences * op.heads * op.pairs * op.score_B) * chip.memory_byte_s
    products = np.maximum(compute * 0.5, one_pass) * 2.0
    others = one_pass * np.maximum(op.score_passes - 2.0, 0.0)
    materialised = products + others + chip.kernel_s * op.score_passes
    return np.where(np.asarray(op.score_passes) > 0, materialised, flash)


def elementwise_time(op: Elementwise, chip: ChipRates) -> Number:
    """Return the time of fused element-wise work [s]: max(bytes, vector FLOPs) and its kernels."""
    work = np.maximum(op.bytes * chip.memory_byte_s, op.flops * chip.vector_flop_s)
    return work + chip.kernel_s * op.kernels


def operator_time(op: Operator, chip: ChipRates) -> Number:
    """Return the time of any operator [s]."""
    if isinstance(op, Gemm):
        return gemm_time(op, chip)
    if isinstance(op, AttentionCore):
        return attention_time(op, chip)
    return elementwise_time(op, chip)


class Work(NamedTuple):
    """Sums over a list of operators: time [s], matrix and vector FLOPs [FLOP], memory traffic [B]."""

    time: Number
    flops: Number
    bytes: Number

    def __add__(self, other: tuple[Number, ...]) -> Work:  # type: ignore[override]
        """Add field by field."""
        time, flops, moved = other
        return Work(self.time + time, self.flops + flops, self.bytes + moved)

    def times(self, count: Number) -> Work:
        """Repeat ``count`` times."""
        return Work(self.time * count, self.flops * count, self.bytes * count)


def run(operators: tuple[Operator, ...], chip: ChipRates) -> Work:
    """Return time and work of operators run one after another."""
    return Work(
        tau.total(operator_time(op, chip) for op in operators),
        tau.total(op.flops for op in operators),
        tau.total(op.bytes for op in operators),
    )


def bound_by(op: Operator, chip: ChipRates) -> str:
    """Return what binds an operator on scalar rates: compute, memory, on-chip network or kernel overhead."""
    whole = float(tau.seconds(operator_time(op, chip)))
    kernel = float(tau.seconds(chip.kernel_s))
    memory = float(tau.seconds(op.bytes * chip.memory_byte_s))
    if kernel > whole - kernel:
        return "kernel overhead"
    if memory >= whole - kernel * (1.0 if not isinstance(op, Elementwise) else float(op.kernels)) - 1e-15:
        return "memory"
    return "compute"
