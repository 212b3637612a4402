"""Area from transistors: libraries, and what whole dies reach of them."""

from __future__ import annotations

from tauplan.tau import Number


def die_area(transistors: Number, library_per_m2: Number, share: Number) -> Number:
    """Return the area of a die [m2]: transistors [count] over library density [1/m2] times reached share [1].

    The share tells products apart: mobile chips nearly reach the density of the densest library, accelerators
    three quarters of it. Known error: see the band of the ``density_share`` claims.
    """
    return transistors / (library_per_m2 * share)


def blocks_area(
    units: Number, unit_transistors: Number, library_per_m2: Number, share: Number, sram_m2: Number
) -> Number:
    """Return the area of a designed die [m2]: units [count] with their share of all but SRAM, and SRAM [m2]."""
    return die_area(units * unit_transistors, library_per_m2, share) + sram_m2
