"""Time of a network from its totals: multiply-adds, the activations that its layers write, and its kernels."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.workload.net.totals import NetTotals

BACKWARD = 3.0  # definition: a training step computes forward once and backward twice


@dataclass(frozen=True)
class RuntimeRates:
    """How a runtime executes a class of networks.

    ``peak_share``: sustained share of the matrix rate [1]; ``passes``: how often activations pass through memory
    [1]; ``cycles``: cycles of one compute unit per activation, beside the products [1]; ``launch_s``: time of a
    product on the device that no sample pays for; ``host_s``, ``host_sample_s``: host time per product and per
    sample [s]; ``training``: time of a training step over that of inference, of the same batch [1].
    """

    peak_share: Number
    passes: Number
    cycles: Number = 0.0
    launch_s: Number = 0.0
    host_s: Number = 0.0
    host_sample_s: Number = 0.0
    training: Number = BACKWARD


@dataclass(frozen=True)
class ChipPeaks:
    """Peak primitive times of one chip [s]: per FLOP of a format, per byte of memory, per cycle of all its units.

    ``element_B``: bytes per element of the format.
    """

    flop_s: Number
    byte_s: Number
    cycle_s: Number
    element_B: Number


def two_term_time(
    macs: Number, activations: Number, passes: Number, flop_s: Number, byte_s: Number, element_B: Number
) -> Number:
    r"""Return the time of a network that a framework runs kernel by kernel, from two terms alone [s].

    .. math:: t = 2\,M\,\theta_F + p\,A\,e\,\theta_B

    ``macs`` M, ``activations`` A: of the batch [1]; ``flop_s``: seconds per FLOP at the sustained rate;
    ``byte_s``: per byte at the peak bandwidth; ``element_B`` e; ``passes`` p [1]. Validity: batches that fill the
    chip. Error: median 7 % on the chip it was fitted on. Source: own form.
    """
    return 2.0 * macs * flop_s + passes * activations * element_B * byte_s


def sample_time(net: NetTotals, rates: RuntimeRates, chip: ChipPeaks) -> Number:
    r"""Return the time that each sample adds to a large batch [s].

    .. math:: t = 2\,M\,\theta_F / s + p\,A\,e\,\theta_B + c\,A\,\theta_U

    M multiply-adds, A activations that products write, of ``element_B`` e each; θ_U: one cycle over the number of
    units. Validity: batches that fill the chip. Error: docs/networks.md. Source: own form.
    """
    flop_s = chip.flop_s / rates.peak_share
    two = two_term_time(net.macs, net.activations, rates.passes, flop_s, chip.byte_s, chip.element_B)
    return two + rates.cycles * net.activations * chip.cycle_s


def batch_time(
    net: NetTotals, batch: Number, rates: RuntimeRates, chip: ChipPeaks, training: Number = 0.0
) -> Number:
    r"""Return the time of a batch [samples] in a runtime [s].

    .. math:: t = \max\big(L\,t_l + W e\,\theta_B + b\,t_{sample},\; L\,t_h + b\,t_{hs}\big)

    L products, W parameters; the host issues kernels and prepares samples beside the device. ``training`` = 1:
    forward and backward, as ``rates.training`` says for the device, three times the kernels for the host.
    Validity: one stream.
    """
    fixed = net.products * rates.launch_s + net.parameters * chip.element_B * chip.byte_s
    device = fixed + batch * sample_time(net, rates, chip)
    back = np.where(np.asarray(training) > 0, 1.0, 0.0)
    kernels = net.products * rates.host_s * (1.0 + (BACKWARD - 1.0) * back)
    return np.maximum(device * (1.0 + (rates.training - 1.0) * back), kernels + batch * rates.host_sample_s)
