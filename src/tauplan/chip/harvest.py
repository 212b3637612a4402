"""Dies sold with some blocks switched off: yield when not all of many equal blocks must work."""

from __future__ import annotations

import functools
import math

from tauplan.tau import Number
from tauplan.tau import arrays as np

NODES = 96  # definition: points of the quadrature over the common defect density


@functools.cache
def _quadrature() -> tuple[Number, Number]:
    """Return points and weights for integrals over exp(−g); found once."""
    return np.polynomial.laguerre.laggauss(NODES)


def harvest_yield(
    common_faults: Number, block_faults: Number, blocks: int, needed: int, clustering: Number
) -> Number:
    r"""Return the yield of dies with at least ``needed`` of ``blocks`` equal blocks good [share of dies].

    .. math:: Y = E_g\Big[e^{-x_c g} \sum_{k \ge need} \binom{n}{k} p^k (1-p)^{n-k}\Big], \quad p = e^{-x_b g}

    ``common_faults`` x_c: mean fatal defects outside the blocks; ``block_faults`` x_b: in one block [1]. The
    density multiplier g is common to the die, gamma-spread with mean 1 and shape ``clustering`` (1 or more): a
    bad spot of a wafer is bad for all blocks of a die. With all blocks needed this is the negative binomial
    yield of the whole die. Validity: defects kill one block each; error below 1e-9 for x up to 5.
    """
    nodes, weights = _quadrature()
    shape = np.asarray(clustering, dtype=float)[..., None]
    log_gamma = np.vectorize(math.lgamma)(shape)
    with np.errstate(under="ignore"):
        density = weights * np.exp((shape - 1.0) * np.log(nodes) - log_gamma)
        spread = nodes / shape
        fatal = np.asarray(block_faults, dtype=float)[..., None] * spread
        good = np.zeros(np.broadcast_shapes(np.shape(fatal), np.shape(spread)))
        for k in range(needed, blocks + 1):
            ways = math.lgamma(blocks + 1) - math.lgamma(k + 1) - math.lgamma(blocks - k + 1)
            bad = np.where(fatal > 0, -np.expm1(-fatal), 1.0)
            none = (blocks - k) * np.where(fatal > 0, np.log(bad), 0.0 if k == blocks else -np.inf)
            good = good + np.exp(ways - k * fatal + (none if k < blocks else 0.0))
        common = np.exp(-np.asarray(common_faults, dtype=float)[..., None] * spread)
        return np.sum(density * common * good, axis=-1)


def sold_yield(fatal: Number, spare: float, clustering: Number) -> Number:
    """Return the yield of dies of which a share ``spare`` of the matrix units may be switched off [share of dies].

    ``fatal``: mean fatal defects of the whole die [1], any shape; seven tenths of them fall into 128 equal units,
    the others must miss. Of many designs, by a table over their faults with an error below 1e-4.
    """
    needed = round(BLOCKS * (1.0 - spare))

    def exact(x: Number) -> Number:
        return harvest_yield(UNCORE * x, (1.0 - UNCORE) * x / BLOCKS, BLOCKS, needed, clustering)

    if np.size(fatal) <= TABLE or np.size(clustering) > 1:
        return exact(fatal)
    points = np.linspace(np.min(fatal), np.max(fatal), TABLE)
    return np.interp(fatal, points, exact(points))


BLOCKS = 128  # definition: matrix units are switched off in steps of one 128th
UNCORE = 0.3  # definition: share of a die outside its matrix units, which must all work
TABLE = 257  # definition: points of the table over faults


def binned_yields(
    common_faults: Number, block_faults: Number, blocks: int, bins: tuple[int, ...], clustering: Number
) -> tuple[Number, ...]:
    """Return the share of dies that end in each bin [share of dies].

    ``bins``: good blocks that each bin asks for, the best bin first; a die goes to the first bin it satisfies.
    """
    reach = [harvest_yield(common_faults, block_faults, blocks, need, clustering) for need in bins]
    return (reach[0], *(upper - lower for upper, lower in zip(reach[1:], reach[:-1], strict=True)))
