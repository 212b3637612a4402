"""Tables of best achieved rates: large products, memory streams, capacities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tauplan.chip.gemm import gemm_time
from tauplan.tau import arrays as np
from tauplan.validate.collective_rows import Bench, collective_time
from tauplan.validate.devices import Devices
from tauplan.validate.kernels import product_rates
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row, Table, UnansweredError, number
from tauplan.workload.formats import BYTES
from tauplan.workload.operators import Gemm

TERA, GIGA, GIBI = 1e12, 1e9, 2.0**30
LARGE = 8192.0  # edge of the square product that micro-benchmarks of a peak run
COMPUTATION = "computation-"
LONG_B = 2.0**30  # definition: a message whose start does not count
BOTH_WAYS = 2.0  # definition: rates of links are quoted for both directions together
INSIDE = {
    "interconnect-P2P_intraserver": ("send_recv", 2.0),
    "interconnect-MPI_intraserver": ("all_reduce", 8.0),
}
"""Benchmarks of the links in a server: the collective and its ranks."""


def best_product_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict the best rate of products, each at the shape it was reached with (accelerator, precision, MxNxK)."""

    def predict(row: Row) -> float:
        sizes = row["best_MxNxK"].casefold().split("x")
        if len(sizes) != 3 or not all(size.strip().isdigit() for size in sizes):
            raise UnansweredError(f"best_MxNxK is not three sizes: {row['best_MxNxK']!r}")
        m, n, k = (float(size) for size in sizes)
        return product_rate(devices, row["accelerator"], row["precision"], m, n, k) / TERA

    return _rows(table, "best products", "accelerator", "max_achieved_TFLOPS", predict)


def product_rate(devices: Devices, device: str, number_format: str, m: float, n: float, k: float) -> float:
    """Return the best rate of one product at the full clock [FLOP/s].

    The best of many single shots is over before power holds it back, so that units bound it alone; where a
    generation has no limits of its units measured, its sustained share stands for them.
    """
    size = BYTES[devices.precision(number_format).activations]
    op = Gemm("gemm", m, n, k, size, size, max(size, BYTES["bf16"]))
    chip = product_rates(devices, device, number_format)
    if devices.coefficient(device, "noc_B_per_cycle") is not None:
        unit_s = chip.gemm_flop_s * chip.products.unit_share
        chip = replace(chip, gemm_flop_s=unit_s, products=replace(chip.products, unit_share=1.0))
    return float(op.flops) / float(np.asarray(gemm_time(op, chip)))


def micro_benchmark_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict micro-benchmarks of one accelerator: computation by format, memory bandwidth and capacity."""
    return _rows(
        table, "micro-benchmarks", "product", "measured", lambda row: _micro(row, devices), "benchmark"
    )


def _micro(row: Row, devices: Devices) -> float:
    benchmark, device = row["benchmark"], _device(row, devices)
    if benchmark.startswith(COMPUTATION):
        number_format = benchmark.removeprefix(COMPUTATION).casefold()
        return product_rate(devices, device, number_format, LARGE, LARGE, LARGE) / TERA
    if benchmark == "main_memory-bandwidth":
        return 1.0 / float(devices.burst(device, "bf16").memory_byte_s) / GIGA
    if benchmark == "main_memory-capacity":
        return float(devices.figure(device, "memory_capacity") or np.nan) / GIBI
    if benchmark in INSIDE:
        return BOTH_WAYS * _bus_rate(devices, device, *INSIDE[benchmark]) / GIGA
    raise UnansweredError(f"the benchmark {benchmark!r} is not one of an accelerator or its server")


def _bus_rate(devices: Devices, device: str, collective: str, ranks: float) -> float:
    """Return the bus bandwidth of a long message in the server of a device, one way [B/s]."""
    inner = devices.network(device)[0].tier
    size, count = np.array([LONG_B]), np.array([ranks])
    time = float(collective_time(Bench(collective, "fp32", False, size, count), inner, False)[0])
    return (2.0 * (ranks - 1.0) / ranks if collective == "all_reduce" else 1.0) * LONG_B / time


def _device(row: Row, devices: Devices) -> str:
    """Return the longest of a row's names, parted by strokes, that the catalogue knows."""
    names = [name.strip() for name in f"{row['product']}/{row.get('sku', '')}".split("/")]
    for name in sorted(names, key=len, reverse=True):
        if name and devices.catalog.find(name) is not None:
            return name
    raise UnansweredError(f"unknown device {row['product']!r}")


def _rows(
    table: Table,
    family: str,
    device: str,
    measured: str,
    predict: Callable[[Row], float],
    metric: str = "",
) -> list[Prediction]:
    answers: list[Prediction] = []
    for i, row in enumerate(table.rows):
        head = (row.get("case_id") or str(i + 1), family, row.get(device, ""), row.get(metric) or measured)
        value = float("nan")
        try:
            value = number(row, measured)
            answers.append(Prediction(*head, value, predict(row)))
        except UnansweredError as reason:
            answers.append(Prediction(*head, value, reason=str(reason)))
    return answers
