"""What drives cost a workload in time: checkpoints, data sets, weights and caches that do not fit."""

from __future__ import annotations

from tauplan.tau import Number
from tauplan.tau import arrays as np


def transfer_time(size_B: Number, drives: Number, drive_Bps: Number, link_Bps: Number) -> Number:
    """Return the time to move data [s]: size [B] over a number of drives [B/s each] and the link to them [B/s]."""
    return size_B / np.minimum(drives * drive_Bps, link_Bps)


def checkpoint_time(
    state_B: Number, drives: Number, write_Bps: Number, link_Bps: Number, hidden: Number = 0.0
) -> Number:
    """Return how long a checkpoint stops the work [s]: state [B], and the share [1] written while work goes on."""
    return (1.0 - hidden) * transfer_time(state_B, drives, write_Bps, link_Bps)


def load_time(
    size_B: Number, drives: Number, read_Bps: Number, link_Bps: Number, first_s: Number = 0.0
) -> Number:
    """Return the time to load a data set or weights [s]: first read [s], then size [B] over rates [B/s]."""
    return first_s + transfer_time(size_B, drives, read_Bps, link_Bps)


def offload_time(
    size_B: Number, drives: Number, read_Bps: Number, write_Bps: Number, link_Bps: Number, reads: Number = 1.0
) -> Number:
    """Return the time to write a cache or weights [B] to drives and fetch them ``reads`` times [s]; rates [B/s]."""
    out = transfer_time(size_B, drives, write_Bps, link_Bps)
    return out + reads * transfer_time(size_B, drives, read_Bps, link_Bps)


def worthwhile_offload(load_s: Number, recompute_s: Number) -> Number:
    """Return the seconds saved [s] by fetching from storage in place of computing again; negative if it loses."""
    return recompute_s - load_s
