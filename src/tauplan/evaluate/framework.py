"""Training software: its release date, which kernels it therefore has, and how its host issues them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tauplan.catalog.lookup import Catalog
from tauplan.cluster.issue import HostIssue
from tauplan.evaluate.book import Book
from tauplan.evaluate.chip_rates import ChipFacts
from tauplan.spec.workload import Train
from tauplan.tau import Number

TODAY = "9999-12"  # definition: later than any release


@dataclass(frozen=True)
class Framework:
    """A training framework at a date.

    ``release`` YYYY-MM, host issue times, kernels it has; ``flat_data``: 1 where data-parallel traffic is one ring
    of accelerators [1].
    """

    name: str
    release: str
    issue: HostIssue
    materialised: bool
    fused_accumulation: bool
    flat_data: Number = 0.0


def resolve_framework(book: Book, catalog: Catalog, workload: Train) -> Framework:
    """Return the framework of a training run; the run's own date goes before the framework's.

    Errors: :class:`InputError` for a framework that the catalogue does not know.
    """
    name = catalog.resolve(workload.framework, "framework").name
    release = workload.software or book.text(name, "release") or TODAY
    since = book.text(name, "captured_since")
    captured = since is not None and release >= since
    times = (
        0.0 if captured else book.optional(name, field) or 0.0 for field in ("issue_time", "routing_time")
    )
    return Framework(
        name,
        release,
        HostIssue(*times),
        materialised=release < (book.text("software", "flash_attention_since") or ""),
        fused_accumulation=release >= (book.text("software", "fused_accumulation_since") or ""),
        flat_data=book.optional(name, "flat_data") or 0.0,
    )


def aged(chip: ChipFacts, book: Book, generation: str, framework: Framework) -> ChipFacts:
    """Return the chip with the rates that software of a date reached on its generation.

    Kernels made for a generation come after it: until ``kernels_since`` products and fused attention ran at
    ``gemm_share_before`` and ``attention_share_before`` of today's sustained rates. Materialised attention is
    plain products, and shares theirs.
    """
    since = book.text(generation, "kernels_since")
    if since is None or framework.release >= since:
        return chip
    gemm = book.optional(generation, "gemm_share_before") or 1.0
    attention = (
        gemm if framework.materialised else book.optional(generation, "attention_share_before") or gemm
    )
    rates = replace(
        chip.rates,
        gemm_flop_s=chip.rates.gemm_flop_s / gemm,
        attention_flop_s=chip.rates.attention_flop_s / attention,
    )
    return replace(chip, rates=rates)
