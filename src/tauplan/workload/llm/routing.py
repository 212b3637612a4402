"""How many tokens each expert gets: balanced and skewed routing, and the busiest rank of an expert group."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import ndtri  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

from tauplan.tau import Number
from tauplan.tau import arrays as np

QUANTILES = 32  # definition: steps that stand for the distribution of loads
BLOM = 0.375  # definition: Blom's plotting position of an order statistic
FILLED = 0.8  # definition: the fullest expert of a skewed batch gets this share of its tokens
SCARCE = (0.01, 2.0)  # definition: range of loads where there are fewer assignments than experts


@dataclass(frozen=True)
class Loads:
    """Tokens of the experts on the busiest rank.

    ``tokens``: per expert, its distribution in equal quantiles along the last axis [1]; ``local``: experts of the
    rank; ``assigned``: tokens of the rank, counted once per expert they go to; ``all_assigned``: of all ranks.
    """

    tokens: Number
    local: Number
    assigned: Number
    all_assigned: Number

    @property
    def touched(self) -> Number:
        """Experts of the rank that get a token [1]."""
        return np.minimum(self.tokens, 1.0).mean(axis=-1) * self.local


def expert_loads(
    tokens: Number, active: Number, experts: Number, ranks: Number, exponent: Number = 0.0
) -> Loads:
    r"""Return the loads when ``tokens`` [1] choose ``active`` of ``experts`` that lie on ``ranks``.

    Loads follow a bounded power law with density x^(−``exponent``), 0 for balanced routing. The busiest of r
    ranks with G experts each carries the mean times

    .. math:: 1 + z_r\,c_v/\sqrt{G}, \quad\text{at least}\quad (x_{top} + G - 1)/G

    with z the expected largest of r normal deviates (Blom), c_v the coefficient of variation of one expert's
    load and x_top the expected fullest expert over the mean; no expert gets more than all tokens. Arrays
    broadcast; the result has one more axis. Known error: the totals of skewed batches scatter by 10 to 20 %.
    """
    tokens, active, experts, ranks, exponent = np.broadcast_arrays(
        *(np.asarray(x, dtype=float) for x in (tokens, active, experts, ranks, exponent))
    )
    local = experts / ranks
    skewed = exponent > 0.0
    scarce = tokens * active <= experts
    low = np.where(scarce, SCARCE[0], 1.0)
    high = np.where(scarce, SCARCE[1], np.maximum(FILLED * tokens, 1.0 + SCARCE[0]))
    steps = (np.arange(QUANTILES) + 0.5) / QUANTILES
    shares = _power_law(steps, low[..., None], high[..., None], exponent[..., None])
    mean = shares.mean(axis=-1)
    shares = np.where(skewed[..., None], shares / mean[..., None], 1.0)
    top = np.where(skewed, _power_law(experts / (experts + 1.0), low, high, exponent) / mean, 1.0)
    largest = ndtri((ranks - BLOM) / (ranks + 1.0 - 2.0 * BLOM))
    summed = 1.0 + shares.std(axis=-1) / np.sqrt(local) * largest
    busiest = np.minimum(
        np.maximum(summed, (top + local - 1.0) / local), np.minimum(ranks, np.maximum(top, 1.0))
    )
    busiest = np.where(np.logical_and(skewed, ranks > 1.0), busiest, 1.0)
    load = np.minimum(tokens * active / experts * busiest, tokens)
    spread = shares ** (1.0 - 1.0 / local)[..., None]  # one expert alone has no spread
    each = np.minimum(spread / spread.mean(axis=-1, keepdims=True) * load[..., None], tokens[..., None])
    return Loads(each, local, each.mean(axis=-1) * local, tokens * active)


def _power_law(share: Number, low: Number, high: Number, exponent: Number) -> Number:
    """Return the quantile of a bounded power law; log-uniform at exponent 1."""
    power = np.where(np.abs(1.0 - exponent) < NEARLY, NEARLY, 1.0 - exponent)
    return (low**power + share * (high**power - low**power)) ** (1.0 / power)


NEARLY = 1e-6  # definition: exponents this close to 1 count as 1
