"""What a job waits for at its drives: start, data set, and what streams in while it computes."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.tau import Number

BOTH_WAYS = 2.0  # definition: the forward pass reads the weights, the backward pass reads them again


@dataclass(frozen=True)
class Drives:
    """Seconds per byte [s/B] of one accelerator's share of the drives: ``read_s``, ``write_s``.

    Zero where nothing is known of reads: start and restart then cost what the catalogue says of a restart.
    """

    read_s: Number
    write_s: Number


@dataclass(frozen=True)
class OnDrives:
    """Shares that stay on the drives [1]: weights, optimizer state, prompt caches; data set per token [B]."""

    weights: Number = 0.0
    optimizer: Number = 0.0
    cache: Number = 0.0
    token_B: Number = 0.0


NOTHING = OnDrives()


def step_transfers(
    drives: Drives,
    shares: OnDrives,
    tokens: Number,
    weights_B: Number,
    micro_batches: Number,
    optimizer_B: Number,
) -> Number:
    r"""Return the time that one accelerator's share of the drives is busy for a training step [s].

    .. math:: t = (d\,n + 2 m\,s_w W + s_o S)\,r + s_o S\,w

    d bytes of data set per token, n tokens of one accelerator, weights W read in both passes of m micro-batches,
    optimizer state S read and written; r and w seconds per byte. It goes on beside the step: the longer of the two
    counts.
    """
    state_B = shares.optimizer * optimizer_B
    read_B = shares.token_B * tokens + BOTH_WAYS * micro_batches * shares.weights * weights_B + state_B
    return drives.read_s * read_B + drives.write_s * state_B
