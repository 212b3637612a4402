"""Keeping rings on their wavelengths: how far they must be shifted, and what that takes."""

from __future__ import annotations

from tauplan.tau import Number
from tauplan.tau import arrays as np

SIGMAS = 3.0  # definition: rings are made this many standard deviations short of their wavelength


def full_shift(local_Hz: Number, between_Hz: Number) -> Number:
    """Return the mean shift when every ring goes to its own channel [Hz]: 3·√(σ_local² + σ_global²).

    A heater moves one way only, so the design lies three standard deviations off. Spreads [Hz].
    """
    return SIGMAS * np.sqrt(local_Hz * local_Hz + between_Hz * between_Hz)


def nearest_shift(local_Hz: Number, spacing_Hz: Number) -> Number:
    """Return the mean shift when rings take the nearest channel and bits are reordered [Hz].

    The spread between dies then costs half a channel spacing at most on average; that within a die is left:
    spacing/2 + 3·σ_local. Spread and spacing [Hz].
    """
    return spacing_Hz / 2.0 + SIGMAS * local_Hz


def best_shift(
    local_Hz: Number, between_Hz: Number, spacing_Hz: Number, electrical_Hz: Number = 0.0
) -> Number:
    """Return the smaller of :func:`full_shift` and :func:`nearest_shift`, less what the junction gives [Hz]."""
    best = np.minimum(full_shift(local_Hz, between_Hz), nearest_shift(local_Hz, spacing_Hz))
    return np.maximum(best - electrical_Hz, 0.0)


def heater_power(shift_Hz: Number, efficiency: Number) -> Number:
    """Return the power of a heater [W]: shift [Hz] · efficiency [W/Hz]."""
    return shift_Hz * efficiency
