r"""The budget of one wavelength, from laser to bit error rate, and the energy of the whole link.

What the laser must give per wavelength is what the receiver needs plus everything lost on the way::

    P_laser [dBm] = P_sensitivity + Σ losses + Σ penalties + margin

The receiver's need is a mean power at ideal extinction, so that the modulator's penalties stand alone. All
functions broadcast: fields of a link may be arrays of one shape. Source of the penalties: Bahadori et al., JLT 34
(2016); of the ring and junction model see :mod:`tauplan.link.photonic.modulator`.
"""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.link.photonic import demux, laser, modulator, receiver, tuning
from tauplan.link.signal import bit_error_rate, bits_per_symbol, dbm, q_factor, ratio
from tauplan.tau import Number, total


@dataclass(frozen=True)
class PhotonicLink:
    """A wavelength-multiplexed link with ring modulators and drop rings; fields are floats or arrays.

    Rates [B/s] per wavelength, lengths [m], losses in dB, powers [W], energies [J/B], frequencies [Hz].
    ``comb_span_m``: channels times channel spacing. ``modulator_swing``: shift in line widths. ``tuning_W``: mean
    heater power of a ring, ``rings_tuned`` of them per wavelength. ``sensitivity_W``: what the receiver needs, at
    ideal extinction, for ``error_rate``; :func:`physical_sensitivity` gives it from the noise.
    """

    channels: Number
    rate_Bps: Number
    levels: Number
    wavelength_m: Number
    comb_span_m: Number
    fibre_m: Number
    fibre_dB_per_m: Number
    connectors: Number
    connector_dB: Number
    couplers: Number
    coupler_dB: Number
    waveguide_m: Number
    waveguide_dB_per_m: Number
    ring_excess_dB: Number
    modulator_q: Number
    modulator_swing: Number
    modulator_notch_dB: Number
    modulator_F: Number
    modulator_V: Number
    demux_q: Number
    ring_loss_dB_per_m: Number
    group_index: Number
    responsivity: Number
    noise_density: Number
    receiver_bandwidth: Number
    rin: Number
    error_rate: Number
    sensitivity_W: Number
    driver_offset_J: Number
    driver_slope: Number
    receiver_J: Number
    receiver_W: Number
    laser_efficiency: Number
    laser_threshold_W: Number
    power_cap_W: Number
    tuning_W: Number
    rings_tuned: Number
    serdes_J: Number
    margin_dB: Number

    @property
    def symbol_Hz(self) -> Number:
        """Symbols per second of one wavelength [1/s]."""
        return 8.0 * self.rate_Bps / bits_per_symbol(self.levels)

    @property
    def spacing_m(self) -> Number:
        """Channel spacing [m]."""
        return self.comb_span_m / self.channels

    @property
    def extinction(self) -> Number:
        """Ratio of the outer levels [1]."""
        one, zero = modulator.ring_levels(self.modulator_swing, ratio(-self.modulator_notch_dB))
        return one / zero


@dataclass(frozen=True)
class Budget:
    """A budget: losses and penalties by name in dB; power per wavelength and in the waveguide [W]; energies [J/B].

    ``slack_dB``: how far the light in the waveguide stays below its cap; below zero the link cannot be built.
    ``bandwidth_Bps``: all wavelengths of one fibre, one way [B/s].
    """

    losses_dB: dict[str, Number]
    sensitivity_W: Number
    laser_W: Number
    waveguide_W: Number
    slack_dB: Number
    energy_J: dict[str, Number]
    bandwidth_Bps: Number

    @property
    def loss_dB(self) -> Number:
        """Sum of losses, penalties and margin in dB [1]."""
        return total(self.losses_dB.values())

    @property
    def total_J(self) -> Number:
        """Energy per byte, both ends [J/B]."""
        return total(self.energy_J.values())


def physical_sensitivity(
    responsivity: Number,
    density_A: Number,
    bandwidth_Hz: Number,
    rin: Number,
    error_rate: Number,
    extinction: Number,
    levels: Number,
) -> Number:
    """Return the mean power at ideal extinction that a receiver needs [W]: half of the outer amplitude.

    Responsivity [A/W], noise density [A/√Hz], bandwidth [Hz], RIN [1/Hz], bit error rate [1].
    """
    thermal = receiver.thermal_noise(density_A, bandwidth_Hz)
    q = q_factor(error_rate, levels)
    return 0.5 * receiver.required_amplitude(q, responsivity, thermal, bandwidth_Hz, rin, extinction, levels)


