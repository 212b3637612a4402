"""Drop rings: what they lose, cut off and let leak, and the quality factor that balances the three."""

from __future__ import annotations

from tauplan.link.photonic.modulator import neighbours
from tauplan.link.signal import TEN, decibels
from tauplan.tau import Number
from tauplan.tau import arrays as np

NEPER = 4.342944819032518  # definition: 10·log10(e), decibels of power per neper of power
SPEED_OF_LIGHT = 299_792_458.0  # definition: in vacuum, m/s


def intrinsic_quality(group_index: Number, wavelength_m: Number, loss_dB_per_m: Number) -> Number:
    """Return the quality factor of an uncoupled ring, 2πn_g/(λα) [1]; wavelength [m], loss in dB per metre."""
    return 2.0 * np.pi * group_index * NEPER / (wavelength_m * loss_dB_per_m)


def drop_loss(quality: Number, intrinsic: Number) -> Number:
    """Return the loss of a symmetric drop ring on resonance, −20·log₁₀(1 − Q/Q_i), in dB [1]."""
    return -2.0 * decibels(1.0 - np.minimum(quality / intrinsic, _LOADED))


_LOADED = 0.999  # definition: a ring that is all loss drops a thousandth, so that numbers stay finite


def truncation_penalty(quality: Number, wavelength_m: Number, symbol_Hz: Number) -> Number:
    r"""Return the penalty of a ring that is narrower than the signal, in dB [1].

    .. math:: -10\log_{10}\left[1 - \frac{1 - e^{-\pi\nu}}{\pi\nu}\right], \quad \nu = \frac{f_0}{Q R_s}

    Wavelength [m], symbol rate [Hz]. Source: Bahadori et al., "Comprehensive design space exploration of silicon
    photonic interconnects", JLT 34 (2016).
    """
    turns = np.pi * SPEED_OF_LIGHT / wavelength_m / (quality * symbol_Hz)
    return -decibels(1.0 + np.expm1(-turns) / turns)


def crosstalk(quality: Number, wavelength_m: Number, spacing_m: Number, channels: Number) -> Number:
    """Return the power of all other channels behind a drop ring over that of its own [1]; lengths [m]."""
    return neighbours(2.0 * spacing_m * quality / wavelength_m, channels)


def crosstalk_penalty(leak: Number, q_factor: Number, extinction: Number) -> Number:
    """Return the penalty of incoherent crosstalk, 10·log₁₀(1 + ½·Q·X·(r+1)/(r−1)), in dB [1].

    Leak X [1], Q factor of the bit error rate, extinction ratio r. Source: Bahadori et al., JLT 34 (2016).
    """
    return decibels(1.0 + 0.5 * q_factor * leak * (extinction + 1.0) / (extinction - 1.0))


def coherent_penalty(leak: Number) -> Number:
    """Return the worst case for crosstalk of one wavelength, −10·log₁₀(1 − 2√X), in dB [1]; infinite from ¼ on."""
    left = 1.0 - 2.0 * np.sqrt(leak)
    return np.where(left > 0.0, -TEN * np.log10(np.where(left > 0.0, left, 1.0)), np.inf)


def penalty(
    quality: Number,
    intrinsic: Number,
    wavelength_m: Number,
    spacing_m: Number,
    symbol_Hz: Number,
    channels: Number,
    q_factor: Number,
    extinction: Number,
) -> Number:
    """Return drop loss, truncation and crosstalk of a drop ring together, in dB [1]."""
    leak = crosstalk(quality, wavelength_m, spacing_m, channels)
    return (
        drop_loss(quality, intrinsic)
        + truncation_penalty(quality, wavelength_m, symbol_Hz)
        + crosstalk_penalty(leak, q_factor, extinction)
    )
