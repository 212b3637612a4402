"""Memories as rates: bandwidth of an interface, time and energy of a byte."""

from __future__ import annotations

from tauplan.tau import Number


def interface_bandwidth(pin_Bps: Number, width: Number) -> Number:
    """Return the peak bandwidth of an interface [B/s]: rate of one pin [B/s] times data pins [1].

    >>> interface_bandwidth(6.4e9 / 8, 1024) / 1e9
    819.2
    """
    return pin_Bps * width


def byte_time(bandwidth_Bps: Number, sustained: Number) -> Number:
    """Return the time of one byte of a long stream [s]: 1 / (peak bandwidth [B/s] · sustained share [1]).

    Validity: kernels that move megabytes; short ones are ruled by their launch. Refresh, bank conflicts and
    turnarounds are in the sustained share.
    """
    return 1.0 / (bandwidth_Bps * sustained)


def traffic_energy(moved_B: Number, byte_J: Number) -> Number:
    """Return the energy of memory traffic [J]: bytes [B] times energy per byte [J/B], device and interface."""
    return moved_B * byte_J
