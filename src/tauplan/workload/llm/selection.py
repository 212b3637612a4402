"""Operators that choose or make the keys of an attention block: indexers and compressors.

An indexer scores every earlier key (or joined key) with a few small heads and keeps the best for each query. A
compressor projects each token to a key and its weight, and joins the keys of a run of tokens by a softmax over
their weights; with overlap over twice as many tokens.
Source: DeepSeek-AI, "DeepSeek-V3.2" (2025), section 2.1; "DeepSeek-V4" (2026), section 2.3.
Engines keep both whole on every rank of tensor parallelism, so neither is split.
"""

from __future__ import annotations

from collections.abc import Iterator

from tauplan.tau import Number
from tauplan.workload.llm.shape import Attention
from tauplan.workload.llm.step import ElementBytes, Pass, Split, attended_pairs
from tauplan.workload.operators import Elementwise, Gemm, Operator

SCORE_B = 4.0  # definition: scores that are compared are FP32
TOP_PASSES = 3.0  # definition: scores are written, read for the threshold and read for the choice
FLOPS_PER_SCORE = (
    4.0  # definition: order of a weighted sum over heads and a comparison; bytes bind, not these
)
JOIN_PASSES = 1.0  # definition: read keys and weights once
FLOPS_PER_JOINED = 8.0  # definition: order of a softmax and a weighted sum


def selection_operators(
    hidden: Number, shape: Attention, work: Pass, split: Split, size: ElementBytes, tokens: Number
) -> tuple[Operator, ...]:
    """Return the kernels that come before the core of one attention block, none for plain attention.

    ``hidden``: model width [1]; ``tokens`` of this rank [1]; sizes in :class:`ElementBytes` [B].
    """
    return (
        *_compressor("key", hidden, shape, shape.cached_per_key, size, tokens),
        *_compressor("index key", hidden, shape, shape.index_dim, size, tokens),
        *_indexer(hidden, shape, work, split, size, tokens),
    )


def joined_pairs(shape: Attention, work: Pass) -> Number:
    """Return the pairs of queries and joined keys that one head computes [1]: all before a query, or the best."""
    reach = float(shape.sparse_topk * shape.compress)
    return attended_pairs(work.queries, work.past, reach) / shape.compress


def _compressor(
    name: str, hidden: Number, shape: Attention, width: int, size: ElementBytes, tokens: Number
) -> Iterator[Operator]:
    if not shape.compress or not width:
        return
    columns = 2.0 * width * (2.0 if shape.overlap else 1.0)
    yield Gemm(f"{name} to join", tokens, columns, hidden, size.input, size.weight, size.output)
    elements = tokens * columns
    moved = JOIN_PASSES * elements * size.output + tokens / shape.compress * width * size.cache
    yield Elementwise(f"{name} joined", moved, FLOPS_PER_JOINED * elements)


def _indexer(
    hidden: Number, shape: Attention, work: Pass, split: Split, size: ElementBytes, tokens: Number
) -> Iterator[Operator]:
    """Queries of the indexer, its key unless a compressor makes it, scores of every key, the best of them.

    Several heads' queries of one sequence share one key, so their scores are one product per sequence. Where a
    layer has selected keys but no indexer of its own, an earlier layer's choice holds.
    """
    if not shape.index_heads:
        return
    i, w, o = size.input, size.weight, size.output
    heads, dim = float(shape.index_heads), float(shape.index_dim)
    key = 0.0 if shape.compress else dim
    yield Gemm("index query", tokens, heads * dim, float(shape.q_rank) or hidden, i, w, o)
    yield Gemm("index weights and key", tokens, heads + key, hidden, i, w, o)
    step = float(shape.compress or 1)
    pairs = attended_pairs(work.queries, work.past, 0.0) / split.context / step
    queries = work.queries / split.context
    scored = work.sequences * pairs
    yield Gemm(
        "index scores", queries * heads, pairs / queries, dim, o, size.cache, 0.0, groups=work.sequences
    )
    yield Elementwise("index choice", TOP_PASSES * SCORE_B * scored, FLOPS_PER_SCORE * heads * scored)
