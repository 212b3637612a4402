"""Solid-state drives: bandwidth and latency under a queue, from dies, channels, cache and host link."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.tau import Number
from tauplan.tau import arrays as np

STEPS = 16  # definition: points of a mean over a run, enough for a thousandth


@dataclass(frozen=True)
class Drive:
    """A drive: ``channels`` with ``chips`` each; a chip does one operation at a time, on ``planes`` planes [1].

    ``page_B``, ``spare_B``: page and its spare bytes, moved with it [B]; ``read_s``, ``program_s``: array times
    [s]; ``channel_Bps``, ``host_Bps``, ``cache_Bps``: rates of one channel, of the host link before its headers,
    and of the buffer memory, which written data pass twice [B/s]; ``host_share``: share of the link left to
    data [1]; ``lookups``: flash reads per random access to find the page, when the map is not in memory [1].
    """

    channels: Number
    chips: Number
    planes: Number
    page_B: Number
    spare_B: Number
    read_s: Number
    program_s: Number
    channel_Bps: Number
    host_Bps: Number
    cache_Bps: Number
    host_share: Number = 1.0
    lookups: Number = 0.0


def packet_share(payload_B: Number, header_B: Number) -> Number:
    """Return the share of a packet link left to data [1]: payload and header bytes of a packet [B].

    >>> round(packet_share(128, 26), 2)
    0.83
    """
    return payload_B / (payload_B + header_B)


def busy_chips(chips: Number, depth: Number) -> Number:
    r"""Return how many chips work [1] when ``depth`` requests lie on them at random: C (1 − (1 − 1/C)^Q)."""
    return chips * (1.0 - (1.0 - 1.0 / chips) ** depth)


def channel_wait(users: Number, array_s: Number, transfer_s: Number) -> Number:
    r"""Return how long a transfer takes with its wait for the channel [s].

    .. math:: R = S + S \frac{N-1}{Z+R} R

    A closed queue of N users [1] that are away for the array's Z [s] and then want the channel for S [s], with
    Schweitzer's approximation, solved for R. Known error: a few percent of exact mean-value analysis.
    """
    excess = np.maximum(users, 1.0) * transfer_s - array_s
    return 0.5 * (excess + np.sqrt(excess * excess + 4.0 * transfer_s * array_s))


def random_read_latency(drive: Drive, size_B: Number, depth: Number) -> Number:
    """Return the mean time of a random read [s] of ``size_B`` bytes within a page with ``depth`` in flight [1].

    Little's law over the chips at work, each access ``1 + lookups`` flash reads with their wait for the channel;
    never less than what the host link lets through. Error: 10 % of a drive simulator (see docs/nand.md).
    """
    chips = drive.channels * drive.chips
    busy = busy_chips(chips, depth)
    moved = channel_wait(busy / drive.channels, drive.read_s, size_B / drive.channel_Bps)
    chip = depth / busy * (1.0 + drive.lookups) * (drive.read_s + moved)
    return np.maximum(chip, depth * size_B / (drive.host_Bps * drive.host_share))


def random_read_rate(drive: Drive, size_B: Number, depth: Number) -> Number:
    """Return random reads per second, a number [1/s], at a queue depth [1] (Little's law)."""
    return depth / random_read_latency(drive, size_B, depth)


def read_bandwidth(drive: Drive) -> Number:
    """Return the bandwidth of a long sequential read [B/s]: chips in turn on their channels, or the host link."""
    transfer = (drive.page_B + drive.spare_B) / drive.channel_Bps
    cycle = drive.read_s + channel_wait(drive.chips, drive.read_s, transfer)
    flash = drive.channels * drive.chips * drive.page_B / cycle
    return np.minimum(flash, drive.host_Bps * drive.host_share)


def write_bandwidth(drive: Drive, amplification: Number = 1.0) -> Number:
    """Return the bandwidth of a long sequential write [B/s]: all planes of a chip at once, the cache, or the host.

    ``amplification``: pages programmed per page written [1], one for an empty or sequentially filled drive.
    """
    moved = drive.planes * drive.page_B
    transfer = drive.planes * (drive.page_B + drive.spare_B) / drive.channel_Bps
    chips = drive.channels * drive.chips * moved / (drive.program_s + transfer)
    flash = np.minimum(chips, drive.channels * moved / transfer) / amplification
    return np.minimum(np.minimum(flash, drive.cache_Bps / 2), drive.host_Bps * drive.host_share)


def together(drive: Drive, size_B: Number, count: Number) -> Number:
    r"""Return pages that a chip programs at once [1], after ``count`` small random writes of a plane each.

    .. math:: 1 + \frac{P-1}{2} \operatorname{erf}\left(\frac{w}{2\sqrt{n}}\right)

    Planes of a die program together where they stand at the same page. After n writes each, the next pages of two
    planes lie a random walk of variance 2 n apart; a write finds its partner among the w = page/size ones that
    wait for the other plane. The error function is taken as its hyperbolic tangent of equal slope at zero.
    """
    ahead = drive.page_B / size_B / np.sqrt(np.pi * np.maximum(count, 1.0))
    return 1.0 + (drive.planes - 1.0) * 0.5 * np.tanh(ahead)


def random_write_latency(drive: Drive, size_B: Number, depth: Number, dies: Number, count: Number) -> Number:
    """Return the mean response [s] of ``count`` random writes [1] of ``size_B`` bytes of a page at a depth.

    Little's law over the time they take. The buffer holds a page per plane, ``dies`` to a chip: so many writes
    are taken at once, the others wait until as many are programmed, one page each or ``together``; data pass the
    buffer memory twice, and the host link. Planes drift apart, so the response rises with ``count`` to that of one
    page at a time. Not modelled: cleaning, and map look-ups. Error: 7 % of a drive simulator (see docs/nand.md).
    """
    chips = drive.channels * drive.chips
    planes = chips * dies * drive.planes
    taken = planes * drive.page_B / size_B
    left = np.maximum(count - taken, 0.0)
    mean = 0.0
    for step in range(STEPS):  # over the square root of writes, in which the integrand is smooth
        at = (step + 0.5) / STEPS
        mean = mean + 2.0 * at / STEPS / together(drive, size_B, count / planes * at * at)
    flash = left * (drive.program_s + size_B / drive.channel_Bps) / chips * mean
    passed = count * np.maximum(2.0 * size_B / drive.cache_Bps, size_B / (drive.host_Bps * drive.host_share))
    return depth * np.maximum(flash, passed) / np.maximum(count, 1.0)
