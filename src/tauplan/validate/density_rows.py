"""Known dies: area from transistors and node, by product class."""

from __future__ import annotations

import math
import re

from tauplan.catalog.policy import Policy
from tauplan.errors import InputError
from tauplan.evaluate.book import Book
from tauplan.evaluate.silicon import NEAR
from tauplan.tau import Number
from tauplan.technology.density import die_area
from tauplan.validate.devices import Devices
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row, Table, UnansweredError, number

MM2, BILLION = 1e-6, 1e9
CLASSES = {"accelerator": "Accelerator die", "mobile": "Mobile die"}
PHONES = re.compile(r"XRING|Kirin|Snapdragon|Dimensity|Exynos|Apple A\d|Apple M\d+$", re.I)
"""Chips of phones, where a table names no product; all others count as accelerators."""


def die_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict the area of each die from its transistors [mm2]."""
    book = Book(devices.catalog, Policy())
    found: list[Prediction] = []
    for index, row in enumerate(table.rows):
        case, measured = row.get("case_id") or str(index + 1), math.nan
        head = (case, f"die area, {_product(row)}", row.get("node", ""), "area_mm2")
        use = row.get("split_hint", "")
        try:
            measured = number(row, "area_mm2")
            predicted = float(predicted_area(book, row)) / MM2
            found.append(Prediction(*head, measured, predicted, use=use, kind=f"die area {_product(row)}"))
        except UnansweredError as reason:
            kind = f"die area {_product(row)}"
            found.append(Prediction(*head, measured, reason=str(reason), use=use, kind=kind))
    return found


def predicted_area(book: Book, row: Row, share: Number | None = None) -> Number:
    """Return the area of a die [m2]; ``share`` of the library's density, the class's own by default."""
    node = node_of(book, row.get("node", ""))
    if share is None:
        share = book.number(CLASSES[_product(row)], "density_share")
    try:
        library = book.number(node, "density", (NEAR.get(node, node), "density"))
    except InputError as error:
        raise UnansweredError(error.problems[0].message) from None
    return die_area(number(row, "transistors_billion") * BILLION, library, share)


def _product(row: Row) -> str:
    product = row.get("product", "")
    if product in CLASSES:
        return product
    return "mobile" if PHONES.search(row.get("die", "")) else "accelerator"


def node_of(book: Book, text: str) -> str:
    """Return the catalogued node that a table's word means: "N5", "TSMC N7+", "4NP"."""
    part = book.catalog.find(text)
    if part is not None and part.kind == "node":
        return part.name
    match = re.fullmatch(r"(?:TSMC )?(N\d+|4N)[A-Z+]?", text.strip())
    part = book.catalog.find(f"TSMC {match.group(1)}") if match else None
    if part is None:
        raise UnansweredError(f"no one node of that name: {text!r}")
    return part.name
