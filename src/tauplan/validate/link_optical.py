"""Published figures of transmitters, receivers and optical budgets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import DEFAULT
from tauplan.evaluate.book import Book
from tauplan.evaluate.link_parts import resolve_photonic
from tauplan.link import signal
from tauplan.link.photonic import modulator, receiver, tuning
from tauplan.link.photonic.budget import budget
from tauplan.validate.link_case import LinkCase, case

PJ = 8e-12  # definition: joules per byte of a picojoule per bit


def transmitters(catalog: Catalog) -> Iterator[LinkCase]:
    """Yield transmitters: cases 1 to 6."""
    del catalog
    wave = float(modulator.travelling_wave_energy(0.63, 50.0, 20e9)) / 8e-15
    yield case("1", "travelling-wave modulator, 0.63 V, 20 Gb/s", "closed", 200.0, wave, "fJ/bit", "mzm-2012")
    yield case(
        "2a",
        "45 nm link: transmitter, receiver, tuning",
        "closed",
        0.71,
        0.02 + 0.50 + 0.19,
        "pJ/bit",
        "soi-2015",
    )
    # what is left of 1.3 W per Tb/s is the laser: on-chip light by the noise of the receiver and the losses
    yield _laser_of_2015()
    watts = 80 * 10e9 * (50e-15 + 70e-15)
    area = 80 * 10e9 / 5.3e12
    yield case(
        "3a", "3D chip, 80 x 10 Gb/s: front ends", "closed", 0.120 * 0.8e3, watts * 1e3, "mW", "3d-80ch"
    )
    yield case(
        "3b", "3D chip: both directions on 0.30 to 0.32 mm2", "closed", 0.31, 2 * area, "mm2", "3d-80ch"
    )
    # charge of the modulator and a driver whose energy grows with the rate, from the point at 5 Gb/s
    rates = [5e9, 32e9]
    at = [
        [float(modulator.driver_energy(65e-15, v, r / 8, 0.0, 1.28e-22)) / 8e-15 for r in rates]
        for v in (2.0, 2.4, 2.2)
    ]
    low, high, mid = (32.0 + (fast - slow) for slow, fast in at)
    yield case(
        "4a",
        "32-channel transmitter at 32 Gb/s, from 32 fJ/bit at 5 Gb/s",
        "energy",
        106.0,
        mid,
        "fJ/bit",
        "upenn-32ch",
        (low * 0.9, high * 1.1),
        "drive of 2.0 to 2.4 V, 65 fF: not stated",
    )
    yield case("4b", "32 channels of 32 Gb/s", "closed", 1.024, 32 * 32e9 / 1e12, "Tb/s", "upenn-32ch")
    yield case(
        "5a", "64 microdisks: rate of a channel", "closed", 1.2, 64 * 18.75e9 / 1e12, "Tb/s", "microdisk"
    )
    # trimming removes the spread within a die; the sweep is over the spacing of the channels, which is not stated
    saved = [
        1 - float(tuning.nearest_shift(0.0, s) / tuning.nearest_shift(10e9, s)) for s in (80e9, 120e9, 200e9)
    ]
    yield case(
        "5b",
        "trimming: share of tuning energy saved",
        "implied",
        0.33,
        saved[1],
        "1",
        "microdisk",
        (saved[2], saved[0]),
        "local spread 10 GHz, spacing 80 to 200 GHz: not stated",
    )
    pam4 = [
        float(modulator.switched_energy(c, v, 4.0)) / 8e-15
        for c, v in ((20e-15, 2.0), (25e-15, 2.0), (30e-15, 2.2))
    ]
    yield case(
        "6a",
        "ring modulator, PAM4 at 80 Gb/s",
        "implied",
        7.0,
        pam4[1],
        "fJ/bit",
        "laval-2016",
        (pam4[0], pam4[2]),
        "capacitance of 20 to 30 fF and 2.0 to 2.2 V: not stated; reported as below 7",
    )
    pam8 = [float(modulator.switched_energy(25e-15, v, 8.0)) / 8e-15 for v in (0.9, 1.1, 1.3)]
    yield case(
        "6b",
        "ring modulator, PAM8 at 45 Gb/s",
        "implied",
        1.0,
        pam8[1],
        "fJ/bit",
        "laval-2016",
        (pam8[0], pam8[2]),
        "the same 25 fF, 0.9 to 1.3 V: not stated",
    )


def _laser_of_2015() -> LinkCase:
    """Laser of the 2.5 Gb/s link, from thermal noise and losses that the report does not give in full."""

    def electrical(loss_dB: float, responsivity: float) -> float:
        thermal = 1e-6  # amperes: a sense amplifier of that rate and process
        swing = receiver.required_amplitude(signal.q_factor(1e-12), responsivity, thermal, 2.5e9, 0.0, 4.0)
        return float(receiver.average_power(swing, 4.0) * signal.ratio(loss_dB)) / 0.1 / 2.5e9 * 1e12

    values = [electrical(loss, 0.5) for loss in (4.3, 6.3, 8.3)]
    return case(
        "2b",
        "45 nm link: laser, 1.3 less 0.71",
        "implied",
        0.59,
        values[1],
        "pJ/bit",
        "soi-2015",
        (values[0], values[2]),
        "loss of 4.3 to 8.3 dB, 0.5 A/W, 1 uA, efficiency 0.1: not stated",
    )


def budgets(catalog: Catalog) -> Iterator[LinkCase]:
    """Yield optical budgets and receivers: cases 7 to 10, 20 and 21."""
    r = 10**0.89
    for label, rate, isi, reported in (("7a", 14, 0.0, -13.0), ("7b", 25, 2.65, -9.7)):
        swing = receiver.required_amplitude(signal.q_factor(5e-5), 0.21, 2e-6, 1.0, 0.0, r)
        floor = float(signal.dbm(receiver.average_power(swing, r))) + isi
        yield case(
            label,
            f"receiver of an SOA link at {rate} Gb/s, standard code",
            "budget",
            reported,
            floor,
            "dBm",
            "rwth-2017",
        )
    gain = 20 * float(signal.decibels(signal.q_factor(1e-12) / signal.q_factor(5e-5))) / 10
    yield case(
        "7c",
        "two interfaces may lose 1.5 dB more with a code and a warmer amplifier",
        "implied",
        3.0,
        gain - 2.0,
        "dB",
        "rwth-2017",
        (gain - 3.0, gain - 1.0),
        "gain of the code less 1 to 3 dB of a warm amplifier: not stated",
    )
    yield case(
        "8a",
        "100G CWDM4 over 10 km: fibre and connectors",
        "budget",
        -5.0 + 11.5,
        10 * 0.43 + 4 * 0.5,
        "dB",
        "cwdm4-10km",
        note="0.43 dB/km at 1271 nm, four connectors of 0.5 dB: not stated",
    )
    yield case("8b", "100G CWDM4: energy", "closed", 34.0, 3.5 / 103.125e9 * 1e12, "pJ/bit", "cwdm4-10km")
    # clause 151: loss of the channel is the launch less what the receiver needs at the same TDECQ
    yield case(
        "9a",
        "400G-FR4 over 2 km: fibre and connectors",
        "budget",
        4.0,
        2 * 0.5 + 6 * 0.5,
        "dB",
        "400g-lr4",
        note="0.5 dB/km, six connectors of 0.5 dB: not stated",
    )
    yield case(
        "9b",
        "400G-LR4: Q of the code's threshold",
        "closed",
        3.49,
        float(signal.q_factor(2.4e-4)),
        "1",
        "400g-lr4",
    )
    yield case("9c", "400G-LR4: energy", "closed", 30.0, 12.0 / 400e9 * 1e12, "pJ/bit", "400g-lr4")
    # mean power at 1e-4 with a chip of 45 GHz, the better end of what was reported
    need = receiver.required_amplitude(
        signal.q_factor(1e-4, 4.0),
        0.75,
        receiver.thermal_noise(18e-12, 0.6 * 106.25e9),
        0.6 * 106.25e9,
        1e-14,
        3.0,
        4.0,
    )
    cliff = float(signal.interference_penalty(45e9, 106.25e9, 4.0))
    mean = float(signal.dbm(receiver.average_power(need, 3.0))) + cliff
    yield case(
        "10a",
        "linear 1.6T module: sensitivity at 1e-4",
        "budget",
        -4.16,
        mean,
        "dBm",
        "lpo-2025",
        (mean - 1.5, mean + 1.5),
        "18 pA/rtHz, 0.75 A/W, extinction 3: not stated",
    )
    places = [f for f in range(20, 60) if signal.eye_closure(f * 1e9, 106.25e9, 4.0) > 0.5]
    yield case(
        "10b", "linear 1.6T module: bandwidth at the cliff", "closed", 40.0, places[0], "GHz", "lpo-2025"
    )
    link = resolve_photonic(Book(catalog, DEFAULT), "ring DWDM reference")
    found = budget(link)
    yield case(
        "21a",
        "reference link 32 x 16 Gb/s: penalties",
        "budget",
        7.8,
        float(found.loss_dB),
        "dB",
        "phoenixsim",
    )
    yield case(
        "21b",
        "reference link: light per wavelength",
        "budget",
        -9.5,
        float(signal.dbm(found.laser_W)),
        "dBm",
        "phoenixsim",
    )
    yield case(
        "21c", "reference link: energy", "closed", 0.54, float(found.total_J) / PJ, "pJ/bit", "phoenixsim"
    )
    for label, name, reported in (
        ("21d", "laser", 0.07),
        ("21e", "receiver", 0.18),
        ("21f", "tuning", 0.13),
    ):
        got = float(found.energy_J[name]) / PJ
        yield case(label, f"reference link: {name}", "energy", reported, got, "pJ/bit", "phoenixsim")
    drive = float(found.energy_J["driver"] + found.energy_J["modulator"]) / PJ
    yield case("21g", "reference link: driver", "energy", 0.15, drive, "pJ/bit", "phoenixsim")
    wide = budget(replace(link, channels=64.0))
    yield case(
        "21h",
        "reference link with 64 wavelengths: penalties",
        "budget",
        11.4,
        float(wide.loss_dB),
        "dB",
        "phoenixsim",
        (float(wide.loss_dB) - 1.5, float(wide.loss_dB) + 1.5),
    )
    yield case(
        "20",
        "comb of 32 wavelengths at 16 Gb/s",
        "closed",
        512.0,
        float(8 * found.bandwidth_Bps) / 1e9,
        "Gb/s",
        "kerr",
    )
