"""What a residual stream of its own kind adds to a layer: hyper-connections, second embeddings.

Hyper-connections keep s copies of the residual stream. Around every block, weights from all copies say how they are
summed into the block's input, how its output is added to each, and how they mix.
Source: Xie et al., "mHC: manifold-constrained hyper-connections" (2026).
A second embedding gives every layer a narrow vector of each token, which a gate of the stream lets in.
Source: Google, "Gemma 3n" (2025), per-layer embeddings.
"""

from __future__ import annotations

from collections.abc import Iterator

from tauplan.tau import Number
from tauplan.workload.llm.shape import LayerGroup, ModelShape
from tauplan.workload.llm.step import ElementBytes
from tauplan.workload.operators import Elementwise, Gemm, Operator

WEIGHT_B = 4.0  # definition: weights of connections are FP32
FLOPS_PER_ELEMENT = 8.0  # definition: order of a weighted sum or an activation; bytes bind, not these
GATE_PASSES = 3.0  # definition: read gate and embedding, write their product
NORM_PASSES = 3.0  # definition: read the block's output and the stream, write the stream


def stream_operators(
    shape: ModelShape, group: LayerGroup, size: ElementBytes, tokens: Number
) -> tuple[Operator, ...]:
    """Return the kernels that one layer adds to a plain residual stream, over ``tokens`` of this rank [1].

    Every rank of tensor parallelism works on the whole stream of its tokens.
    """
    return (*_connections(shape, group, size, tokens), *_embedded(shape, size, tokens))


def _connections(
    shape: ModelShape, group: LayerGroup, size: ElementBytes, tokens: Number
) -> Iterator[Operator]:
    """Weights from all copies; one pass that sums them for the block, one that adds its output and mixes them.

    Beyond what a plain stream of one copy reads and writes there, which norms and residuals count.
    """
    s = float(shape.streams)
    if s <= 1.0:
        return
    blocks = float(group.blocks)
    mixed = (2.0 + s) * s
    yield Gemm(
        "connection weights", tokens, mixed, s * shape.hidden, size.output, WEIGHT_B, WEIGHT_B, groups=blocks
    )
    more = 3.0 * (s - 1.0) * blocks * tokens * shape.hidden  # read to sum; read and written to mix
    yield Elementwise("connections", more * size.output, FLOPS_PER_ELEMENT * more, kernels=2.0 * blocks)


def _embedded(shape: ModelShape, size: ElementBytes, tokens: Number) -> Iterator[Operator]:
    width = float(shape.layer_embedding)
    if not width:
        return
    i, w, o = size.input, size.weight, size.output
    yield Gemm("embedding gate", tokens, width, shape.hidden, i, w, o)
    moved = GATE_PASSES * tokens * width + NORM_PASSES * tokens * shape.hidden
    yield Elementwise("layer embedding", moved * o, FLOPS_PER_ELEMENT * tokens * (width + shape.hidden))
    yield Gemm("embedding back", tokens, shape.hidden, width, i, w, o)
