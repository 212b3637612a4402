"""Technology and designed chips: what holds for all inputs."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tauplan.chip.designed import Fold, Node, owners, period
from tauplan.technology.device import relative_delay, supply_for_speed
from tauplan.technology.folding import Contact, contact_at, crossing_delay, wire_shrink
from tauplan.technology.sram import access_time, macro_area
from tauplan.technology.thermal import stack_resistance, sustained_power
from tauplan.technology.wire import driven_wire_delay, wire_resistance

NODE = Node(8e-12, 12e6, 0.165e-9, 63e6, 0.26e-15, 0.75, 91e12, 0.027e-12, 6e4, 0.7e-12)
KNOWN = Contact(2e-6, 0.3, 0.2e-15)
lengths = st.floats(1e-5, 5e-3)


def fold(tiers, stage, pitch=1.5e-6):
    return Fold(tiers, stage, contact_at(pitch, KNOWN), 720e-9, 8.0)


@given(st.floats(10, 120), lengths, st.floats(0.6, 1.0), st.sampled_from([1.0, 2.0, 4.0]), st.floats(0, 2e-9))
def test_owned_and_plain_periods_are_the_same_number(depth, span, stage, tiers, sram):
    gate, line, memory = owners(NODE, sram)
    owned = period(gate, line, NODE, depth, span, fold(tiers, stage), memory)
    plain = period(NODE.fo4_s, NODE.rc_s_per_m2, NODE, depth, span, fold(tiers, stage), sram)
    assert np.isclose(owned.seconds, plain, rtol=1e-12)
    assert np.all(owned.owned >= 0)


@given(st.lists(st.tuples(st.floats(10, 120), lengths, st.floats(0.6, 1.0)), min_size=2, max_size=5))
def test_periods_of_arrays_are_many_scalars(rows):
    depth, span, stage = (np.array(column) for column in zip(*rows, strict=True))
    whole = period(NODE.fo4_s, NODE.rc_s_per_m2, NODE, depth, span, fold(2.0, stage))
    each = [float(period(NODE.fo4_s, NODE.rc_s_per_m2, NODE, d, s, fold(2.0, g))) for d, s, g in rows]
    np.testing.assert_allclose(whole, each, rtol=1e-12)


@given(st.floats(1.5, 3.0), st.floats(10, 120), lengths)
def test_a_period_is_homogeneous_in_its_primitives(factor, depth, span):
    """Scaling FO4 and the wire by one factor scales a flat period by it."""
    one = period(NODE.fo4_s, NODE.rc_s_per_m2, NODE, depth, span, fold(1.0, 1.0))
    many = period(NODE.fo4_s * factor, NODE.rc_s_per_m2 * factor, NODE, depth, span, fold(1.0, 1.0))
    assert np.isclose(many, factor * one, rtol=1e-12)


@given(st.floats(0.4, 1.15), st.floats(0.2, 0.35), st.floats(1.0, 2.0))
def test_supply_and_delay_are_inverse(speed, threshold, exponent):
    supply = supply_for_speed(speed, 0.75, threshold, exponent, 5.0)
    assert np.isclose(relative_delay(supply, 0.75, threshold, exponent) * speed, 1.0, rtol=1e-6)


@given(st.floats(15e-9, 500e-9), st.floats(1.1, 3.0))
def test_narrower_wires_resist_more_than_their_section_says(pitch, factor):
    wide, narrow = (wire_resistance(p, 2.0, 1.68e-8, 40e-9) for p in (pitch * factor, pitch))
    assert narrow >= wide * factor**2


@given(lengths, st.floats(1.1, 4.0))
def test_a_wire_without_repeaters_grows_faster_than_its_length(length, factor):
    short, long = (driven_wire_delay(1e3, 1e-15, 12e6, 0.165e-9, x) for x in (length, length * factor))
    assert long >= short * factor * (1 - 1e-12) - 0.69e3 * 1e-15 * factor


@settings(max_examples=25, deadline=None)
@given(st.floats(0.5, 0.8), st.sampled_from([2, 3, 4]), st.floats(1e5, 1e8), st.floats(0.5e-6, 30e-6))
def test_folded_wires_never_grow_and_never_beat_geometry(rent, tiers, gates, pitch):
    found = wire_shrink(gates, rent, tiers, gates * 0.04e-12, pitch, 0.5, 0.2)
    least = tiers**-0.5 * 0.9
    assert least <= found.longest <= 1.0
    assert least <= found.stage <= 1.0
    assert 0.0 <= found.served <= 1.0
    finer = wire_shrink(gates, rent, tiers, gates * 0.04e-12, pitch / 2, 0.5, 0.2)
    assert finer.stage <= found.stage + 1e-12


@given(st.floats(0.5e-6, 20e-6), st.floats(1.1, 4.0))
def test_coarser_contacts_are_slower_to_drive(pitch, factor):
    fine, coarse = (crossing_delay(contact_at(p, KNOWN), 5e3, 2e-15) for p in (pitch, pitch * factor))
    assert coarse >= fine * 0.99


@given(st.floats(1.0, 8.0), st.floats(1e-4, 8e-4))
def test_more_tiers_bear_less_heat(tiers, area):
    one, many = (stack_resistance(0.1, n, 3.5e-6, area) for n in (tiers, tiers + 1))
    assert sustained_power(368, 313, many) < sustained_power(368, 313, one)


@given(st.floats(1e4, 1e8), st.floats(1.1, 8.0))
def test_larger_memories_are_slower_and_larger(capacity, factor):
    small, large = (
        access_time(size, NODE.cells(), NODE.rc_s_per_m2, 0.7, 256.0, 256.0)
        for size in (capacity, capacity * factor)
    )
    assert large > small
    assert np.isclose(macro_area(capacity * factor, 1e-13, 0.7), factor * macro_area(capacity, 1e-13, 0.7))
