"""Tables of NAND generations: density and capacity of dies by layers and bits per cell."""

from __future__ import annotations

from tauplan.catalog.lookup import Catalog
from tauplan.memory.nand import bit_density, die_capacity
from tauplan.validate.devices import Devices
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row, Table, UnansweredError, number

CELL_BITS = {"SLC": 1, "MLC": 2, "TLC": 3, "QLC": 4, "PLC": 5}
GIGA, SQUARE_MM = 1e9, 1e-6
COMMON = "NAND cell, most makers"


def nand_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict density and, where the die's area is known, capacity (vendor, layers, cell)."""
    found: list[Prediction] = []
    for index, row in enumerate(table.rows):
        case, use = row.get("case_id") or str(index + 1), row.get("split_hint", "")
        for what, column in (("density", "density_Gb_mm2"), ("capacity", "die_Gb")):
            if not row.get(column, "").strip() or (what == "capacity" and not row["die_mm2"].strip()):
                continue
            head = (case, f"NAND {what}", row["vendor"], column)
            measured = float("nan")
            try:
                measured = number(row, column)
                found.append(Prediction(*head, measured, _predict(row, what, devices.catalog), use=use))
            except UnansweredError as reason:
                found.append(Prediction(*head, measured, reason=str(reason), use=use))
    return found


def _predict(row: Row, what: str, catalog: Catalog) -> float:
    bits = CELL_BITS.get(row["cell"].strip().upper())
    if bits is None:
        raise UnansweredError(f"unknown kind of cell {row['cell']!r}")
    density = bit_density(number(row, "layers"), bits, _cell(row, catalog))
    if what == "density":
        return float(density) * SQUARE_MM / GIGA
    return float(die_capacity(density, number(row, "die_mm2") * SQUARE_MM)) / GIGA


def _cell(row: Row, catalog: Catalog) -> float:
    """Return the cell of the maker's nearest generation, where the catalogue has one of its own."""
    layers = number(row, "layers")
    own = [
        part.name
        for part in catalog.parts("nand cell")
        if part.vendor and row["vendor"].casefold().startswith(part.vendor.casefold())
    ]

    def distance(name: str) -> float:
        return abs(float(catalog.require(name, "layers").value) - layers)

    return float(catalog.require(min(own, key=distance, default=COMMON), "cell_area").value)
