"""Fields that describe any decoder, whatever names a file or a table gives them, and the kinds of its layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Bound:
    """Plausible range of a field and its value when absent; ``default = None`` marks a field without one."""

    low: int
    high: int
    default: int | None = None


_SIZE = 10_000_000
_FLAG = Bound(0, 1, 0)

FIELDS: Mapping[str, Bound] = {
    "layers": Bound(1, 10_000),
    "hidden": Bound(1, _SIZE),
    "heads": Bound(1, 100_000),
    "kv_heads": Bound(1, 100_000),  # absent: as many as query heads
    "head_dim": Bound(1, 100_000),  # absent: hidden / heads
    "v_dim": Bound(1, 100_000),  # absent: head_dim
    "ffn_width": Bound(1, _SIZE),  # may be absent when every layer is a mixture with its own width
    "gated": Bound(0, 1, 1),
    "vocab": Bound(1, _SIZE),
    "tied_embeddings": _FLAG,
    "experts": Bound(0, 100_000, 0),
    "active_experts": Bound(0, 100_000, 0),
    "expert_groups": Bound(0, 10_000, 1),
    "groups_used": Bound(0, 10_000, 0),  # that the experts of one token lie in; 0: all of them
    "expert_width": Bound(1, _SIZE),  # absent: ffn_width
    "shared_experts": Bound(0, 100_000, 0),
    "shared_width": Bound(0, _SIZE),  # all shared experts together; absent: shared_experts × expert_width
    "shared_gate": _FLAG,
    "first_dense_layers": Bound(0, 10_000, 0),
    "moe_layer_step": Bound(1, 10_000, 1),  # every n-th layer is a mixture
    "router_bias": _FLAG,
    "expert_hidden": Bound(0, _SIZE, 0),  # width that routed experts read and write; 0: hidden
    "q_rank": Bound(0, _SIZE, 0),
    "kv_rank": Bound(0, _SIZE, 0),  # above 0: multi-head latent attention
    "rope_dim": Bound(0, 100_000, 0),
    "nope_dim": Bound(0, 100_000, 0),
    "window": Bound(0, 1_000_000_000, 0),
    "window_pattern": Bound(0, 10_000, 0),  # every n-th layer sees the full context; 0: none does
    "first_full_layers": Bound(0, 10_000, 0),  # layers at the front that see the full context in any case
    "window_heads": Bound(0, 100_000, 0),  # query heads of layers with a window; 0: as the others
    "window_kv_heads": Bound(0, 100_000, 0),  # key-value heads of layers with a window; 0: as the others
    "window_head_dim": Bound(0, 100_000, 0),  # head size of layers with a window; 0: as the others
    "key_values": Bound(
        0, 2, 0
    ),  # 1: outside windows, values are what keys are projected to; 2: they are the keys
    "compress": Bound(0, 1_000_000, 0),  # tokens whose keys are joined, in layers that ``mixers`` marks C
    "compress_heavy": Bound(0, 1_000_000, 0),  # and H
    "out_groups": Bound(0, 100_000, 0),  # groups of heads whose output is projected apart
    "out_rank": Bound(0, _SIZE, 0),
    "borrowing_layers": Bound(0, 10_000, 0),  # last layers that use keys and values of earlier ones
    "borrowing_width": Bound(0, _SIZE, 0),  # feed-forward width of those layers; 0: as the others
    "qkv_bias": _FLAG,
    "out_bias": _FLAG,
    "ffn_bias": _FLAG,
    "head_bias": _FLAG,
    "qk_norm": Bound(0, 2, 0),  # 1: per head; 2: over all heads at once
    "sinks": Bound(0, 2, 0),  # 1: in every layer; 2: in layers with a window
    "sparse_topk": Bound(0, 1_000_000_000, 0),
    "index_heads": Bound(0, 100_000, 0),
    "index_dim": Bound(0, 100_000, 0),
    "index_step": Bound(1, 10_000, 1),  # after the first dense layers, every n-th layer has its own indexer
    "state_heads": Bound(0, 100_000, 0),  # heads of a state-space mixer, in layers that ``blocks`` marks M
    "state_head_dim": Bound(0, 100_000, 0),
    "state_size": Bound(0, 100_000, 0),
    "state_groups": Bound(1, 100_000, 1),
    "state_kernel": Bound(1, 1_000, 4),
    "state_chunk": Bound(1, 1_000_000, 256),
    "state_B": Bound(1, 8, 2),
    "state_rank": Bound(0, _SIZE, 0),  # rank of the projection of steps (Mamba-1) or decays (Kimi delta)
    "state_gate_rank": Bound(0, _SIZE, 0),  # rank of the projection of the gate; 0: projected directly
    "attention_step": Bound(0, 10_000, 0),  # every n-th layer attends, the others have a state; 0: all attend
    "out_gate": _FLAG,
    "head_gate": _FLAG,
    "norms_per_layer": Bound(0, 16, 2),
    "norm_bias": _FLAG,
    "model_norms": Bound(0, 16, 1),
    "positions": Bound(0, 1_000_000_000, 0),
    "context_max": Bound(0, 1_000_000_000_000, 0),
    "draft_layers": Bound(0, 100, 0),  # layers that propose the token after the next
    "streams": Bound(1, 100, 1),  # copies of the residual stream that hyper-connections mix
    "layer_embedding": Bound(0, _SIZE, 0),  # width of a second embedding that every layer has for itself
    "tower": Bound(0, 1_000_000_000_000, 0),  # parameters of vision and audio encoders
}

BLOCKS = "M*-E"
"""Layers of one block: a state-space mixer, attention, a dense feed-forward block, a mixture of experts."""

MIXERS = "AWISPCH"
"""What mixes the tokens of a layer: attention to all keys (A), in a window (W), to keys that an indexer selects
(I), a state (S), attention and a state beside each other (P), a window beside joined keys that an indexer selects
(C), a window beside heavily joined keys (H)."""

ATTENDING = "AWIPCH"
STATES = "SP"

STATE_SIZES = ("state_heads", "state_head_dim", "state_size")
"""Sizes without which a state has none."""

NEEDS: Mapping[str, tuple[str, ...]] = {
    "W": ("window",),
    "I": ("sparse_topk",),
    "S": ("state_heads", "state_head_dim"),
    "P": STATE_SIZES,
    "C": ("window", "compress", "sparse_topk", "index_heads", "index_dim"),
    "H": ("window", "compress_heavy"),
}
"""Fields without which a kind of layer cannot be built."""

REQUIRED = ("layers", "hidden", "heads", "vocab")
"""Fields without which there is no shape; ``heads`` only where a layer attends."""


@dataclass(frozen=True)
class LayerLists:
    """Per-layer choices that a regular pattern cannot express; an empty tuple leaves the pattern in force."""

    moe: tuple[bool, ...] = ()
    window: tuple[bool, ...] = ()
    index: tuple[bool, ...] = ()
    blocks: str = ""  # one of BLOCKS per layer, for layers of one block each
    mixers: str = ""  # one of MIXERS per layer
    rule: str = ""  # what happens to states: one of STATE_RULES, the first if empty
    widths: tuple[tuple[int, int], ...] = ()  # key-value heads and feed-forward width, 0 for no such block

    @property
    def attends(self) -> bool:
        """Whether any layer attends."""
        if self.mixers:
            return any(kind in ATTENDING for kind in self.mixers)
        return "*" in self.blocks or not self.blocks
