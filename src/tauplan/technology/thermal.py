"""Heat: from tiers of a die to the coolant, and the power that keeps it below its limit."""

from __future__ import annotations

from tauplan.tau import Number

SPREAD = 1.115  # definition: weight of convection where heat must spread to reach it, by HotSpot runs


def package_resistance(convection_K_per_W: Number, area_m2: Number, conduction_Km2_per_W: Number) -> Number:
    """Return junction to coolant [K/W]: 1.115 · convection + conduction per area [K m2/W] / die area [m2].

    Known error: 1 K up to 1000 W on an 814 mm2 die. Validity: a spreader over the whole die, 300 to 900 mm2; small
    dies spread better than 1/area says.
    """
    return SPREAD * convection_K_per_W + conduction_Km2_per_W / area_m2


def stack_resistance(
    package_K_per_W: Number, tiers: Number, interface_Km2_per_W: Number, area_m2: Number
) -> Number:
    """Return the rise of the hottest of equal tiers over their total power [K/W].

    All power crosses the package; (i/n) of it crosses the interface under tier i, so n tiers add
    (n − 1)/2 · interface [K m2/W] / footprint [m2]. The hottest tier is the one farthest from the coolant.
    """
    return package_K_per_W + (tiers - 1.0) / 2.0 * interface_Km2_per_W / area_m2


def sustained_power(limit_K: Number, coolant_K: Number, resistance_K_per_W: Number) -> Number:
    """Return the power that holds the hottest point at its limit [W]: (T_limit − T_coolant [K]) / R [K/W]."""
    return (limit_K - coolant_K) / resistance_K_per_W


def junction(coolant_K: Number, power_W: Number, resistance_K_per_W: Number) -> Number:
    """Return the temperature of the hottest point [K]: coolant [K] + power [W] · R [K/W]."""
    return coolant_K + power_W * resistance_K_per_W
