"""Tables of measured convolutions: forward, gradient of the image, gradient of the filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tauplan.chip.gemm import gemm_time
from tauplan.chip.kernels import elementwise_time
from tauplan.chip.rates import ChipRates
from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.validate.devices import Devices
from tauplan.validate.grouped import Array, Columns, Reading, predict_groups
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row, Table, UnansweredError, number
from tauplan.workload.formats import BYTES
from tauplan.workload.net.layer import ImplicitGemm
from tauplan.workload.operators import Elementwise

PASSES = ("fwd_ms", "bwd_in_ms", "bwd_w_ms")
WHOLE = "passes_ms"
SIZES = ("W", "H", "C", "N", "K", "filter_a", "filter_b", "pad_h", "pad_w", "stride_v", "stride_h")
READING = Reading("convolutions", ("device", "sheet"), (*SIZES, *PASSES), measured=WHOLE)
TILE = 2.0  # definition: edge of an output tile of the minimal filtering F(2x2, 3x3)
MULTIPLIED = (TILE + 2.0) ** 2  # definition: products of such a tile, one for each element of its input
SMALL = 3.0  # definition: the filter that minimal filtering serves


def convolution_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict convolutions by device and sheet: the sum of the passes that a row measured."""
    summed = tuple(_summed(row) for row in table.rows)
    return predict_groups(
        replace(table, rows=summed), READING, lambda words, c: convolution_time(devices, words, c)
    )


def _summed(row: Row) -> Row:
    """Return a row with the sum of its passes, and 1 or 0 in the place of each; an unreadable one keeps no sum."""
    present = {name: bool(row.get(name, "").strip()) for name in PASSES}
    try:
        total = repr(sum(number(row, name) for name, known in present.items() if known))
    except UnansweredError:
        total = ""
    return {**row, WHOLE: total, **{name: str(int(known)) for name, known in present.items()}}


@dataclass(frozen=True)
class Image:
    """Sizes of a convolution [1]: batch, channels in and out, positions in and out, taps and their stride."""

    batch: Array
    inner: Array
    outer: Array
    before: Array
    after: Array
    taps: Array
    stride: Array


def convolution_time(devices: Devices, words: Sequence[str], c: Columns) -> Array:
    """Return the time of the passes of convolutions in the format of a sheet [s].

    Each pass is a product whose operands are gathered from images that move once; 3x3 filters of stride one may
    run by minimal filtering instead: 16 products for 4 results, and its tiles written and read (Lavin and Gray,
    "Fast algorithms for convolutional neural networks", 2016).
    """
    device, sheet = words
    chip, size = devices.burst(device, sheet), BYTES[devices.precision(sheet).activations]
    wide = np.floor((c["W"] + 2.0 * c["pad_w"] - c["filter_a"]) / c["stride_v"]) + 1.0
    high = np.floor((c["H"] + 2.0 * c["pad_h"] - c["filter_b"]) / c["stride_h"]) + 1.0
    image = Image(
        batch=c["N"],
        inner=c["C"],
        outer=c["K"],
        before=c["W"] * c["H"],
        after=wide * high,
        taps=c["filter_a"] * c["filter_b"],
        stride=c["stride_v"] * c["stride_h"],
    )
    i, taps = image, image.taps
    small = (c["filter_a"] == SMALL) & (c["filter_b"] == SMALL) & (image.stride == 1.0)
    back = replace(i, inner=i.outer, outer=i.inner, before=i.after, after=i.before)
    forward = _product(i.batch * i.after, i.outer, i.inner * taps, i, size, chip)
    image_gradient = _product(i.batch * i.before, i.inner, i.outer * taps / i.stride, i, size, chip)
    filter_gradient = _product(i.inner * taps, i.outer, i.batch * i.after, i, size, chip)
    return (
        c["fwd_ms"] * np.where(small, np.minimum(forward, _filtered(i, size, chip)), forward)
        + c["bwd_in_ms"]
        * np.where(small, np.minimum(image_gradient, _filtered(back, size, chip)), image_gradient)
        + c["bwd_w_ms"]
        * np.where(small, np.minimum(filter_gradient, _filtered(i, size, chip)), filter_gradient)
    )


def _moved(image: Image, size: float) -> Array:
    """Return the bytes of both images and the filter [B]."""
    images = image.batch * (image.inner * image.before + image.outer * image.after)
    return (images + image.inner * image.outer * image.taps) * size


def _product(m: Array, n: Array, k: Array, image: Image, size: float, chip: ChipRates) -> Number:
    return gemm_time(ImplicitGemm("pass", m, n, k, size, size, size, memory_B=_moved(image, size)), chip)


def _filtered(image: Image, size: float, chip: ChipRates) -> Number:
    """Return the time by minimal filtering [s]: tiles in, a product for each of their elements, tiles out."""
    tiles = image.batch * np.ceil(image.after / TILE**2)
    spread = MULTIPLIED * tiles * (image.inner + image.outer) * size
    op = ImplicitGemm("tiles", tiles, image.outer, image.inner, size, size, size, MULTIPLIED, memory_B=spread)
    streamed = Elementwise("transforms", spread + _moved(image, size), 0.0 * spread, 2.0)
    return gemm_time(op, chip) + elementwise_time(streamed, chip)
