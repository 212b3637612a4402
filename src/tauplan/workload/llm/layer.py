"""The operators of one decoder layer on one accelerator, after tensor, context and expert parallelism."""

from __future__ import annotations

from dataclasses import replace

from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.workload.llm.residual import stream_operators
from tauplan.workload.llm.selection import joined_pairs, selection_operators
from tauplan.workload.llm.shape import Attention, Ffn, LayerGroup, ModelShape
from tauplan.workload.llm.state import state_operators
from tauplan.workload.llm.step import ElementBytes, Pass, Split, attended_pairs
from tauplan.workload.llm.unfused import LayerStyle, unfused
from tauplan.workload.operators import AttentionCore, Elementwise, Gemm, Operator

RESIDUAL_PASSES = (
    4.0  # definition: fused residual-add and norm read input and residual, write residual and norm
)
GATE_PASSES = 3.0  # definition: read output and gate, write their product
ROTARY_PASSES = 2.0  # definition: read and write queries and keys
SCORE_PASSES = (
    6.0  # definition: write scores; softmax reads, writes; dropout reads, writes; weighted sum reads
)
FLOPS_PER_ELEMENT = 8.0  # definition: order of a norm, an activation or a rotation; bytes bind, not these
ROUTED = ("permute", "expert up", "expert activation", "expert down", "combine")
"""Operators of routed experts: work that the ranks of an expert group share out."""
PERMUTE_PASSES = 2.0  # definition: gather of tokens to experts, weighted scatter back


def model_layer(
    shape: ModelShape, group: LayerGroup, work: Pass, split: Split, size: ElementBytes
) -> tuple[Operator, ...]:
    """Return the kernels of one layer of a model: :func:`layer_operators` and what its residual stream adds.

    One by one in an unfused pass.
    """
    tokens = work.sequences * work.queries / split.context
    operators = (
        *layer_operators(shape.hidden, group, work, split, size, shape.norms_per_layer),
        *stream_operators(shape, group, size, tokens),
    )
    if not work.unfused:
        return operators
    # a model with a table of positions adds them once, where tokens enter
    return unfused(operators, LayerStyle(group.ffn.gated, not shape.norm_bias, shape.positions == 0))


def layer_operators(
    hidden: Number, group: LayerGroup, work: Pass, split: Split, size: ElementBytes, norms: Number = 2.0
) -> tuple[Operator, ...]:
    """Return the kernels of one layer's forward pass on one of TP x CP x EP accelerators.

    ``hidden``: model width [1]; sizes in :class:`ElementBytes` [B]. FLOPs summed over all accelerators equal
    the unsplit model's, except that key-value heads and groups of states fewer than TP are replicated.
    """
    tokens = work.sequences * work.queries / split.context
    operators: list[Operator] = []
    if group.attention.heads:
        operators += attention_operators(hidden, group.attention, work, split, size, tokens)
    if group.state is not None:
        operators += state_operators(hidden, group.state, work, split, size, tokens)
    if group.ffn.width:
        operators += ffn_operators(hidden, group.ffn, split, size, tokens)
    return (*operators, _norms(hidden, tokens, split, size, norms))


def attention_operators(
    hidden: Number, shape: Attention, work: Pass, split: Split, size: ElementBytes, tokens: Number
) -> tuple[Operator, ...]:
    """Return projections and core of one attention block [see :func:`layer_operators`]."""
    heads = shape.heads / split.tensor
    if shape.kind == "mla":
        return _latent(hidden, shape, heads, work, split, size, tokens)
    i, w, o = size.input, size.weight, size.output
    kv_heads = np.maximum(shape.kv_heads / split.tensor, 1.0)
    kept = kv_heads / shape.kv_heads * shape.projected_per_token
    output = _output(hidden, shape, heads, split, size, tokens)
    rotary = _elementwise("rotary", ROTARY_PASSES, tokens * (heads + kv_heads) * shape.head_dim, size)
    if shape.q_rank:
        queries = (
            Gemm("query down", tokens, shape.q_rank + kept, hidden, i, w, o),
            Gemm("query up", tokens, heads * shape.head_dim, shape.q_rank, i, w, o),
        )
    else:
        queries = (
            Gemm(
                "qkv projection",
                tokens,
                heads * shape.head_dim + _gates(shape, heads) + kept,
                hidden,
                i,
                w,
                o,
            ),
        )
    return (
        *queries,
        rotary,
        *selection_operators(hidden, shape, work, split, size, tokens),
        _shared_core(shape, heads, work, split, size)
        if shape.values == "keys"
        else _core(shape, heads, kv_heads, shape.head_dim, shape.v_dim, work, split, size),
        *_gate(shape, heads, tokens, size),
        *output,
    )


