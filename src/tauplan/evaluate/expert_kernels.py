"""From claims about an expert kernel to its primitive times on an accelerator."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tauplan.chip.grouped_gemm import ExpertRates
from tauplan.evaluate.book import Book
from tauplan.evaluate.chip_rates import OTHER
from tauplan.tau import Number
from tauplan.tau import arrays as np

READ_AND_WRITE = 2.0  # definition: rows are gathered or scattered by one read and one write
COMMON = "grouped"
"""The kernel that stands in for one without claims of its own."""


class Peaks(NamedTuple):
    """Peaks of an accelerator: seconds per FLOP of a format and per byte of memory [s], units [1], cycles [1/s].

    ``cycles``: those of all units in a second.
    """

    flop_s: Number
    byte_s: Number
    units: Number
    cycles: Number


def expert_rates(book: Book, kernel: str, number_format: str, generation: str, peaks: Peaks) -> ExpertRates:
    """Return the rates of a kernel in a format: its own, the common kernel's, or those of all generations."""
    names = [
        f"{name} experts {number_format}, {place}"
        for name, place in ((kernel, generation), (COMMON, generation), (kernel, OTHER), (COMMON, OTHER))
    ]
    known = [name for name in names if book.has(name, "start_cycles")]
    first = known[0] if known else f"{COMMON} experts bf16, {OTHER}"
    return expert_rates_from(lambda field: book.number(first, field), peaks)


def expert_rates_from(coefficient: Callable[[str], Number], peaks: Peaks) -> ExpertRates:
    """Return rates from coefficients [SI] and the peaks of an accelerator.

    Rows are read and written at the pace of the units, and not faster than the memory gives. Launches, sorting and
    what each expert costs are chains of dependent steps, counted in cycles of the clock.
    """
    cycle_s = peaks.units / peaks.cycles
    byte_s = peaks.byte_s / coefficient("memory_share")

    def moved(field: str) -> Number:
        return READ_AND_WRITE * np.maximum(byte_s, 1.0 / (peaks.cycles * coefficient(field)))

    return ExpertRates(
        start_s=cycle_s * coefficient("start_cycles"),
        expert_s=cycle_s * coefficient("expert_cycles"),
        flop_s=peaks.flop_s / coefficient("sustained"),
        byte_s=byte_s,
        permute_byte_s=moved("permute_B_per_cycle"),
        batch_byte_s=moved("batch_B_per_cycle"),
        tile=coefficient("tile"),
        exposed=coefficient("exposed"),
        fill=coefficient("fill"),
        foreign=coefficient("foreign"),
        units=peaks.units,
    )
