"""From a designed chip and the claims about its node to the figures that a catalogued part would have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy

from tauplan import tau
from tauplan.chip.designed import (
    Fold,
    Node,
    PowerBudget,
    die_size,
    owners,
    peak_rate,
    period,
    power_budget,
    sustained_clock,
)
from tauplan.cost.die import design_share, probing_cost
from tauplan.cost.package import Dies, carried_package, organic_package
from tauplan.errors import InputError, Problem
from tauplan.evaluate.book import Book
from tauplan.evaluate.silicon import NEAR, carrier, die_facts, organic, wafer
from tauplan.spec.system import Design
from tauplan.tau import Number, Time
from tauplan.tau import arrays as np
from tauplan.technology.arithmetic import product_energy, scaled_energy
from tauplan.technology.device import leakage_power, relative_delay
from tauplan.technology.folding import Contact, Shrink, contact_at, crossing_delay, wire_shrink
from tauplan.technology.sram import access_time, array_delay
from tauplan.technology.thermal import package_resistance, stack_resistance
from tauplan.technology.wire import wire_resistance

CLASS = "Accelerator die"
LOGIC = "Folded logic"
BOND = "Hybrid bond"
MACRO = "SRAM macro"
COOLING = {"air": "Air-cooled package", "liquid": "Cold plate"}


@dataclass(frozen=True)
class Clock:
    """What a clock period is made of; see :func:`tauplan.chip.designed.period`."""

    node: Node
    depth: Number
    span_m: Number
    fold: Fold
    sram_s: Number
    sram_cycles: Number
    sustained: Number

    def owned(self) -> Time:
        """Return the period with its owners [s]; what heat adds is owned by the package."""
        gate, line, memory = owners(self.node, self.sram_s)
        nominal = period(gate, line, self.node, self.depth, self.span_m, self.fold, memory, self.sram_cycles)
        return tau.stretch(nominal, 1.0 / self.sustained, "package")


@dataclass(frozen=True)
class DesignedChip:
    """A designed chip resolved: clock with its owners, silicon, power, heat, money and time in the fab.

    ``given``: SI values that stand for the part's claims, by catalogue field; ``words``: text fields.
    Areas [m2], times [s], money [USD], carbon [kg], ``sustained``: clock that cooling allows over the nominal [1].
    """

    node: str
    clock: Clock
    sram_s: Number
    sram_array_s: Number
    crossing_s: Number
    ramp_reads: Number
    area_m2: Number
    footprint_m2: Number
    shrink: Shrink | None
    power: PowerBudget
    sustained: Number
    die_USD: Number
    unit_USD: Number
    carbon_kg: Number
    fab_s: Number
    given: dict[str, Number]
    words: dict[str, str]


def resolve_node(book: Book, name: str, supply_V: Number | None = None) -> Node:
    """Return a node's figures at a supply [V], nominal by default; from its class where it has none of its own."""
    near = NEAR.get(name, name)

    def number(field: str) -> Number:
        return book.number(name, field, (near, field))

    multiply, add = (book.number("Arithmetic at 45 nm", field) for field in ("fp16_mul", "fp32_add"))
    product = product_energy(multiply, add, book.number("Arithmetic at 45 nm", "mac_overhead"))
    copper = (book.number("Copper", field) for field in ("resistivity", "scattering"))
    nominal = number("vdd")
    supply = nominal if supply_V is None else supply_V
    slower = relative_delay(supply, nominal, number("vth"), number("alpha"))
    leakage = leakage_power(1.0, number("leakage"), supply, nominal, number("leakage_slope"))
    return Node(
        fo4_s=number("fo4") * slower,
        wire_ohm_per_m=number("wire_resistance"),
        wire_F_per_m=number("wire_capacitance"),
        fine_ohm_per_m=wire_resistance(number("finest_pitch"), number("wire_aspect"), *copper),
        gate_F=number("gate_capacitance"),
        supply_V=supply,
        density_per_m2=number("density"),
        cell_m2=number("sram_cell"),
        leakage_W_per_m2=leakage,
        product_J=scaled_energy(product, number("energy_scale"), supply / nominal),
    )


