"""Kernels of a framework that runs a model operator by operator: none of them joins several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tauplan.workload.operators import AttentionCore, Elementwise, Gemm, Operator

NORMS, ROTARY, ACTIVATION = "norms and residuals", "rotary", "activation"
"""Names of kernels that join several operators."""
ONE, SUM = (
    2.0,
    3.0,
)  # definition: passes over one operand that is read and written; of a sum or product of two
JOINED_NORM, JOINED_ROTARY, JOINED_GATE = 4.0, 2.0, 3.0  # definition: passes of the joined kernels
COMPOSED_NORM = (7.0, 6.0)  # definition: passes and kernels of square, mean, shift, root and two products
ROTATION = (10.0, 10.0)  # definition: of negation, join, two products and sum; kernels of queries and of keys
SOFTMAX_FLOP = (
    8.0  # definition: order of a score's scale, mask, exponential and division; bytes bind, not these
)


@dataclass(frozen=True)
class LayerStyle:
    """How a model's layer is written: gated activations, norms of several operators, positions by rotation."""

    gated: bool
    composed_norm: bool
    rotated: bool


def unfused(operators: Sequence[Operator], style: LayerStyle) -> tuple[Operator, ...]:
    """Return the operators of one layer's forward pass as kernels of their own.

    An attention core becomes the product of queries and keys, a softmax with its scale and mask, and the product of
    their shares and the values: all pairs of queries and keys, masked or not, go through memory. A norm and the sum
    of the residual read and write by themselves; so do an activation and the product with its gate, and the
    steps of a rotation. Source: the modules as frameworks publish them.
    """
    return tuple(kernel for op in operators for kernel in _kernels(op, style))


def _kernels(op: Operator, style: LayerStyle) -> Iterator[Operator]:
    if isinstance(op, AttentionCore):
        yield from _attention(op)
    elif isinstance(op, Gemm):
        yield op
    elif op.name == NORMS:
        passes, kernels = COMPOSED_NORM if style.composed_norm else (ONE, 1.0)
        yield replace(op, name="norms", bytes=op.bytes * passes / JOINED_NORM, kernels=op.kernels * kernels)
        yield replace(op, name="residuals", bytes=op.bytes * SUM / JOINED_NORM)
    elif op.name == ROTARY:
        passes, kernels = ROTATION
        if style.rotated:
            yield replace(op, bytes=op.bytes * passes / JOINED_ROTARY, kernels=kernels)
    elif op.name.endswith(ACTIVATION) and style.gated:
        yield replace(op, bytes=op.bytes * ONE / JOINED_GATE)
        yield replace(op, name=op.name.replace(ACTIVATION, "gate"))
    else:
        yield op


def _attention(op: AttentionCore) -> Iterator[Operator]:
    """Yield the two products, in which the query heads of one key-value head are rows, and what lies between."""
    groups, rows = op.sequences * op.kv_heads, op.queries * op.heads / op.kv_heads
    scores = groups * rows * op.keys
    yield Gemm("attention scores", rows, op.keys, op.qk_dim, op.q_B, op.kv_B, op.score_B, groups=groups)
    yield Elementwise("attention softmax", ONE * op.score_B * scores, SOFTMAX_FLOP * scores)
    yield Gemm("attention values", rows, op.v_dim, op.keys, op.score_B, op.kv_B, op.q_B, groups=groups)
