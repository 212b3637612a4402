"""What others published about the described networks: parameters and multiply-adds, to hold the layers against."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

USUAL = 0.01  # definition: layers agree with published totals within this share
BASE = 10.0  # definition: of decimal numbers
HALF = 0.5  # definition: of the last published digit


@dataclass(frozen=True)
class Published:
    """A row: totals [M], [G] as text with the digits published, None where none are; what it leaves out; source.

    ``seen``: read at its source, not recalled; ``size``: side of the image where it is not the usual one [1];
    ``allowed``: the share by which layers may differ, with the reason in ``note`` where it is not the usual one.
    """

    net: str
    size: int | None
    parameters_M: str | None
    macs_G: str | None
    without: str
    source: str
    locator: str
    seen: bool
    allowed: float
    note: str


def published(root: Path) -> tuple[Published, ...]:
    """Return all rows, in their order."""
    with (root / "nets" / "published.csv").open(newline="", encoding="utf-8") as file:
        return tuple(
            Published(
                row["net"],
                int(row["size"]) if row["size"] else None,
                row["params_M"] or None,
                row["gmacs"] or None,
                row["without"],
                row["source"],
                row["locator"],
                row["seen"] == "yes",
                float(row["allowed"] or USUAL),
                row["note"],
            )
            for row in csv.DictReader(file)
        )


def digit(text: str) -> float:
    """Return half of the last digit of a published number [its unit].

    >>> digit("28.6"), digit("675")
    (0.05, 0.5)
    """
    return HALF * BASE ** -len(text.partition(".")[2])
