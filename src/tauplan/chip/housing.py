"""Heat of a phone: a skin that warms towards its steady state, and the pace that keeps it below its limit."""

from __future__ import annotations

from tauplan.tau import Number
from tauplan.tau import arrays as np


def skin_temperature(
    start_C: Number, ambient_C: Number, power_W: Number, resistance: Number, heat: Number, seconds: Number
) -> Number:
    r"""Return the temperature of a skin after some time at constant power [°C].

    .. math:: T(t) = T_\infty + (T_0 - T_\infty)\,e^{-t/RC}, \quad T_\infty = T_a + R P

    ``resistance`` R [K/W], ``heat`` C [J/K], ``power_W`` P [W]. Validity: one lump. Source: any textbook.
    """
    steady = ambient_C + resistance * power_W
    return steady + (start_C - steady) * np.exp(-seconds / (resistance * heat))


def sustained_power(ambient_C: Number, limit_C: Number, resistance: Number) -> Number:
    """Return the power that holds a skin at its limit [W]: (T_limit - T_ambient) / R, temperatures [°C]."""
    return np.maximum((limit_C - ambient_C) / resistance, 0.0)


def paced_time(seconds: Number, joules: Number, base_W: Number, allowed_W: Number) -> Number:
    r"""Return how long a job takes when power is held to a limit [s].

    .. math:: t' = \max\left(t,\; \frac{E - P_{base} t}{P_{allowed} - P_{base}}\right)

    ``joules`` E of the job at its own pace ``seconds`` t; ``base_W`` is drawn at any pace [W]. Infinite where the
    base alone is over the limit. Validity: energy per operation does not fall with the clock, an upper bound.
    """
    room = allowed_W - base_W
    extra = np.maximum(joules - base_W * seconds, 0.0)
    slow = np.where(room > 0, extra / np.where(room > 0, room, 1.0), np.inf)
    return np.maximum(seconds, slow)
