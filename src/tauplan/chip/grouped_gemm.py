"""Time of a mixture of experts on one accelerator: grouped products over unequal loads, permutation, launch."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.workload.llm.routing import Loads

COLUMNS = 128.0  # definition: columns of an output tile of grouped kernels
HALF = (
    0.5  # definition: the last tile of a load is half full on average, and half its wave is hidden by others
)


@dataclass(frozen=True)
class ExpertRates:
    """Primitive times of an expert kernel [s].

    ``start_s``: launches, routing, sorting; ``expert_s``: per expert that gets a token; ``flop_s``, ``byte_s``:
    per FLOP of products and byte of weights and rows; ``permute_byte_s``: per byte of rows gathered and scattered;
    ``batch_byte_s``: per byte of all tokens of the batch, wherever their experts lie. Dimensionless: ``tile``,
    rows of an output tile; ``exposed``, share of the shorter of compute and traffic that does not hide under the
    longer; ``fill``, tiles per unit below which memory is not kept busy; ``foreign``, share of work on
    rows of other ranks that a kernel without compaction does; ``units``, compute units.
    """

    start_s: Number
    expert_s: Number
    flop_s: Number
    byte_s: Number
    permute_byte_s: Number
    batch_byte_s: Number
    tile: Number
    exposed: Number
    fill: Number
    foreign: Number
    units: Number


@dataclass(frozen=True)
class ExpertLayer:
    """Experts of one rank: ``tokens`` of the batch [1], widths [1], products before the activation, loads.

    ``weight_B``, ``input_B``, ``output_B``: bytes per element, scales included [B].
    """

    tokens: Number
    hidden: Number
    width: Number
    halves: Number
    loads: Loads
    weight_B: Number
    input_B: Number
    output_B: Number


def padded_rows(loads: Loads, tile: Number) -> Number:
    """Return rows computed when loads fill whole tiles of ``tile`` rows [1].

    A load of at least one tile is padded by half a tile on average; a smaller one that is not empty to one tile.
    """
    size = np.asarray(tile)
    each = loads.tokens
    used = np.maximum(each, np.minimum(each, 1.0) * size) + HALF * size * np.minimum(each / size, 1.0)
    return used.mean(axis=-1) * loads.local


def experts_time(layer: ExpertLayer, rates: ExpertRates) -> Number:
    r"""Return the time of routing, both grouped products and combination [s].

    .. math::
        t = s + E_t\varepsilon + \sum_{products} (\max(c, m) + \nu\min(c, m)) + b_p V_r + b_a V_a

    c: padded FLOPs, in waves of tiles over the units; m: weights of the touched experts and rows, slower where
    tiles do not fill the units (Little's law); V_r, V_a: bytes of the rank's rows and of the batch. Validity:
    grouped kernels of serving libraries, 1 to 65,536 tokens, 8 to 512 experts; median error 8 % on shapes held
    out, see the claims. Source of the timings: the claims of the kernels.
    """
    loads = layer.loads
    rows = padded_rows(loads, rates.tile)
    rows = rows + rates.foreign * np.maximum(loads.all_assigned - loads.assigned, 0.0)
    up = _product(layer, rates, rows, layer.halves * layer.width, layer.hidden)
    down = _product(layer, rates, rows, layer.hidden, layer.width)
    row_B = layer.hidden * layer.output_B
    moved = rates.permute_byte_s * (loads.assigned * row_B) + rates.batch_byte_s * (layer.tokens * row_B)
    return rates.start_s + rates.expert_s * loads.touched + up + down + moved


def _product(layer: ExpertLayer, rates: ExpertRates, rows: Number, columns: Number, depth: Number) -> Number:
    loads = layer.loads
    tiles = np.maximum(rows / rates.tile, loads.touched) * np.ceil(columns / COLUMNS)
    waves = tiles / rates.units
    uneven = np.ceil(waves) / waves
    quantised = np.where(waves < 1.0, uneven, 1.0 + HALF * (uneven - 1.0))
    compute = rates.flop_s * (2.0 * rows * columns * depth * quantised)
    weights_B = loads.touched * columns * depth * layer.weight_B
    rows_B = loads.assigned * (depth * layer.input_B + columns * layer.output_B)
    starved = np.maximum(np.sqrt(rates.fill * rates.units / tiles), 1.0)
    traffic = rates.byte_s * ((weights_B + rows_B) * starved)
    return np.maximum(compute, traffic) + rates.exposed * np.minimum(compute, traffic)
