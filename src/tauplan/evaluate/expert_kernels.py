"""From claims about an expert kernel to its primitive times on an accelerator."""

from __future__ import annotations

from collections.abc import Callable

from tauplan.chip.grouped_gemm import ExpertRates
from tauplan.evaluate.book import Book
from tauplan.evaluate.chip_rates import OTHER
from tauplan.tau import Number

COMMON = "grouped"
"""The kernel that stands in for one without claims of its own."""


def expert_rates(
    book: Book,
    kernel: str,
    number_format: str,
    generation: str,
    peak_flop_s: Number,
    peak_byte_s: Number,
    units: Number,
) -> ExpertRates:
    """Return the rates of a kernel in a format: its own, else the common kernel's, else those of all generations.

    ``peak_flop_s``, ``peak_byte_s``: seconds per FLOP of the format and per byte of memory at the published peak.
    """
    names = [
        f"{name} experts {number_format}, {place}"
        for name, place in ((kernel, generation), (COMMON, generation), (kernel, OTHER), (COMMON, OTHER))
    ]
    known = [name for name in names if book.has(name, "start")]
    first = known[0] if known else f"{COMMON} experts bf16, {OTHER}"
    return expert_rates_from(lambda field: book.number(first, field), peak_flop_s, peak_byte_s, units)


def expert_rates_from(
    coefficient: Callable[[str], Number], peak_flop_s: Number, peak_byte_s: Number, units: Number
) -> ExpertRates:
    """Return rates from coefficients [SI] and the peaks of an accelerator [s]."""
    return ExpertRates(
        start_s=coefficient("start"),
        expert_s=coefficient("expert_time"),
        flop_s=peak_flop_s / coefficient("sustained"),
        byte_s=peak_byte_s / coefficient("memory_share"),
        permute_byte_s=peak_byte_s * coefficient("permute_passes"),
        batch_byte_s=peak_byte_s * coefficient("batch_passes"),
        tile=coefficient("tile"),
        exposed=coefficient("exposed"),
        fill=coefficient("fill"),
        foreign=coefficient("foreign"),
        units=units,
    )
