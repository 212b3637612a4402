"""The primitive times of one accelerator: what every operator's time is built from."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, fields, replace

from tauplan.tau import Number, Time, seconds
from tauplan.tau import arrays as np


@dataclass(frozen=True)
class ProductSchedule:
    """How matrix products lie on the compute units; the defaults are units without any overhead.

    ``unit_share``: sustained rate of the whole chip over the rate of its units while they compute [1], below one
    where power, not the units, bounds long products; ``power_share``: what of it is due to fewer watts per unit
    than the part had that the share was measured on [1]; ``exposed``: share of the shorter of two resources that
    does not hide behind the longer [1]; ``wave_s``: every wave of tiles after the first; ``join_s``: adding up
    what units found that shared one k; ``step_s``: serial latency per element of k inside a tile.
    """

    unit_share: Number = 1.0
    power_share: Number = 1.0
    exposed: Number = 0.0
    wave_s: Number = 0.0
    join_s: Number = 0.0
    step_s: Number = 0.0


@dataclass(frozen=True)
class AttentionSchedule:
    """How attention cores lie on the compute units; the defaults are units without any overhead.

    ``exp_s``: per exponential of the softmax, whole chip; ``tile_s``: start and end of a tile of queries on its
    unit. Steps that read a cache: ``sequence_s``: start and end of one cache, or of one query head, on its unit;
    ``key_byte_s``: per byte of keys and values through the port of a unit that holds all query heads of a cache,
    ``head_element_s``: per element of them in a unit that holds one head; ``reread``: share of the reads by query
    heads of one cache that reach the last-level cache [1]; ``walk_s``: per key outside a window that is passed
    over; ``join_s``: joining what units found that shared one cache; ``shared_from``: blocks of keys per unit
    below which engines run one query head per unit [1], zero where they never do. Kernels of latent attention:
    ``latent_sequence_s``, ``latent_join_s``, ``latent_key_s``: serial latency per key, ``latent_paired``: that
    with both units of a pair busy, over that of one alone [1], ``latent_split``: 1 where units share a cache,
    else 0, ``latent_flop_share``: sustained rate over that of other attention cores [1].
    """

    exp_s: Number = 0.0
    tile_s: Number = 0.0
    sequence_s: Number = 0.0
    key_byte_s: Number = 0.0
    head_element_s: Number = 0.0
    reread: Number = 1.0
    walk_s: Number = 0.0
    join_s: Number = 0.0
    shared_from: Number = 0.0
    latent_sequence_s: Number = 0.0
    latent_key_s: Number = 0.0
    latent_join_s: Number = 0.0
    latent_paired: Number = 1.0
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

    @functools.cached_property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch that the rates and the schedule of products are given in."""
        values = [getattr(part, one.name) for part in (self, self.products) for one in fields(part)]
        shapes = [getattr(value, "shape", ()) for value in values]
        return np.broadcast_shapes(*shapes) if any(shapes) else ()

    @functools.cached_property
    def plain(self) -> ChipRates:
        """The rates that the schedule of a product rests on as plain seconds [s]; itself where they are."""
        how = self.products
        rates = (self.gemm_flop_s, self.memory_byte_s, self.noc_byte_s, self.cache_byte_s)
        if not any(isinstance(time, Time) for time in (*rates, how.wave_s, how.join_s, how.step_s)):
            return self
        return replace(
            self,
            gemm_flop_s=seconds(self.gemm_flop_s),
            memory_byte_s=seconds(self.memory_byte_s),
            noc_byte_s=seconds(self.noc_byte_s),
            cache_byte_s=seconds(self.cache_byte_s),
            products=replace(
                how, wave_s=seconds(how.wave_s), join_s=seconds(how.join_s), step_s=seconds(how.step_s)
            ),
        )
