"""Time of attention cores: tiles of queries on units, or one cache shared between units."""

from __future__ import annotations

from tauplan.chip.cached_attention import KEYS_TO_SPLIT, cached_time
from tauplan.chip.rates import ChipRates
from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.workload.operators import AttentionCore

TILES = (0.5, 1.0)
"""Queries of one tile, over the edge of the large tile of products."""
PRODUCTS = 2.0  # definition: scores and weighted sum, of a materialised algorithm one kernel each


def attention_time(op: AttentionCore, chip: ChipRates) -> Number:
    """Return the time of an attention core [s].

    Flash: many queries per key-value head are dealt to the units in tiles; where they fit one tile, units share
    the cache by keys instead. Materialised: the two products each write or read the scores once, max(FLOPs/2,
    pass); softmax and dropout stream the other passes. Error: median 7 % on published prefill modules, 10 % on
    decode modules, 6 % on those of latent attention (docs/kernels.md). Source: own form; rates fitted per
    generation.
    """
    shared = _fits_one_tile(op, chip)
    tiles = np.minimum(*(_tiled(op, chip, chip.tile * edge) for edge in TILES))
    flash = np.where(shared, cached_time(op, chip), tiles) + chip.kernel_s
    return np.where(np.asarray(op.score_passes) > 0, _materialised(op, chip), flash)


def _fits_one_tile(op: AttentionCore, chip: ChipRates) -> Number:
    """Tell where the queries of a key-value head fit one tile and there are more keys than queries."""
    rows = op.queries * op.heads / op.kv_heads
    few = (rows <= chip.tile * TILES[0]) & (op.keys > KEYS_TO_SPLIT)
    return ((op.queries <= np.ones_like(rows)) | few) & (op.keys > op.queries)


def _exponentials(op: AttentionCore, chip: ChipRates) -> Number:
    """Return the time of the softmax's exponentials on the whole chip [s]."""
    return chip.attention.exp_s * (op.sequences * op.heads * op.pairs)


def _materialised(op: AttentionCore, chip: ChipRates) -> Number:
    """Return the time of the algorithm that writes its scores to memory [s]."""
    compute = chip.attention_flop_s * op.flops + _exponentials(op, chip)
    one_pass = chip.elementwise_byte_s * (op.sequences * op.heads * op.pairs * op.score_B)
    products = np.maximum(compute / PRODUCTS, one_pass) * PRODUCTS
    others = one_pass * np.maximum(op.score_passes - PRODUCTS, 0.0)
    return products + others + chip.kernel_s * op.score_passes


def _tiled(op: AttentionCore, chip: ChipRates, edge: Number) -> Number:
    """Return the time with tiles of ``edge`` queries dealt to the units in waves [s], without launch.

    A tile reads the keys that any of its queries sees: pairs/queries on average and a share 1 − seen/all of a
    tile more, which is the diagonal of a causal mask or both edges of a window. The last tile of a causal mask,
    the longest, may outlast the waves.
    """
    tiles = op.sequences * op.heads * np.ceil(op.queries / edge)
    reach = op.pairs / op.queries
    seen = np.minimum(reach + edge * (1.0 - reach / op.keys), np.maximum(op.keys, edge))
    longest = np.minimum(np.maximum(2.0 * reach, edge), np.maximum(op.keys, edge))
    per_pair = _unit_pair(op, chip)
    average = per_pair * (edge * np.maximum(seen, edge)) + chip.attention.tile_s
    last = per_pair * (edge * longest) + chip.attention.tile_s
    units = np.maximum(average * np.ceil(tiles / chip.units), last)
    return np.maximum(units, chip.memory_byte_s * op.bytes)


def _unit_pair(op: AttentionCore, chip: ChipRates) -> Number:
    """Return the time of one query-key pair on one unit [s]: its FLOPs, then its exponential."""
    flops = 2.0 * (op.qk_dim + op.v_dim) * op.flop_factor
    return (chip.attention_flop_s * flops + chip.attention.exp_s) * chip.units
