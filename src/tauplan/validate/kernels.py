"""Measured matrix products as serving engines run them: narrowed activations, operands left in the cache."""

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
from tauplan.validate.table import Table
from tauplan.workload.formats import BYTES
from tauplan.workload.operators import Elementwise, Gemm

PRODUCTS = Reading("gemm", ("system", "gemm_dtype"), ("m", "n", "k"))
COPIES = 4.0  # a benchmark runs over a few copies of the weights in turn, and over one of the activations
CACHE_SHARE = 0.9  # of the last-level cache is left to operands
CACHE_WRITES = 2.0  # a result that stays in the cache is written and later written back


def gemm_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict a table of matrix products (system, gemm_dtype, m, n, k, latency_ms)."""

    def predict(words: Sequence[str], c: Columns) -> Array:
        return product_time(devices, words[0], words[1], c["m"], c["n"], c["k"])

    return predict_groups(table, PRODUCTS, predict, kind=lambda words: product_kind(devices, words[1]))


def product_kind(devices: Devices, number_format: str) -> str:
    """Return the kind of residuals of products: those of integers are wider, their kernels differ more."""
    return "gemm in integers" if devices.precision(number_format).weights.startswith("int") else "gemm"


def product_time(devices: Devices, device: str, number_format: str, m: Array, n: Array, k: Array) -> Array:
    """Return the time of C[m,n] = A[m,k]·B[k,n] with 16-bit results, as a module of a serving engine [s].

    Formats with scales have kernels of their own: their sustained share, a start for the kernels beside the
    product, activations narrowed from 16 bits, and where scales go with k, tiles that keep k whole.
    """
    formats, kind = devices.precision(number_format), devices.kernel(number_format)
    chip = product_rates(devices, device, number_format)
    op = Gemm("gemm", m, n, k, BYTES[formats.activations], BYTES[formats.weights], BYTES["bf16"])
    op, chip = warm(op, chip, cache(devices, device))
    time = gemm_time(op, chip)
    start = devices.coefficient(device, f"quantise_time_{kind}")
    if start is not None:
        time = time + start
    if formats.activations not in ("bf16", "fp16"):
        moved = m * k * (BYTES["bf16"] + BYTES[formats.activations])
        time = time + streamed(moved, chip, devices, device, f"quantise_{kind}")
        time = time + m * (devices.coefficient(device, f"row_time_{kind}") or 0.0)
    return time


def product_rates(devices: Devices, device: str, number_format: str) -> ChipRates:
    """Return the rates of products alone in a format: its own sustained share, and k whole where scales need it."""
    kind, chip = devices.kernel(number_format), devices.burst(device, number_format)
    sustained = devices.nearest(device, f"kernel_sustained_{kind}", "gemm_sustained")
    if sustained is not None:
        sustained = sustained * chip.products.power_share
        share = chip.products.unit_share / sustained
        products = replace(chip.products, unit_share=sustained)
        chip = replace(chip, gemm_flop_s=chip.gemm_flop_s * share, products=products)
    step = devices.coefficient(device, f"k_step_time_{kind}")
    if step is not None:
        chip = replace(chip, split_k=np.inf, products=replace(chip.products, step_s=step))
    return chip


def streamed(
    moved: Array, chip: ChipRates, devices: Devices, device: str, field: str, family: str = ""
) -> Number:
    """Return the time of small kernels beside a product or an attention core [s], their launches aside.

    Their units move ``field`` bytes in a cycle, and not more than the memory gives.
    """
    rate = devices.coefficient(device, field, family)
    if rate is None:
        return elementwise_time(Elementwise("beside", moved, moved), chip)
    return np.maximum(chip.memory_byte_s * moved, moved / (devices.cycles(device) * rate))


@dataclass(frozen=True)
class LastLevel:
    """The last-level cache as repeated kernels find it: what it holds [B], in how many ``parts`` [1].

    A part keeps what its own units read, so data that all units read lie in each of them.
    """

    capacity_B: float
    parts: float = 1.0

    def held(self, needed_B: Number) -> Number:
        """Return the share of data read over and over that stays in the cache [1].

        All where each part can keep its own copy of them, nothing where they are more than the whole cache, and
        linear between: copies give way to each other.
        """
        each_B = self.capacity_B / self.parts
        if self.parts <= 1.0:
            return np.where(np.asarray(needed_B) <= each_B, 1.0, 0.0)
        return np.clip((self.capacity_B - needed_B) / (self.capacity_B - each_B), 0.0, 1.0)


def cache(devices: Devices, device: str) -> LastLevel:
    """Return the last-level cache that operands may fill; empty where its size is not known."""
    capacity_B = CACHE_SHARE * float(devices.figure(device, "l2_capacity") or 0.0)
    parts = devices.coefficient(device, "cache_parts")
    return LastLevel(capacity_B, 1.0 if parts is None or not capacity_B else float(parts))


def warm(op: Gemm, chip: ChipRates, level: LastLevel) -> tuple[Gemm, ChipRates]:
    """Return operator and rates of a benchmark that repeats a product on operands that may fit the cache."""
    weights = op.k * op.n * op.b_B
    held = level.held(op.bytes + (COPIES - 1.0) * weights)
    byte_s = chip.cache_byte_s * held + chip.memory_byte_s * (1.0 - held)
    result_B = op.c_B * (1.0 + (CACHE_WRITES - 1.0) * held)
    return replace(op, c_B=result_B), replace(chip, memory_byte_s=byte_s)
