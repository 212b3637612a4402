"""The chain of a link: error correction, latency, energy, reach, density."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import DEFAULT
from tauplan.evaluate.book import Book
from tauplan.evaluate.link_parts import has_chain, owned, resolve_code, resolve_link
from tauplan.link import chain, density, fec, signal

CATALOG = Catalog.load()
LINKS = [part.name for part in CATALOG.parts("link") if has_chain(CATALOG, part.name)]
KP4 = resolve_code(Book(CATALOG, DEFAULT), "RS(544,514) KP4")
NONE = resolve_code(Book(CATALOG, DEFAULT), "no FEC")
powers = st.floats(-13, -3).map(lambda e: 10.0**e)


def link(name):
    return resolve_link(Book(CATALOG, DEFAULT), name)


@pytest.mark.parametrize(("ber", "q"), [(1e-12, 7.03), (1e-9, 5.998), (5e-5, 3.89), (2.4e-4, 3.49)])
def test_q_factors_of_the_textbook(ber, q):
    assert float(signal.q_factor(ber)) == pytest.approx(q, abs=0.01)


@given(powers, st.sampled_from([2.0, 4.0, 8.0]))
def test_bit_error_rate_and_q_factor_are_inverse(ber, levels):
    assert float(signal.bit_error_rate(signal.q_factor(ber, levels), levels)) == pytest.approx(ber, rel=1e-6)


def test_pam4_costs_almost_five_decibels_at_the_same_symbol_rate():
    assert float(signal.level_penalty(4.0)) == pytest.approx(4.77, abs=0.01)
    assert float(signal.level_penalty(2.0)) == 0.0


@given(st.floats(1e9, 1e11), st.floats(1.01, 3.0))
def test_more_bandwidth_opens_the_eye(symbols, factor):
    eyes = signal.eye_closure(np.array([0.4, 0.4 * factor]) * symbols, symbols, 4.0)
    assert eyes[1] > eyes[0]
    assert signal.interference_penalty(1e3 * symbols, symbols, 4.0) == pytest.approx(0.0)
    assert signal.interference_penalty(0.1 * symbols, symbols, 4.0) == np.inf


@pytest.mark.parametrize(
    ("gigabits", "ways", "ns"), [(800, 4, 62.6), (200, 2, 88), (100, 1, 88), (100, 2, 139)]
)
def test_latency_of_kp4_as_the_standard_group_counts_it(gigabits, ways, ns):
    code = replace(KP4, interleave=float(ways))
    seconds = float(fec.gather_time(code, gigabits * 1e9 / 8) + code.decode_s)
    assert seconds * 1e9 == pytest.approx(ns, rel=0.03)


def test_kp4_gains_about_six_decibels_for_six_percent():
    assert KP4.overhead == pytest.approx(0.058, abs=0.001)
    assert 6.0 <= float(fec.coding_gain(KP4, 1e-13)) <= 6.7
    assert 1e-16 < float(fec.residual_error_rate(KP4, 2.4e-4)) < 1e-12


@given(powers)
def test_decoding_never_makes_more_errors_and_no_code_changes_nothing(ber):
    assert float(fec.residual_error_rate(KP4, ber)) <= ber
    assert float(fec.residual_error_rate(NONE, ber)) == ber
    assert float(fec.gather_time(NONE, 1e11)) == 0.0


def test_a_link_that_repeats_pays_in_proportion_to_lost_frames():
    assert float(fec.retry_factor(256.0, 0.0)) == 1.0
    assert float(fec.retry_factor(256.0, 1e-6)) == pytest.approx(1 + 256 * 8e-6, rel=0.01)


@pytest.mark.parametrize("name", LINKS)
def test_parts_of_latency_and_energy_sum_to_the_whole(name):
    one = link(name)
    length = float(min(one.reach_m, 10.0))
    time = chain.latency(owned(one), length)
    assert float(time.seconds) == pytest.approx(float(chain.latency(one, length)), rel=1e-12)
    assert float(time.by_level()["link"]) == pytest.approx(float(time.seconds))
    assert chain.energy(one, length) == pytest.approx(sum(chain.energy_parts(one, length).values()))
    assert chain.latency(one, length + 1.0) > chain.latency(one, length)


@pytest.mark.parametrize("name", LINKS)
def test_the_composed_energy_agrees_with_the_claimed_one(name):
    claim = CATALOG.choose(name, "energy_per_bit")
    if claim is None:
        return  # nothing to agree with
    low = claim.low if claim.low is not None else claim.value
    high = claim.high if claim.high is not None else claim.value
    composed = float(chain.energy(link(name), 2.0))
    assert 0.7 * low <= composed <= 1.3 * high


def test_light_reaches_further_than_copper_and_costs_less_energy_inside_the_package():
    copper, cable, module, inside = (
        link(n) for n in ("DAC 800G", "AEC 800G", "pluggable 800G DSP", "optical I/O 4T")
    )
    assert copper.reach_m < cable.reach_m < module.reach_m
    assert chain.energy(copper, 2.0) < chain.energy(cable, 2.0) < chain.energy(module, 2.0)
    assert chain.energy(inside, 2.0) < chain.energy(copper, 2.0) * 1.05
    assert chain.latency(inside, 2.0) < chain.latency(copper, 2.0)


def test_a_domain_grows_with_the_reach_of_its_cables():
    reach = np.array([1.0, 2.0, 3.2, 5.5, 100.0])
    assert chain.domain_within_reach(reach, 32.0, 0.6, 2.0).tolist() == [0, 32, 160, 352, 32 * 327]


def test_links_arrays_are_scalars_side_by_side():
    one = link("CPO 800G")
    rates = np.array([50e9, 100e9, 400e9])
    batch = chain.latency(replace(one, port_Bps=rates), 10.0)
    alone = [float(chain.latency(replace(one, port_Bps=r), 10.0)) for r in rates]
    assert np.allclose(batch, alone, rtol=1e-15)


@given(st.floats(1e-6, 1e-4))
def test_density_grows_with_the_square_of_the_pitch(pitch):
    fine, coarse = (float(density.areal_density(4e9 / 8, 0.6, p)) for p in (pitch, 2 * pitch))
    assert fine / coarse == pytest.approx(4.0)
    edge = [float(density.edge_density(4e9 / 8, 0.6, 4.0, p)) for p in (pitch, 2 * pitch)]
    assert edge[0] / edge[1] == pytest.approx(2.0)


@given(st.floats(1e-15, 1e-12), st.floats(0.3, 1.5))
def test_a_charged_line_takes_a_quarter_cv_squared_per_bit(capacitance, volts):
    assert float(density.switched_energy(capacitance, volts)) / 8 == pytest.approx(capacitance * volts**2 / 4)


def test_twice_the_bandwidth_takes_twice_the_edge_and_fails_twice_as_often():
    one = link("CPO 800G")
    assert float(chain.edge(one, 1e12)) == pytest.approx(1e12 / 64.25e12, rel=1e-3)
    assert chain.edge(one, 2e12) == pytest.approx(2 * chain.edge(one, 1e12))
    assert chain.time_between_failures(one, 2e11) == pytest.approx(chain.time_between_failures(one, 1e11) / 2)