def resolve_design(book: Book, part: str, design: Design) -> DesignedChip:
    """Return a designed chip in the place of ``part``, whose memory it keeps unless it names its own."""

    def own(field: str) -> Number:
        return book.number(CLASS, field)

    name = book.catalog.resolve(design.node, "node").name
    node = resolve_node(book, name, design.supply)
    if np.any(~np.isfinite(node.fo4_s)):
        raise InputError(
            Problem(
                "the supply is not above the threshold voltage",
                path="system.accelerator.design.supply",
                value=f"{float(np.min(node.supply_V)):g} V",
                expected=f"more than {float(np.max(book.number(name, 'vth', (NEAR.get(name, name), 'vth')))):g} V",
            )
        )
    made = design.products / (1.0 - design.harvest)
    area = die_size(
        node,
        made,
        own("unit_transistors"),
        own("density_share"),
        design.sram,
        book.number(MACRO, "sram_efficiency"),
    )
    if design.chiplets > 1:
        area = area * (1.0 + own("interface_share"))
    span = own("stage_span")
    fold, shrink = resolve_fold(book, node, design, span)
    rows, columns = (book.number(MACRO, field) for field in ("array_rows", "array_columns"))
    array_s = array_delay(node.cells(), rows, columns)
    efficiency = book.number(MACRO, "sram_efficiency")
    tiers = design.tiers * 1.0
    sram_s = access_time(
        design.sram, node.cells(), node.rc_s_per_m2, efficiency, rows, columns, 1.0 / tiers**0.5
    )
    depth = own("stage_depth") if design.depth is None else design.depth
    cycles = own("sram_cycles")
    plain = period(node.fo4_s, node.rc_s_per_m2, node, depth, span, fold, array_s, cycles)
    memory, bandwidth, capacity, byte_J = _memory(book, part, design)
    saved = own("wire_energy_share") * (1.0 - (shrink.mean if shrink else 1.0))
    power = power_budget(
        node,
        area,
        design.products,
        plain,
        own("movement"),
        own("busy"),
        STREAMING * byte_J * bandwidth,
        own("board_power"),
        saved,
    )
    sustained = cooled_clock(book, design.cooling, power, tiers, area / tiers)
    slowed = plain / np.maximum(sustained, SLOWEST)
    rate = peak_rate(design.products, slowed)
    die_USD, carbon_kg, fab_s = _silicon(book, name, design, area)
    unit_USD = _unit(book, name, design, area / tiers / design.chiplets, die_USD, capacity)
    eight = rate * own("gemm_formats")
    return DesignedChip(
        node=name,
        clock=Clock(node, depth, span, fold, array_s, cycles, np.maximum(sustained, SLOWEST)),
        sram_s=sram_s,
        sram_array_s=array_s,
        crossing_s=crossing_delay(fold.contact, node.driver_ohm / fold.gates, node.gate_F * fold.gates),
        ramp_reads=own("ramp_reads"),
        area_m2=area,
        footprint_m2=area / tiers,
        shrink=shrink,
        power=power,
        sustained=sustained,
        die_USD=die_USD,
        unit_USD=unit_USD,
        carbon_kg=carbon_kg,
        fab_s=fab_s,
        given={
            "peak_bf16": rate,
            "peak_fp16": rate,
            "peak_fp8": eight,
            "peak_int8": eight,
            "clock": 1.0 / slowed,
            "memory_bandwidth": bandwidth,
            "memory_capacity": capacity,
            "tdp": power.leakage_W + power.arrays_W * sustained**3.0 + power.memory_W + power.board_W,
            "idle_power": power.leakage_W + 0.5 * power.board_W,
            "price": unit_USD * own("price_over_cost"),
            "lead_time": fab_s + own("package_time"),
        },
        words={"process_node": name, "memory_type": memory},
    )


STREAMING = 0.5  # definition: a long product streams from memory about half of the time
SLOWEST = 0.05  # definition: a chip that cooling holds below a twentieth of its clock is not worth a number


def resolve_fold(book: Book, node: Node, design: Design, span_m: Number) -> tuple[Fold, Shrink | None]:
    """Return the fold of a design; the shrink of its wires is computed for the block that a stage spans."""
    known = Contact(
        KNOWN_PITCH_M, book.number(BOND, "contact_resistance"), book.number(BOND, "contact_capacitance")
    )
    pitch = book.number(BOND, "contact_pitch") if design.bond_pitch is None else design.bond_pitch
    top, gates = book.number(LOGIC, "top_pitch"), book.number(CLASS, "crossing_driver")
    if design.tiers == 1:
        return Fold(1.0, 1.0, contact_at(pitch, known), top, gates), None
    share, rent = book.number(LOGIC, "stage_share"), book.number(LOGIC, "rent")
    side = span_m / share
    count = side * side * node.density_per_m2 / book.number(LOGIC, "gate_transistors_mean")
    repeaters = book.number(LOGIC, "repeaters")

    def one(gates: float, rent: float, area: float, pitch: float, share: float, saved: float) -> Shrink:
        return wire_shrink(gates, rent, design.tiers, area, pitch, share, saved)

    found = _each(one, count, rent, side * side, pitch, share, repeaters)
    return Fold(design.tiers * 1.0, found.stage, contact_at(pitch, known), top, gates), found


