"""The primitive times of one accelerator: what every operator's time is built from."""

from __future__ import annotations

from dataclasses import dataclass, field

from tauplan.tau import Number


@dataclass(frozen=True)
class ProductSchedule:
    """How matrix products lie on the compute units; the defaults are units without any overhead.

    ``unit_share``: sustained rate of the whole chip over the rate of its units while they compute [1], below one
    where power, not the units, bounds long products; ``exposed``: share of the shorter of two resources that
    does not hide behind the longer [1]; ``wave_s``: every wave of tiles after the first; ``join_s``: adding up
    what units found that shared one k; ``step_s``: serial latency per element of k inside a tile.
    """

    unit_share: Number = 1.0
    exposed: Number = 0.0
    wave_s: Number = 0.0
    join_s: Number = 0.0
    step_s: Number = 0.0


@dataclass(frozen=True)
class AttentionSchedule:
    """How attention cores lie on the compute units; the defaults are units without any overhead.

    ``exp_s``: per exponential of the softmax, whole chip; ``tile_s``: start and end of a tile of queries on its
    unit. Steps that read a cache: ``sequence_s``: start and end of one (sequence, key-value head) on its unit,
    ``key_s``: serial latency per key, ``join_s``: joining what units found that shared one cache. ``latent_*``:
    the same for kernels of latent attention, ``latent_split``: 1 where they share a cache between units, else 0,
    ``latent_flop_share``: their sustained rate over that of other attention cores [1].
    """

    exp_s: Number = 0.0
    tile_s: Number = 0.0
    sequence_s: Number = 0.0
    key_s: Number = 0.0
    join_s: Number = 0.0
    latent_sequence_s: Number = 0.0
    latent_key_s: Number = 0.0
    latent_split: Number = 1.0
    latent_flop_share: Number = 1.0


@dataclass(frozen=True)
class ChipRates:
    """Sustained primitive times of one accelerator; floats or arrays [s], or ``Time`` with their owners.

    ``gemm_flop_s``, ``attention_flop_s``, ``vector_flop_s``: seconds per FLOP of the whole chip;
    ``memory_byte_s``: per byte of off-chip memory in kernels that stream tiles, ``elementwise_byte_s``: in
    element-wise kernels, which keep fewer requests in flight; ``noc_byte_s``: per byte between the on-chip
    shared memory and all compute units; ``kernel_s``: per kernel (launch, ramp-up, drain); ``cache_byte_s``: per
    byte of the last-level cache. Dimensionless: ``units``, compute units that take tiles; ``tile``, edge of the
    large output tile [elements]; ``split_k``, shortest share of k that is worth a unit of its own [elements].
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
    cache_byte_s: Number = 0.0
    products: ProductSchedule = field(default_factory=ProductSchedule)
    attention: AttentionSchedule = field(default_factory=AttentionSchedule)
