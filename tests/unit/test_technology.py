"""Nodes, wires, memories, voltage, heat: textbook optima, published points, and complete nodes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.optimize import minimize

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import Policy
from tauplan.evaluate.book import Book
from tauplan.evaluate.designed_chip import resolve_node
from tauplan.evaluate.node_report import node_report
from tauplan.technology.arithmetic import scaled_energy
from tauplan.technology.cycle import repeated_wire_delay
from tauplan.technology.device import (
    leakage_power,
    relative_delay,
    relative_energy,
    supply_for_speed,
    switching_rc,
)
from tauplan.technology.sram import access_energy, access_time, macro_area
from tauplan.technology.thermal import junction, package_resistance
from tauplan.technology.wire import (
    driven_wire_delay,
    repeater_load,
    repeater_spacing,
    wire_energy,
    wire_resistance,
)

NODES = ("28 nm", "22 nm", "16/12 nm", "N10", "N7", "N5", "N3E", "N2")


@pytest.fixture(scope="module")
def book():
    return Book(Catalog.load(), Policy())


@pytest.fixture(scope="module")
def nodes(book):
    return {name: resolve_node(book, f"TSMC {name}") for name in NODES}


def test_every_node_has_its_own_banded_figures(book):
    fields = (
        "fo4",
        "wire_resistance",
        "finest_pitch",
        "vth",
        "alpha",
        "leakage",
        "energy_scale",
        "mask_layers",
    )
    for name in NODES:
        for field in fields:
            claim = book.catalog.choose(f"TSMC {name}", field).claim
            assert claim.low < claim.value < claim.high, (name, field)


def test_gates_speed_up_and_wires_slow_down_from_node_to_node(nodes):
    ordered = [nodes[name] for name in NODES]
    assert all(b.fo4_s <= a.fo4_s for a, b in itertools.pairwise(ordered))
    assert all(b.product_J < a.product_J for a, b in itertools.pairwise(ordered))
    millimetre = [repeated_wire_delay(n.fo4_s, n.rc_s_per_m2, 1e-3) for n in ordered]
    assert all(b >= a for a, b in itertools.pairwise(millimetre))


def test_the_best_repeaters_give_the_constant_of_repeated_wires():
    """Numerical optimum over size and spacing of Elmore segments: 1.5 √(FO4 rc) per length."""
    fo4, r, c, gate = 8e-12, 12e6, 0.165e-9, 0.26e-15
    resistance = switching_rc(fo4) / gate

    def per_metre(logs):
        size, length = np.exp(logs)
        own = 0.69 * resistance / size * size * gate
        segment = driven_wire_delay(resistance / size, size * gate, r, c, length)
        return (segment + own) / length * 1e9

    best = minimize(
        per_metre, np.log([30.0, 50e-6]), method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-9}
    )
    size, length = np.exp(best.x)
    assert best.fun * 1e-9 == pytest.approx(repeated_wire_delay(fo4, r * c, 1.0), rel=0.03)
    assert length == pytest.approx(repeater_spacing(fo4, r * c), rel=0.02)
    assert size * gate * 2 / (c * length) == pytest.approx(repeater_load(), rel=0.02)


def test_copper_size_effect_at_7_nm_and_5_nm():
    assert wire_resistance(40e-9, 2.0, 1.68e-8, 40e-9) * 1e-6 == pytest.approx(63, rel=0.01)
    assert wire_resistance(90e-9, 2.0, 1.68e-8, 40e-9) * 1e-6 == pytest.approx(7.8, rel=0.01)


def test_published_wires_of_an_open_kit():
    """ASAP7 M6 and M7 with FO4 of 8 ps: 194 and 182 ps per mm."""
    for ohm_per_um, fF_per_um, expected in ((11.9, 0.176, 194), (12.5, 0.147, 182), (18.0, 0.189, 248)):
        delay = repeated_wire_delay(8e-12, ohm_per_um * 1e6 * fF_per_um * 1e-9, 1e-3)
        assert delay * 1e12 == pytest.approx(expected, rel=0.02)
    assert wire_energy(1e-3, 0.165e-9, 0.75) * 1e15 == pytest.approx(47.5, rel=0.01)


def test_supply_inverts_the_alpha_power_law():
    speeds = np.array([0.3, 0.6, 1.0, 1.2])
    supply = supply_for_speed(speeds, 0.75, 0.3, 1.25, 1.2)
    assert relative_delay(supply, 0.75, 0.3, 1.25) == pytest.approx(1 / speeds, rel=1e-6)
    assert supply[2] == pytest.approx(0.75)
    assert supply_for_speed(50.0, 0.75, 0.3, 1.25, 1.2) == pytest.approx(1.2)
    assert np.isinf(relative_delay(0.3, 0.75, 0.3, 1.25))
    assert relative_energy(0.6, 0.75) == pytest.approx(0.64)
    assert leakage_power(1e-4, 6e4, 0.75, 0.75, 0.15) == pytest.approx(6.0)
    assert leakage_power(1e-4, 6e4, 0.60, 0.75, 0.15) == pytest.approx(6.0 * 0.8 / np.e)


PUBLISHED_NS = {"16/12 nm": 0.94, "N10": 0.75, "N7": 0.70, "N5": 1.68, "N3E": 1.83}


def test_on_chip_memory_slows_down_below_7_nm_as_simulators_find(nodes):
    """1 MB in a cache simulator of low-power devices: within a factor of two at each node, same turn at 7 nm."""
    ours = {
        name: access_time(2**20, nodes[name].cells(), nodes[name].rc_s_per_m2, 0.7, 256.0, 256.0) * 1e9
        for name in PUBLISHED_NS
    }
    for name, published in PUBLISHED_NS.items():
        assert 0.5 < ours[name] / published < 2.0
    assert ours["N7"] < ours["N5"] < ours["N3E"]


def test_area_and_energy_of_memories(nodes):
    areas = {"16/12 nm": 0.92, "N7": 0.30, "N3E": 0.21}
    for name, published in areas.items():
        assert macro_area(2**20, nodes[name].cell_m2, 0.7) * 1e6 == pytest.approx(published, rel=0.25)
    published_pJ = {8192: 7.5, 32768: 8.5, 2**20: 14.0}
    for size, energy in published_pJ.items():
        assert access_energy(size, 0.859e-12, 0.00087e-12) * 8e12 == pytest.approx(energy, rel=0.05)


def test_multiply_add_energies(book):
    """An 8-bit multiply-add: 1.154, 0.200 and 0.109 pJ at 45, 16 and 7 nm."""
    mul, add, over = (
        book.number("Arithmetic at 45 nm", f) for f in ("int8_mul", "int32_add", "mac_overhead")
    )
    base = (mul + add) * over
    assert base * 1e12 == pytest.approx(1.154, rel=0.01)
    for node, expected in (("TSMC 16/12 nm", 0.200), ("TSMC N7", 0.109)):
        energy = scaled_energy(base, book.number(node, "energy_scale"))
        assert energy * 1e12 == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize(
    ("convection", "kelvin"), [(0.1, (382.95, 431.55, 480.15)), (0.02, (347.42, 369.37, 391.32))]
)
def test_temperatures_of_a_thermal_simulator(book, convection, kelvin):
    resistance = package_resistance(convection, 25.5e-3 * 31.9e-3, book.number("Cold plate", "conduction"))
    for power, expected in zip((400.0, 700.0, 1000.0), kelvin):
        assert junction(318.15, power, resistance) == pytest.approx(expected, abs=1.0)


@pytest.mark.parametrize("name", [f"TSMC {name}" for name in NODES] + ["SMIC N+2", "Intel 18A", "7 nm class"])
def test_every_node_can_be_reported(book, name):
    node, figures = node_report(book.catalog, name)
    assert node == name
    assert len(figures) > 20
    for figure in figures:
        assert 0 < figure.value < np.inf, figure
        assert figure.low <= figure.value <= figure.high, figure
    widths = [figure.high / figure.value for figure in figures if figure.high > figure.value]
    assert len(widths) > 15


def test_the_report_of_a_node_at_another_supply(book):
    nominal, low = (
        {figure.label: figure.value for figure in node_report(book.catalog, "TSMC N7", supply)[1]}
        for supply in (None, 0.6)
    )
    product = "multiply-add in an array, 16-bit floating point"
    assert low[product] == pytest.approx(0.64 * nominal[product])
    assert low["inverter driving four (FO4)"] > nominal["inverter driving four (FO4)"]
    half = nominal["supply at half of the nominal speed"]
    slow = {figure.label: figure.value for figure in node_report(book.catalog, "TSMC N7", half)[1]}
    assert slow["gate delay at this supply over the nominal"] == pytest.approx(2.0, rel=1e-6)
