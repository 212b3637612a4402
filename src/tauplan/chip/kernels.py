"""Time of element-wise work, and the dispatch over all operators."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tauplan import tau
from tauplan.chip.attention import attention_time
from tauplan.chip.gemm import gemm_time
from tauplan.chip.rates import ChipRates
from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.workload.operators import AttentionCore, Elementwise, Gemm, Operator


def elementwise_time(op: Elementwise, chip: ChipRates) -> Number:
    """Return the time of fused element-wise work [s]: max(bytes, vector FLOPs) and its kernels."""
    work = np.maximum(op.bytes * chip.elementwise_byte_s, op.flops * chip.vector_flop_s)
    return work + chip.kernel_s * op.kernels


def operator_time(op: Operator, chip: ChipRates) -> Number:
    """Return the time of any operator [s]."""
    if isinstance(op, Gemm):
        return gemm_time(op, chip)
    if isinstance(op, AttentionCore):
        return attention_time(op, chip)
    return elementwise_time(op, chip)


@dataclass(frozen=True)
class Work:
    """Sums over a list of operators: time [s], FLOPs [FLOP], memory traffic [B]."""

    time: Number = 0.0
    flops: Number = 0.0
    bytes: Number = 0.0

    def plus(self, other: Work, times: Number = 1.0) -> Work:
        """Return ``self + times · other``, field by field."""
        return Work(
            other.time * times + self.time,
            other.flops * times + self.flops,
            other.bytes * times + self.bytes,
        )


def run(operators: tuple[Operator, ...], chip: ChipRates) -> Work:
    """Return time and work of operators run one after another [s], [FLOP], [B]."""
    return Work(
        tau.total(operator_time(op, chip) for op in operators),
        tau.total(op.flops for op in operators),
        tau.total(op.bytes for op in operators),
    )


def bound_by(op: Operator, chip: ChipRates, time: Number | None = None) -> str:
    """Return what binds an operator, for scalar rates: kernel overhead, memory, or compute.

    The largest of the three times [s] names it; on-chip traffic counts as compute. ``time`` is that of the
    operator, where it is known.
    """
    whole = float(tau.seconds(operator_time(op, chip) if time is None else time))
    kernels = float(op.kernels) if isinstance(op, Elementwise) else 1.0
    overhead = kernels * float(tau.seconds(chip.kernel_s))
    byte_s = chip.elementwise_byte_s if isinstance(op, Elementwise) else chip.memory_byte_s
    memory = float(tau.seconds(op.bytes * byte_s))
    busy = whole - overhead
    if overhead > busy:
        return "kernel overhead"
    return "memory" if math.isclose(memory, busy, rel_tol=SAME) or memory > busy else "compute"


SAME = 1e-9  # definition: two times this close are the same time
