"""Energy of a DRAM access: its bits, and its share of the row that was opened for it."""

from __future__ import annotations

from tauplan.tau import Number


def access_energy(burst_B: Number, byte_J: Number, activate_J: Number, row_bursts: Number) -> Number:
    r"""Return the energy of a burst [J]: bytes [B] · energy per byte [J/B] + activate [J] / bursts of a row [1].

    Validity: a busy channel; background and refresh power are in the energy per byte as far as its source counts
    them. Against a simulator that sums currents: the stream and random runs that the claims were taken from.

    >>> access_energy(64, 1e-10, 9.4e-9, 1.0) > access_energy(64, 1e-10, 9.4e-9, 64.0)
    True
    """
    return burst_B * byte_J + activate_J / row_bursts
