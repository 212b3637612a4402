"""A designed chip: clock period with its owners, area, power and peak rates from node, arrays and memory."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.chip.power import capped_clock
from tauplan.tau import Number, Time
from tauplan.tau import arrays as np
from tauplan.technology.arithmetic import array_power
from tauplan.technology.cycle import repeated_wire_delay
from tauplan.technology.density import blocks_area
from tauplan.technology.device import effective_resistance, leakage_power
from tauplan.technology.folding import Contact, folded_wire
from tauplan.technology.sram import Cells, macro_area
from tauplan.technology.thermal import sustained_power

FLOP_PER_PRODUCT = 2.0  # definition: a multiply-add counts as two
CUBIC = 1.0 / 3.0  # definition: clock over dynamic power where the voltage follows the clock


@dataclass(frozen=True)
class Node:
    """A process node resolved: FO4 [s], R and C of wires [ohm/m], [F/m], supply [V], densities and energies.

    ``wire_*``: semi-global layers, ``fine_ohm_per_m``: the finest; ``gate_F``: minimum inverter;
    ``density_per_m2``: transistors of the densest library; ``cell_m2``: SRAM bit cell; ``leakage_W_per_m2`` at
    nominal supply; ``product_J``: one 16-bit multiply-add in an array.
    """

    fo4_s: Number
    wire_ohm_per_m: Number
    wire_F_per_m: Number
    fine_ohm_per_m: Number
    gate_F: Number
    supply_V: Number
    density_per_m2: Number
    cell_m2: Number
    leakage_W_per_m2: Number
    product_J: Number

    @property
    def rc_s_per_m2(self) -> Number:
        """Resistance times capacitance of semi-global wires [s/m2]."""
        return self.wire_ohm_per_m * self.wire_F_per_m

    @property
    def driver_ohm(self) -> Number:
        """Resistance of a minimum inverter [ohm]."""
        return effective_resistance(self.fo4_s, self.gate_F)

    def cells(self) -> Cells:
        """Return its SRAM bit cell with the lines it hangs on."""
        return Cells(
            self.cell_m2, self.fo4_s, self.driver_ohm, self.gate_F, self.fine_ohm_per_m, self.wire_F_per_m
        )


@dataclass(frozen=True)
class Fold:
    """How a die is folded: tiers [count], shrink of stage-spanning wires [ratio], contact, top-metal pitch [m].

    ``gates``: drivers of a crossing, in minimum inverters [1].
    """

    tiers: Number
    stage: Number
    contact: Contact
    top_pitch_m: Number
    gates: Number


def period(
    fo4_s: Number,
    rc_s_per_m2: Number,
    node: Node,
    depth: Number,
    span_m: Number,
    fold: Fold,
    sram_s: Number = 0.0,
    sram_cycles: Number = 1.0,
) -> Number:
    """Return the clock period [s]: max(depth · FO4 + wires of a stage, SRAM access / its cycles).

    Depth in FO4 delays after wires [1]; the longest wire of a stage spans ``span_m`` [m] flat and is repeated, so
    half of it is owned by ``fo4_s`` and half by ``rc_s_per_m2``; crossings between tiers are owned by ``fold``.
    FO4 [s], rc [s/m2] and the access [s] may be ``Time``, as :func:`owners` gives them, or plain.
    """
    flat = repeated_wire_delay(fo4_s, rc_s_per_m2, span_m)
    driver, load = node.driver_ohm / fold.gates, node.gate_F * fold.gates
    folded = folded_wire(fo4_s, rc_s_per_m2, span_m, fold.stage, fold.contact, fold.top_pitch_m, driver, load)
    wire = np.where(np.asarray(fold.tiers) > 1.0, folded, flat)
    return np.maximum(fo4_s * depth + wire, sram_s / sram_cycles)


def owners(node: Node, sram_s: Number) -> tuple[Time, Time, Time]:
    """Return FO4, rc and SRAM access with their owners [s], [s/m2], [s]."""
    return (
        Time.of("transistor", node.fo4_s),
        Time.of("wire", node.rc_s_per_m2),
        Time.of("sram", sram_s),
    )


def die_size(
    node: Node,
    products: Number,
    unit_transistors: Number,
    density_share: Number,
    sram_B: Number,
    sram_efficiency: Number,
) -> Number:
    """Return the silicon of a designed chip, all tiers together [m2].

    Multiply-adds per clock [count] with their share of all but SRAM [transistors], over the density that such dies
    reach, plus SRAM of ``sram_B`` [B] with cells on ``sram_efficiency`` of its area [1].
    """
    memory = macro_area(sram_B, node.cell_m2, sram_efficiency)
    return blocks_area(products, unit_transistors, node.density_per_m2, density_share, memory)


def peak_rate(products: Number, period_s: Number) -> Number:
    """Return the dense 16-bit rate [FLOP/s]: 2 · multiply-adds per clock [count] / period [s]."""
    return FLOP_PER_PRODUCT * products / period_s


@dataclass(frozen=True)
class PowerBudget:
    """Power at full load [W]: matrix units with all they move, leakage, memory and board."""

    arrays_W: Number
    leakage_W: Number
    memory_W: Number
    board_W: Number

    @property
    def die_W(self) -> Number:
        """Heat of the die [W]."""
        return self.arrays_W + self.leakage_W

    @property
    def total_W(self) -> Number:
        """All of it [W]."""
        return self.die_W + self.memory_W + self.board_W


def power_budget(
    node: Node,
    area_m2: Number,
    products: Number,
    period_s: Number,
    movement: Number,
    busy: Number,
    memory_W: Number,
    board_W: Number,
    wire_saved: Number = 0.0,
) -> PowerBudget:
    """Return the power of a designed chip at nominal supply [W].

    ``movement``: all switching energy over that of products [ratio]; ``wire_saved``: share of the switching energy
    that shorter wires save [1]; area [m2], period [s].
    """
    arrays = array_power(products, 1.0 / period_s, node.product_J, movement * (1.0 - wire_saved), busy)
    leakage = leakage_power(area_m2, node.leakage_W_per_m2, node.supply_V, node.supply_V, 1.0)
    return PowerBudget(arrays, leakage, memory_W, board_W)


def sustained_clock(
    budget: PowerBudget, limit_K: Number, coolant_K: Number, resistance_K_per_W: Number
) -> Number:
    """Return the clock that cooling sustains over the nominal one [ratio].

    The die may give (T_limit − T_coolant)/R [W]; what is left beside leakage goes to switching, whose power falls
    with the cube of the clock while the supply follows. One where cooling suffices, zero where leakage alone is
    too much. Temperatures [K], resistance to the coolant [K/W].
    """
    allowed = sustained_power(limit_K, coolant_K, resistance_K_per_W)
    return capped_clock(allowed, budget.die_W, budget.leakage_W, CUBIC)
