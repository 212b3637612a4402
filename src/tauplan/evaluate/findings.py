"""What a study of a device found: figures, tables and remarks, for any report."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.evaluate.answer import ClaimUse, Metric
from tauplan.evaluate.book import Book

Cell = str | float | None


@dataclass(frozen=True)
class Column:
    """A column of a table: its head, and the unit that its numbers are in, "" for words."""

    head: str
    unit: str = ""


@dataclass(frozen=True)
class Grid:
    """A table with a title; ``note`` says how to read it.

    ``drawn``: heads of the two columns of its chart, what it is drawn over and what is drawn.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    drawn: tuple[str, str] | None = None


@dataclass(frozen=True)
class Findings:
    """The answer of a study: one sentence, figures in SI units, tables, and the claims it rests on."""

    name: str
    kind: str
    status: str  # "ok" or "infeasible"
    reason: str
    said: str
    figures: tuple[Metric, ...]
    grids: tuple[Grid, ...]
    notes: tuple[str, ...] = ()
    claims: tuple[ClaimUse, ...] = ()
    catalogue_hash: str = ""
    command: str = ""


def claims_used(book: Book) -> tuple[ClaimUse, ...]:
    """Return the claims that a book has looked up."""
    return tuple(
        ClaimUse(part, field, choice.claim.text, choice.claim.source, choice.claim.grade, choice.claim.date)
        for (part, field), choice in book.uses.items()
    )
