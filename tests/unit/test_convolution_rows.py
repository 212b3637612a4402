"""Convolutions: a 1x1 filter is a product, minimal filtering helps 3x3 alone, absent passes do not count."""

from pathlib import Path

import numpy as np
import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.chip.gemm import gemm_time
from tauplan.validate.convolution_rows import PASSES, SIZES, convolution_rows, convolution_time
from tauplan.validate.devices import Devices
from tauplan.validate.table import read_table
from tauplan.workload.operators import Gemm

WORDS = ("V100 16GB", "Results FP32")


@pytest.fixture(scope="module")
def devices() -> Devices:
    return Devices(Catalog.load())


def columns(filter_edge: float, passes: tuple[float, float, float]) -> dict[str, np.ndarray]:
    pad = (filter_edge - 1.0) / 2.0
    values = (56.0, 56.0, 64.0, 16.0, 128.0, filter_edge, filter_edge, pad, pad, 1.0, 1.0, *passes)
    return {name: np.array([value]) for name, value in zip((*SIZES, *PASSES), values, strict=True)}


def test_a_filter_of_one_is_a_product(devices):
    time = convolution_time(devices, WORDS, columns(1.0, (1.0, 0.0, 0.0)))[0]
    chip = devices.burst(*WORDS)
    product = gemm_time(Gemm("same", 16.0 * 56.0 * 56.0, 128.0, 64.0, 4.0, 4.0, 4.0), chip)
    assert float(time) == pytest.approx(float(np.asarray(product)))


def test_minimal_filtering_beats_nine_products_and_not_four(devices):
    nine = convolution_time(devices, WORDS, columns(3.0, (1.0, 0.0, 0.0)))[0]
    one = convolution_time(devices, WORDS, columns(1.0, (1.0, 0.0, 0.0)))[0]
    assert 4.0 * one < nine < 9.0 * one


def test_the_sum_of_the_passes_that_were_measured(tmp_path: Path, devices):
    header = (
        "device,sheet,W,H,C,N,K,filter_a,filter_b,pad_h,pad_w,stride_v,stride_h,fwd_ms,bwd_in_ms,bwd_w_ms\n"
    )
    rows = (
        "NV_V100,Results FP32,56,56,64,16,64,3,3,1,1,1,1,0.5,0.6,0.7\n"
        "NV_V100,Results FP32,56,56,64,16,64,3,3,1,1,1,1,0.5,,0.7\n"
        "NV_V100,Results FP32,56,56,64,16,64,3,3,1,1,1,1,fast,0.6,0.7\n"
    )
    path = tmp_path / "conv.csv"
    path.write_text(header + rows, encoding="utf-8")
    by_case = {p.case: p for p in convolution_rows(read_table(path), devices)}
    assert by_case["1"].measured == pytest.approx(1.8)
    assert by_case["2"].measured == pytest.approx(1.2)
    assert by_case["2"].predicted is not None and by_case["2"].predicted < by_case["1"].predicted
    assert by_case["3"].reason
