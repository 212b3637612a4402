"""Time of a matrix product on one accelerator: tiles, waves, split-K, on-chip and off-chip traffic."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tauplan.chip.rates import ChipRates
from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.workload.operators import Gemm

SHAPES = ((0.5, 0.5), (0.5, 1.0), (1.0, 1.0), (1.0, 2.0))
"""Rows and columns of the output tiles that kernels come in, over the edge of the large tile."""
TRIED = np.array([(*shape, split) for shape in SHAPES for split in (0.0, 1.0)])
"""What is tried: rows, columns, whether k is split over the units that would idle."""
CELLS = 4096  # definition: numbers of a trial; as many tilings are tried at once as stay below it
PARTIAL_B = 4.0  # definition: sums over a share of k are kept in 32 bits
PASSES = 2.0  # definition: partial sums are written and read


@dataclass(frozen=True)
class Tiling:
    """An output tile of ``rows`` by ``columns`` [elements], each split over ``shares`` units along k [1]."""

    rows: Number
    columns: Number
    shares: Number


def gemm_time(op: Gemm, chip: ChipRates) -> Number:
    r"""Return the time of a (grouped) GEMM [s] in the best of a few tile shapes, k split or not.

    .. math::
        t = t_{kernel} + \max\big(\max(t_u, t_m) + \sigma \min(t_u, t_m),\; F\,\theta_F\big) + t_{join}, \quad
        t_u = w\,(c + \sigma n) + (w - 1)\,t_{wave}

    Waves w = ⌈tiles·shares / units⌉; per wave the longer c and the shorter n of a tile's products at the rate of
    a busy unit and its operands over the on-chip network; memory traffic t_m; F θ_F all FLOPs at the sustained
    rate, which power bounds on large chips. Validity: dense products on tiled matrix engines.
    Error: median 5 % over 2,844 published BF16 timings on four generations (docs/kernels.md). Source: own form.
    """
    plain = chip.plain
    fastest, place = _fastest(op, plain)
    if plain is chip:
        return fastest + chip.kernel_s
    return _scheduled(op, chip, _tiling(op, plain, *np.moveaxis(TRIED[place], -1, 0))) + chip.kernel_s


def _fastest(op: Gemm, chip: ChipRates) -> tuple[Number, Number]:
    """Return the time of the fastest tiling on plain seconds [s] and its place in ``TRIED``.

    A library's heuristics are taken to find it. As many are tried side by side as stay below ``CELLS``.
    """
    sizes = (op.m, op.n, op.k, op.groups, op.a_B, op.b_B, op.c_B)
    shapes = [getattr(size, "shape", ()) for size in sizes]
    shape = np.broadcast_shapes(chip.shape, *shapes) if chip.shape or any(shapes) else ()
    table = TRIED.T.reshape(3, len(TRIED), *(1 for _ in shape))
    at_once = max(CELLS // math.prod(shape), 1)
    fastest, best = None, None
    for start in range(0, len(TRIED), at_once):
        times = _scheduled(op, chip, _tiling(op, chip, *table[:, start : start + at_once]))
        time, place = times.min(axis=0), times.argmin(axis=0) + start
        if fastest is not None:
            place = np.where(time < fastest, place, best)
            time = np.minimum(time, fastest)
        fastest, best = time, place
    return fastest, best


def _tiling(op: Gemm, chip: ChipRates, tall: Number, wide: Number, split: Number) -> Tiling:
    """Return a tiling: rows and columns over the large edge [1], k split over units that would idle, or whole."""
    rows, columns = tall * chip.tile, wide * chip.tile
    tiles = np.ceil(op.m / rows) * np.ceil(op.n / columns) * op.groups
    most = np.minimum(np.floor(chip.units / tiles), op.k / chip.split_k)
    return Tiling(rows, columns, np.where(split > 0.0, np.maximum(most, 1.0), 1.0))


def _scheduled(op: Gemm, chip: ChipRates, tiling: Tiling) -> Number:
    """Return the time of a GEMM in one tiling [s], without its launch."""
    how = chip.products
    tiles = np.ceil(op.m / tiling.rows) * np.ceil(op.n / tiling.columns) * op.groups
    pieces = tiles * tiling.shares
    waves = np.ceil(pieces / chip.units)
    length = op.k / tiling.shares
    # one unit's rate is the chip's over its units; a unit alone does not load the network more than its own port
    products = (2.0 * tiling.rows * tiling.columns * length * chip.units * how.unit_share) * chip.gemm_flop_s
    computing = np.maximum(products, length * how.step_s)
    rows, columns = np.minimum(op.m, tiling.rows), np.minimum(op.n, tiling.columns)
    operands = ((rows * op.a_B + columns * op.b_B) * length * chip.units) * chip.noc_byte_s
    tile = overlapped(computing, operands, how.exposed)
    units = tile * waves + how.wave_s * (waves - 1.0)
    moved = overlapped(units, op.bytes * chip.memory_byte_s, how.exposed)
    whole = np.maximum(moved, op.flops * chip.gemm_flop_s)
    partial = op.m * op.n * op.groups * PARTIAL_B * PASSES * tiling.shares
    split = np.where(tiling.shares > 1.0, 1.0, 0.0)
    return whole + (chip.cache_byte_s * partial + how.join_s) * split


def overlapped(one: Number, other: Number, exposed: Number) -> Number:
    """Return max(a, b) + σ·min(a, b) of two times [s]: two resources, the shorter partly hidden (σ in 0..1)."""
    return np.maximum(one, other) + np.minimum(one, other) * exposed
