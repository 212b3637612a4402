"""Examples of HotSpot: temperature of a uniformly heated die in a package."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tauplan.evaluate.book import Book
from tauplan.technology.thermal import junction, package_resistance
from tauplan.validate.table import Row, UnansweredError


def temperatures(book: Book, row: Row) -> Sequence[float]:
    """Junction temperatures [K] over powers; die and ambient may stand in the row before."""
    text = f"{row['case']} {row.get('before', '')}"
    size = re.search(r"([\d.]+)x([\d.]+) mm", text)
    ambient = re.search(r"ambient ([\d.]+) K", text)
    sink = re.search(r"r_convec ([\d.]+)", text)
    powers = [float(power) for power in re.findall(r"\d+", row["inputs"])]
    if size is None or ambient is None or sink is None or not powers:
        raise UnansweredError("size, ambient, sink or power is missing")
    area = float(size.group(1)) * float(size.group(2)) * 1e-6
    conduction = book.number("Cold plate", "conduction")
    whole = package_resistance(float(sink.group(1)), area, conduction)
    return [float(junction(float(ambient.group(1)), power, whole)) for power in powers]
