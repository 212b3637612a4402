"""Exact parameter counts of a model shape and the size of its key-value cache.

Every count follows from the weight matrices alone, so it is exact for a shape that is exact:

    attention (gqa) = h·H·d + h·K·(d + v) + H·v·h
    attention (mla) = h·r_q + r_q·H·d + h·(r_kv + d_rope) + r_kv·H·(d_nope + v) + H·v·h
    state space     = h·(2·i + 2·G·N + P) + (k + 1)·(i + 2·G·N) + 3·P + i + i·h
    ffn             = m·h·w           with m = 3 matrices when gated, else 2
    router          = h·E

with hidden size h, H query heads, K key-value heads, head sizes d and v, ranks r, width w and E experts; a
state-space mixer of P heads and width i has G groups, N state elements per channel and a kernel of k tokens;
biases, norms and sinks are added where the shape has them. Draft (multi-token prediction) layers and vision
or audio towers are not part of a shape and so are not counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

from tauplan.workload.llm.shape import Attention, Ffn, LayerGroup, ModelShape, StateSpace

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class LayerCount:
    """Parameters of one layer of a group; ``ffn`` holds all experts, ``ffn_active`` those one token uses.

    ``attention``: what mixes tokens, attention or a state space.
    """

    attention: int
    ffn: int
    ffn_active: int
    router: int
    norms: int

    @property
    def total(self) -> int:
        """All parameters of the layer."""
        return self.attention + self.ffn + self.router + self.norms

    @property
    def active(self) -> int:
        """Parameters of the layer that one token passes through."""
        return self.attention + self.ffn_active + self.router + self.norms


@dataclass(frozen=True)
class ParameterCount:
    """Parameters of a model, split by where they sit; ``layers`` pairs a count of layers with one layer.

    ``head`` is 0 when the language-model head reuses the embedding table.
    """

    layers: tuple[tuple[int, LayerCount], ...]
    embedding: int
    positions: int
    head: int
    norms: int
    tied: bool

    @property
    def total(self) -> int:
        """All parameters, a shared embedding table counted once."""
        return self.non_embedding + self.embedding + self.positions + self.head

    @property
    def non_embedding(self) -> int:
        """All parameters but the embedding, position and head tables."""
        return sum(count * layer.total for count, layer in self.layers) + self.norms

    @property
    def active(self) -> int:
        """Parameters without the experts that a token does not visit; embedding and head are included."""
        return self.total - self._idle

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

    >>> from tauplan.workload.llm.shape import Attention, Ffn, LayerGroup, ModelShape, StateSpace
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
        norms=shape.model_norms * norm,
        tied=shape.tied,
    )


def layer_parameters(shape: ModelShape, group: LayerGroup) -> LayerCount:
    """Count the parameters of one layer of ``group`` in the model ``shape``."""
    ffn = group.ffn
    ffn_all, ffn_active = _ffn(shape.hidden, ffn)
    moe = ffn.kind == "moe"
    return LayerCount(
        attention=attention_parameters(shape.hidden, group.attention) + _state(shape.hidden, group.state),
        ffn=ffn_all,
        ffn_active=ffn_active,
        router=(shape.hidden * ffn.experts + (ffn.experts if ffn.router_bias else 0)) if moe else 0,
        norms=shape.norms_per_layer * _norm(shape.hidden, shape.norm_bias),
    )


def attention_parameters(hidden: int, attention: Attention) -> int:
    """Count the parameters of one attention block, with its biases, inner norms, sinks and indexer."""
    a = attention
    query, value = a.heads * a.head_dim, a.heads * a.v_dim
    total = value * hidden + (hidden if a.out_bias else 0) + (a.heads if a.sinks else 0)
    if a.kind == "mla":
        latent = a.kv_rank + a.rope_dim
        total += hidden * latent + a.kv_rank + a.kv_rank * a.heads * (a.nope_dim + a.v_dim)
        # A latent query has a down projection, a norm and an up projection; biases sit on down projections.
        total += hidden * a.q_rank + a.q_rank + a.q_rank * query if a.q_rank else hidden * query
        total += (latent + a.q_rank) if a.qkv_bias else 0
    else:
        projected = query + a.kv_heads * (a.head_dim + a.v_dim)
        total += hidden * projected + (projected if a.qkv_bias else 0)
    total += hidden * query if a.out_gate else 0
    if a.qk_norm:
        total += (a.heads + a.kv_heads) * a.head_dim if a.qk_norm_wide else 2 * a.head_dim
    if a.index_heads:
        # Indexer: query up projection, one shared key with a biased norm, one weight per head.
        total += (a.q_rank or hidden) * a.index_heads * a.index_dim
        total += hidden * (a.index_dim + a.index_heads) + 2 * a.index_dim
    return total


def _state(hidden: int, state: StateSpace | None) -> int:
    """Parameters of a state-space mixer: projections, convolution, three scalars per head, gated norm.

    A delta net has no bias in its convolution, two scalars per head, and one norm that its heads share.
    """
    if state is None:
        return 0
    matrices = hidden * (state.projected + state.inner) + state.convolved * state.kernel
    if state.delta:
        return matrices + 2 * state.heads + state.head_dim
    return matrices + state.convolved + 3 * state.heads + state.inner


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
    A layer with a window keeps at most ``window`` tokens. Paging and padding are not included.

    >>> from tauplan.workload.llm.shape import Attention, Ffn, LayerGroup, ModelShape, StateSpace
    >>> gpt3 = ModelShape("GPT-3", 12288, 50257, (LayerGroup(
    ...     96, Attention("gqa", 96, 96, 128, 128), Ffn("dense", 49152, False)),), tied=True)
    >>> kv_cache_bytes(gpt3, 1.0)
    4718592.0
    """
    elements: float | FloatArray = 0.0
    for group in shape.groups:
        a = group.attention
        kept = np.minimum(context, a.window) if a.window else context
        elements = elements + (group.count * a.cached_per_token) * kept
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
