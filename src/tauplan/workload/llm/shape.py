"""The shape of a transformer decoder: everything that operators, memory and parameter counts follow from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

AttentionKind = Literal["gqa", "mla"]
FfnKind = Literal["dense", "moe"]


@dataclass(frozen=True)
class Attention:
    """One attention block: grouped-query (which covers multi-head and multi-query) or multi-head latent.

    Sizes are counts of elements. ``head_dim`` is the size of a query or key head; for MLA it is the part
    without position plus ``rope_dim``. ``window`` is the number of keys a query sees at most, 0 for all;
    chunked attention is written as a window of the chunk's length. ``q_rank = 0`` in an MLA block means that
    queries are projected directly from the hidden state.
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
    out_gate: bool = False  # a gate as wide as the queries scales what the heads give

    @property
    def nope_dim(self) -> int:
        """Part of a query or key head that carries no rotary position (MLA)."""
        return self.head_dim - self.rope_dim

    @property
    def cached_per_token(self) -> int:
        """Elements that one token leaves in the key-value cache of one layer."""
        if self.kind == "mla":
            return self.kv_rank + self.rope_dim + self.index_dim
        return self.kv_heads * (self.head_dim + self.v_dim) + self.index_dim


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


@dataclass(frozen=True)
class StateSpace:
    """One mixer with a state: of Mamba-2 or, with ``delta``, a gated delta net.

    Each of ``heads`` keeps a matrix of ``head_dim`` x ``size`` as its only memory.

    Input and output maps of the state (B and C) are shared by the heads of one of ``groups``; a causal
    convolution over ``kernel`` tokens precedes them. Prefill works on chunks of ``chunk`` tokens. Between passes a
    sequence leaves its state behind, at ``element_B`` bytes per element, whatever its length.
    The delta rule replaces what the state holds for a key instead of adding to it: a second scalar per head and
    token says how much. Its maps B and C are the keys and queries, its groups their heads.
    Source: Dao and Gu, "Transformers are SSMs" (2024); Yang et al., "Gated delta networks" (2024).
    """

    heads: int
    head_dim: int
    size: int
    groups: int
    kernel: int
    chunk: int
    element_B: int = 2
    delta: bool = False

    @property
    def inner(self) -> int:
        """Width of the mixer: all heads side by side."""
        return self.heads * self.head_dim

    @property
    def convolved(self) -> int:
        """Channels that the convolution runs over: the heads' inputs and both maps of each group."""
        return self.inner + 2 * self.groups * self.size

    @property
    def projected(self) -> int:
        """Columns of the input projection: the gate, what is convolved, one or two scalars per head."""
        return self.inner + self.convolved + self.heads * (2 if self.delta else 1)

    @property
    def sequence_B(self) -> int:
        """Bytes that one sequence leaves behind in one layer: the state and the convolution's last inputs."""
        return (self.inner * self.size + self.convolved * (self.kernel - 1)) * self.element_B


NO_ATTENTION = Attention("gqa", 0, 0, 0, 0)
"""The attention of a layer that has none."""

NO_FFN = Ffn("dense", 0, gated=False)
"""The feed-forward block of a layer that has none."""


@dataclass(frozen=True)
class LayerGroup:
    """``count`` layers of equal shape; they need not be neighbours in the stack.

    A layer mixes tokens by ``attention`` or by a ``state``, then applies ``ffn``; it may lack either part.
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
        return math.gcd(self.attention.heads, *state)

    @property
    def moe_layers(self) -> int:
        """Number of layers whose feed-forward block is a mixture of experts."""
        return sum(group.count for group in self.groups if group.ffn.kind == "moe")

    @property
    def experts(self) -> int:
        """Routed experts of a mixture layer, 0 for a dense model."""
        return max((group.ffn.experts for group in self.groups), default=0)
