"""Folding against published two-tier points, none of which is an input."""

from __future__ import annotations

import numpy as np
import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import Policy
from tauplan.chip.designed import Fold, owners, period
from tauplan.evaluate.book import Book
from tauplan.evaluate.designed_chip import resolve_node
from tauplan.technology.cycle import stage_depth
from tauplan.technology.folding import Contact, contact_at, crossing_delay, detour, gear_ratio, wire_shrink
from tauplan.technology.wirelength import longer_than, shrink, wires

KNOWN = Contact(2e-6, 0.3, 0.2e-15)


@pytest.fixture(scope="module")
def book():
    return Book(Catalog.load(), Policy())


def core(book, rent=0.65, share=0.5, repeaters=0.2, pitch=1.5e-6, tiers=2, area=2.5e-6):
    gates = area * book.number("TSMC N7", "density") / 4.0
    return wire_shrink(gates, rent, tiers, area, pitch, share, repeaters)


def test_wires_of_a_folded_core_shrink_by_a_quarter_to_three_tenths(book):
    """Published: 25 to 30 %. All wires save least, those that span a stage a quarter, the longest 30 %."""
    found = core(book)
    assert 0.12 < 1 - found.mean < 0.25
    assert 0.24 < 1 - found.stage < 0.28
    assert 0.29 < 1 - found.longest < 0.32
    band = [
        1 - getattr(core(book, rent, share), name)
        for rent in (0.55, 0.65, 0.75)
        for share in (0.35, 0.8)
        for name in ("mean", "stage", "longest")
    ]
    assert min(band) < 0.25
    assert max(band) > 0.30


def clock_gain(book, area=2.5e-6, planar_Hz=2.75e9, node="SMIC N+2", pitch=1.5e-6):
    """Clock of a folded core over the flat one, whose published clock gives the depth of its stages."""
    facts = resolve_node(book, node)
    span = 0.5 * area**0.5
    depth = stage_depth(1 / planar_Hz, facts.fo4_s, facts.rc_s_per_m2, span)
    found = core(book, area=area, pitch=pitch)
    top = book.number("Folded logic", "top_pitch")
    flat = Fold(1.0, 1.0, contact_at(pitch, KNOWN), top, 8.0)
    folded = Fold(2.0, found.stage, contact_at(pitch, KNOWN), top, 8.0)
    gate, line, memory = owners(facts, 0.0)
    before, after = (period(gate, line, facts, depth, span, fold, memory) for fold in (flat, folded))
    assert float(before.seconds) == pytest.approx(1 / planar_Hz)
    assert float(after.by_level()["fold"]) > 0
    return float(before.seconds / after.seconds) - 1


def test_the_clock_of_a_folded_core_rises_by_a_tenth(book):
    """Published: 10 to 13 % at 2.75 GHz and a bond pitch of 1.5 um."""
    central = clock_gain(book)
    assert 0.10 < central < 0.13
    band = [clock_gain(book, area) for area in (1.8e-6, 3.5e-6)]
    assert min(band) < 0.10 < 0.13 < max(band)


def test_the_gain_is_lost_at_coarse_pitch(book):
    gains = [clock_gain(book, pitch=pitch) for pitch in (1.5e-6, 3e-6, 6e-6, 9e-6)]
    assert gains == sorted(gains, reverse=True)
    assert gains[2] < 0.03
    assert gains[3] < 0.0


def test_stacked_cache_points(book):
    """V-Cache: 15 times the contacts of micro-bumps, less than a third of their energy, 2 TB/s on 36 mm2."""
    fine, coarse = 9e-6, book.number("Micro-bump", "contact_pitch")
    assert (coarse / fine) ** 2 == pytest.approx(15, rel=0.1)
    energy = contact_at(fine, KNOWN).F / book.number("Micro-bump", "contact_capacitance")
    assert energy < 1 / 3
    contacts = 0.5 * 36e-6 / fine**2
    assert contacts * 2e9 / 8 > 2e12


def test_ideal_limits():
    flat, two = wires(1e7, 0.65, 1), wires(1e7, 0.65, 2)
    assert flat.total == pytest.approx(two.total, rel=1e-9)
    assert flat.vertical == 0.0
    assert shrink(flat, two, 0.9 * 2 * 1e7**0.5) == pytest.approx(1 / np.sqrt(2), rel=0.01)
    assert longer_than(flat, 0.0)[0] == pytest.approx(flat.total)
    assert gear_ratio(1.5e-6, 720e-9) == pytest.approx(2.08, abs=0.01)
    assert detour(0.5e-6, 720e-9) == 0.0
    assert crossing_delay(contact_at(1.5e-6, KNOWN), 1100.0, 2e-15) < 1e-12


@pytest.mark.parametrize("rent", [0.55, 0.65, 0.75])
def test_known_mean_lengths_of_flat_blocks(rent):
    """Donath's scaling: mean length grows with N^(p - 1/2)."""
    growth = wires(1e8, rent, 1).mean / wires(1e6, rent, 1).mean
    assert growth == pytest.approx(100 ** (rent - 0.5), rel=0.45)
    means = [wires(1e7, rent, tiers).mean for tiers in (1, 2, 3, 4)]
    assert means == sorted(means, reverse=True)
