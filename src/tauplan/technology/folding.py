"""Folding a block onto tiers: what its wires save, what each crossing costs, and when it loses."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.tau import Number, Time
from tauplan.tau import arrays as np
from tauplan.technology.cycle import repeated_wire_delay
from tauplan.technology.device import STEP_RESPONSE
from tauplan.technology.wirelength import shrink, wires

ROUNDS = 8  # definition: repetitions in which saved repeaters shrink the block that holds the wires
SIGNALS = 0.5  # definition: half of the contacts carry power and ground
PATH_CROSSINGS = 2.0  # definition: a stage that uses the other tier goes there and comes back
DETOURS = 2.0  # definition: a wire leaves for its contact and returns to its column


@dataclass(frozen=True)
class Contact:
    """One crossing between tiers: pitch [m], resistance [ohm] and capacitance [F] at that pitch."""

    pitch_m: Number
    ohm: Number
    F: Number


def contact_at(pitch_m: Number, known: Contact) -> Contact:
    """Return a contact at another pitch: capacitance with the pad's area, resistance against it [F], [ohm]."""
    square = (pitch_m / known.pitch_m) ** 2
    return Contact(pitch_m, known.ohm / square, known.F * square)


def gear_ratio(pitch_m: Number, top_pitch_m: Number) -> Number:
    """Return bond pitch over top-metal pitch [ratio]; below three is wanted, one is ideal."""
    return pitch_m / top_pitch_m


def crossing_delay(contact: Contact, driver_ohm: Number, load_F: Number) -> Number:
    """Return the Elmore delay that one crossing adds to a path [s].

    0.69 (R_b C_load + R_drv C_b + R_b C_b) with contact R_b, C_b, driver [ohm] and load [F].
    """
    added = contact.ohm * load_F + driver_ohm * contact.F + contact.ohm * contact.F
    return STEP_RESPONSE * added


def detour(pitch_m: Number, top_pitch_m: Number) -> Number:
    """Return the extra wire of one crossing [m]: 2 (gear ratio − 1) top-metal pitches, 0 below a ratio of 1."""
    return DETOURS * np.maximum(gear_ratio(pitch_m, top_pitch_m) - 1.0, 0.0) * top_pitch_m


@dataclass(frozen=True)
class Shrink:
    """Wire length of a folded block over the flat one [ratio]: all wires, those that span a stage, the longest.

    ``served``: share of the stage-spanning wires for which there are contacts [1]; ``stage`` counts only those.
    """

    mean: float
    stage: float
    longest: float
    served: float


def wire_shrink(
    gates: float,
    rent: float,
    tiers: int,
    area_m2: float,
    pitch_m: float,
    stage_share: float,
    repeaters: float,
) -> Shrink:
    """Return how wires shrink when a block is folded; scalars.

    ``gates`` [count] on ``area_m2`` [m2] with Rent exponent ``rent`` [1]; wires longer than ``stage_share`` of the
    block's side [1] are those that decide the clock, the longest first to get a contact of ``pitch_m`` [m].
    ``repeaters``: share of the block that is repeaters [1]; shorter wires need fewer, which brings gates closer,
    which shortens wires again. Validity: blocks folded gate by gate or module by module; a wire that gets no
    contact keeps its length.
    """
    planar, folded = wires(gates, rent, 1), wires(gates, rent, tiers)
    cut = stage_share * gates**0.5
    mean, stage, longest = (shrink(planar, folded, at) for at in (0.0, cut, 2.0 * LONGEST * gates**0.5))
    number = float(np.sum(planar.counts[planar.lengths >= cut]))
    contacts = SIGNALS * area_m2 / tiers / (pitch_m * pitch_m) * (tiers - 1.0)
    served = min(contacts / number, 1.0)
    closer = 1.0
    for _ in range(ROUNDS):
        closer = (1.0 - repeaters + repeaters * mean * closer) ** 0.5
    return Shrink(mean * closer, 1.0 - served * (1.0 - stage * closer), longest * closer, served)


LONGEST = 0.9  # definition: the longest wires run nine tenths of the way from corner to corner


def folded_wire(
    fo4_s: Number,
    rc_s_per_m2: Number,
    span_m: Number,
    stage: Number,
    contact: Contact,
    top_pitch_m: Number,
    driver_ohm: Number,
    load_F: Number,
) -> Number:
    """Return the wire part of a stage on several tiers [s]: the shrunk span, and its crossings owned by ``fold``.

    Span [m], shrink [ratio]; a stage crosses twice, each time through a contact and its detour. FO4 [s] and rc
    [s/m2] may be ``Time``; crossings are charged whole.
    """
    wire = repeated_wire_delay(fo4_s, rc_s_per_m2, span_m * stage)
    extra = PATH_CROSSINGS * crossing_delay(contact, driver_ohm, load_F)
    around = repeated_wire_delay(fo4_s, rc_s_per_m2, PATH_CROSSINGS * detour(contact.pitch_m, top_pitch_m))
    if isinstance(wire, Time):
        return wire + Time.of("fold", extra + around.seconds)
    return wire + extra + around
