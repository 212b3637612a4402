r"""One chain for every link: modulator, equaliser, error correction, medium, receiver; copper and light alike.

Latency, for a port of rate R over length L::

    t = t_SerDes + t_DSP + t_gather(R) + t_decode + L·t_flight

and energy per byte is the sum of the blocks that the link has. All numbers are of one direction, both ends.
"""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.link.fec import Code, gather_time
from tauplan.tau import Number, Time, total
from tauplan.tau import arrays as np

BLOCKS = ("serdes", "dsp", "fec", "driver", "laser", "receiver", "tuning", "wire")
"""Blocks of the energy stack, in the order of the signal."""


@dataclass(frozen=True)
class Link:
    """A class of link; fields are floats or arrays, times may be ``Time``.

    ``port_Bps``: payload of one port one way [B/s]; ``lane_Bps``: line rate of a lane [B/s]; ``levels`` [1].
    ``serdes_s``, ``dsp_s``: both ends [s]; ``flight_s``: per metre [s/m]. ``energy_J``: per block of
    :data:`BLOCKS` [J/B], and ``wire_J`` per byte and metre. ``reach_m``: longest run [m]; ``shoreline``,
    ``areal``: payload per die edge [B/s/m] and area [B/s/m2], infinite where not known. ``failure_Hz``: repairs
    per port [1/s]; ``price_USD``: per port, both ends.
    """

    port_Bps: Number
    lane_Bps: Number
    levels: Number
    serdes_s: Number
    dsp_s: Number
    code: Code
    flight_s: Number
    energy_J: dict[str, Number]
    wire_J: Number
    reach_m: Number
    shoreline: Number
    areal: Number
    failure_Hz: Number
    price_USD: Number


def latency_parts(link: Link, length_m: Number) -> dict[str, Number]:
    """Return the latency of one hop by block [s], over a run of ``length_m`` [m]."""
    return {
        "serdes": link.serdes_s,
        "dsp": link.dsp_s,
        "fec gather": _like(link.serdes_s, gather_time(link.code, link.port_Bps)),
        "fec decode": link.code.decode_s,
        "flight": link.flight_s * length_m,
    }


def latency(link: Link, length_m: Number) -> Number:
    """Return the latency of one hop [s]: the sum of :func:`latency_parts` over ``length_m`` [m]."""
    return total(latency_parts(link, length_m).values())


def _like(owner: Number, plain_s: Number) -> Number:
    """Return plain seconds as a time of the link level where its neighbours are owned times [s]."""
    return Time.of("link", plain_s) if isinstance(owner, Time) else plain_s


def energy_parts(link: Link, length_m: Number) -> dict[str, Number]:
    """Return the energy per byte carried one way, by block [J/B], both ends, over ``length_m`` [m]."""
    parts = {name: link.energy_J.get(name, 0.0) for name in BLOCKS}
    parts["fec"] = link.code.energy_J
    parts["wire"] = link.wire_J * length_m
    return parts


def energy(link: Link, length_m: Number) -> Number:
    """Return the energy per byte carried one way [J/B], both ends, over ``length_m`` [m]."""
    return total(energy_parts(link, length_m).values())


def ports(link: Link, bandwidth_Bps: Number) -> Number:
    """Return the number of ports that carry a bandwidth per direction [B/s]."""
    return bandwidth_Bps / link.port_Bps


def edge(link: Link, bandwidth_Bps: Number) -> Number:
    """Return the die edge that a bandwidth per direction [B/s] needs [m]."""
    return bandwidth_Bps / link.shoreline


def time_between_failures(link: Link, bandwidth_Bps: Number) -> Number:
    """Return the mean time between link failures of one accelerator [s]; infinite for a link that never fails."""
    rate = link.failure_Hz * ports(link, bandwidth_Bps)
    return 1.0 / np.maximum(rate, np.finfo(float).tiny)


def copper_reach(budget_dB: Number, fixed_dB: Number, medium_dB_per_m: Number) -> Number:
    """Return the reach of a copper link [m]: (budget − fixed losses) over loss per metre, all in dB.

    Losses at half the symbol rate. Validity: loss-limited channels with equalisers fitted to them; crosstalk and
    reflections stand in the budget.
    """
    return np.maximum(budget_dB - fixed_dB, 0.0) / medium_dB_per_m


def domain_within_reach(reach_m: Number, per_rack: Number, pitch_m: Number, slack_m: Number) -> Number:
    """Return the number of accelerators that cables of a reach join to switches in the middle of a row.

    A cable runs ``slack_m`` [m] inside racks and ``pitch_m`` [m] for every rack it passes, so 1 + 2⌊(reach −
    slack)/pitch⌋ racks of ``per_rack`` accelerators are within reach; none where the slack alone is too long.
    """
    passed = np.floor((reach_m - slack_m) / pitch_m + np.finfo(np.float32).eps)
    return per_rack * np.where(passed >= 0.0, 1.0 + 2.0 * np.maximum(passed, 0.0), 0.0)