def _gates(shape: Attention, heads: Number) -> Number:
    """Columns of the gate on what the heads give [1]: as wide as the values, one per head, or none."""
    return heads * ((shape.v_dim if shape.out_gate else 0.0) + (1.0 if shape.head_gate else 0.0))


def _gate(shape: Attention, heads: Number, tokens: Number, size: ElementBytes) -> tuple[Operator, ...]:
    if not (shape.out_gate or shape.head_gate):
        return ()
    return (_elementwise("attention gate", GATE_PASSES, tokens * heads * shape.v_dim, size),)


def _output(
    hidden: Number, shape: Attention, heads: Number, split: Split, size: ElementBytes, tokens: Number
) -> tuple[Operator, ...]:
    """Output projection: one product, or one for each group of heads and one that mixes the groups."""
    i, w, o = size.input, size.weight, size.output
    if not shape.out_groups:
        return (Gemm("attention output", tokens, hidden, heads * shape.v_dim, i, w, o),)
    groups = np.maximum(shape.out_groups / split.tensor, 1.0)
    return (
        Gemm("output down", tokens, shape.out_rank, heads / groups * shape.v_dim, i, w, o, groups=groups),
        Gemm("attention output", tokens, hidden, groups * shape.out_rank, i, w, o),
    )


def _latent(
    hidden: Number,
    shape: Attention,
    heads: Number,
    work: Pass,
    split: Split,
    size: ElementBytes,
    tokens: Number,
) -> tuple[Operator, ...]:
    """Multi-head latent attention: expanded heads in prefill and training, absorbed products in decode."""
    i, w, o = size.input, size.weight, size.output
    query_in: Number = shape.q_rank or hidden
    down = [Gemm("kv down", tokens, shape.kv_rank + shape.rope_dim, hidden, i, w, o)]
    if shape.q_rank:
        down.append(Gemm("query down", tokens, shape.q_rank, hidden, i, w, o))
    query = Gemm("query up", tokens, heads * shape.head_dim, query_in, i, w, o)
    rotary = _elementwise("rotary", ROTARY_PASSES, tokens * (heads + 1.0) * shape.rope_dim, size)
    output = _output(hidden, shape, heads, split, size, tokens)
    if shape.out_gate:
        gates = Gemm("gate projection", tokens, heads * shape.v_dim, hidden, i, w, o)
        output = (gates, *_gate(shape, heads, tokens, size), *output)
    chosen = selection_operators(hidden, shape, work, split, size, tokens)
    if work.decode:
        absorb = Gemm(
            "absorb query", tokens, shape.kv_rank, shape.nope_dim, o, size.attention, o, groups=heads
        )
        expand = Gemm("expand value", tokens, shape.v_dim, shape.kv_rank, o, size.attention, o, groups=heads)
        latent = shape.kv_rank + shape.rope_dim
        # all heads share the one cache, and so do the tokens that a step checks at once
        rows = heads * work.queries
        step = replace(work, queries=1.0, past=work.past + (work.queries - 1.0) / 2.0)
        core = _core(shape, rows, 1.0, latent, shape.kv_rank, step, split, size, latent=True)
        return (*down, query, rotary, absorb, *chosen, core, expand, *output)
    up = Gemm("kv up", tokens, heads * (shape.nope_dim + shape.v_dim), shape.kv_rank, i, w, o)
    core = _core(shape, heads, heads, shape.head_dim, shape.v_dim, work, split, size)
    return (*down, query, up, rotary, *chosen, core, *output)


def _shared_core(
    shape: Attention, heads: Number, work: Pass, split: Split, size: ElementBytes
) -> AttentionCore:
    """The core where one vector per key serves all heads as key and value; in decode its queries join the heads."""
    step, rows = work, heads
    if work.decode:
        rows = heads * work.queries
        step = replace(work, queries=1.0, past=work.past + (work.queries - 1.0) / 2.0)
    core = _core(shape, rows, 1.0, shape.head_dim, shape.v_dim, step, split, size, latent=True)
    if not shape.compress:
        return core
    pairs = joined_pairs(shape, step)
    joined = pairs / step.queries if work.decode else (work.past + work.queries) / shape.compress
    keys = core.keys + joined
    return replace(core, pairs=core.pairs + pairs / split.context, keys=keys, cached=keys)


