"""Time of a matrix product on one accelerator: tiles, waves, split-K, on-chip and off-chip traffic."""

from __future__ import annotations

from tauplan.chip.rates import ChipRates
from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.workload.operators import Gemm


def gemm_time(op: Gemm, chip: ChipRates) -> Number:
    r"""Return the time of a (grouped) GEMM [s]: the better of large and half-edge output tiles.

    .. math:: t = t_{kernel} + \min_{tile} \max(t_{compute}, t_{noc}, t_{memory})

    Validity: dense products on tiled matrix engines. Median error on published kernel timings: see the
    ``gemm_sustained`` claims of each generation. A kernel never beats its compulsory memory traffic.
    """
    large = _tiled(op, chip, chip.tile)
    small = _tiled(op, chip, chip.tile / 2.0)
    return np.maximum(np.minimum(large, small), op.bytes * chip.memory_byte_s) + chip.kernel_s


def _tiled(op: Gemm, chip: ChipRates, edge: Number) -> Number:
    """Return the longer of compute and on-chip traffic [s] with square tiles of ``edge`` elements.

    Output tiles are dealt to the units in waves and the last wave runs as long as a full one. Where there are
    fewer tiles than units, k is split between idle units, down to ``split_k`` elements.
    """
    tiles = np.ceil(op.m / edge) * np.ceil(op.n / edge) * op.groups
    shares = np.maximum(np.minimum(np.floor(chip.units / tiles), op.k / chip.split_k), 1.0)
    pieces = tiles * shares
    waves = np.ceil(pieces / chip.units)
    compute = (waves * chip.units / shares * 2.0 * edge * edge * op.k) * chip.gemm_flop_s
    busy = np.minimum(pieces / chip.units, 1.0)  # idle units pull nothing over the on-chip network
    rows, columns = np.minimum(op.m, edge), np.minimum(op.n, edge)
    traffic = (tiles * (rows * op.a_B + columns * op.b_B) * op.k / busy) * chip.noc_byte_s
    return np.maximum(compute, traffic)
