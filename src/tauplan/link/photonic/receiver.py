"""Receiver: noise, the light it needs for a bit error rate, and what a given light gives."""

from __future__ import annotations

from tauplan.link.photonic.modulator import CHARGE
from tauplan.link.signal import level_penalty, watts
from tauplan.tau import Number
from tauplan.tau import arrays as np

GIGABIT = 1e9  # definition: fits are per Gb/s


def thermal_noise(density_A: Number, bandwidth_Hz: Number) -> Number:
    """Return the rms input noise current [A] of a density [A/√Hz] over a bandwidth [Hz]."""
    return density_A * np.sqrt(bandwidth_Hz)


def noise(current_A: Number, thermal_A: Number, bandwidth_Hz: Number, rin: Number) -> Number:
    """Return the rms noise at a photocurrent [A]: thermal [A], shot 2qIB, intensity noise RIN·I²·B; RIN [1/Hz]."""
    return np.sqrt(
        thermal_A * thermal_A
        + 2.0 * CHARGE * current_A * bandwidth_Hz
        + rin * bandwidth_Hz * current_A * current_A
    )


def q_received(
    one_W: Number,
    zero_W: Number,
    responsivity: Number,
    thermal_A: Number,
    bandwidth_Hz: Number,
    rin: Number,
    levels: Number = 2.0,
) -> Number:
    """Return the Q factor of the uppermost eye [1]: (I₁ − I₀)/((M−1)(σ₁ + σ₀)).

    Power of the outer levels [W], responsivity [A/W], thermal noise [A], bandwidth [Hz], RIN [1/Hz]. σ₀ is taken at
    the level below the highest.
    """
    one, zero = responsivity * one_W, responsivity * zero_W
    step = (one - zero) / (levels - 1.0)
    upper = noise(one, thermal_A, bandwidth_Hz, rin)
    lower = noise(one - step, thermal_A, bandwidth_Hz, rin)
    return step / (upper + lower)


def required_amplitude(
    q: Number,
    responsivity: Number,
    thermal_A: Number,
    bandwidth_Hz: Number,
    rin: Number,
    extinction: Number,
    levels: Number = 2.0,
) -> Number:
    r"""Return the outer optical modulation amplitude that reaches a Q factor [W].

    With the noise of the highest level at both sides of the eye, I₁ solves

    .. math:: (a^2/4 - RIN\,B) I_1^2 - 2qB\,I_1 - \sigma_{th}^2 = 0, \quad a = \frac{1 - 1/r}{(M-1) Q}

    Infinite where intensity noise alone forbids the Q. Exact for thermal noise, otherwise on the safe side, by
    less than 1 dB below half of that limit. Responsivity [A/W], noise [A], bandwidth [Hz], RIN [1/Hz].
    """
    a = (1.0 - 1.0 / extinction) / ((levels - 1.0) * q)
    square = a * a / 4.0 - rin * bandwidth_Hz
    solvable = square > 0.0
    c2 = np.where(solvable, square, 1.0)
    c1 = CHARGE * bandwidth_Hz
    current = (c1 + np.sqrt(c1 * c1 + c2 * thermal_A * thermal_A)) / c2
    return np.where(solvable, current * (1.0 - 1.0 / extinction) / responsivity, np.inf)


def average_power(amplitude_W: Number, extinction: Number) -> Number:
    """Return the mean power [W] of a modulation amplitude [W]: ½·OMA·(r+1)/(r−1)."""
    return 0.5 * amplitude_W * (extinction + 1.0) / (extinction - 1.0)


def fitted_sensitivity(
    rate_bps: Number, zero_dbm: Number, slope: Number, curve: Number, levels: Number = 2.0
) -> Number:
    """Return the mean power that a measured receiver needs with ideal extinction [W].

    s₀ + s₁R + s₂R² in dBm, R in Gb/s (``rate_bps`` is in bits per second), plus the penalty of PAM levels.
    Validity: the rates of the fit, up to 30 Gb/s.
    """
    rate = rate_bps / GIGABIT
    return watts(zero_dbm + slope * rate + curve * rate * rate + level_penalty(levels))
