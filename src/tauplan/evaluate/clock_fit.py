"""A catalogued chip's published clock, explained by the model that clocks designed ones."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.chip.designed import Fold, owners, period
from tauplan.errors import InputError
from tauplan.evaluate.book import Book
from tauplan.evaluate.designed_chip import CLASS, resolve_node
from tauplan.tau import Time
from tauplan.technology.cycle import stage_depth
from tauplan.technology.folding import Contact

FLAT = Fold(1.0, 1.0, Contact(1.0, 0.0, 0.0), 1.0, 1.0)
"""No tiers: no contacts."""


@dataclass(frozen=True)
class ClockFit:
    """Published and predicted clock [Hz], stage depth that the published one implies [FO4], owned period [s]."""

    part: str
    node: str
    published_Hz: float
    predicted_Hz: float
    depth: float
    period: Time

    @property
    def residual(self) -> float:
        """Published clock over the predicted one, less one; positive for a chip that is clocked higher."""
        return self.published_Hz / self.predicted_Hz - 1.0


def clock_fit(book: Book, part: str) -> ClockFit | None:
    """Return how a part's clock compares with a stage of its class in its node; None without clock or node.

    One stage depth and one span serve all accelerators of all nodes, so the residual holds what a maker chose:
    voltage, pipeline, guard band.
    """
    clock, node = book.optional(part, "clock"), book.text(part, "process_node")
    if clock is None or node is None:
        return None
    try:
        facts = resolve_node(book, node)
    except InputError:
        return None
    span = book.number(CLASS, "stage_span")
    gate, line, memory = owners(facts, 0.0)
    modelled = period(gate, line, facts, book.number(CLASS, "stage_depth"), span, FLAT, memory)
    depth = stage_depth(1.0 / clock, facts.fo4_s, facts.rc_s_per_m2, span)
    return ClockFit(part, node, float(clock), 1.0 / float(modelled.seconds), float(depth), modelled)
