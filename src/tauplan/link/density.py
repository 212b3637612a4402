"""How much bandwidth fits through an edge or a face, and what single-ended wires in a package cost."""

from __future__ import annotations

from tauplan.tau import Number


def edge_density(lane_Bps: Number, payload_share: Number, rows: Number, pitch_m: Number) -> Number:
    """Return the bandwidth one way per die edge [B/s/m]: lane rate · payload share · rows/pitch.

    Lane rate [B/s], share of bumps that carry data one way [1], rows of bumps behind the edge [1], pitch [m].
    """
    return lane_Bps * payload_share * rows / pitch_m


def areal_density(lane_Bps: Number, payload_share: Number, pitch_m: Number) -> Number:
    """Return the bandwidth per area [B/s/m2]: lane rate [B/s] · payload share [1] / pitch² [m2]."""
    return lane_Bps * payload_share / (pitch_m * pitch_m)


def line_energy(swing_V: Number, supply_V: Number, load_ohm: Number, lane_Bps: Number) -> Number:
    r"""Return the energy of a resistively loaded line per byte [J/B].

    .. math:: e = V_{dd}\, \frac{V_{swing}}{R} \cdot \frac{1}{R_b}

    Swing and supply [V], load seen by the driver [Ω], lane rate [B/s]: a current that flows whatever the data.
    """
    return supply_V * swing_V / load_ohm / lane_Bps


def switched_energy(capacitance_F: Number, supply_V: Number) -> Number:
    """Return the energy of a line that is charged, per byte of random data [J/B]: 8·CV²/4; [F], [V]."""
    return 2.0 * capacitance_F * supply_V * supply_V


def scaled_energy(energy_J: Number, from_V: Number, to_V: Number, from_m: Number, to_m: Number) -> Number:
    """Return the energy of the same circuit in another node [J/B]: e · (L′/L) · (V′/V)².

    Capacitance follows the feature size [m], the swing the supply [V]. Known error: a factor of 1.5 per
    two nodes, since wires and clocking shrink less than gates.
    """
    return energy_J * (to_m / from_m) * (to_V / from_V) ** 2
