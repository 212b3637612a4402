"""Kernels of every accelerator at unusual sizes: finite, within the peak, monotone in one kernel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.chip.attention import attention_time
from tauplan.chip.gemm import gemm_time
from tauplan.validate.devices import Devices
from tauplan.workload.formats import BYTES
from tauplan.workload.operators import AttentionCore, Gemm

SIZES = np.array([1, 2, 7, 16, 17, 63, 65, 127, 129, 500, 1025, 4097, 65536.0])
KEYS = np.array([2, 16, 63, 129, 255, 256, 257, 511, 513, 767, 1000, 4097, 131072.0])
TILE_EFFECT = 0.88  # share of its time that a product may lose to one that fills its tiles
DEVICES = Devices(Catalog.load())
PARTS = [part.name for part in DEVICES.catalog.parts("accelerator")]


@pytest.mark.parametrize("name", PARTS)
def test_products_of_any_size_stay_within_the_peak_and_grow_with_k(name):
    m, n, k = np.meshgrid(SIZES, SIZES, SIZES, indexing="ij")
    for number_format in ("bf16", "fp8", "nvfp4", "int8"):
        chip, facts = DEVICES.burst(name, number_format), DEVICES.facts(name, number_format)
        width = BYTES[number_format]
        time = gemm_time(Gemm("product", m, n, k, width, width, BYTES["bf16"]), chip)
        assert np.isfinite(time).all()
        assert (2.0 * m * n * k * facts.peak_gemm_s <= time).all()
        assert (np.diff(time, axis=2) >= 0.0).all()
        for axis in (0, 1):
            assert (np.diff(time, axis=axis) >= (TILE_EFFECT - 1.0) * time.take(range(12), axis)).all()


@pytest.mark.parametrize("name", PARTS)
def test_steps_of_any_heads_read_their_cache_and_take_longer_with_more_keys(name):
    batch, keys = np.meshgrid([1.0, 3.0, 16.0, 64.0, 1024.0], KEYS, indexing="ij")
    for cache, kv_B in (("", 2.0), ("fp8", 1.0)):
        chip = DEVICES.burst(name, "bf16", cache=cache)
        one_kernel = replace(chip, attention=replace(chip.attention, shared_from=0.0))
        for group, width in ((1.0, 64.0), (5.0, 96.0), (8.0, 128.0), (16.0, 192.0), (64.0, 256.0)):
            sizes = (batch, 2.0 * group, 2.0, 1.0, keys, keys)
            op = AttentionCore("step", *sizes, width, width, BYTES["bf16"], kv_B)
            time = attention_time(op, chip)
            assert np.isfinite(time).all()
            assert (op.bytes * chip.memory_byte_s <= time).all()
            alone = attention_time(op, one_kernel)
            for axis in (0, 1):
                assert (np.diff(alone, axis=axis) >= -1e-12 * alone.max()).all()
