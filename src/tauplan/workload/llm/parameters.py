"""Exact parameter counts of a model shape and the size of its key-value cache.

Every count follows from the weight matrices alone, so it is exact for a shape that is exact:

    attention (gqa) = h·H·d + h·K·(d + v) + H·v·h       (latent queries as below)
    attention (mla) = h·r_q + r_q·H·d + h·(r_kv + d_rope) + r_kv·H·(d_nope + v) + H·v·h
    state space     = h·(2·i + 2·G·N + P) + (k + 1)·(i + 2·G·N) + 3·P + i + i·h
    ffn             = m·h·w           with m = 3 matrices when gated, else 2
    router          = h·E

with hidden size h, H query heads, K key-value heads, head sizes d and v, ranks r, width w and E experts; a
state-space mixer of P heads and width i has G groups, N state elements per channel and a kernel of k tokens;
biases, norms and sinks are added where the shape has them; other mixers with a state are in
:func:`tauplan.workload.llm.state_shape.state_parameters`. Draft (multi-token prediction) layers are not counted.
Vision and audio towers count where the configuration describes them: they lie in memory, but no prompt of text
passes through them, so they are not active.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

from tauplan.workload.llm.shape import Attention, Ffn, LayerGroup, ModelShape
from tauplan.workload.llm.state_shape import state_parameters

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class LayerCount:
    """Parameters of one layer of a group; ``ffn`` holds all experts, ``ffn_active`` those one token uses.

    ``attention``: what mixes tokens, attention or a state space. ``residual``: what joins the residual stream in
    ways of its own: hyper-connections, a second embedding.
    """

    attention: int
    ffn: int
    ffn_active: int
    router: int
    norms: int
    residual: int = 0

    @property
    def total(self) -> int:
        """All parameters of the layer."""
        return self.attention + self.ffn + self.router + self.norms + self.residual

    @property
    def active(self) -> int:
        """Parameters of the layer that one token passes through."""
        return self.attention + self.ffn_active + self.router + self.norms + self.residual


@dataclass(frozen=True)
class ParameterCount:
    """Parameters of a model, split by where they sit; ``layers`` pairs a count of layers with one layer.

    ``head`` is 0 when the language-model head reuses the embedding table. ``lookup``: tables of second
    embeddings, of which a token reads one row; ``tower``: encoders beside the decoder.
    """

    layers: tuple[tuple[int, LayerCount], ...]
    embedding: int
    positions: int
    head: int
    norms: int
    tied: bool
    lookup: int = 0
    tower: int = 0

    @property
    def total(self) -> int:
        """All parameters, a shared embedding table counted once."""
        return self.non_embedding + self.embedding + self.positions + self.head + self.lookup + self.tower

    @property
    def non_embedding(self) -> int:
        """All parameters but the embedding, position and head tables."""
        return sum(count * layer.total for count, layer in self.layers) + self.norms

    @property
    def active(self) -> int:
        """Parameters without the experts that a token does not visit; embedding and head are included.

        Neither tables of second embeddings nor towers are.
        """
        return self.total - self.lookup - self.tower - self._idle

    @property
    def active_without_embedding(self) -> int:
        """Parameters that one token is multiplied with: active ones without tables that are only looked up.

        The language-model head stays in, since every generated token passes through it; a tied table is that
        head, so it stays in too.
        """
        return self.active - self.positions - (0 if self.tied else self.embedding)

    @property
    def active_non_embedding(self) -> int:
        """Active parameters of the layers and norms alone: neither embedding nor head."""
        return self.non_embedding - self._idle

    @property
    def attention(self) -> int:
        """Attention parameters of all layers."""
        return sum(count * layer.attention for count, layer in self.layers)

    @property
    def ffn(self) -> int:
        """Feed-forward parameters of all layers, all experts included, routers excluded."""
        return sum(count * layer.ffn for count, layer in self.layers)

    @property
    def router(self) -> int:
        """Router parameters of all layers."""
        return sum(count * layer.router for count, layer in self.layers)

    @property
    def _idle(self) -> int:
        return sum(count * (layer.ffn - layer.ffn_active) for count, layer in self.layers)


def count_parameters(shape: ModelShape) -> ParameterCount:
    """Count the parameters of a model exactly.

        >>> from tauplan.workload.llm.shape import Attention, Ffn, LayerGroup, ModelShape
    from tauplan.workload.llm.state_shape import state_parameters
        >>> llama_3_1_8b = ModelShape("Llama-3.1-8B", 4096, 128256, (LayerGroup(
        ...     32, Attention("gqa", 32, 8, 128, 128), Ffn("dense", 14336, True)),), tied=False)
        >>> count_parameters(llama_3_1_8b).total
        8030261248
    """
    norm = _norm(shape.hidden, shape.norm_bias)
    return ParameterCount(
        layers=tuple((group.count, layer_parameters(shape, group)) for group in shape.groups),
        embedding=shape.vocab * shape.hidden,
        positions=shape.positions * shape.hidden,
        head=(0 if shape.tied else shape.vocab * shape.hidden) + (shape.vocab if shape.head_bias else 0),
        norms=shape.model_norms * norm + _model_residual(shape),
        tied=shape.tied,
        lookup=shape.vocab * shape.layers * shape.layer_embedding,
        tower=shape.tower,
    )


def layer_parameters(shape: ModelShape, group: LayerGroup) -> LayerCount:
    """Count the parameters of one layer of ``group`` in the model ``shape``."""
    ffn = group.ffn
    ffn_all, ffn_active = _ffn(shape.hidden, ffn)
    moe = ffn.kind == "moe"
    return LayerCount(
        attention=attention_parameters(shape.hidden, group.attention)
        + (state_parameters(shape.hidden, group.state) if group.state else 0),
        ffn=ffn_all,
        ffn_active=ffn_active,
        router=(shape.hidden * ffn.experts + (ffn.experts if ffn.router_bias else 0)) if moe else 0,
        norms=shape.norms_per_layer * _norm(shape.hidden, shape.norm_bias),
        residual=group.blocks * _connection(shape.hidden, shape.streams) + _layer_embedding(shape),
    )


def attention_parameters(hidden: int, attention: Attention) -> int:
    """Count the parameters of one attention block, with its biases, inner norms, sinks, indexer, compressor."""
    a = attention
    if not a.heads:
        return 0
    query, value = a.heads * a.head_dim, a.heads * a.v_dim
    # A latent query has a down projection, a norm and an up projection; biases sit on down projections.
    total = hidden * a.q_rank + a.q_rank + a.q_rank * query if a.q_rank else hidden * query
    total += value * a.out_rank + a.out_groups * a.out_rank * hidden if a.out_groups else value * hidden
    total += (hidden if a.out_bias else 0) + (a.heads if a.sinks else 0)
    if a.kind == "mla":
        latent = a.kv_rank + a.rope_dim
        total += hidden * latent + a.kv_rank + a.kv_rank * a.heads * (a.nope_dim + a.v_dim)
        total += (latent + a.q_rank) if a.qkv_bias else 0
    else:
        total += hidden * a.projected_per_token + (query + a.projected_per_token if a.qkv_bias else 0)
    total += hidden * value if a.out_gate else 0
    total += hidden * a.heads if a.head_gate else 0
    if a.qk_norm:
        keys = 0 if a.borrowed else 1
        if a.qk_norm_wide:
            total += (a.heads + keys * a.kv_heads) * a.head_dim
        else:
            total += (keys + (0 if a.q_rank else 1)) * a.head_dim
    return total + _compressor(hidden, a) + _indexer(hidden, a)


def _compressor(hidden: int, a: Attention) -> int:
    """Keys to join and their weights, one more weight per position, a norm; an indexer joins its keys likewise."""
    if not a.compress:
        return 0
    halves = 2 if a.overlap else 1
    return sum(
        halves * width * (2 * hidden + a.compress) + width for width in (a.cached_per_key, a.index_dim)
    )


def _indexer(hidden: int, a: Attention) -> int:
    """Query up projection, one weight per head, and one shared key with a biased norm unless keys are joined."""
    if not a.index_heads:
        return 0
    total = (a.q_rank or hidden) * a.index_heads * a.index_dim + hidden * a.index_heads
    return total if a.compress else total + hidden * a.index_dim + 2 * a.index_dim


def _connection(hidden: int, streams: int) -> int:
    """Hyper-connection around one block: weights to enter, to leave and to mix the streams, from all of them.

    Source: Xie et al., "mHC: manifold-constrained hyper-connections" (2026).
    """
    mixed = (2 + streams) * streams
    return mixed * (streams * hidden + 1) + 3 if streams > 1 else 0


def _layer_embedding(shape: ModelShape) -> int:
    """What a layer adds of its second embedding: a gate, a projection back, a norm."""
    width = shape.layer_embedding
    return 2 * shape.hidden * width + shape.hidden if width else 0


def _model_residual(shape: ModelShape) -> int:
    """Outside the layers: weights that join the streams at the end; the projection of second embeddings."""
    streams, width = shape.streams, shape.layer_embedding
    joined = streams * (streams * shape.hidden + 1) + 1 if streams > 1 else 0
    return joined + (shape.hidden * shape.layers * width + width if width else 0)


def state_cache_bytes(shape: ModelShape) -> int:
    """Size in bytes of what one sequence leaves behind in state-space layers, whatever its length."""
    return sum(group.count * group.state.sequence_B for group in shape.groups if group.state is not None)


@overload
def kv_cache_bytes(shape: ModelShape, context: float, bytes_per_element: float = ...) -> float: ...
@overload
def kv_cache_bytes(
    shape: ModelShape, context: FloatArray, bytes_per_element: float | FloatArray = ...
) -> FloatArray: ...
def kv_cache_bytes(
    shape: ModelShape, context: float | FloatArray, bytes_per_element: float | FloatArray = 2.0
) -> float | FloatArray:
    """Size in bytes of the key-value cache of one sequence that holds ``context`` tokens.

            B = b · Σ_groups count · e · min(context, window)

        with e cached elements per token and layer: K·(d + v), or r_kv + d_rope for MLA, plus an indexer's key.
        States that do not grow with the context are not included (:func:`state_cache_bytes`).
        A layer with a window keeps at most ``window`` tokens; one that joins c keys keeps context/c of them beside.
        Paging and padding are not included.

        >>> from tauplan.workload.llm.shape import Attention, Ffn, LayerGroup, ModelShape
    from tauplan.workload.llm.state_shape import state_parameters
        >>> gpt3 = ModelShape("GPT-3", 12288, 50257, (LayerGroup(
        ...     96, Attention("gqa", 96, 96, 128, 128), Ffn("dense", 49152, False)),), tied=True)
        >>> kv_cache_bytes(gpt3, 1.0)
        4718592.0
    """
    elements: float | FloatArray = 0.0
    for group in shape.groups:
        a = group.attention
        kept = np.minimum(context, a.window) if a.window else context
        if a.compress:
            one = a.cached_per_key * kept + a.cached_per_token * context
        else:
            one = a.cached_per_token * kept
        elements = elements + group.count * one
    return elements * bytes_per_element


def kv_bytes_per_token(shape: ModelShape, bytes_per_element: float = 2.0) -> float:
    """Bytes that one token adds to the key-value cache while no window is full: the cache of one token."""
    return kv_cache_bytes(shape, 1.0, bytes_per_element)


def _ffn(hidden: int, ffn: Ffn) -> tuple[int, int]:
    """Parameters of the feed-forward block (all, active), router excluded."""
    if ffn.kind == "dense":
        dense = _mlp(hidden, ffn.width, ffn)
        return dense, dense
    expert = _mlp(ffn.expert_hidden(hidden), ffn.width, ffn)
    shared = _mlp(hidden, ffn.shared_width, ffn) if ffn.shared_width else 0
    shared += (hidden if ffn.shared_gate else 0) + 2 * hidden * ffn.latent
    return ffn.experts * expert + shared, ffn.active * expert + shared


def _mlp(hidden: int, width: int, ffn: Ffn) -> int:
    bias = (ffn.matrices - 1) * width + hidden if ffn.bias else 0
    return ffn.matrices * hidden * width + bias


def _norm(size: int, bias: bool) -> int:
    return 2 * size if bias else size
