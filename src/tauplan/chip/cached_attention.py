"""Time of attention steps that read a cache: all query heads of a cache on one unit, or one head per unit."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.chip.gemm import overlapped
from tauplan.chip.rates import ChipRates
from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.workload.operators import AttentionCore

KEYS_TO_SPLIT = 256.0  # definition: keys of a shared cache are given to units in no smaller pieces
KEYS_OF_BLOCK = 128.0  # definition: keys of a block when engines count the blocks of all caches
KEYS_OF_TILE = 64.0  # definition: keys that a unit reads at a time
HEADS_OF_TILE = (
    16.0  # definition: query heads that share one pass over the keys, rows of a matrix instruction
)
GROUP_LIMIT = 32.0  # definition: more query heads on one key-value head than a unit holds
HEADS_PER_UNIT = 2.0  # definition: kernels of one query head that a unit runs side by side
PAIR = 2.0  # definition: units that share a way to the last-level cache
LATENT_ROWS = 64.0  # definition: query heads that share one read of the latent cache


def cached_time(op: AttentionCore, chip: ChipRates) -> Number:
    r"""Return the time of a step whose queries fit one tile per cache [s], without launch.

    .. math::
        t = \max\big(\lceil is/u\rceil(t_{seq} + b\,\theta_b k/s + x\,\theta_x/s),\; bytes,\; FLOPs\big) + t_{join}

    A cache is one (sequence, key-value head). A kernel with all its query heads on one unit has i caches and u
    units; keys k are read in whole tiles, once for each 16 heads. A kernel with one query head per unit has more
    items i and reads the cache for each, from the last-level cache. Engines run it where a cache has one query
    head or too many, and where blocks of keys are few beside the units. Idle units share the keys of an item, s
    shares, and join what they found, where that pays. x: keys of the past that a window leaves out and a kernel
    passes over. Validity: one to a few queries per sequence. Error: docs/kernels.md. Source: own form; the rule
    that chooses is the published one of a serving library.
    """
    if op.latent:
        return _latent(op, chip)
    how, cached = chip.attention, np.maximum(op.cached, op.keys)
    caches, group = op.sequences * op.kv_heads, op.heads / op.kv_heads
    width = op.qk_dim + op.v_dim
    passes = np.ceil(op.queries * group / HEADS_OF_TILE)
    key_s = how.key_byte_s * (width * op.kv_B * passes)
    compute = chip.attention_flop_s * op.flops + how.exp_s * (op.sequences * op.heads * op.pairs)
    bound = np.maximum(chip.memory_byte_s * op.bytes, compute)
    together = _dealt(op, chip, Dealt(caches, chip.units, KEYS_OF_TILE, key_s, bound))
    rereads = chip.cache_byte_s * (op.bytes * np.maximum(group * how.reread, 1.0))
    heads, slots = op.sequences * op.heads, chip.units * HEADS_PER_UNIT
    apart = _dealt(op, chip, Dealt(heads, slots, 1.0, how.head_element_s * width, np.maximum(bound, rereads)))
    blocks = caches * np.maximum(np.floor(cached / KEYS_OF_BLOCK), 1.0)
    few = (blocks < how.shared_from * chip.units) | ((group <= 1.0) & (np.asarray(how.shared_from) > 0.0))
    return np.where(few | (group > GROUP_LIMIT), apart, together)


@dataclass(frozen=True)
class Dealt:
    """Items that slots read: counts [1], keys of a whole tile [1], seconds per key, the bound of the chip [s]."""

    items: Number
    slots: Number
    tile: Number
    key_s: Number
    bound: Number


def _dealt(op: AttentionCore, chip: ChipRates, dealt: Dealt) -> Number:
    """Return the time of items dealt to slots [s]: each whole, or its keys shared between idle slots."""
    how, cached = chip.attention, np.maximum(op.cached, op.keys)

    def units(shares: Number) -> Number:
        longest = np.maximum(op.keys / shares, np.minimum(op.keys, KEYS_TO_SPLIT))
        keys = np.ceil(longest / dealt.tile) * dealt.tile
        item = dealt.key_s * keys + how.walk_s * ((cached - op.keys) / shares) + how.sequence_s
        return np.maximum(item * np.ceil(dealt.items * shares / dealt.slots), dealt.bound)

    idle = np.minimum(np.floor(dealt.slots / dealt.items), np.ceil(cached / KEYS_TO_SPLIT))
    shares = np.maximum(idle, 1.0)
    whole = units(1.0)
    return np.where(shares > 1.0, np.minimum(whole, units(shares) + how.join_s), whole)


def _latent(op: AttentionCore, chip: ChipRates) -> Number:
    """Return the time of a step on a latent cache [s], without launch.

    One vector per key serves up to 64 rows of query heads, and whole tiles of rows are computed however few there
    are. Near balance, the shorter of compute and traffic shows. Kernels that give a cache to one unit wait for each
    block of keys before its products, so that a key costs its latency and then its products at the pace of a unit;
    keys take longer where both units of a pair are busy.
    """
    how = chip.attention
    rows = op.heads * op.queries
    tiles = np.ceil(rows / LATENT_ROWS)
    caches = op.sequences * tiles
    compute = chip.attention_flop_s * op.flops + how.exp_s * (op.sequences * op.heads * op.pairs)
    compute = compute * (tiles * LATENT_ROWS / rows / how.latent_flop_share)
    bound = np.maximum(chip.memory_byte_s * op.bytes, compute)
    exposed = chip.products.exposed
    pace = op.kv_B / op.q_B  # warps that feed matrix units are held to the operands they load
    products = chip.attention_flop_s * (2.0 * LATENT_ROWS * (op.qk_dim + op.v_dim) * chip.units * pace)
    serial = np.where(np.asarray(how.latent_split) > 0.0, 0.0, 1.0 / how.latent_flop_share)
    idle = np.minimum(np.floor(chip.units / caches), np.ceil(op.keys / KEYS_TO_SPLIT))
    shares = np.where(np.asarray(how.latent_split) > 0.0, np.maximum(idle, 1.0), 1.0)
    keys = np.ceil(op.keys / KEYS_OF_TILE) * KEYS_OF_TILE
    key_s = (
        how.latent_key_s * np.where(caches > chip.units / PAIR, how.latent_paired, 1.0) + products * serial
    )
    one = (how.latent_sequence_s + key_s * keys) * np.ceil(caches / chip.units)
    whole = overlapped(one, bound, exposed)
    longest = np.maximum(keys / shares, np.minimum(keys, KEYS_TO_SPLIT))
    share = (how.latent_sequence_s + how.latent_key_s * longest) * np.ceil(caches * shares / chip.units)
    joined = overlapped(share, bound, exposed) + how.latent_join_s
    return np.where(shares > 1.0, np.minimum(whole, joined), whole)