KNOWN_PITCH_M = 2e-6  # definition: pitch at which resistance and capacitance of a contact are claimed


def _each(function: Callable[..., Shrink], *inputs: Number) -> Shrink:
    """Return a scalar function's results over broadcast inputs, each distinct combination computed once."""
    if all(np.ndim(value) == 0 for value in inputs):
        return function(*(float(value) for value in inputs))
    table = numpy.stack([array.ravel() for array in numpy.broadcast_arrays(*inputs)], axis=1)
    rows, where = numpy.unique(table, axis=0, return_inverse=True)
    found = [function(*(float(value) for value in row)) for row in rows]
    shape = numpy.broadcast_shapes(*(numpy.shape(value) for value in inputs))

    def spread(name: str) -> Number:
        return np.array([getattr(one, name) for one in found])[where.reshape(-1)].reshape(shape)

    return Shrink(spread("mean"), spread("stage"), spread("longest"), spread("served"))


def _memory(book: Book, part: str, design: Design) -> tuple[str, Number, Number, Number]:
    """Return kind, bandwidth [B/s], capacity [B] and energy per byte [J/B] of the memory."""
    if design.memory is None:
        kind = book.text(part, "memory_type") or "HBM2e"
        bandwidth, capacity = (book.number(part, field) for field in ("memory_bandwidth", "memory_capacity"))
    else:
        kind = book.catalog.resolve(f"memory type {design.memory}", "memory").name.removeprefix(
            "memory type "
        )
        bandwidth, capacity = (
            book.number(f"memory type {kind}", field) * design.stacks for field in ("bandwidth", "capacity")
        )
    energy = book.number(f"memory type {kind}", "energy_per_bit", ("memory type HBM2e", "energy_per_bit"))
    return kind, bandwidth, capacity, energy


def cooled_clock(book: Book, cooling: str, power: PowerBudget, tiers: Number, footprint_m2: Number) -> Number:
    """Return the clock that a package sustains over the nominal one [1], for tiers of a footprint [m2]."""
    cooler = COOLING[cooling]
    package = package_resistance(
        book.number(cooler, "convection"), footprint_m2, book.number(cooler, "conduction")
    )
    whole = stack_resistance(package, tiers, book.number(BOND, "thermal_resistance"), footprint_m2)
    limit, coolant = book.number(cooler, "junction_limit"), book.number(cooler, "coolant")
    return sustained_clock(power, limit, coolant, whole)


def _silicon(book: Book, node: str, design: Design, area: Number) -> tuple[Number, Number, Number]:
    """Return cost [USD] of one good die or bonded stack, carbon of all [kg], and their time in the fab [s]."""
    tiers = design.tiers * 1.0
    die = area / tiers / design.chiplets
    facts = die_facts(book, node, die, design.harvest)
    bond = book.number(BOND, "bond_yield") ** (tiers - 1.0)
    joining = book.number(BOND, "price_per_area") * die * (tiers - 1.0)
    carbon_kg = facts.carbon_kg * tiers * design.chiplets / bond
    return (facts.good_USD * tiers + joining) / bond, carbon_kg, facts.fab_s


def _unit(
    book: Book, node: str, design: Design, die_m2: Number, die_USD: Number, capacity_B: Number
) -> Number:
    """Return the cost of one tested part [USD]: silicon, memory, package, test, its share of design and masks."""
    kind = f"memory type {design.memory}" if design.memory else "memory type HBM3e"
    price = book.number(kind, "price_per_byte", ("memory type HBM3e", "price_per_byte"))
    silicon = Dies(die_m2, die_USD, 0.0, design.chiplets * 1.0)
    if design.memory is not None and design.memory.startswith("HBM"):
        stacks = design.stacks * 1.0
        stack = Dies(book.number(CLASS, "stack_area"), price * capacity_B / stacks, 0.0, stacks)
        interposer = carrier(book, "CoWoS")
        package = carried_package([silicon, stack], interposer, organic(book), wafer(book)).total
    else:
        package = organic_package([silicon], organic(book)).total + price * capacity_B
    test = probing_cost(book.number(CLASS, "test_time"), book.number(CLASS, "test_cell"))
    near = NEAR.get(node, node)
    effort, masks = (book.number(node, field, (near, field)) for field in ("design_cost", "mask_set"))
    return package + test + design_share(effort, masks, design.volume * 1.0)
