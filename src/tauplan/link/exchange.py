"""Kernels that exchange tokens between experts: dispatch to the ranks that hold them, combine on the way back."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tauplan.tau import Number, geometric_mean
from tauplan.tau import arrays as np


@dataclass(frozen=True)
class ExchangeKernel:
    """Primitive times of one phase of an exchange [s].

    ``start_s``: launch and rendezvous; ``expert_s``: per expert whose counts are exchanged; ``byte_s``: per byte
    over the link of the domain; ``token_s`` and ``unit_byte_s``: per token and per byte on one compute unit that
    copies; ``ramp_s``: one piece of the pipelined transfer; ``network_start_s``, ``network_byte_s``: between
    domains.
    """

    start_s: Number
    expert_s: Number
    byte_s: Number
    token_s: Number
    unit_byte_s: Number
    ramp_s: Number
    network_start_s: Number
    network_byte_s: Number


@dataclass(frozen=True)
class Traffic:
    """What one rank exchanges: ``tokens`` [1], bytes to ranks inside and outside the domain [B].

    ``units``: compute units that copy [1]; ``experts``: of the layer, over all ranks [1].
    """

    tokens: Number
    inside_B: Number
    outside_B: Number
    units: Number
    experts: Number


def distinct(places: Number, choices: Number, groups: int = 1, chosen: int = 1) -> Number:
    r"""Return how many of ``places`` at least one of ``choices`` hits [1].

    Copies of a token that go to experts of one rank travel once. Uniform choices hit p(1 − (1 − 1/p)^c) places.
    Routers that first choose g of G ``groups`` of experts (``chosen``), then experts inside those, keep a token on
    fewer places. With h = max(G/p, 1) groups in a place, or a part f = min(G/p, 1) of one,

    .. math:: p\left(1 - \sum_j \frac{\binom{h}{j}\binom{G-h}{g-j}}{\binom{G}{g}} (1 - jf/g)^c\right)

    Validity: groups and experts in order over places; h a whole number, others interpolate.

    >>> round(float(distinct(8.0, 8.0)), 2)
    5.25
    >>> round(float(distinct(4.0, 8.0)), 2), round(float(distinct(4.0, 8.0, 8, 4)), 2)
    (3.6, 2.91)
    """
    if chosen >= groups:
        return places * (1.0 - (1.0 - 1.0 / places) ** choices)
    held, part = np.maximum(groups / places, 1.0), np.minimum(groups / places, 1.0)
    missed: Number = 0.0
    whole: Number = 0.0
    for hit in range(chosen + 1):
        ways = math.comb(chosen, hit) * _falling(held, hit) * _falling(groups - held, chosen - hit)
        missed = missed + ways * (1.0 - hit * part / chosen) ** choices
        whole = whole + ways
    return places * (1.0 - missed / whole)


def _falling(start: Number, factors: int) -> Number:
    """Return start · (start − 1) · …, none of them below zero."""
    product: Number = 1.0
    for less in range(factors):
        product = np.maximum(start - less, 0.0) * product
    return product


def exchange_time(kernel: ExchangeKernel, traffic: Traffic) -> Number:
    r"""Return the time of one phase [s].

    .. math::
        t = s + E\,\varepsilon + [V_o>0]\,s_n + m + 2\sqrt{\rho m},\quad
        m = \max\left(V_i\beta,\ \frac{T\theta + (V_i+V_o)\upsilon}{U},\ V_o\beta_n\right)

    The link, the units that copy and the network work at once; the slowest decides. Arrays broadcast. Validity:
    DeepEP low-latency and normal kernels on 8 to 64 ranks, peer-memory kernels of TensorRT-LLM on 2 to 64; median
    errors 3 to 10 % (claims of the kernels).
    """
    moved_B = traffic.inside_B + traffic.outside_B
    copied = (kernel.token_s * traffic.tokens + kernel.unit_byte_s * moved_B) / traffic.units
    moved = np.maximum(kernel.byte_s * traffic.inside_B, copied)
    moved = np.maximum(moved, kernel.network_byte_s * traffic.outside_B)
    started = kernel.start_s + kernel.expert_s * traffic.experts
    far = kernel.network_start_s * np.where(traffic.outside_B > 0.0, 1.0, 0.0)
    return started + far + moved + geometric_mean(kernel.ramp_s, moved) * 2.0
