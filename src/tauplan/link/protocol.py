"""How a library moves messages: the time of one protocol, pieces in flight included."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.tau import Number, geometric_mean
from tauplan.tau import arrays as np


@dataclass(frozen=True)
class Protocol:
    """Primitive times of one protocol [s].

    ``start_s``: once per collective (launch, rendezvous); ``message_s``: per message, one after another;
    ``byte_s``: per byte at the sustained rate; ``ramp_s``: what one piece of a pipelined transfer costs.
    """

    start_s: Number
    message_s: Number
    byte_s: Number
    ramp_s: Number = 0.0


def carry(protocol: Protocol, messages: Number, moved_B: Number) -> Number:
    r"""Return the time of ``messages`` [1] one after another that move ``moved_B`` in all [s].

    .. math:: t = s + m\,\alpha + V\beta + 2\sqrt{\rho\,V\beta}

    A transfer cut into its best number of pieces, each of which costs ρ to fill and drain, takes
    (√ρ + √(Vβ))² = ρ + Vβ + 2√(ρVβ); the constant ρ is part of s. Zero where nothing moves. Arrays broadcast.
    Source: the pipelined-transfer bound of Thakur, Rabenseifner and Gropp (2005), section 3.
    """
    moved = moved_B * protocol.byte_s
    together = np.where(moved_B > 0.0, 1.0, 0.0)
    started = protocol.start_s * together + protocol.message_s * messages
    return started + moved + geometric_mean(protocol.ramp_s, moved) * 2.0
