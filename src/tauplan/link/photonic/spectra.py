r"""Spectra of rings, couplers and interferometers in closed form: complex amplitudes.

Fields behave as exp(−jωt), so that a length L of index n adds the phase 2πnL/λ. A ring of round-trip phase φ and
amplitude a, coupled to a bus (and a drop bus) with amplitude transmission t₁ (t₂)::

    through = (t₁ − t₂ a e^{jφ}) / (1 − t₁ t₂ a e^{jφ})
    drop    = −κ₁κ₂ √a e^{jφ/2} / (1 − t₁ t₂ a e^{jφ})

Source: Bogaerts et al., "Silicon microring resonators", Laser & Photonics Reviews 6 (2012).
"""

from __future__ import annotations

from tauplan.link.signal import ratio
from tauplan.tau import Number
from tauplan.tau import arrays as np

HALF = 0.5  # definition: amplitude is the square root of power


def phase(wavelength_m: Number, index: Number, length_m: Number) -> Number:
    """Return the phase over a length, 2πnL/λ, as a number in radians; wavelength and length [m]."""
    return 2.0 * np.pi * index * length_m / wavelength_m


def amplitude(loss_dB_per_m: Number, length_m: Number) -> Number:
    """Return the amplitude that is left after a length [m] of loss in dB per metre, as a share [1]."""
    return ratio(-loss_dB_per_m * length_m) ** HALF


def waveguide(wavelength_m: Number, index: Number, length_m: Number, loss_dB_per_m: Number = 0.0) -> Number:
    """Return the complex transmission of a waveguide as a share of the amplitude [1]; lengths [m]."""
    return amplitude(loss_dB_per_m, length_m) * np.exp(1j * phase(wavelength_m, index, length_m))


def ring(half_trip: Number, t_in: Number, t_drop: Number = 1.0) -> tuple[Number, Number]:
    """Return (through, drop) of a ring as shares of the amplitude [1].

    ``half_trip``: complex transmission of half the ring, as :func:`waveguide` gives it; ``t_in``, ``t_drop``:
    amplitude transmissions of its couplers. With ``t_drop`` = 1 the ring is all-pass and drops nothing.
    """
    round_trip = half_trip * half_trip
    whole = 1.0 - t_in * t_drop * round_trip
    through = (t_in - t_drop * round_trip) / whole
    drop = -np.sqrt(1.0 - t_in**2) * np.sqrt(1.0 - t_drop**2) * half_trip / whole
    return through, drop


def coupler(power_cross: Number) -> tuple[Number, Number]:
    """Return (straight, cross) of a lossless directional coupler as shares of the amplitude [1]: √(1−κ²), jκ."""
    return np.sqrt(1.0 - power_cross), 1j * np.sqrt(power_cross)


def mach_zehnder(
    upper: Number, lower: Number, split: Number = HALF, join: Number = HALF
) -> tuple[Number, Number]:
    """Return (bar, cross) of two couplers joined by two arms, as shares of the amplitude [1].

    ``upper``, ``lower``: complex transmissions of the arms; ``split``, ``join``: cross power of the couplers.
    """
    s1, x1 = coupler(split)
    s2, x2 = coupler(join)
    return s1 * upper * s2 + x1 * lower * x2, s1 * upper * x2 + x1 * lower * s2


def power(field: Number) -> Number:
    """Return |field|², a share of the power [1]."""
    return np.abs(field) ** 2


def free_spectral_range(wavelength_m: Number, group_index: Number, length_m: Number) -> Number:
    """Return the spacing of resonances, λ²/(n_g L) [m]; wavelength and round-trip length [m]."""
    return wavelength_m**2 / (group_index * length_m)


def lorentzian_through(detuning: Number, notch: Number) -> Number:
    """Return the power that passes a ring near resonance, (x² + T₀)/(x² + 1), as a share [1].

    ``detuning`` x: twice the detuning over the full width at half maximum; ``notch`` T₀: power left at the centre.
    """
    square = detuning * detuning
    return (square + notch) / (square + 1.0)


def lorentzian_drop(detuning: Number) -> Number:
    """Return the power that a drop ring takes near resonance, 1/(1 + x²), as a share of its peak [1]."""
    return 1.0 / (1.0 + detuning * detuning)
