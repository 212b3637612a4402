"""The transistor as a resistance and a capacitance; its delay, energy and leakage over the supply voltage."""

from __future__ import annotations

from tauplan.tau import Number
from tauplan.tau import arrays as np

STEP_RESPONSE = 0.69  # definition: ln 2, a lumped RC reaches half its step after 0.69 RC
FAN_OUT = 4.0  # definition: FO4 is the delay of an inverter that drives four like it
PARASITIC = 1.0  # definition: an inverter's own output load in units of its input, usual for all nodes
HALVINGS = 50  # definition: bisection steps of the supply voltage; 2^-50 of its range


def switching_rc(fo4_s: Number) -> Number:
    """Return R·C of a minimum inverter [s]: t_FO4 = 0.69 R (C_par + 4 C) with C_par = C."""
    return fo4_s / (STEP_RESPONSE * (PARASITIC + FAN_OUT))


def effective_resistance(fo4_s: Number, input_F: Number) -> Number:
    """Return the resistance of an inverter of input capacitance ``input_F`` [F] that switches at FO4 [ohm]."""
    return switching_rc(fo4_s) / input_F


def relative_delay(supply_V: Number, nominal_V: Number, threshold_V: Number, exponent: Number) -> Number:
    r"""Return gate delay over that at the nominal supply [ratio]: the alpha-power law.

    .. math:: \frac{t}{t_0} = \frac{V}{V_0}\left(\frac{V_0 - V_t}{V - V_t}\right)^a

    Voltages [V]; a = 2 for long channels, about 1.25 under velocity saturation [1]. Validity: V well above V_t;
    infinite at and below it. Source: Sakurai and Newton, IEEE J. Solid-State Circuits 25, 584 (1990).
    """
    above = np.maximum(supply_V - threshold_V, 0.0)
    on = above > 0.0
    slow = (nominal_V - threshold_V) / np.where(on, above, 1.0)
    return np.where(on, supply_V / nominal_V * slow**exponent, np.inf)


def supply_for_speed(
    speed: Number, nominal_V: Number, threshold_V: Number, exponent: Number, limit_V: Number
) -> Number:
    """Return the supply at which gates run at ``speed`` times their nominal speed [V].

    Inverse of :func:`relative_delay` by bisection between threshold and ``limit_V`` [V], which is returned where
    the speed cannot be reached. Speed and exponent [1].
    """
    low, high = threshold_V + 0.0 * speed, limit_V + 0.0 * speed
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        slow = relative_delay(middle, nominal_V, threshold_V, exponent) * speed > 1.0
        low, high = np.where(slow, middle, low), np.where(slow, high, middle)
    return high


def relative_energy(supply_V: Number, nominal_V: Number) -> Number:
    """Return switching energy over that at the nominal supply [ratio]: (V/V₀)²."""
    return (supply_V / nominal_V) ** 2


def leakage_power(
    area_m2: Number, leakage_W_per_m2: Number, supply_V: Number, nominal_V: Number, slope_V: Number
) -> Number:
    """Return leakage [W]: area [m2] · density at nominal supply [W/m2] · (V/V₀) · exp((V − V₀)/slope [V]).

    The exponential is drain-induced barrier lowering. Known error: a factor of two between libraries and dies.
    """
    over = supply_V - nominal_V
    return area_m2 * leakage_W_per_m2 * supply_V / nominal_V * np.exp(over / slope_V)
