"""Low-rank adapters (LoRA): what they add to a layer, and what freezing the rest takes away.

A frozen product y = x·W gets a branch y += (x·A)·B with A (k x r) and B (r x n). Only A and B take gradients, so
the backward pass of W is one product instead of two.
Source: Hu et al., "LoRA: low-rank adaptation of large language models" (2021).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tauplan.tau import Number
from tauplan.workload.llm.shape import Adapter, LayerGroup, ModelShape
from tauplan.workload.operators import Elementwise, Gemm, Operator, backward

ATTENTION = ("qkv projection", "attention output", "query up", "kv up", "query down", "kv down")
ADD_PASSES = 3.0  # definition: read both branches, write their sum
FLOPS_PER_ADD = 1.0  # definition


def adapter_operators(operators: Sequence[Operator], adapter: Adapter | None) -> tuple[Operator, ...]:
    """Return the forward kernels that adapters add to a layer's ``operators``: x·A, ·B and the sum.

    Products of routed experts and of state spaces carry none. Adapters compute in the format of the products'
    outputs.
    """
    return tuple(_branches(operators, adapter)) if adapter is not None else ()


def _branches(operators: Sequence[Operator], adapter: Adapter) -> Iterator[Operator]:
    for op in operators:
        if not isinstance(op, Gemm) or op.name.startswith(
            ("expert", "router", "absorb", "expand", "state", "latent")
        ):
            continue
        if adapter.targets == "attention" and op.name not in ATTENTION:
            continue
        o = op.c_B
        yield Gemm(op.name + " adapter A", op.m, adapter.rank, op.k, o, o, o)
        yield Gemm(op.name + " adapter B", op.m, op.n, adapter.rank, o, o, o)
        yield Elementwise(op.name + " adapter sum", ADD_PASSES * op.m * op.n * o, FLOPS_PER_ADD * op.m * op.n)


def backward_operators(
    operators: Sequence[Operator], added: Sequence[Operator], *, frozen: bool, sum_B: Number | None = None
) -> tuple[Operator, ...]:
    """Return the kernels of the backward pass; frozen products pass the gradient on and keep none.

    ``sum_B``: bytes that a product moves per element of a running sum of gradients [B].
    """
    reverse: list[Operator] = []
    for op in operators:
        both = backward(op, sum_B)
        reverse += both[:1] if frozen and isinstance(op, Gemm) else both
    return (*reverse, *(b for op in added for b in backward(op, sum_B)))


def adapter_parameters(shape: ModelShape) -> int:
    """Return the trained parameters of a model's adapters [1]: r·(k + n) per product."""
    if shape.adapter is None:
        return 0
    return sum(group.count * _layer_parameters(shape.hidden, group, shape.adapter) for group in shape.groups)


def _layer_parameters(hidden: int, group: LayerGroup, adapter: Adapter) -> int:
    attention, ffn = group.attention, group.ffn
    heads, kv = attention.heads * attention.head_dim, attention.kv_heads
    qkv = heads + kv * (attention.head_dim + attention.v_dim)
    edges = (hidden + qkv + attention.heads * attention.v_dim + hidden) if attention.heads else 0
    if adapter.targets == "all" and ffn.kind == "dense" and ffn.width:
        edges += hidden + ffn.width * (ffn.matrices - 1) + ffn.width + hidden
    return adapter.rank * edges
