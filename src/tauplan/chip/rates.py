"""The primitive times of one accelerator: what every operator's time is built from."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.tau import Number


@dataclass(frozen=True)
class ChipRates:
    """Sustained primitive times of one accelerator; floats or arrays [s], or ``Time`` with their owners.

    ``gemm_flop_s``, ``attention_flop_s``, ``vector_flop_s``: seconds per FLOP of the whole chip;
    ``memory_byte_s``: per byte of off-chip memory in kernels that stream tiles, ``elementwise_byte_s``: in
    element-wise kernels, which keep fewer requests in flight; ``noc_byte_s``: per byte between the on-chip
    shared memory and all compute units; ``kernel_s``: per kernel (launch, ramp-up, drain). Dimensionless:
    ``units``, compute units that take tiles; ``tile``, edge of the large output tile [elements];
    ``split_k``, shortest share of k that is worth a unit of its own [elements].
    """

    gemm_flop_s: Number
    attention_flop_s: Number
    vector_flop_s: Number
    memory_byte_s: Number
    elementwise_byte_s: Number
    noc_byte_s: Number
    kernel_s: Number
    units: Number
    tile: Number
    split_k: Number
