"""Wires: resistance with the copper size effect, delay with and without repeaters, energy."""

from __future__ import annotations

from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.technology.device import PARASITIC, STEP_RESPONSE, switching_rc

SPREAD_RESPONSE = 0.38  # definition: half-step response of a distributed RC line
RANDOM_ACTIVITY = 0.25  # definition: charge drawn per bit of random data, in units of C V


def copper_resistivity(width_m: Number, bulk_ohm_m: Number, scatter_m: Number) -> Number:
    """Return the resistivity of a copper line [ohm m]: ρ₀ (1 + s/w) with width w and scattering length s [m].

    Surface and grain scattering and the liner in one length. Validity: 10 nm and wider; a factor of two between
    fits and extracted layers.
    """
    return bulk_ohm_m * (1.0 + scatter_m / width_m)


def wire_resistance(pitch_m: Number, aspect: Number, bulk_ohm_m: Number, scatter_m: Number) -> Number:
    """Return the resistance per length of a wire at minimum pitch [ohm/m]: ρ(w)/(a w²), w half the pitch [m].

    ``aspect``: height over width [1].
    """
    width = pitch_m / 2.0
    return copper_resistivity(width, bulk_ohm_m, scatter_m) / (aspect * width * width)


def driven_wire_delay(
    driver_ohm: Number, load_F: Number, r_ohm_per_m: Number, c_F_per_m: Number, length_m: Number
) -> Number:
    """Return the Elmore delay of a wire without repeaters [s].

    0.69 R (cL + C) + 0.69 rL C + 0.38 rc L², with driver R [ohm], load C [F], wire r [ohm/m] and c [F/m].
    """
    wire_F, wire_ohm = c_F_per_m * length_m, r_ohm_per_m * length_m
    lumped = driver_ohm * (wire_F + load_F) + wire_ohm * load_F
    return STEP_RESPONSE * lumped + SPREAD_RESPONSE * wire_ohm * wire_F


def repeater_spacing(fo4_s: Number, rc_s_per_m2: Number) -> Number:
    """Return the best distance between repeaters [m]: √(0.69 RC (1+p) / (0.38 rc)), from FO4 [s] and rc [s/m2]."""
    gate = STEP_RESPONSE * switching_rc(fo4_s) * (1.0 + PARASITIC)
    return np.sqrt(gate / (SPREAD_RESPONSE * rc_s_per_m2))


def repeater_load() -> Number:
    """Return the capacitance of the best repeaters over their wire's [ratio]: √((1+p) 0.38/0.69)."""
    return np.sqrt((1.0 + PARASITIC) * SPREAD_RESPONSE / STEP_RESPONSE)


def wire_energy(
    length_m: Number, c_F_per_m: Number, supply_V: Number, activity: Number = RANDOM_ACTIVITY
) -> Number:
    """Return the energy of one bit over a repeated wire [J]: activity · c L V² · (1 + repeaters)."""
    return activity * c_F_per_m * length_m * supply_V * supply_V * (1.0 + repeater_load())
