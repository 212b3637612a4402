"""How a clock period is shared between gates and wires."""

from __future__ import annotations

from tauplan import tau
from tauplan.tau import Number, Time
from tauplan.tau import arrays as np

REPEATED_WIRE = (
    1.5  # definition: Elmore delay of an optimally repeated wire, in units of sqrt(FO4 r c) per length
)
MAX_WIRE_SHARE = (
    0.75  # definition: a period shorter than its wires is a sign of wrong inputs; gates keep a quarter
)


def repeated_wire_delay(fo4_s: Number, rc_s_per_m2: Number, length_m: Number) -> Number:
    r"""Return the delay of an optimally repeated wire [s].

    .. math:: t = k \sqrt{t_{FO4}\; r c L^2}

    FO4 delay [s], resistance-capacitance product per length squared [s/m2], length [m]. A geometric mean of a
    gate delay and a wire delay, so half of it is owned by each. Validity: lengths well above one repeater
    spacing. Source: Bakoglu and Meindl, "Optimal interconnection circuits for VLSI" (1985).
    """
    return tau.geometric_mean(fo4_s, rc_s_per_m2 * (length_m * length_m)) * REPEATED_WIRE


def owned_period(period_s: Number, fo4_s: Number, rc_s_per_m2: Number, span_m: Number) -> Time:
    """Split a clock period [s] between transistor and wire.

    The longest wire of a pipeline stage spans ``span_m`` [m] and is optimally repeated; gates fill the rest
    of the period. FO4 delay [s], r·c [s/m2]. The split is a model, the period is the part's own.
    """
    wire = repeated_wire_delay(Time.of("transistor", fo4_s), Time.of("wire", rc_s_per_m2), span_m)
    fits = np.minimum(1.0, MAX_WIRE_SHARE * period_s / wire.seconds)
    inside = wire * fits
    return inside + Time.of("transistor", period_s - inside.seconds)


def owned_by_clock(time_s: Number, period: Time) -> Time:
    """Give a time that scales with the clock [s] to the owners of its period, in proportion."""
    return period * (np.asarray(time_s) / period.seconds)


def stage_depth(period_s: Number, fo4_s: Number, rc_s_per_m2: Number, span_m: Number) -> Number:
    """Return the gates of one pipeline stage in FO4 delays [1], after its wires: (T − t_wire)/t_FO4."""
    wire = np.minimum(repeated_wire_delay(fo4_s, rc_s_per_m2, span_m), MAX_WIRE_SHARE * period_s)
    return (period_s - wire) / fo4_s
