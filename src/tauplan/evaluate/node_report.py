"""What a process node gives: gates, wires per layer, memory, energies; each with the band of its claims."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import Policy
from tauplan.evaluate.book import Book, Key
from tauplan.evaluate.designed_chip import MACRO, resolve_node
from tauplan.evaluate.die_report import Figure
from tauplan.evaluate.sensitivity import variants
from tauplan.evaluate.silicon import NEAR
from tauplan.tau import Number
from tauplan.technology.arithmetic import product_energy, scaled_energy
from tauplan.technology.cycle import repeated_wire_delay
from tauplan.technology.device import relative_delay, supply_for_speed
from tauplan.technology.sram import access_energy, access_time, macro_area
from tauplan.technology.wire import repeater_spacing, wire_energy, wire_resistance

MILLIMETRE = 1e-3  # definition: length of wire in the report
MEGABYTE = 1 << 20  # definition: memory in the report
HALF_SPEED = 0.5  # definition: gates at half of their nominal speed
LAYERS = {"finest": 1.0, "middle": 2.0, "semi-global": None, "top": 0.0}
"""Layers by their pitch over the finest; semi-global has claims of its own, the top one a pitch of its own."""
PRODUCTS = {
    "8-bit integer": ("int8_mul", "int32_add"),
    "16-bit floating point": ("fp16_mul", "fp32_add"),
    "32-bit floating point": ("fp32_mul", "fp32_add"),
}


def node_report(catalog: Catalog, name: str, supply_V: float | None = None) -> tuple[str, tuple[Figure, ...]]:
    """Return a node's name and its figures at a supply [V], nominal by default.

    Bands: each claim is moved to the ends of its band alone, deviations add as squares.
    """
    node = catalog.resolve(name, "node").name
    book = Book(catalog, Policy())
    base = _figures(book, node, supply_V)
    tried = variants(book)
    moved: dict[Key, NDArray[np.float64]] = {}
    for row, variant in enumerate(tried):
        if variant.key not in moved:
            moved[variant.key] = np.full(len(tried), book.uses[variant.key].claim.value, dtype=float)
        moved[variant.key][row] = variant.value
    spread = _figures(Book(catalog, Policy(), substitutes=moved), node, supply_V)
    keys = [None if variant.kind == "rival" else variant.key for variant in tried]
    return node, tuple(
        _banded(label, unit, float(value), np.broadcast_to(spread[label, unit], len(tried)), keys)
        for (label, unit), value in base.items()
    )


def _banded(
    label: str, unit: str, value: float, moved: NDArray[np.float64], keys: list[Key | None]
) -> Figure:
    ends: dict[Key, list[float]] = {}
    for key, other in zip(keys, moved, strict=True):
        if key is not None and np.isfinite(other):
            ends.setdefault(key, []).append(float(other) - value)
    below = sum(min(0.0, *deltas) ** 2 for deltas in ends.values()) ** 0.5
    above = sum(max(0.0, *deltas) ** 2 for deltas in ends.values()) ** 0.5
    return Figure(label, unit, value, max(value - below, 0.0), value + above)


def _figures(book: Book, name: str, supply_V: float | None) -> Mapping[tuple[str, str], Number]:
    near = NEAR.get(name, name)

    def number(field: str) -> Number:
        return book.number(name, field, (near, field))

    node = resolve_node(book, name, supply_V)
    nominal, threshold, exponent = number("vdd"), number("vth"), number("alpha")
    half = supply_for_speed(HALF_SPEED, nominal, threshold, exponent, nominal)
    found: dict[tuple[str, str], Number] = {
        ("supply", "V"): node.supply_V,
        ("inverter driving four (FO4)", "s"): node.fo4_s,
        ("resistance of a minimum inverter", "ohm"): node.driver_ohm,
        ("gate delay at this supply over the nominal", "1"): relative_delay(
            node.supply_V, nominal, threshold, exponent
        ),
        ("supply at half of the nominal speed", "V"): half,
        ("leakage per area", "W/m2"): node.leakage_W_per_m2,
        ("transistors per area, densest library", "1/m2"): node.density_per_m2,
    }
    found |= _wires(book, number, node.wire_ohm_per_m, node.wire_F_per_m, node.fo4_s)
    found["one bit over 1 mm of repeated wire", "J"] = wire_energy(
        MILLIMETRE, node.wire_F_per_m, node.supply_V
    )
    rows, columns, efficiency = (
        book.number(MACRO, field) for field in ("array_rows", "array_columns", "sram_efficiency")
    )
    found["1 MiB of SRAM, access", "s"] = access_time(
        MEGABYTE, node.cells(), node.rc_s_per_m2, efficiency, rows, columns
    )
    found["1 MiB of SRAM, area", "m2"] = macro_area(MEGABYTE, node.cell_m2, efficiency)
    base, root = (book.number(MACRO, field) for field in ("sram_energy_base", "sram_energy_root"))
    found["1 MiB of SRAM, energy per byte", "J/B"] = access_energy(
        MEGABYTE, base, root, number("sram_energy_scale")
    )
    overhead = book.number("Arithmetic at 45 nm", "mac_overhead")
    for label, pair in PRODUCTS.items():
        multiply, add = (book.number("Arithmetic at 45 nm", field) for field in pair)
        energy = scaled_energy(
            product_energy(multiply, add, overhead), number("energy_scale"), node.supply_V / nominal
        )
        found[f"multiply-add in an array, {label}", "J"] = energy
    return found


def _wires(
    book: Book, read: Callable[[str], Number], semi_ohm: Number, farad: Number, fo4_s: Number
) -> Mapping[tuple[str, str], Number]:
    """Return resistance, delay of a repeated millimetre and repeater spacing per layer."""
    copper = [book.number("Copper", field) for field in ("resistivity", "scattering")]
    finest, aspect, top = read("finest_pitch"), read("wire_aspect"), book.number("Folded logic", "top_pitch")
    found: dict[tuple[str, str], Number] = {}
    for layer, ratio in LAYERS.items():
        pitch = top if ratio == 0.0 else finest * (ratio or 1.0)
        ohm = semi_ohm if ratio is None else wire_resistance(pitch, aspect, *copper)
        found[f"{layer} wire", "ohm/m"] = ohm
        found[f"{layer} wire, 1 mm repeated", "s"] = repeated_wire_delay(fo4_s, ohm * farad, MILLIMETRE)
        found[f"{layer} wire, between repeaters", "m"] = repeater_spacing(fo4_s, ohm * farad)
    return found
