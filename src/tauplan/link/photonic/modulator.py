"""Modulators: extinction, insertion loss, penalties, and the energy of their drivers."""

from __future__ import annotations

from tauplan.link.photonic.spectra import lorentzian_through
from tauplan.link.signal import bits_per_symbol, decibels
from tauplan.tau import Number
from tauplan.tau import arrays as np

REFERENCE_V = 2.0  # definition: drive of the rate-dependent driver fit
REFERENCE_F = 50e-15  # definition: load of the rate-dependent driver fit
CHARGE = 1.602176634e-19  # definition: the elementary charge
VACUUM = 8.8541878128e-12  # definition: the permittivity of vacuum
SIX = 6.0  # definition: of the mean squared step of equally spaced levels


def ring_levels(swing: Number, notch: Number) -> tuple[Number, Number]:
    """Return the power that a ring passes as a one and as a zero, shares of the input [1].

    The resonance sits on the carrier for a zero and moves away by ``swing`` full line widths for a one;
    ``notch`` is the power left at its centre [1].
    """
    return lorentzian_through(2.0 * swing, notch), notch * np.ones_like(swing * 1.0)


def insertion_penalty(one: Number) -> Number:
    """Return the loss of a one, −10·log₁₀ T_on, in dB [1]."""
    return -decibels(one)


def extinction_penalty(extinction: Number) -> Number:
    """Return the penalty of a zero that is not dark, −10·log₁₀((r−1)/(r+1)), in dB [1]; r the ratio of levels."""
    return -decibels((extinction - 1.0) / (extinction + 1.0))


def keying_penalty(extinction: Number) -> Number:
    """Return the penalty of sending ones half of the time, −10·log₁₀((r+1)/(2r)), in dB [1]."""
    return -decibels((extinction + 1.0) / (2.0 * extinction))


def array_through(spacing: Number, channels: Number) -> Number:
    """Return the loss that the other rings of a bus put on the middle channel, in dB [1].

    −10·log₁₀(1 − Σ 1/(1 + (kx)²)), the product of their Lorentzians to first order; ``spacing`` x is the channel
    spacing in half line widths [1]. Validity: sums well below one, spacings above one line width.
    """
    return -decibels(1.0 - np.minimum(neighbours(spacing, channels), _MOST))


_MOST = (
    0.999  # definition: a channel that its neighbours swallow keeps a thousandth, so that numbers stay finite
)


def neighbours(spacing: Number, channels: Number) -> Number:
    r"""Return the sum of 1/(1 + (kx)²) over the neighbours k = ±1 … ±(N−1)/2 of the middle channel [1].

    .. math:: \sum_{k\ne 0} \frac1{1+k^2x^2} = \frac{\pi}{x}\coth\frac{\pi}{x} - 1

    for many channels, less the tail 4/(x² N) beyond the last. ``spacing`` x in half line widths [1].
    Known error: below 3 % from four channels on; none is left for a single channel.
    """
    u = np.pi / spacing
    tail = 4.0 / (spacing * spacing * np.maximum(channels, 2.0))
    series = u / np.tanh(u) - 1.0
    return np.where(channels > 1.0, np.maximum(series - tail, 0.0), 0.0)


def switched_energy(capacitance_F: Number, swing_V: Number, levels: Number = 2.0) -> Number:
    r"""Return the energy to charge a modulator per byte of random data [J/B].

    .. math:: e_{bit} = \frac{C}{2}\, \frac{(M+1) V^2}{6(M-1)} \cdot \frac{1}{\log_2 M}

    CV²/4 for NRZ: half the mean squared step between equally likely, equally spaced levels. [F], [V].

    >>> round(float(switched_energy(65e-15, 2.0)) / 8e-15, 1)  # fJ per bit
    65.0
    """
    square_step = (levels + 1.0) / (SIX * (levels - 1.0))
    return 8.0 * capacitance_F * swing_V**2 * 0.5 * square_step / bits_per_symbol(levels)


def driver_energy(
    capacitance_F: Number, swing_V: Number, rate_Bps: Number, offset_J: Number, slope: Number
) -> Number:
    """Return the energy of a driver beyond the modulator's own charge, per byte [J/B].

    offset + slope·R·(V/2 V)²·(C/50 fF): offset [J/B], slope [J s/B2], rate [B/s], swing [V], capacitance [F].
    Validity: the rates of the fit, 5 to 32 Gb/s; steeper beyond. Source: circuit fits of PhoenixSim.
    """
    return offset_J + slope * rate_Bps * (swing_V / REFERENCE_V) ** 2 * (capacitance_F / REFERENCE_F)


def travelling_wave_energy(
    peak_to_peak_V: Number, load_ohm: Number, rate_bps: Number, arms: Number = 2.0
) -> Number:
    """Return the radio-frequency energy of a travelling-wave modulator per byte [J/B].

    arms·(V_pp/2)²/Z per bit time: each arm ends in its load [Ω] and sees a square wave of V_pp [V]; rate in bits
    per second [1/s].
    """
    return 8.0 * arms * (0.5 * peak_to_peak_V) ** 2 / load_ohm / rate_bps


def depletion_width(
    volts: Number, built_in_V: Number, acceptors: Number, donors: Number, permittivity: Number
) -> Number:
    r"""Return the width of a reverse-biased junction [m].

    .. math:: w = \sqrt{\frac{2\varepsilon}{q}\,\frac{N_a+N_d}{N_a N_d}\,(V_{bi}+V)}

    Reverse bias [V], built-in voltage [V], doping [1/m3], relative permittivity [1]. Abrupt junction.
    """
    doping = (acceptors + donors) / (acceptors * donors)
    return np.sqrt(2.0 * permittivity * VACUUM / CHARGE * doping * (built_in_V + volts))


def resonance_shift(
    wavelength_m: Number, group_index: Number, index_change: Number, overlap: Number
) -> Number:
    """Return the shift of a ring's resonance, λ·Γ·Δn/n_g [m]; wavelength [m], overlap Γ, index change [1]."""
    return wavelength_m * overlap * index_change / group_index
