"""Exchange of tokens between the ranks that share experts, as serving software does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tauplan.link.exchange import ExchangeKernel, Traffic, distinct, exchange_time
from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.workload.llm.shape import Ffn
from tauplan.workload.llm.step import Split


@dataclass(frozen=True)
class Ways:
    """Kernels of the two phases of an exchange, dispatch and combine."""

    dispatch: ExchangeKernel
    combine: ExchangeKernel


@dataclass(frozen=True)
class ExpertExchange:
    """How serving software moves tokens to experts and back.

    ``near``: kernels that write to peers' memory inside a domain; ``quick``, ``long``: kernels that cross the
    network, for decode steps and for prompts. ``sent_B``: bytes per element on the way out, scales included,
    ``back_B`` on the way back [B]. ``near_units``, ``far_units``: compute units that copy; ``skew``: exponent of
    the power law of the experts' loads, 0 where balanced [1].
    """

    near: Ways
    quick: Ways
    long: Ways
    sent_B: Number
    back_B: Number
    near_units: Number
    far_units: Number
    skew: Number


@dataclass(frozen=True)
class Routed:
    """What one rank routes in one layer: ``tokens``, ``active`` of ``experts`` per token, ``hidden`` [1].

    Those experts lie in ``chosen`` of ``groups`` of experts, where the router limits itself so.
    """

    tokens: Number
    active: Number
    experts: Number
    hidden: Number
    groups: int = 1
    chosen: int = 1

    def places(self, count: Number) -> Number:
        """Return on how many of ``count`` places a token's experts lie [1]."""
        return distinct(count, self.active, self.groups, self.chosen)


def expert_time(routed: Routed, counts: Sequence[Number], how: ExpertExchange, *, decode: bool) -> Number:
    r"""Return the time of dispatch and combine of one layer on one rank [s]; zero for a group of one.

    A token travels once to each rank that holds one of its experts, d = :meth:`Routed.places` on average:
    :math:`V = T d\,h\,b`, with b of the narrow format out and of 16 bits back. Across domains the kernels of
    prompts send a token once per domain over the network; those of decode steps send every copy. ``counts``: ranks
    that meet at each tier. Source of the times: the claims of the kernels (:mod:`tauplan.link.exchange`).
    """
    inside = counts[0]
    domains: Number = 1.0
    for count in counts[1:]:
        domains = domains * count
    ranks = inside * domains
    near = _both(how.near, routed, how, _near(routed, ranks, how))
    far = (
        _both(how.quick, routed, how, _quick(routed, domains, how))
        if decode
        else _both(how.long, routed, how, _long(routed, inside, domains, how))
    )
    time = np.where(domains > 1.0, far, near)
    return np.where(ranks > 1.0, time, 0.0)


def _both(
    ways: Ways, routed: Routed, how: ExpertExchange, copies: tuple[Number, Number, Number, Number]
) -> Number:
    """Return both phases of an exchange with copies inside and outside, units that copy, experts counted [s]."""
    inside, outside, units, experts = copies
    total: Number = 0.0
    for kernel, element_B in ((ways.dispatch, how.sent_B), (ways.combine, how.back_B)):
        row_B = routed.tokens * routed.hidden * element_B
        total = (
            exchange_time(kernel, Traffic(routed.tokens, row_B * inside, row_B * outside, units, experts))
            + total
        )
    return total


def _near(routed: Routed, ranks: Number, how: ExpertExchange) -> tuple[Number, Number, Number, Number]:
    return routed.places(ranks), 0.0, how.near_units, ranks


def _quick(routed: Routed, domains: Number, how: ExpertExchange) -> tuple[Number, Number, Number, Number]:
    units = np.minimum(routed.experts, how.near_units)
    return routed.active / domains, routed.active * (1.0 - 1.0 / domains), units, routed.experts


def _long(
    routed: Routed, inside: Number, domains: Number, how: ExpertExchange
) -> tuple[Number, Number, Number, Number]:
    within = routed.places(inside * domains) / domains
    across = routed.places(domains) * (1.0 - 1.0 / domains)
    return within, across, how.far_units, 0.0


def busiest(tokens: Number, ffn: Ffn, split: Split, counts: Sequence[Number], how: ExpertExchange) -> Number:
    """Return the load of the busiest rank over the mean, for ``tokens`` on each rank with tokens of its own [1].

    See :func:`tauplan.workload.llm.routing.expert_loads`. One rank that holds all experts has the mean; so have
    ranks of several domains, where deployments keep redundant copies of busy experts. ``counts``: at each tier.
    """
    from tauplan.workload.llm.routing import expert_loads  # needs scipy, which nothing else here does

    meeting = tokens / split.tensor * split.expert * split.expert_tensor
    loads = expert_loads(meeting, ffn.active, ffn.experts, split.expert, how.skew)
    fullest = np.maximum(loads.assigned * split.expert / (meeting * ffn.active), 1.0)
    return np.where(split.expert > counts[0], 1.0, fullest) * split.expert_imbalance
