"""Time of attention cores: tiles of queries on units, or one cache shared between units."""

from __future__ import annotations

from tauplan.chip.gemm import overlapped
from tauplan.chip.rates import ChipRates
from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.workload.operators import AttentionCore

TILES = (0.5, 1.0)
"""Queries of one tile, over the edge of the large tile of products."""
KEYS_TO_SPLIT = 256.0  # definition: a unit is not given fewer keys of a shared cache than this
GROUP_LIMIT = 32.0  # definition: more query heads on one key-value head than a tile of a decode kernel holds
LATENT_ROWS = 64.0  # definition: query heads that share one read of the latent cache
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
    flash = np.where(shared, _shared_cache(op, chip), tiles) + chip.kernel_s
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


def _shared_cache(op: AttentionCore, chip: ChipRates) -> Number:
    """Return the time of a step whose queries fit one tile per cache [s], without launch.

    Idle units share the keys of a cache and join what they found, where that pays. A kernel that cannot hold all
    query heads of a key-value head reads the cache for each of them, from the last-level cache. Latent attention
    computes whole tiles of rows, however few heads there are, and is near balance, where the shorter of compute
    and traffic shows.
    """
    how = chip.attention
    compute = chip.attention_flop_s * op.flops + _exponentials(op, chip)
    if op.latent:
        rows = op.heads * op.queries
        tiles = np.ceil(rows / LATENT_ROWS)
        rereads, caches = 1.0, op.sequences * tiles
        compute = compute * (tiles * LATENT_ROWS / rows / how.latent_flop_share)
        sequence_s, key_s, split = how.latent_sequence_s, how.latent_key_s, how.latent_split
    else:
        group = op.heads / op.kv_heads
        rereads = np.where(group > GROUP_LIMIT, group, 1.0)
        caches = op.sequences * op.kv_heads * rereads
        sequence_s, key_s, split = how.sequence_s, how.key_s, 1.0
    idle = np.minimum(np.floor(chip.units / caches), np.floor(op.keys / KEYS_TO_SPLIT))
    shares = np.where(np.asarray(split) > 0.0, np.maximum(idle, 1.0), 1.0)
    traffic = np.maximum(chip.memory_byte_s * op.bytes, chip.cache_byte_s * (op.bytes * rereads))
    bound = np.maximum(traffic, compute)
    exposed = chip.products.exposed if op.latent else 0.0
    units = (sequence_s + key_s * op.keys) * np.ceil(caches / chip.units)
    whole = overlapped(units, bound, exposed)
    units = (sequence_s + key_s * (op.keys / shares)) * np.ceil(caches * shares / chip.units)
    joined = overlapped(units, bound, exposed) + how.join_s
    return np.where(shares > 1.0, np.minimum(whole, joined), whole)
