"""Embodied carbon: of wafers by energy, gases and materials; of dies, packages and memory."""

from __future__ import annotations

from tauplan.tau import Number
from tauplan.tau import arrays as np


def area_carbon(
    energy_J_per_m2: Number, grid_kg_per_J: Number, gas_kg_per_m2: Number, materials_kg_per_m2: Number
) -> Number:
    """Return the carbon of processed wafer area [kg/m2]: energy · grid + gases after abatement + materials.

    Energy [J/m2], carbon of the fab's electricity [kg/J], gases and materials [kg/m2]. Source: ACT (ISCA 2022).
    """
    return energy_J_per_m2 * grid_kg_per_J + gas_kg_per_m2 + materials_kg_per_m2


def die_carbon(area_m2: Number, area_kg_per_m2: Number, good: Number) -> Number:
    """Return the carbon of one good die [kg]: area [m2] · carbon per area [kg/m2] / yield [1]."""
    return area_m2 * area_kg_per_m2 / good


def rim_carbon(area_m2: Number, area_kg_per_m2: Number, diameter_m: Number) -> Number:
    r"""Return a die's part of the wafer area that carries no die [kg].

    .. math:: \frac{\pi d^2/4 - \lfloor N \rfloor A}{N}\,c, \quad N = \pi d\left(\frac{d}{4A} -
        \frac{1}{\sqrt{2A}}\right)

    Die area A [m2], wafer diameter d [m], carbon per area c [kg/m2]. Source: ECO-CHIP (HPCA 2024).
    """
    dies = np.pi * diameter_m * (diameter_m / (4.0 * area_m2) - 1.0 / np.sqrt(2.0 * area_m2))
    unused = np.pi * diameter_m * diameter_m / 4.0 - np.floor(dies) * area_m2
    return unused * area_kg_per_m2 / dies


def layer_carbon(
    area_m2: Number,
    area_kg_per_m2: Number,
    wiring_share: Number,
    layers: Number,
    full_layers: Number,
    made: Number,
    bonded: Number,
) -> Number:
    """Return the carbon of redistribution layers or a passive interposer [kg].

    area [m2] · carbon per area of its node [kg/m2] · share of wiring in a full process · layers/full layers /
    (yield · bond yield), shares and yields [1]. Source: ECO-CHIP (HPCA 2024).
    """
    return area_m2 * area_kg_per_m2 * wiring_share * layers / full_layers / (made * bonded)


def memory_carbon(capacity_B: Number, kg_per_B: Number) -> Number:
    """Return the carbon of memory or storage [kg]: capacity [B] times carbon per capacity [kg/B]."""
    return capacity_B * kg_per_B


def design_carbon(
    transistors: Number,
    per_gate: Number,
    gate_J: Number,
    grid_kg_per_J: Number,
    rounds: Number,
    units: Number,
) -> Number:
    """Return the carbon of design effort per unit [kg].

    transistors / (transistors per gate) · compute energy per gate and round [J] · carbon of that electricity
    [kg/J] · rounds / units [count]. Source: ECO-CHIP (HPCA 2024).
    """
    return transistors / per_gate * gate_J * grid_kg_per_J * rounds / units


def operation_carbon(power_W: Number, time_s: Number, grid_kg_per_J: Number) -> Number:
    """Return the carbon of use [kg]: mean power at the meter [W] · time [s] · carbon of electricity [kg/J]."""
    return power_W * time_s * grid_kg_per_J
