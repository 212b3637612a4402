"""Measured attention modules of serving engines: rotary positions and cache, then the core."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tauplan.chip.attention import attention_time
from tauplan.chip.rates import ChipRates
from tauplan.tau import Number
from tauplan.validate.devices import Devices
from tauplan.validate.grouped import Array, Columns, Reading, predict_groups
from tauplan.validate.kernels import cache, streamed
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Table
from tauplan.workload.formats import BYTES
from tauplan.workload.llm.step import attended_pairs
from tauplan.workload.operators import AttentionCore

FORMATS = ("system", "attn_dtype", "kv_cache_dtype")
SIZES = ("batch_size", "isl", "num_heads", "num_key_value_heads", "head_dim", "window_size", "step")
PREFILL = Reading("attention, prefill", FORMATS, SIZES)
DECODE = Reading("attention, decode", FORMATS, SIZES)
LATENT_FORMATS = ("system", "mla_dtype", "kv_cache_dtype")
LATENT_SIZES = ("num_heads", "batch_size", "isl", "step")
LATENT_PREFILL = Reading("latent attention, prefill", LATENT_FORMATS, LATENT_SIZES)
LATENT_DECODE = Reading("latent attention, decode", LATENT_FORMATS, LATENT_SIZES)
NOPE, ROPE, VALUE, RANK = 128.0, 64.0, 128.0, 512.0
"""Widths of the one published shape of latent attention (DeepSeek-V2, V3): the tables do not state them."""
Q_B = BYTES["bf16"]


def prefill_attention_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict a table of prefill attention modules."""
    return predict_groups(table, PREFILL, lambda words, c: prefill_time(devices, words, c))


def decode_attention_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict a table of single-token attention modules."""
    return predict_groups(table, DECODE, lambda words, c: decode_time(devices, words, c))


def latent_attention_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict a table of latent attention modules, prompts and single tokens."""
    decode = [i for i, row in enumerate(table.rows) if row.get("isl") == "1" and row.get("step") != "0"]
    single = set(decode)
    prefill = [i for i in range(len(table.rows)) if i not in single]
    return [
        *predict_groups(table, LATENT_DECODE, lambda w, c: latent_decode_time(devices, w, c), decode),
        *predict_groups(table, LATENT_PREFILL, lambda w, c: latent_prefill_time(devices, w, c), prefill),
    ]


def prefill_time(devices: Devices, words: Sequence[str], c: Columns) -> Array:
    """Return the time of prefill attention modules [s].

    With an FP8 cache the products run in FP8 too on parts whose engines have such kernels.
    """
    device, compute, stored = words
    chip, suffix = _prefill_rates(devices, device, compute, stored, "cache_narrows")
    start = devices.needed(device, "attention_start" + suffix)
    if suffix and BYTES[devices.precision(compute).activations] < Q_B:
        start = start + devices.needed(device, "query_narrow_time")
    core = _core(devices, c, c["isl"], np.zeros_like(c["isl"]), stored)
    whole = attention_time(core, _launched(chip))
    return whole + streamed(_moved(core), chip, devices, device, "attention_prepare") + start


def decode_time(devices: Devices, words: Sequence[str], c: Columns) -> Array:
    """Return the time of single-token attention modules [s]; a cache that fits the chip's own is read there."""
    device, compute, stored = words
    core = _core(devices, c, np.ones_like(c["isl"]), c["isl"] + c["step"] - 1.0, stored)
    suffix = "_fp8" if BYTES[devices.precision(stored).weights] < Q_B else ""
    chip = _warm(core, devices.burst(device, compute, cache="fp8" if suffix else ""), devices, device)
    whole = attention_time(core, _launched(chip))
    family = "decode" + suffix
    start = devices.period(device) * devices.needed(device, "decode_start_cycles" + suffix, family)
    return whole + streamed(_moved(core), chip, devices, device, "decode_prepare" + suffix, family) + start


def latent_prefill_time(devices: Devices, words: Sequence[str], c: Columns) -> Array:
    """Return the time of latent attention modules on prompts [s]: heads expanded."""
    device, compute, stored = words
    chip, suffix = _prefill_rates(devices, device, compute, stored, "latent_cache_narrows")
    start = devices.needed(device, "latent_start" + suffix)
    heads, past = c["num_heads"], np.zeros_like(c["isl"])
    keys, pairs = c["isl"], attended_pairs(c["isl"], past, 0.0)
    sizes = (c["batch_size"], heads, heads, c["isl"], keys, pairs)
    core = AttentionCore("attention", *sizes, NOPE + ROPE, VALUE, q_B=Q_B, kv_B=Q_B)
    narrow = _narrow(devices, device, compute, stored, "latent_cache_narrows")
    head = NOPE + ROPE + NOPE + ROPE + VALUE if narrow else ROPE + ROPE
    prepared = chip.memory_byte_s * _rotated(core, head)
    rate = devices.needed(device, "latent_prefill_rate" + suffix)
    tile_s = devices.needed(device, "latent_query_tile_time" + suffix)
    chip = replace(
        chip,
        attention_flop_s=chip.attention_flop_s / rate,
        attention=replace(chip.attention, tile_s=tile_s),
    )
    return attention_time(core, _launched(chip)) + prepared + start