def losses(link: PhotonicLink) -> dict[str, Number]:
    """Return every loss and penalty of one wavelength in the order of the signal, in dB [1]."""
    notch = ratio(-link.modulator_notch_dB)
    one, zero = modulator.ring_levels(link.modulator_swing, notch)
    extinction = one / zero
    width = link.wavelength_m / link.modulator_q
    intrinsic = demux.intrinsic_quality(link.group_index, link.wavelength_m, link.ring_loss_dB_per_m)
    leak = demux.crosstalk(link.demux_q, link.wavelength_m, link.spacing_m, link.channels)
    q = q_factor(link.error_rate, link.levels) * (link.levels - 1.0)
    others = modulator.array_through(2.0 * link.spacing_m / width, link.channels)
    return {
        "couplers": link.couplers * link.coupler_dB,
        "waveguides": link.waveguide_m * link.waveguide_dB_per_m,
        "other modulators": others + link.ring_excess_dB * (link.channels - 1.0),
        "modulator, one": modulator.insertion_penalty(one),
        "ones half of the time": modulator.keying_penalty(extinction),
        "extinction": modulator.extinction_penalty(extinction),
        "fibre": link.fibre_m * link.fibre_dB_per_m,
        "connectors": link.connectors * link.connector_dB,
        "other drop rings": link.ring_excess_dB * (link.channels - 1.0),
        "drop ring": demux.drop_loss(link.demux_q, intrinsic),
        "truncation": demux.truncation_penalty(link.demux_q, link.wavelength_m, link.symbol_Hz),
        "crosstalk": demux.crosstalk_penalty(leak, q, extinction),
        "margin": link.margin_dB,
    }


def budget(link: PhotonicLink) -> Budget:
    """Return the budget of a link: losses in dB, light [W], energy per byte [J/B]; see the module."""
    parts = losses(link)
    laser_W = link.sensitivity_W * ratio(total(parts.values()))
    waveguide_W = laser_W * link.channels
    energy_J = {
        "serdes": link.serdes_J,
        "driver": modulator.driver_energy(
            link.modulator_F, link.modulator_V, link.rate_Bps, link.driver_offset_J, link.driver_slope
        ),
        "modulator": modulator.switched_energy(link.modulator_F, link.modulator_V, link.levels),
        "laser": laser.electrical_power(laser_W, link.laser_efficiency, link.laser_threshold_W)
        / link.rate_Bps,
        "tuning": link.tuning_W * link.rings_tuned / link.rate_Bps,
        "receiver": link.receiver_J + link.receiver_W / link.rate_Bps,
    }
    slack = dbm(link.power_cap_W) - dbm(waveguide_W)
    return Budget(
        parts, link.sensitivity_W, laser_W, waveguide_W, slack, energy_J, link.channels * link.rate_Bps
    )


def received_error_rate(link: PhotonicLink, laser_W: Number) -> Number:
    """Return the bit error rate that a laser power per wavelength [W] gives [1].

    The Q factor follows from noise at the received levels; penalties other than the modulator's count as loss.
    """
    parts = losses(link)
    own = ("modulator, one", "ones half of the time", "extinction")
    lost = total(value for name, value in parts.items() if name not in own)
    one, zero = modulator.ring_levels(link.modulator_swing, ratio(-link.modulator_notch_dB))
    arrives = laser_W * ratio(-lost)
    bandwidth = link.receiver_bandwidth * link.symbol_Hz
    q = receiver.q_received(
        arrives * one,
        arrives * zero,
        link.responsivity,
        receiver.thermal_noise(link.noise_density, bandwidth),
        bandwidth,
        link.rin,
        link.levels,
    )
    return bit_error_rate(q, link.levels)


def with_physical_receiver(link: PhotonicLink) -> Number:
    """Return the sensitivity of a link from the noise of its receiver [W]."""
    return physical_sensitivity(
        link.responsivity,
        link.noise_density,
        link.receiver_bandwidth * link.symbol_Hz,
        link.rin,
        link.error_rate,
        link.extinction,
        link.levels,
    )


def heater(
    local_Hz: Number, between_Hz: Number, spacing_Hz: Number, electrical_Hz: Number, efficiency: Number
) -> Number:
    """Return the mean heater power of a ring [W] under the better tuning strategy; spreads and spacing [Hz]."""
    return tuning.heater_power(tuning.best_shift(local_Hz, between_Hz, spacing_Hz, electrical_Hz), efficiency)
