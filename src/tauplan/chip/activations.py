"""Time of a network from two totals: its multiply-adds and the activations that its layers write."""

from __future__ import annotations

from tauplan.tau import Number


def two_term_time(
    macs: Number, activations: Number, passes: Number, flop_s: Number, byte_s: Number, element_B: Number
) -> Number:
    r"""Return the time of a network that a framework runs kernel by kernel [s].

    .. math:: t = 2\,M\,\theta_F + p\,A\,e\,\theta_B

    ``macs`` M, ``activations`` A: of the batch [1]; ``flop_s``: seconds per FLOP at the sustained rate;
    ``byte_s``: per byte at the peak bandwidth; ``element_B`` e; ``passes`` p: how often activations pass through
    memory, by class of network and layout [1]. Validity: batches that fill the chip. Error: median 7 % on the chip
    it was fitted on, 11 % on another (docs/networks.md). Source: own form.
    """
    return 2.0 * macs * flop_s + passes * activations * element_B * byte_s
