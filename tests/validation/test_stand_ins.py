"""What parts without measurements take from measured ones: latencies in cycles, kin of families, watts per FLOP."""

from __future__ import annotations

import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import Policy
from tauplan.evaluate.book import Book
from tauplan.evaluate.chip_rates import OTHER, cache_family, lines
from tauplan.validate.devices import Devices


@pytest.fixture(scope="module")
def devices():
    return Devices(Catalog.load())


def test_latencies_of_a_generation_scale_with_the_clock_of_a_part(devices):
    slow, fast = (devices.burst(name, "bf16").attention for name in ("NVIDIA A100 SXM4 80GB", "NVIDIA A40"))
    ratio = 1740 / 1410  # published boost clocks [MHz]
    for field in ("sequence_s", "head_element_s", "join_s", "latent_key_s"):
        assert getattr(slow, field) / getattr(fast, field) == pytest.approx(ratio)


def test_a_family_of_kernels_may_have_a_kin_of_its_own(devices):
    book = Book(devices.catalog, Policy())
    assert lines(book, "NVIDIA Hopper") == ("NVIDIA Hopper", "NVIDIA Blackwell", OTHER)
    assert lines(book, "NVIDIA Hopper", cache_family("decode", "bf16"))[1] == "NVIDIA Ampere"
    assert lines(book, "NVIDIA Hopper", cache_family("latent_decode", "fp8"))[1] == "NVIDIA Blackwell"


def test_of_families_the_narrowest_with_a_kin_counts(devices):
    """On Hopper an FP8 cache that heads share is read as on Blackwell; what is around it is as on Ampere."""
    book = Book(devices.catalog, Policy())
    shared, module = (cache_family(name, "fp8") for name in ("decode_shared", "decode"))
    assert lines(book, "NVIDIA Hopper", shared, module)[1] == "NVIDIA Blackwell"
    assert lines(book, "NVIDIA Hopper", module)[1] == "NVIDIA Ampere"
    assert lines(book, "NVIDIA Blackwell RTX", shared, module) == lines(book, "NVIDIA Blackwell RTX", module)


def test_a_share_in_16_bits_goes_before_another_generations_share_of_a_format():
    own, other = ("NVIDIA Blackwell RTX", "kernel_sustained_nvfp4"), (OTHER, "kernel_sustained_nvfp4")
    known = Devices(Catalog.load(), {own: 0.5, other: 0.4})
    assert known.nearest("rtx_pro_6000_server", own[1], "gemm_sustained") == 0.5
    assert known.nearest("h100_sxm", own[1], "gemm_sustained") is None
    assert known.coefficient("h100_sxm", other[1]) is not None


@pytest.mark.parametrize(
    ("part", "low", "high"),
    [
        ("NVIDIA H100 SXM5 80GB", 1.0, 1.0),
        ("NVIDIA H100 PCIe 80GB", 0.75, 0.9),
        ("NVIDIA H100 NVL 94GB", 0.75, 0.9),
        ("NVIDIA L4", 0.6, 0.8),
        ("NVIDIA H20 96GB", 1.0, 1.0),
        ("NVIDIA GB300 (per GPU)", 1.0, 1.0),
    ],
)
def test_fewer_watts_per_flop_sustain_less(devices, part, low, high):
    assert low <= devices.burst(part, "bf16").products.power_share <= high


def test_an_fp8_cache_on_a_part_without_fp8_units_runs_kernels_of_16_bits(devices):
    assert devices.figure("NVIDIA A40", "peak_fp8") is None
    own = devices.needed("NVIDIA A40", "latent_start_fp8")
    assert own == devices.needed("NVIDIA A40", "latent_start")
