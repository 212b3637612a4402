"""The shape of a transformer decoder: everything that operators, memory and parameter counts follow from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from tauplan.workload.llm.state_shape import StateSpace

AttentionKind = Literal["gqa", "mla"]
FfnKind = Literal["dense", "moe"]
Values = Literal["own", "of keys", "keys"]
"""Values have a projection of their own, are another norm of what keys are projected to, or are the keys."""


@dataclass(frozen=True)
class Attention:
    """One attention block: grouped-query (which covers multi-head and multi-query) or multi-head latent.

    Sizes are counts of elements. ``head_dim`` is the size of a query or key head; for MLA it is the part
    without position plus ``rope_dim``. ``window`` is the number of keys a query sees at most, 0 for all;
    chunked attention is written as a window of the chunk's length. ``q_rank = 0`` means that queries are
    projected directly from the hidden state.

    ``compress`` above 0: beside its window, a query sees one key for every ``compress`` tokens before it, made by
    a learned weighting; with ``overlap`` of twice as many tokens. ``sparse_topk`` then selects among those.
    Source of compressed attention: DeepSeek-AI, "DeepSeek-V4" (2026), section 2.3.
    """

    kind: AttentionKind
    heads: int
    kv_heads: int
    head_dim: int
    v_dim: int
    window: int = 0
    q_rank: int = 0
    kv_rank: int = 0
    rope_dim: int = 0
    qkv_bias: bool = False
    out_bias: bool = False
    qk_norm: bool = False
    sinks: bool = False
    sparse_topk: int = 0  # keys attended at most when a learned indexer selects them; 0 = dense attention
    qk_norm_wide: bool = False  # the norm spans all heads at once instead of one head
    index_heads: int = 0  # query heads of the indexer that selects sparse_topk keys
    index_dim: int = 0  # size of one indexer head; its key is shared by the indexer's heads
    out_gate: bool = False  # a gate as wide as the values scales what the heads give
    head_gate: bool = False  # one gate per head does
    values: Values = "own"
    borrowed: bool = False  # keys and values are those of an earlier layer
    compress: int = 0
    overlap: bool = False
    out_groups: int = 0  # groups of heads whose output is projected apart, to out_rank each, before they mix
    out_rank: int = 0

    @property
    def nope_dim(self) -> int:
        """Part of a query or key head that carries no rotary position (MLA)."""
        return self.head_dim - self.rope_dim

    @property
    def projected_per_token(self) -> int:
        """Columns that keys and values of one token are projected to (grouped-query attention)."""
        if self.borrowed:
            return 0
        return self.kv_heads * (self.head_dim + (self.v_dim if self.values == "own" else 0))

    @property
    def cached_per_key(self) -> int:
        """Elements that one key and its value take in the cache of one layer."""
        if self.borrowed:
            return 0
        if self.kind == "mla":
            return self.kv_rank + self.rope_dim
        return self.kv_heads * (self.head_dim + (0 if self.values == "keys" else self.v_dim))

    @property
    def cached_per_token(self) -> float:
        """Elements that one token leaves in the key-value cache of one layer, for good where keys are joined."""
        if self.compress:
            return (self.cached_per_key + self.index_dim) / self.compress
        return self.cached_per_key + self.index_dim


@dataclass(frozen=True)
class Ffn:
    """One feed-forward block: dense, or a mixture of experts with ``active`` of ``experts`` used per token.

    ``width`` is the intermediate size, of one expert for a mixture; ``shared_width`` is the intermediate size
    of the experts that every token uses, taken together. ``gated`` blocks have three matrices, others two.
    """

    kind: FfnKind
    width: int
    gated: bool
    experts: int = 0
    active: int = 0
    shared_width: int = 0
    bias: bool = False
    router_bias: bool = False
    shared_gate: bool = False  # a learned scalar gate per token on the shared experts
    groups: int = 1  # of experts, of which a router first chooses groups_used, then experts inside those
    groups_used: int = 1
    latent: int = 0  # width that tokens are projected to before routed experts and back from; 0: the model's

    @property
    def matrices(self) -> int:
        """Number of weight matrices of one block or expert."""
        return 3 if self.gated else 2

    def expert_hidden(self, hidden: int) -> int:
        """Width of what a routed expert reads and writes in a model of width ``hidden``."""
        return self.latent or hidden

    @property
    def active_width(self) -> int:
        """Intermediate size that one token passes through, shared experts included."""
        return self.width if self.kind == "dense" else self.active * self.width + self.shared_width


NO_ATTENTION = Attention("gqa", 0, 0, 0, 0)
"""The attention of a layer that has none."""

NO_FFN = Ffn("dense", 0, gated=False)
"""The feed-forward block of a layer that has none."""


@dataclass(frozen=True)
class LayerGroup:
    """``count`` layers of equal shape; they need not be neighbours in the stack.

    A layer mixes tokens by ``attention``, by a ``state`` or by both beside each other, then applies ``ffn``; it may
    lack either part.
    """

    count: int
    attention: Attention
    ffn: Ffn
    state: StateSpace | None = None

    @property
    def mixers(self) -> int:
        """Blocks of a layer that mix tokens: 1, or 0 in a layer of feed-forward alone."""
        return int(self.attention.heads > 0 or self.state is not None)

    @property
    def blocks(self) -> int:
        """Blocks of a layer that each add to the residual stream: 2, or 1 where it lacks a part."""
        return self.mixers + int(self.ffn.width > 0)


@dataclass(frozen=True)
class Adapter:
    """Low-rank adapters (LoRA) beside frozen weights: their rank, and which products carry them."""

    rank: int
    targets: Literal["attention", "all"] = "attention"


@dataclass(frozen=True)
class ModelShape:
    """A whole decoder: embedding, groups of layers, final norm and language-model head.

    ``groups`` are in the order in which their first layer appears. ``positions`` is the number of rows of a
    learned position table, 0 for rotary or linear-bias positions. ``dtype`` is the type of the published
    weights, empty if unknown.
    """

    name: str
    hidden: int
    vocab: int
    groups: tuple[LayerGroup, ...]
    tied: bool
    positions: int = 0
    norms_per_layer: int = 2
    norm_bias: bool = False
    context_max: int = 0
    dtype: str = ""
    model_norms: int = 1  # norms outside the layers: the final one, and one after the embedding if any
    head_bias: bool = False  # the language-model head adds a bias per vocabulary entry
    draft_layers: int = 0  # layers beside the decoder that propose tokens after the next one
    adapter: Adapter | None = None  # fine-tuned through adapters, all other weights frozen
    streams: int = 1  # copies of the residual stream that hyper-connections mix around every block
    layer_embedding: int = 0  # width of a second embedding of each token that every layer has for itself
    tower: int = 0  # parameters of vision and audio encoders beside the decoder

    @property
    def layers(self) -> int:
        """Number of decoder layers."""
        return sum(group.count for group in self.groups)

    @property
    def attention(self) -> Attention:
        """The first attention block of the stack, which sets how caches divide."""
        return next((group.attention for group in self.groups if group.attention.heads), NO_ATTENTION)

    @property
    def heads(self) -> int:
        """Heads that tensor parallelism has to divide: those of attention, and of states where there are any."""
        state = (group.state.heads for group in self.groups if group.state is not None)
        return math.gcd(*(group.attention.heads for group in self.groups), *state)

    @property
    def moe_layers(self) -> int:
        """Number of layers whose feed-forward block is a mixture of experts."""
        return sum(group.count for group in self.groups if group.ffn.kind == "moe")

    @property
    def experts(self) -> int:
        """Routed experts of a mixture layer, 0 for a dense model."""
        return max((group.ffn.experts for group in self.groups), default=0)
