"""Pieces on a carrier: cost and quality through tests that miss some defects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tauplan.tau import Number


@dataclass(frozen=True)
class Piece:
    """A tested part: cost of one that passed [USD], and the share of those that really work [1]."""

    cost_USD: Number
    quality: Number


def screened(cost_USD: Number, good: Number, coverage: Number, test_USD: Number = 0.0) -> Piece:
    """Return a part after its test.

    Passing share p = 1 − (1 − Y)·c with yield Y and coverage c [1]; cost (C + test)/p [USD]; quality Y/p [1].
    Coverage 0 passes all and leaves their faults to whoever assembles them. Source: CATCH (2023).
    """
    passing = 1.0 - (1.0 - good) * coverage
    return Piece((cost_USD + test_USD) / passing, good / passing)


def assembled(
    carrier: Piece,
    pieces: Sequence[tuple[Piece, Number]],
    process_USD: Number,
    process_yield: Number,
    coverage: Number,
    test_USD: Number = 0.0,
) -> Piece:
    """Return a tested assembly of pieces, each with its count [1], on a carrier.

    All must be good and the process must succeed: Y = y · q_carrier · Π qᵢ^nᵢ. Costs in [USD]; what fails the
    final test is lost with all that is in it.
    """
    cost, good = carrier.cost_USD + process_USD, carrier.quality * process_yield
    for piece, count in pieces:
        cost = cost + piece.cost_USD * count
        good = good * piece.quality**count
    return screened(cost, good, coverage, test_USD)


@dataclass(frozen=True)
class Bonding:
    """Yields of one bond step: per die placed, per contact, per via [1]; voids of the bonded face [1/m2]."""

    placement: Number
    contact: Number
    via: Number
    void_per_m2: Number = 0.0


def bonding_yield(
    bonding: Bonding, dies: Number, contacts: Number, vias: Number, face_m2: Number = 0.0
) -> Number:
    """Return the yield of placing and bonding dies [share of assemblies].

    placement^dies · contact^contacts · via^vias / (1 + void density [1/m2] · bonded face [m2]); counts [1].
    """
    joints = bonding.placement**dies * bonding.contact**contacts * bonding.via**vias
    return joints / (1.0 + bonding.void_per_m2 * face_m2)


def stacked_yield(die: Number, tiers: Number, bond: Number, *, known_good: bool) -> Number:
    """Return the yield of a stack of ``tiers`` equal dies [share of stacks].

    Known good dies: bond^(tiers − 1). Wafer on wafer, untested: (die · bond)^tiers / bond. Yields [1].
    """
    bonds = bond ** (tiers - 1.0)
    return bonds if known_good else die**tiers * bonds


def machine_rate(machine_USD: Number, life_s: Number, crew_USD_per_s: Number, uptime: Number) -> Number:
    """Return the cost of one productive second [USD/s]: (machine/life + crew) / uptime; life [s]."""
    return (machine_USD / life_s + crew_USD_per_s) / uptime
