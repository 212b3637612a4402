"""Frameworks that train or run models: release dates, the kernels they have, how hosts issue them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tauplan.catalog.lookup import Catalog
from tauplan.cluster.issue import HostIssue
from tauplan.evaluate.book import Book
from tauplan.evaluate.chip_rates import ChipFacts, lines
from tauplan.spec.workload import Precision
from tauplan.tau import Number
from tauplan.workload.formats import BYTES

TODAY = "9999-12"  # definition: later than any release


@dataclass(frozen=True)
class Framework:
    """A framework at a date.

    ``release`` YYYY-MM, host issue times, kernels it has; ``flat_data``: 1 where data-parallel traffic is one ring
    of accelerators [1]; ``gradients``: format in which it keeps and reduces them, else that of the run;
    ``unfused``: when serving, every operator is a kernel of its own.
    """

    name: str
    release: str
    issue: HostIssue
    materialised: bool
    fused_accumulation: bool
    flat_data: Number = 0.0
    gradients: str | None = None
    unfused: bool = False


def resolve_framework(
    book: Book, catalog: Catalog, name: str, server: str | None = None, software: str | None = None
) -> Framework:
    """Return a framework by any of its names; the run's own ``software`` date goes before the framework's.

    Host times are those of hosts that a framework was timed on first; ``server`` has its own pace.

    Errors: :class:`InputError` for a framework that the catalogue does not know.
    """
    name = catalog.resolve(name, "framework").name
    release = software or book.text(name, "release") or TODAY
    since = book.text(name, "captured_since")
    captured = since is not None and release >= since
    # a graph is captured before token counts are known, so its products of experts are groups of one kernel
    apart = not captured and book.text(name, "experts_apart") == "yes"
    pace = 1.0 if server is None else _known(book, server, "host_pace", 1.0)
    times = (
        0.0 if captured else _known(book, name, field, 0.0) * pace for field in ("issue_time", "routing_time")
    )
    return Framework(
        name,
        release,
        HostIssue(*times, experts_apart=apart),
        materialised=release < (book.text("software", "flash_attention_since") or ""),
        fused_accumulation=release >= (book.text("software", "fused_accumulation_since") or ""),
        flat_data=_known(book, name, "flat_data", 0.0),
        gradients=book.text(name, "gradients"),
        unfused=book.text(name, "unfused") == "yes",
    )


def _known(book: Book, part: str, field: str, otherwise: Number) -> Number:
    """Return a figure, which may be an array of rivals, or what holds where there is none."""
    found = book.optional(part, field)
    return otherwise if found is None else found


def aged(chip: ChipFacts, book: Book, generation: str, framework: Framework) -> ChipFacts:
    """Return the chip with the rates that software of a date reached on its generation.

    Kernels made for a generation come after it: until ``kernels_since`` products and fused attention ran at
    ``gemm_share_before`` and ``attention_share_before`` of today's sustained rates. Materialised attention is
    plain products, and shares theirs. A generation that no old run was measured on takes the mean of the others.
    """
    since = book.text(generation, "kernels_since")
    if since is None or framework.release >= since:
        return chip
    gemm, fused = (
        book.number(generation, field, *((name, field) for name in lines(book, generation)))
        for field in ("gemm_share_before", "attention_share_before")
    )
    return _slower(chip, gemm, gemm if framework.materialised else fused)


def steady(chip: ChipFacts, book: Book, generation: str, precision: Precision) -> ChipFacts:
    """Return the chip with the rates that it keeps while a training step runs for minutes on end.

    Timings of single kernels end before the chip is warm and at its power limit. ``steady_share`` is what is left
    of the rates of products and of attention cores beside them: of the part, which may have more power than its
    kin, else of its generation. Products in narrower formats wait for their operands to be narrowed; where the
    generation has a coefficient of the format it has that in it. Validity: training of minutes and more. Error:
    docs/accuracy.md, B200 step times.
    """
    line = lines(book, generation)
    if _fitted_narrow(book, line, precision.products or precision.activations):
        return chip
    share = book.number(chip.part, "steady_share", *((name, "steady_share") for name in line))
    slower = _slower(chip, share, share)
    attention = replace(slower.rates.attention, exp_s=slower.rates.attention.exp_s / share)
    return replace(slower, rates=replace(slower.rates, attention=attention))


def _fitted_narrow(book: Book, line: Sequence[str], product: str) -> bool:
    """Tell whether a format narrower than 16 bits has a coefficient of its own that comes before the 16-bit one."""
    if BYTES[product] >= BYTES["bf16"]:
        return False
    first = (
        name
        for name in line
        if book.has(name, f"gemm_sustained_{product}") or book.has(name, "gemm_sustained")
    )
    return any(book.has(name, f"gemm_sustained_{product}") for name in list(first)[:1])


def _slower(chip: ChipFacts, products: Number, attention: Number) -> ChipFacts:
    """Return the chip with shares of its rates of products and of attention cores [1]."""
    rates = replace(
        chip.rates,
        gemm_flop_s=chip.rates.gemm_flop_s / products,
        attention_flop_s=chip.rates.attention_flop_s / attention,
    )
    return replace(chip, rates=rates)
