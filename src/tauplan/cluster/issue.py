"""Time that a host needs to issue kernels: what an accelerator waits for when its kernels are short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tauplan import tau
from tauplan.tau import Number, Time
from tauplan.workload.operators import AttentionCore, Elementwise, Operator


@dataclass(frozen=True)
class HostIssue:
    """Host time per kernel issued; stall per mixture-of-experts block whose token counts the host reads [s].

    Zero where kernels are captured once and replayed (graphs) or compiled into one program. ``experts_apart``:
    each expert's products are kernels of their own, which share no waves, rather than groups of one kernel.
    """

    kernel_s: Number = 0.0
    routing_s: Number = 0.0
    experts_apart: bool = False

    def owned(self) -> HostIssue:
        """Return the times [s] owned by software."""
        times = (Time.of("software", self.kernel_s), Time.of("software", self.routing_s))
        return HostIssue(*times, experts_apart=self.experts_apart)


CAPTURED = HostIssue()
"""Kernels replayed from a graph: the host is never waited for."""


def issue_time(operators: Sequence[Operator], host: HostIssue) -> Number:
    """Return the host time to issue operators [s].

    A product or a fused attention core is one kernel, a materialised core one more per pass over the scores.
    """
    return host.kernel_s * tau.total(_kernels(op) for op in operators)


def _kernels(op: Operator) -> Number:
    if isinstance(op, Elementwise):
        return op.kernels
    return 1.0 + op.score_passes if isinstance(op, AttentionCore) else 1.0
