"""Diffusion transformers: an image or a clip as tokens that pass through the same layers at every step."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.workload.llm.shape import Attention, Ffn, LayerGroup, ModelShape


@dataclass(frozen=True)
class Denoiser:
    """A diffusion transformer.

    ``pixels``: side of the square of pixels that is one token, ``frames``: frames that are one layer of tokens;
    ``text``: tokens of the prompt that join the others in attention; ``passes`` through the layers per step: two
    where guidance compares with an empty prompt [1].
    """

    shape: ModelShape
    pixels: int
    frames: int
    text: int
    passes: int

    def tokens(self, width: int, height: int, frames: int = 1) -> int:
        """Return the tokens of an image or clip [1]: the first frame stands alone, the others share layers.

        >>> picture = Denoiser(ModelShape("x", 1, 1, (), tied=True), pixels=16, frames=4, text=0, passes=1)
        >>> picture.tokens(832, 480, 81)  # 52 x 30 squares, 1 + 80/4 layers
        32760
        """
        layers = 1 + -(-(frames - 1) // self.frames)
        return (width // self.pixels) * (height // self.pixels) * layers + self.text


def denoiser_shape(
    name: str,
    layers: int,
    hidden: int,
    heads: int,
    width: int,
    *,
    gated: bool = False,
    extra_width: int = 0,
    window: int = 0,
) -> ModelShape:
    """Return the layers of a diffusion transformer [1], for the operators of a decoder without causal mask.

    ``extra_width``: feed-forward width of as much work per token as the products of cross attention, long skips
    and second attentions; ``window``: keys of as much work as linear attention does per query, 0 for all keys.
    """
    size = hidden // heads
    attention = Attention("gqa", heads, heads, size, size, window=window, qk_norm=True)
    group = LayerGroup(layers, attention, Ffn("dense", width + extra_width, gated=gated))
    return ModelShape(name, hidden, 1, (group,), tied=True)
