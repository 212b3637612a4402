"""Lasers: electrical power for a given light, and the light that a waveguide may carry."""

from __future__ import annotations

from tauplan.tau import Number


def efficiency(power_W: Number, peak: Number, threshold_W: Number) -> Number:
    """Return the wall-plug efficiency at a power of light [W]: η_max·P/(P + P_th) [1].

    From η = η_d·(hν/qV)·(1 − I_th/I) with light proportional to the current above threshold; P_th [W] is the
    light that the threshold current would give. Validity: below thermal roll-over.
    """
    return peak * power_W / (power_W + threshold_W)


def electrical_power(power_W: Number, peak: Number, threshold_W: Number) -> Number:
    """Return the electrical power for a power of light [W]: (P + P_th)/η_max; power and threshold [W]."""
    return (power_W + threshold_W) / peak
