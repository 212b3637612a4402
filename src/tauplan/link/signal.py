"""Symbols and their errors: decibels, Q factor, bit error rate of NRZ and PAM."""

from __future__ import annotations

from typing import Any

from scipy import special as _special  # pyright: ignore[reportMissingTypeStubs]

from tauplan.tau import Number
from tauplan.tau import arrays as np

special: Any = _special
"""Special functions without static types: they take floats and arrays alike."""

TEN = 10.0  # definition: a bel is a factor of ten, in tenths
MILLIWATT = 1e-3  # definition: 0 dBm


def decibels(ratio: Number) -> Number:
    """Return a power ratio in decibels, 10·log₁₀ [1].

    >>> round(float(decibels(2.0)), 2)
    3.01
    """
    return TEN * np.log10(ratio)


def ratio(decibel: Number) -> Number:
    """Return the power ratio of decibels [1]."""
    return TEN ** (decibel / TEN)


def dbm(power_W: Number) -> Number:
    """Return a power [W] in decibels over a milliwatt; a number without unit."""
    return decibels(power_W / MILLIWATT)


def watts(power_dbm: Number) -> Number:
    """Return the power [W] of decibels over a milliwatt."""
    return MILLIWATT * ratio(power_dbm)


def bits_per_symbol(levels: Number) -> Number:
    """Return log₂ of the number of amplitude levels, in bits [1]: 1 for NRZ, 2 for PAM4."""
    return np.log2(levels)


def _weight(levels: Number) -> Number:
    """Return bit errors per crossing of one decision threshold, Gray coded."""
    return 2.0 * (1.0 - 1.0 / levels) / bits_per_symbol(levels)


def bit_error_rate(q: Number, levels: Number = 2.0) -> Number:
    r"""Return the bit error rate at a Q factor [1].

    .. math:: BER = \frac{2(1 - 1/M)}{\log_2 M} \cdot \tfrac12 \operatorname{erfc}(Q/\sqrt2)

    Q is half the distance of neighbouring levels over the rms noise at each, M the number of levels, Gray coded.
    Validity: Gaussian noise, no interference between symbols.

    >>> f"{float(bit_error_rate(7.034)):.1e}"
    '1.0e-12'
    """
    return _weight(levels) * 0.5 * special.erfc(q / np.sqrt(2.0))


def q_factor(ber: Number, levels: Number = 2.0) -> Number:
    """Return the Q factor that a bit error rate needs [1]; the inverse of :func:`bit_error_rate`.

    >>> round(float(q_factor(2.4e-4)), 2)
    3.49
    """
    return np.sqrt(2.0) * special.erfcinv(np.minimum(2.0 * ber / _weight(levels), 1.0))


def level_penalty(levels: Number) -> Number:
    """Return the optical power by which M levels exceed NRZ at the same symbol rate, in dB [1].

    10·log₁₀(M − 1): each of the M − 1 eyes has that share of the outer amplitude.
    """
    return decibels(levels - 1.0)


def eye_closure(bandwidth_Hz: Number, symbol_Hz: Number, levels: Number = 2.0) -> Number:
    r"""Return how much of the smallest eye is left after a first-order filter without equaliser, as a share [1].

    .. math:: c = 1 - 2 (M-1)\, e^{-2\pi f_{3dB}/R_s}

    Bandwidth and symbol rate [Hz]. Zero or less means that no eye is left: the cliff. Known error: a real channel
    has a steeper cut and some equalisation, which shift the cliff by up to a fifth of the bandwidth.
    """
    return 1.0 - 2.0 * (levels - 1.0) * np.exp(-2.0 * np.pi * bandwidth_Hz / symbol_Hz)


def interference_penalty(bandwidth_Hz: Number, symbol_Hz: Number, levels: Number = 2.0) -> Number:
    """Return the power penalty of limited bandwidth, −10·log₁₀ of the eye left, in dB [1]; infinite past the cliff.

    Bandwidth and symbol rate [Hz], levels [1]; see :func:`eye_closure`.
    """
    left = eye_closure(bandwidth_Hz, symbol_Hz, levels)
    open_eye = np.where(left > 0.0, left, 1.0)
    return np.where(left > 0.0, -decibels(open_eye), np.inf)
