"""Time of attention cores and element-wise work, and the dispatch over all operators."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tauplan import tau
from tauplan.chip.gemm import gemm_time
from tauplan.chip.rates import ChipRates
from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.workload.operators import AttentionCore, Elementwise, Gemm, Operator


def attention_time(op: AttentionCore, chip: ChipRates) -> Number:
    """Return the time of an attention core [s].

    Flash: t = kernel + max(FLOPs, bytes), each at its sustained rate. In a pass over many queries, tiles of
    queries are dealt to the units in waves, and tiles on the diagonal of a causal mask do work that is thrown
    away. Materialised: the two products each write or read the scores once, max(FLOPs/2, pass); softmax and
    dropout stream the other passes.
    """
    compute = op.flops * chip.attention_flop_s
    tiled = op.flops * _tile_waste(op, chip) * chip.attention_flop_s
    flash = np.maximum(tiled, op.bytes * chip.memory_byte_s) + chip.kernel_s
    one_pass = (op.sequences * op.heads * op.pairs * op.score_B) * chip.elementwise_byte_s
    products = np.maximum(compute * 0.5, one_pass) * 2.0
    others = one_pass * np.maximum(op.score_passes - 2.0, 0.0)
    materialised = products + others + chip.kernel_s * op.score_passes
    return np.where(np.asarray(op.score_passes) > 0, materialised, flash)


def _tile_waste(op: AttentionCore, chip: ChipRates) -> Number:
    """Return tiled work over useful work [1]: waves rounded up, times the diagonal's discarded half tiles.

    One for single queries, whose keys are split over the units instead.
    """
    tiles = op.sequences * op.heads * np.ceil(op.queries / chip.tile)
    waves = np.ceil(tiles / chip.units) * chip.units / tiles
    causal = np.where(op.pairs < op.queries * op.keys, chip.tile / op.queries, 0.0)
    return np.where(np.asarray(op.queries) > 1.0, waves * (1.0 + np.minimum(causal, 1.0)), 1.0)


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


def bound_by(op: Operator, chip: ChipRates) -> str:
    """Return what binds an operator, for scalar rates: kernel overhead, memory, or compute.

    The largest of the three times [s] names it; on-chip traffic counts as compute.
    """
    whole = float(tau.seconds(operator_time(op, chip)))
    kernels = float(op.kernels) if isinstance(op, Elementwise) else 1.0
    overhead = kernels * float(tau.seconds(chip.kernel_s))
    byte_s = chip.elementwise_byte_s if isinstance(op, Elementwise) else chip.memory_byte_s
    memory = float(tau.seconds(op.bytes * byte_s))
    busy = whole - overhead
    if overhead > busy:
        return "kernel overhead"
    return "memory" if math.isclose(memory, busy, rel_tol=SAME) or memory > busy else "compute"


SAME = 1e-9  # definition: two times this close are the same time
