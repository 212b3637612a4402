"""Energy of arithmetic and of moving its operands, from node to node."""

from __future__ import annotations

from tauplan.tau import Number


def scaled_energy(reference_J: Number, scale: Number, voltage_ratio: Number = 1.0) -> Number:
    """Return an operation's energy in another node [J]: reference [J] · node factor [ratio] · (V/V₀)²."""
    return reference_J * scale * voltage_ratio * voltage_ratio


def product_energy(multiply_J: Number, add_J: Number, overhead: Number) -> Number:
    """Return the energy of one multiply-add in an array [J]: (multiply + add [J]) · registers and wires [ratio]."""
    return (multiply_J + add_J) * overhead


def array_power(units: Number, clock_Hz: Number, product_J: Number, movement: Number, busy: Number) -> Number:
    """Return the power of matrix units [W]: units [count] · clock [Hz] · product [J] · movement [ratio] · busy [1].

    ``movement``: all switching energy of the chip over that of its products, fitted per product class.
    """
    return units * clock_Hz * product_J * movement * busy
