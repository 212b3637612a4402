"""On-chip memory: area of a macro, and an access through decoder, resistive lines, sense and bank tree."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.technology.cycle import repeated_wire_delay
from tauplan.technology.wire import SPREAD_RESPONSE

SENSE_GATES = 4.0  # definition: sense amplifier and column multiplexer, in FO4
SWING = 0.15  # definition: bit line falls by this share of the supply before it is sensed
CELL_ASPECT = 2.2  # definition: width over height of a six-transistor cell, word line along the width
CELL_LOADS = 2.0  # definition: gates of a cell on its word line, in inverter inputs
CELL_SERIES = 2.0  # definition: two minimum devices in series discharge the bit line
TREE_PASSES = 2.0  # definition: request in, data out


@dataclass(frozen=True)
class Cells:
    """A bit cell in its node: area [m2], FO4 [s], inverter R [ohm] and C [F], lines r [ohm/m] and c [F/m]."""

    area_m2: Number
    fo4_s: Number
    device_ohm: Number
    gate_F: Number
    r_ohm_per_m: Number
    c_F_per_m: Number


def macro_area(capacity_B: Number, cell_m2: Number, efficiency: Number) -> Number:
    """Return the area of a memory [m2]: bits · bit cell [m2] / share of the macro that is cells [1]."""
    return 8.0 * capacity_B * cell_m2 / efficiency


def array_delay(cells: Cells, rows: Number, columns: Number) -> Number:
    r"""Return the delay of one array: decode, word line, bit line, sense [s].

    .. math:: t = t_{FO4}\left(\tfrac12\log_2 n_r + \tfrac12\log_2 n_c + 4\right)
        + 0.38\,r c_w L_w^2 + R_{cell} C_b\,\delta + 0.38\,r c_b L_b^2

    Rows and columns [count]. Word line c_w includes two gates per cell, bit line C_b a drain per cell; lines are
    resistive, so large arrays slow down with the square of their side.
    """
    height = np.sqrt(cells.area_m2 / CELL_ASPECT)
    width = CELL_ASPECT * height
    gates = 0.5 * np.log2(rows) + 0.5 * np.log2(columns) + SENSE_GATES
    word_m, bit_m = columns * width, rows * height
    word_F = word_m * cells.c_F_per_m + columns * CELL_LOADS * cells.gate_F
    bit_F = bit_m * cells.c_F_per_m + rows * 0.5 * cells.gate_F
    word = SPREAD_RESPONSE * cells.r_ohm_per_m * word_m * word_F
    bit = CELL_SERIES * cells.device_ohm * bit_F * SWING + SPREAD_RESPONSE * cells.r_ohm_per_m * bit_m * bit_F
    return gates * cells.fo4_s + word + bit


def access_time(
    capacity_B: Number,
    cells: Cells,
    rc_s_per_m2: Number,
    efficiency: Number,
    rows: Number,
    columns: Number,
    stretch: Number = 1.0,
) -> Number:
    """Return the access time of a memory [s]: a tree of repeated wires to and from one array, and the array.

    Capacity [B]; the tree spans half the macro's perimeter over semi-global wires of ``rc`` [s/m2], times
    ``stretch`` [1] where tiers fold it. Known error: a factor of two against cache simulators, see the docs.
    """
    side = np.sqrt(macro_area(capacity_B, cells.area_m2, efficiency)) * stretch
    tree = repeated_wire_delay(cells.fo4_s, rc_s_per_m2, TREE_PASSES * side)
    return tree + array_delay(cells, rows, columns)


def access_energy(
    capacity_B: Number, base_J_per_B: Number, root_J_per_B: Number, scale: Number = 1.0
) -> Number:
    """Return the energy per byte read [J/B]: (e₀ + e₁ √capacity [B]) · scale of the node [1].

    The root is the way to the array. Fitted to 8 kB, 32 kB and 1 MB: within 5 %.
    """
    return (base_J_per_B + root_J_per_B * np.sqrt(capacity_B)) * scale