def latent_decode_time(devices: Devices, words: Sequence[str], c: Columns) -> Array:
    """Return the time of latent attention modules on single tokens [s]: one cached vector for all heads."""
    device, compute, stored = words
    one, keys = np.ones_like(c["isl"]), c["isl"] + c["step"]
    sizes = (c["batch_size"], c["num_heads"], one, one, keys, keys)
    kv_B = BYTES[devices.precision(stored).weights]
    core = AttentionCore("attention", *sizes, RANK + ROPE, RANK, q_B=Q_B, kv_B=kv_B, latent=True)
    suffix = "_fp8" if kv_B < Q_B else ""
    chip = _warm(core, devices.burst(device, compute, cache="fp8" if suffix else ""), devices, device)
    family = "latent_decode" + suffix
    start = devices.period(device) * devices.needed(device, "latent_decode_start_cycles" + suffix, family)
    prepared = streamed(_rotated(core, ROPE), chip, devices, device, "latent_decode_prepare" + suffix, family)
    return attention_time(core, _launched(chip)) + prepared + start


def _core(devices: Devices, c: Columns, queries: Array, past: Array, stored: str) -> AttentionCore:
    window = np.maximum(c["window_size"], 0.0)
    keys = np.where(window > 0, np.minimum(past + queries, queries + window), past + queries)
    shared = np.where(c["num_key_value_heads"] > 0, c["num_key_value_heads"], c["num_heads"])
    pairs = attended_pairs(queries, past, window)
    sizes = (c["batch_size"], c["num_heads"], shared, queries, keys, pairs, c["head_dim"], c["head_dim"])
    kv_B = BYTES[devices.precision(stored).weights]
    return AttentionCore("attention", *sizes, q_B=Q_B, kv_B=kv_B, cached=past + queries)


def _launched(chip: ChipRates) -> ChipRates:
    """Return rates without launches: the start of a module counts those of all its kernels."""
    return replace(chip, kernel_s=0.0)


def _prefill_rates(
    devices: Devices, device: str, compute: str, stored: str, narrows: str
) -> tuple[ChipRates, str]:
    """Return rates of prefill and the suffix of its start."""
    narrow = _narrow(devices, device, compute, stored, narrows)
    suffix = "_fp8" if BYTES[devices.precision(stored).weights] < Q_B and _has_fp8(devices, device) else ""
    return devices.burst(device, compute, "fp8" if narrow else ""), suffix


def _has_fp8(devices: Devices, device: str) -> bool:
    """Tell whether a part multiplies in FP8; others widen such a cache and run the kernels of 16 bits."""
    return devices.figure(device, "peak_fp8") is not None


def _narrow(devices: Devices, device: str, compute: str, stored: str, narrows: str) -> bool:
    """Tell whether prefill computes in FP8: it may with an FP8 cache, where engines have such kernels."""
    if BYTES[devices.precision(stored).weights] >= Q_B or not _has_fp8(devices, device):
        return False
    computed = BYTES[devices.precision(compute).activations] < Q_B
    return computed or devices.needed(device, narrows) > 0


def _moved(core: AttentionCore) -> Number:
    """Return what rotary positions and the write into the cache move: queries, keys, values, twice [B]."""
    width = (core.heads + 2.0 * core.kv_heads) * core.qk_dim
    return 2.0 * core.sequences * core.queries * width * Q_B


def _rotated(core: AttentionCore, head: float) -> Number:
    """Return the same of latent attention [B]: ``head`` elements of each head, and the cached vector."""
    width = core.heads * head + RANK + ROPE
    return 2.0 * core.sequences * core.queries * width * Q_B


def _warm(core: AttentionCore, chip: ChipRates, devices: Devices, device: str) -> ChipRates:
    """Return rates with the cache memory's byte time where all that a repeated step touches fits it.

    Each key is read by the units of one sequence alone, so no part of the cache holds another's.
    """
    fits = core.bytes + _moved(core) <= cache(devices, device).capacity_B
    return replace(chip, memory_byte_s=np.where(fits, chip.cache_byte_s, chip.memory_byte_s))
