"""Photonic links: spectra against a circuit solver, limits of every penalty, optima, and the whole budget."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import DEFAULT
from tauplan.evaluate.book import Book
from tauplan.evaluate.link_parts import resolve_photonic
from tauplan.link.photonic import demux, laser, modulator, receiver, spectra, tuning
from tauplan.link.photonic.budget import budget, received_error_rate, with_physical_receiver
from tauplan.link.photonic.circuit import Circuit, coupler_matrix, solve, two_port
from tauplan.link.photonic.optimum import best_demux_q, most_bandwidth, search
from tauplan.link.signal import dbm, q_factor

WAVES = np.linspace(1540e-9, 1560e-9, 500)
LINK = resolve_photonic(Book(Catalog.load(), DEFAULT), "ring DWDM in package")
couplings = st.floats(0.5, 0.999)


def ring_circuit(t_in, t_drop, half, name=""):
    """An add-drop ring: outside ports in, through, add, drop."""
    first = coupler_matrix(t_in, 1j * np.sqrt(1 - t_in**2))
    second = coupler_matrix(t_drop, 1j * np.sqrt(1 - t_drop**2))
    a, b, up, down = (name + x for x in ("a", "b", "up", "down"))
    parts = {a: first, b: second, up: two_port(half), down: two_port(half)}
    joined = [((a, 3), (up, 0)), ((up, 1), (b, 1)), ((b, 3), (down, 0)), ((down, 1), (a, 1))]
    return parts, joined, {"in": (a, 0), "through": (a, 2), "add": (b, 0), "drop": (b, 2)}


@given(couplings, couplings, st.floats(20e-6, 200e-6), st.floats(0.0, 2000.0))
def test_ring_in_closed_form_is_the_circuit(t_in, t_drop, length, loss):
    half = spectra.waveguide(WAVES, 2.4, length / 2, loss)
    parts, joined, port = ring_circuit(t_in, t_drop, half)
    matrix = solve(Circuit(parts, joined, list(port.values())))
    through, drop = spectra.ring(half, t_in, t_drop)
    assert np.abs(matrix[:, 1, 0] - through).max() < 1e-9
    drops = matrix[:, 2:, 0]
    assert np.abs(np.abs(drops).max(axis=1) - np.abs(drop)).max() < 1e-9
    assert np.abs(drops - drop[:, None]).min(axis=1).max() < 1e-9


def test_a_cascade_of_rings_is_the_product_of_their_transmissions():
    lengths = 60e-6 * (1 + 0.001 * np.arange(8))
    parts, joined, product, last, first = {}, [], 1.0, None, None
    for number, length in enumerate(lengths):
        half = spectra.waveguide(WAVES, 2.4, length / 2, 300.0)
        some, ties, port = ring_circuit(0.97, 0.97, half, f"{number}.")
        parts |= some
        joined += ties
        if last is None:
            first = port["in"]
        else:
            joined.append((last, port["in"]))
        last = port["through"]
        product = product * spectra.ring(half, 0.97, 0.97)[0]
    matrix = solve(Circuit(parts, joined, [first, last]))
    assert np.abs(matrix[:, 1, 0] - product).max() < 1e-9


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.floats(0.0, 100e-6))
def test_interferometer_in_closed_form_is_the_circuit_and_keeps_energy(split, join, difference):
    upper = spectra.waveguide(WAVES, 2.4, 100e-6 + difference)
    lower = spectra.waveguide(WAVES, 2.4, 100e-6)
    parts = {
        "s": coupler_matrix(*spectra.coupler(split)),
        "j": coupler_matrix(*spectra.coupler(join)),
        "u": two_port(upper),
        "l": two_port(lower),
    }
    ties = [(("s", 2), ("u", 0)), (("u", 1), ("j", 0)), (("s", 3), ("l", 0)), (("l", 1), ("j", 1))]
    matrix = solve(Circuit(parts, ties, [("s", 0), ("j", 2), ("j", 3)]))
    bar, cross = spectra.mach_zehnder(upper, lower, split, join)
    assert np.abs(matrix[:, 1, 0] - bar).max() < 1e-9
    assert np.abs(matrix[:, 2, 0] - cross).max() < 1e-9
    assert np.allclose(spectra.power(bar) + spectra.power(cross), 1.0)


def test_a_port_used_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        solve(Circuit({"a": two_port(1.0)}, [(("a", 0), ("a", 1))], [("a", 0)]))


def test_rings_and_couplers_agree_with_sax():
    sax = pytest.importorskip("sax")
    lengths = (30e-6, 31e-6)
    fields = [spectra.waveguide(WAVES, 2.4, length, 300.0) for length in lengths]

    def guide(wl=1.55, place=0):
        del wl
        return sax.reciprocal({("in0", "out0"): fields[int(place)]})

    def cross(wl=1.55, coupling=0.1):
        del wl
        straight, over = spectra.coupler(coupling)
        return sax.reciprocal(
            {
                ("in0", "out0"): straight,
                ("in1", "out1"): straight,
                ("in0", "out1"): over,
                ("in1", "out0"): over,
            }
        )

    netlist = {
        "instances": {
            "s": "cross",
            "u": {"component": "guide", "settings": {"place": 1}},
            "l": "guide",
            "j": "cross",
        },
        "connections": {"s,out0": "u,in0", "u,out0": "j,in0", "s,out1": "l,in0", "l,out0": "j,in1"},
        "ports": {"in": "s,in0", "bar": "j,out0", "cross": "j,out1"},
    }
    circuit, _ = sax.circuit(netlist, models={"cross": cross, "guide": guide})
    found = sax.sdict(circuit())
    bar, over = spectra.mach_zehnder(fields[1], fields[0], 0.1, 0.1)
    assert np.abs(np.asarray(found["in", "bar"]) - bar).max() < 1e-9
    assert np.abs(np.asarray(found["in", "cross"]) - over).max() < 1e-9


def test_a_cascade_of_drop_rings_agrees_with_sax():
    sax = pytest.importorskip("sax")
    halves = [spectra.waveguide(WAVES, 2.4, length / 2, 300.0) for length in (60e-6, 60.3e-6)]
    straight, over = spectra.coupler(0.06)

    def half(wl=1.55, place=0):
        del wl
        return sax.reciprocal({("in0", "out0"): halves[int(place)]})

    def cross(wl=1.55):
        del wl
        ports = {("in0", "out0"): straight, ("in1", "out1"): straight}
        return sax.reciprocal(ports | {("in0", "out1"): over, ("in1", "out0"): over})

    instances, connections = {}, {}
    for n in range(2):
        for name in ("u", "l"):
            instances[f"{name}{n}"] = {"component": "half", "settings": {"place": n}}
        instances |= {f"a{n}": "cross", f"b{n}": "cross"}
        connections |= {
            f"a{n},out1": f"u{n},in0",
            f"u{n},out0": f"b{n},in1",
            f"b{n},out1": f"l{n},in0",
            f"l{n},out0": f"a{n},in1",
        }
    connections["a0,out0"] = "a1,in0"
    ports = {"in": "a0,in0", "through": "a1,out0", "drop": "b0,out0", "drop1": "b1,out0"}
    netlist = {"instances": instances, "connections": connections, "ports": ports}
    circuit, _ = sax.circuit(netlist, models={"half": half, "cross": cross})
    found = sax.sdict(circuit())
    rings = [spectra.ring(field, straight, straight) for field in halves]
    assert np.abs(np.asarray(found["in", "through"]) - rings[0][0] * rings[1][0]).max() < 1e-9
    assert np.abs(np.abs(np.asarray(found["in", "drop"])) - np.abs(rings[0][1])).max() < 1e-9
    behind = np.abs(rings[0][0] * rings[1][1])
    assert np.abs(np.abs(np.asarray(found["in", "drop1"])) - behind).max() < 1e-9


def test_free_spectral_range_is_the_spacing_of_the_dips():
    waves = np.linspace(1500e-9, 1600e-9, 200_001)
    length, index = 60e-6, 2.4
    dips = spectra.power(spectra.ring(spectra.waveguide(waves, index, length / 2, 300.0), 0.95)[0])
    places = waves[1:-1][(dips[1:-1] < dips[:-2]) & (dips[1:-1] < dips[2:])]
    spacing = np.diff(places)[len(places) // 2 - 1]
    expected = spectra.free_spectral_range(
        places[len(places) // 2], index, length
    )  # dispersion aside, n_g = n
    assert spacing == pytest.approx(expected, rel=0.05)


def test_neighbours_in_closed_form_are_their_sum():
    for spacing in (1.0, 3.0, 12.0):
        for channels in (5, 17, 65):
            places = np.arange(1, (channels - 1) // 2 + 1)
            exact = 2 * (1 / (1 + (places * spacing) ** 2)).sum()
            assert float(modulator.neighbours(spacing, channels)) == pytest.approx(exact, rel=0.05)
    assert float(modulator.neighbours(3.0, 1.0)) == 0.0


@given(st.floats(1.5, 1e4))
def test_penalties_of_a_modulator_vanish_where_they_should(extinction):
    one, zero = 1.0, 1.0 / extinction
    together = sum(
        float(p)
        for p in (
            modulator.insertion_penalty(one),
            modulator.keying_penalty(extinction),
            modulator.extinction_penalty(extinction),
        )
    )
    assert together == pytest.approx(-10 * np.log10((one - zero) / 2.0), rel=1e-9)
    assert float(modulator.extinction_penalty(1e9)) == pytest.approx(0.0, abs=1e-6)


def test_switching_energy_of_amplitude_levels():
    joules = [float(modulator.switched_energy(50e-15, 2.0, m)) / 8e-15 for m in (2.0, 4.0, 8.0)]
    levels = [np.arange(m) / (m - 1) for m in (2, 4, 8)]
    exact = [50 * 4 * np.var(v) / np.log2(len(v)) for v in levels]  # C/2 times twice the variance
    assert joules == pytest.approx(exact, rel=1e-9)


def test_depletion_widens_with_the_root_of_the_bias():
    width = modulator.depletion_width(np.array([0.0, 2.1]), 0.7, 1e24, 1e24, 11.7)
    assert width[1] / width[0] == pytest.approx(2.0)
    assert width[0] == pytest.approx(43e-9, rel=0.02)
    assert modulator.resonance_shift(1.55e-6, 4.2, 1e-4, 0.7) == pytest.approx(25.8e-12, rel=0.01)


@given(st.floats(1e9, 60e9))
def test_narrow_rings_cut_and_wide_rings_leak(symbols):
    quality = np.array([1e3, 5e3, 2e4])
    assert (np.diff(demux.truncation_penalty(quality, 1.55e-6, symbols)) > 0).all()
    assert (np.diff(demux.crosstalk(quality, 1.55e-6, 0.8e-9, 32.0)) < 0).all()
    assert (np.diff(demux.drop_loss(quality, 2e5)) > 0).all()
    assert demux.coherent_penalty(0.0) == 0.0
    assert demux.coherent_penalty(0.3) == np.inf


@given(st.floats(3e-12, 3e-11), st.floats(5e9, 60e9), st.sampled_from([2.0, 4.0]), st.floats(1e-12, 1e-4))
def test_the_required_light_gives_the_error_rate_that_was_asked_for(density, bandwidth, levels, ber):
    thermal, q = receiver.thermal_noise(density, bandwidth), float(q_factor(ber, levels))
    amplitude = float(receiver.required_amplitude(q, 1.0, thermal, bandwidth, 0.0, 20.0, levels))
    zero = amplitude / 19.0
    got = float(receiver.q_received(amplitude + zero, zero, 1.0, thermal, bandwidth, 0.0, levels))
    assert q * (1 - 1e-9) <= got <= 1.15 * q
    loud = (1 - 1 / 20.0) ** 2 / (4 * ((levels - 1) * q) ** 2 * bandwidth)
    assert receiver.required_amplitude(q, 1.0, thermal, bandwidth, 1.01 * loud, 20.0, levels) == np.inf


def test_tuning_takes_the_cheaper_strategy():
    assert tuning.best_shift(40e9, 200e9, 100e9) == pytest.approx(170e9)
    assert tuning.best_shift(40e9, 0.0, 1e12) == pytest.approx(120e9)
    assert tuning.best_shift(1e9, 1e9, 100e9, 50e9) == 0.0
    assert tuning.heater_power(1e12, 1e-15) == pytest.approx(1e-3)
    assert laser.efficiency(2e-3, 0.15, 2e-3) == pytest.approx(0.075)


def test_a_budget_closes_on_the_error_rate_it_was_made_for():
    found = budget(LINK)
    assert float(found.loss_dB) == pytest.approx(float(dbm(found.laser_W) - dbm(found.sensitivity_W)))
    assert 0.01 * LINK.error_rate < float(received_error_rate(LINK, found.laser_W)) <= LINK.error_rate
    less = float(received_error_rate(LINK, found.laser_W / 2))
    assert less > 1e3 * LINK.error_rate
    assert float(found.total_J) == pytest.approx(sum(float(v) for v in found.energy_J.values()))


@pytest.mark.parametrize(
    "field", ["fibre_m", "coupler_dB", "waveguide_m", "noise_density", "margin_dB", "rin"]
)
def test_what_is_worse_needs_more_light(field):
    worse = replace(LINK, **{field: getattr(LINK, field) * 1.5})
    worse = replace(worse, sensitivity_W=with_physical_receiver(worse))
    assert budget(worse).laser_W > budget(LINK).laser_W


def test_arrays_of_designs_are_designs_side_by_side():
    fields = {"channels": np.array([4.0, 8.0, 16.0]), "demux_q": np.array([3e3, 4e3, 5e3])}
    batch = budget(replace(LINK, **fields))
    for place in range(3):
        alone = budget(replace(LINK, **{name: float(values[place]) for name, values in fields.items()}))
        assert batch.total_J[place] == pytest.approx(float(alone.total_J), rel=1e-13)
        assert batch.laser_W[place] == pytest.approx(float(alone.laser_W), rel=1e-13)


def test_the_best_drop_ring_is_a_minimum():
    best = float(best_demux_q(LINK))
    light = [float(budget(replace(LINK, demux_q=best * f)).laser_W) for f in (0.7, 1.0, 1.4)]
    assert light[1] <= min(light)


def test_a_fibre_has_a_most_bandwidth_under_a_power_cap():
    channels, rates = np.array([4, 8, 16, 32, 64]), np.array([16, 25, 32, 50]) * 1e9 / 8
    _, found, fine = search(LINK, channels, rates)
    assert 0 < fine.sum() < fine.size
    wide = float(most_bandwidth(LINK, channels, rates))
    tight = float(most_bandwidth(replace(LINK, power_cap_W=LINK.power_cap_W / 100), channels, rates))
    assert 0.1e12 / 8 < tight < wide < 2e12 / 8
    assert wide == pytest.approx(float((found.bandwidth_Bps * fine).max()))


@pytest.mark.parametrize(
    "field", ["demux_q", "modulator_q", "coupler_dB", "laser_efficiency", "rate_Bps", "fibre_m"]
)
def test_a_batch_of_small_steps_gives_the_slope(field):
    base = float(getattr(LINK, field))
    steps = np.array([-2e-4, -1e-4, 1e-4, 2e-4])
    tried = replace(LINK, **{field: base * (1 + steps)})
    energy = np.asarray(budget(replace(tried, sensitivity_W=with_physical_receiver(tried))).total_J)
    wide, narrow = (energy[3] - energy[0]) / 4e-4, (energy[2] - energy[1]) / 2e-4
    assert narrow != 0
    assert narrow == pytest.approx(wide, rel=1e-3, abs=1e-9 * energy[0])