def _core(
    shape: Attention,
    heads: Number,
    kv_heads: Number,
    qk_dim: Number,
    v_dim: Number,
    work: Pass,
    split: Split,
    size: ElementBytes,
    *,
    latent: bool = False,
) -> AttentionCore:
    reach = shape.window or (0 if shape.compress else shape.sparse_topk)
    keys = work.past + work.queries
    seen = np.minimum(keys, work.queries + reach) if reach else keys
    if not work.causal and not work.materialised:
        pairs = work.queries * np.minimum(keys, reach or keys)
    else:
        pairs = work.queries * keys if work.materialised else attended_pairs(work.queries, work.past, reach)
    return AttentionCore(
        "attention",
        work.sequences,
        heads,
        kv_heads,
        work.queries / split.context,
        seen,
        pairs / split.context,
        qk_dim,
        v_dim,
        q_B=size.output,
        kv_B=size.cache if work.decode else size.attention,
        score_passes=SCORE_PASSES if work.materialised else 0.0,
        latent=latent,
        cached=keys,
    )


def ffn_operators(
    hidden: Number, shape: Ffn, split: Split, size: ElementBytes, tokens: Number
) -> tuple[Operator, ...]:
    """Return the kernels of one feed-forward block, dense or a mixture of experts.

    With EP, the tokens N of all ranks that share the experts meet: each of ``experts/EP`` local experts gets
    N·active/experts tokens on average, the busiest rank ``expert_imbalance`` times that. With few tokens only
    1 − (1 − active/experts)^N of the experts are touched (uniform routing), and only their weights are read.
    """
    if shape.kind == "dense":
        return _mlp("", hidden, shape.width / split.tensor, shape.gated, tokens, 1.0, size)
    meeting = (
        tokens / split.tensor * split.expert * split.expert_tensor
    )  # tokens of all ranks that share experts
    local = shape.experts / split.expert
    touched: Number = (
        1.0 - (1.0 - shape.active / shape.experts) ** meeting
    )  # share of experts that see a token
    busy = local * touched
    per_expert = meeting * shape.active / shape.experts / touched * split.expert_imbalance
    inner: Number = shape.latent or hidden
    moved = tokens * shape.active * inner / split.tensor
    operators: list[Operator] = [
        Gemm("router", tokens / split.tensor, shape.experts, hidden, size.output, size.output, size.output),
        _elementwise("permute", PERMUTE_PASSES, moved, size),
        *_mlp("expert ", inner, shape.width / split.expert_tensor, shape.gated, per_expert, busy, size),
        _elementwise("combine", PERMUTE_PASSES, moved, size),
    ]
    if shape.latent:
        rows, i, w, o = tokens / split.tensor, size.input, size.weight, size.output
        operators.insert(1, Gemm("latent down", rows, inner, hidden, i, w, o))
        operators.append(Gemm("latent up", rows, hidden, inner, i, w, o))
    if shape.shared_width:
        operators += _mlp(
            "shared ", hidden, shape.shared_width / split.tensor, shape.gated, tokens, 1.0, size
        )
    return tuple(operators)


def _mlp(
    prefix: str,
    hidden: Number,
    width: Number,
    gated: bool,
    tokens: Number,
    groups: Number,
    size: ElementBytes,
) -> tuple[Operator, ...]:
    halves = 2.0 if gated else 1.0
    i, w, o = size.input, size.weight, size.output
    return (
        Gemm(prefix + "up", tokens, halves * width, hidden, i, w, o, groups=groups),
        _elementwise(prefix + "activation", halves + 1.0, tokens * width * groups, size),
        Gemm(prefix + "down", tokens, hidden, width, i, w, o, groups=groups),
    )


def _norms(hidden: Number, tokens: Number, split: Split, size: ElementBytes, norms: Number) -> Elementwise:
    rows = np.where(split.sequence_parallel, tokens / split.tensor, tokens)
    return _elementwise("norms and residuals", RESIDUAL_PASSES * norms, rows * hidden, size, kernels=norms)


def head_operators(
    hidden: Number, vocab: Number, tokens: Number, split: Split, size: ElementBytes
) -> tuple[Operator, ...]:
    """Return the language-model head for ``tokens`` rows [1], its vocabulary split over TP, and the softmax."""
    columns = vocab / split.tensor
    return (
        Gemm("lm head", tokens, columns, hidden, size.output, size.head, size.output),
        _elementwise("vocabulary softmax", 3.0, tokens * columns, size),
    )


def embedding_operators(
    hidden: Number, tokens: Number, split: Split, size: ElementBytes
) -> tuple[Operator, ...]:
    """Return the table look-up: read a row, write a row per token."""
    return (_elementwise("embedding", 2.0, tokens * hidden / split.tensor, size),)


def _elementwise(
    name: str, passes: Number, elements: Number, size: ElementBytes, kernels: Number = 1.0
) -> Elementwise:
    return Elementwise(name, passes * elements * size.output, FLOPS_PER_ELEMENT * elements, kernels)
