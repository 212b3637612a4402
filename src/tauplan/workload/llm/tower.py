"""Parameters of the encoders of images that a multimodal configuration describes beside its language model.

A vision transformer of L layers, width h, inner width w and patches of p x p pixels holds

    L·(4·h² + m·h·w) + 3·t·p²·h + n·((h·s²)² + h·s²·H)

with m = 3 matrices in a gated block, else 2, t frames of a clip in a patch, s x s patches merged into one token, H
the language model's width, and n mergers, more than one where inner layers feed the language model too. Biases,
norms and positions, a few thousandths, are left out; so are encoders whose sizes are not under keys known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

SECTIONS = ("vision_config", "vision_tower_config", "vit_config")
KEYS: Mapping[str, tuple[str, ...]] = {
    "layers": ("num_hidden_layers", "depth", "vt_num_hidden_layers", "layers"),
    "hidden": ("embed_dim", "hidden_size", "vt_hidden_size", "width"),
    "width": ("intermediate_size", "vt_intermediate_size"),
    "patch": ("patch_size", "spatial_patch_size"),
    "frames": ("temporal_patch_size",),
    "merged": ("spatial_merge_size",),
    "out": ("out_hidden_size", "text_hidden_size", "projection_dim"),
}
BESIDE_EMBED_DIM = "hidden_size"
"""Width of the language model, not of the encoder, where ``embed_dim`` gives that (Qwen2-VL)."""

GATED = frozenset({"silu", "swiglu"})
"""Activations of gated blocks."""

GATED_KINDS = frozenset({"gemma4_vision", "pixtral"})
"""Encoders whose blocks are gated whatever their activation."""

MOST = {
    "layers": 1000,
    "hidden": 100_000,
    "width": 1_000_000,
    "patch": 256,
    "frames": 64,
    "merged": 16,
    "out": 100_000,
}
"""Largest plausible size of each; beyond it a key is taken for something else."""


def tower_parameters(config: Mapping[str, Any]) -> int:
    """Return the parameters of the vision encoder of a configuration [1], 0 if it describes none or not enough.

    >>> siglip = {"hidden_size": 1152, "num_hidden_layers": 27, "intermediate_size": 4304, "patch_size": 14}
    >>> tower_parameters({"vision_config": siglip})
    413150976
    """
    section = next((config[name] for name in SECTIONS if isinstance(config.get(name), dict)), None)
    if section is None:
        return 0
    described = cast("dict[str, Any]", section)
    found = {field: _whole(described, keys, MOST[field]) for field, keys in KEYS.items()}
    layers, hidden = found["layers"], found["hidden"]
    beside = (BESIDE_EMBED_DIM,) if "embed_dim" in described else ()
    out = found["out"] or _whole(described, beside, MOST["out"])
    ratio = described.get("mlp_ratio")
    width = found["width"] or (
        int(hidden * ratio) if isinstance(ratio, int | float) and 0 < ratio < 100 else 0
    )
    if not (layers and hidden and width):
        return 0
    kind, activation = (str(described.get(key)) for key in ("model_type", "hidden_act"))
    matrices = 3 if kind in GATED_KINDS or activation in GATED else 2
    blocks = layers * (4 * hidden * hidden + matrices * hidden * width)
    patches = 3 * (found["frames"] or 1) * found["patch"] ** 2 * hidden
    joined = hidden * (found["merged"] or 1) ** 2
    inner = described.get("deepstack_visual_indexes")
    mergers = 1 + (min(len(cast("list[Any]", inner)), layers) if isinstance(inner, list) else 0)
    return blocks + patches + (mergers * (joined * joined + joined * out) if found["merged"] and out else 0)


def _whole(section: Mapping[str, Any], keys: tuple[str, ...], most: int) -> int:
    values = (section.get(key) for key in keys)
    return next((v for v in values if isinstance(v, int) and not isinstance(v, bool) and 0 < v <= most), 0)
