"""Blocks of transformers on images, text and sound, and of the U-Nets that hold them."""

from __future__ import annotations

from dataclasses import replace

from tauplan.workload.net.blocks import Block
from tauplan.workload.net.builder import GELU_FLOPS, SIGMOID_FLOPS, Builder, Shape, Stage
from tauplan.workload.net.layer import attention, elementwise, move, norm

POSITIONS = 512  # definition: length of BERT's table of positions
SEGMENTS = 2  # definition: rows of BERT's table of segments
MERGED = 4  # definition: positions that become one, two by two
NORM_TAIL = 2  # definition: a merged position has twice the channels
BIAS_WIDTH = 512  # definition: inner width of the second Swin's network of position biases
FREQUENCIES = 256  # definition: features of a time step before its network
MODULATIONS = 6  # definition: shift, scale and gate of both halves of a layer
LAST_MODULATIONS = 2  # definition: shift and scale before the last layer
HEAD_WIDTH, WINDOW_HEAD_WIDTH = 64, 32  # definition: channels per head, in windows, where no row tells heads
LATENT = 8  # definition: pixels per side of a latent
GATED = 2  # definition: a gated layer makes its values and their gates


def _patches(b: Builder, stage: Stage, stride: int) -> None:
    b.conv(stage.channels, stage.kernel, stride, bias=True)
    _tokens(b, b.shape.positions + 1)  # one more token for the class
    _positions(b)


def _plain_patches(b: Builder, stage: Stage, stride: int) -> None:
    """Add patches without a class token, in scaled width; their positions are computed, not kept."""
    b.conv(round(stage.channels * b.scale), stage.kernel, stride, bias=True)
    _tokens(b, b.shape.positions)
    b.layers.append(elementwise(b.name("positions"), b.elements))


def _window_patches(b: Builder, stage: Stage, stride: int) -> None:
    """Add patches that stay an image, in scaled width, and a norm."""
    b.conv(round(stage.channels * b.scale), stage.kernel, stride, bias=True)
    b.layer_norm()


def _sound(b: Builder, stage: Stage, stride: int) -> None:
    """Add a convolution over sound, in scaled width."""
    b.conv(round(stage.channels * b.scale), stage.kernel, stride, bias=True)
    b.activate(GELU_FLOPS)


def _table(b: Builder, stage: Stage, stride: int) -> None:
    del stage, stride
    _positions(b)


def _latent(b: Builder, stage: Stage, stride: int) -> None:
    """Go on in the latents of an image of pixels."""
    del stage, stride
    b.become(None, b.shape.height // LATENT, b.shape.width // LATENT)


def _positions(b: Builder) -> None:
    tables = float(b.shape.positions * b.channels)
    b.layers.append(elementwise(b.name("positions"), b.elements, weights=tables))


def _tokens(b: Builder, count: int) -> None:
    """Let positions be a sequence of ``count`` tokens."""
    b.shape = Shape(b.batch, b.channels, count, dims=1)


def _embedding(b: Builder, stage: Stage, stride: int) -> None:
    """Add BERT's embedding of ``kernel`` words."""
    del stride
    b.become(stage.channels)
    tables = float((stage.kernel + POSITIONS + SEGMENTS) * b.channels)
    b.layers.append(move(b.name("embedding"), b.elements, b.elements, tables))
    b.layer_norm()


def _words(b: Builder, stage: Stage, stride: int) -> None:
    """Add an embedding of ``kernel`` words and a table of ``squeeze`` positions."""
    del stride
    b.become(round(stage.channels * b.scale))
    tables = float((stage.kernel + int(stage.squeeze)) * b.channels)
    b.layers.append(move(b.name("embedding"), b.elements, b.elements, tables))


def _encoder(b: Builder, stage: Stage, stride: int) -> None:
    del stride
    b.layer_norm()
    _self_attention(b, stage)
    b.layer_norm()
    _feed_forward(b, int(stage.expand * b.channels))


def _heads(b: Builder, stage: Stage, width: int = HEAD_WIDTH) -> int:
    """Return the heads of a stage, or as many as fit [1]."""
    return stage.heads or b.channels // width


def _self_attention(b: Builder, stage: Stage) -> None:
    width, heads = b.channels, _heads(b, stage)
    b.aside().dense(3 * width)
    b.attend(heads, b.shape.positions, width / heads)
    b.dense(width)
    b.add()


def _feed_forward(b: Builder, inner: int, flops: float = GELU_FLOPS) -> None:
    width = b.channels
    b.dense(inner)
    b.activate(flops)
    b.dense(width)
    b.add()


def _cross_attention(b: Builder, heads: int, width: int, context: Shape, bias: bool = True) -> None:
    """Add attention over ``context``: keys and values from it, ``width`` channels in all heads."""
    outer = b.channels
    b.aside().dense(width, bias)
    side = b.aside(context)
    side.dense(2 * width, bias)
    b.layers.append(
        attention(b.name("attention"), b.batch, heads, b.shape.positions, context.positions, width / heads)
    )
    b.become(width)
    b.dense(outer)
    b.add()


def _decoder(b: Builder, stage: Stage, stride: int) -> None:
    """Add a layer that attends to the tokens before and to the shape kept as ``context``."""
    del stride
    b.layer_norm()
    width, heads = b.channels, _heads(b, stage)
    _self_attention(b, stage)
    b.layer_norm()
    _cross_attention(b, heads, width, b.kept["context"])
    b.layer_norm()
    _feed_forward(b, int(stage.expand * width))


def _tied_words(b: Builder, stage: Stage, stride: int) -> None:
    """Add the product with the table of words of the embedding: its parameters are counted there."""
    del stride
    b.dense(stage.channels, bias=False)
    last = b.layers[-1]
    b.layers[-1] = replace(
        last, sizes=replace(last.sizes, weights=0.0, inputs=last.sizes.inputs + last.sizes.weights)
    )


def _norm(b: Builder, stage: Stage, stride: int) -> None:
    del stage, stride
    b.layer_norm()


def _last_norm(b: Builder, stage: Stage, stride: int) -> None:
    del stage, stride
    b.layer_norm()
    b.pooled()  # only the class token goes on


def _pooler(b: Builder, stage: Stage, stride: int) -> None:
    del stride
    b.pooled()
    b.dense(stage.channels)
    b.activate(SIGMOID_FLOPS)


def _swin(b: Builder, stage: Stage, stride: int) -> None:
    """Add a windowed layer: attention inside windows of side ``kernel``; ``squeeze`` = 1 for the second form.

    Images that windows do not divide are padded. The first form keeps a table of position biases, the second
    computes them by a small network.
    """
    del stride
    side, width, heads = stage.kernel, b.channels, _heads(b, stage, WINDOW_HEAD_WIDTH)
    second = stage.squeeze > 0
    if not second:
        b.layer_norm()
    windows = -(-b.shape.height // side) * -(-b.shape.width // side)
    padded = b.aside(Shape(b.batch * windows, width, side * side, dims=1))
    padded.dense(3 * width)
    table = BIAS_WIDTH * (heads + 3.0) + heads if second else (2 * side - 1) ** 2 * heads
    b.layers.append(elementwise(b.name("position biases"), side**4 * heads, weights=float(table)))
    b.attend(heads, side * side, width / heads, b.batch * windows)
    padded.become(width)
    padded.dense(width)
    if second:
        b.layer_norm()
    b.add()
    if not second:
        b.layer_norm()
    _feed_forward(b, int(stage.expand * width))
    if second:
        b.layer_norm()


def _merge(b: Builder, stage: Stage, stride: int) -> None:
    """Let four positions become one of twice the channels; ``squeeze`` = 1 norms after the product."""
    del stride
    width = b.channels
    b.become(MERGED * width, -(-b.shape.height // 2), -(-b.shape.width // 2))
    if not stage.squeeze:
        b.layer_norm()
    b.dense(NORM_TAIL * width, bias=False)
    if stage.squeeze:
        b.layer_norm()


def _conditions(b: Builder, stage: Stage, stride: int) -> None:
    """Add the networks of the time step and of one of ``kernel`` classes, as wide as the tokens."""
    del stride
    side = b.aside(Shape(b.batch, FREQUENCIES, 1, dims=1))
    side.dense(b.channels)
    side.activate(SIGMOID_FLOPS)
    side.dense(b.channels)
    if stage.kernel:
        table = float(stage.kernel * b.channels)
        side.layers.append(move(side.name("class embedding"), side.elements, side.elements, table))


def _modulated(b: Builder, stage: Stage, stride: int) -> None:
    """Add a layer of a diffusion transformer: norms that the condition shifts, scales and gates."""
    del stride
    width = b.channels
    side = b.aside(Shape(b.batch, width, 1, dims=1))
    side.activate(SIGMOID_FLOPS)
    side.dense(MODULATIONS * width)
    for half in (lambda: _self_attention(b, stage), lambda: _feed_forward(b, int(stage.expand * width))):
        b.layer_norm(0.0)
        b.layers.append(elementwise(b.name("modulate"), b.elements, flops=2.0))
        half()
        b.layers.append(elementwise(b.name("gate"), b.elements))


def _modulated_end(b: Builder, stage: Stage, stride: int) -> None:
    """Add the last modulated norm and the product that makes patches of ``channels`` values."""
    del stride
    width = b.channels
    side = b.aside(Shape(b.batch, width, 1, dims=1))
    side.activate(SIGMOID_FLOPS)
    side.dense(LAST_MODULATIONS * width)
    b.layer_norm(0.0)
    b.dense(stage.channels)


def _time(b: Builder, stage: Stage, stride: int) -> None:
    """Add the network of the time step, ``channels`` wide, of ``kernel`` features, kept as ``time``."""
    del stride
    side = b.aside(Shape(b.batch, stage.kernel, 1, dims=1))
    side.dense(stage.channels)
    side.activate(SIGMOID_FLOPS)
    side.dense(stage.channels)
    b.kept["time"] = side.shape


def _residual(b: Builder, stage: Stage, stride: int) -> None:
    """Add a residual block of a U-Net that adds the time step between its convolutions."""
    del stride
    before = b.shape
    b.layer_norm()
    b.activate(SIGMOID_FLOPS)
    b.conv(stage.channels, 3, bias=True)
    side = b.aside(b.kept["time"])
    side.activate(SIGMOID_FLOPS)
    side.dense(stage.channels)
    b.add()
    b.layer_norm()
    b.activate(SIGMOID_FLOPS)
    b.conv(stage.channels, 3, bias=True)
    if before.channels != b.channels:
        b.aside(before).conv(stage.channels, 1, bias=True)
    b.add()


def _spatial(b: Builder, stage: Stage, stride: int) -> None:
    """Add ``repeats`` layers of attention over the image and the text kept as ``context``, in ``heads`` heads.

    The width is that of the image; what leads in and out is a product per position.
    """
    del stride
    image, width, heads = b.shape, b.channels, _heads(b, stage)
    b.layer_norm()
    _tokens(b, image.positions)
    b.dense(width)
    for _ in range(stage.repeats):
        b.layer_norm()
        b.aside().dense(3 * width, bias=False)
        b.attend(heads, b.shape.positions, width / heads)
        b.dense(width)
        b.add()
        b.layer_norm()
        _cross_attention(b, heads, width, b.kept["context"], bias=False)
        b.layer_norm()
        inner = int(stage.expand * width)
        b.dense(GATED * inner)
        b.become(inner)
        b.layers.append(elementwise(b.name("gate"), b.elements, operands=2.0, flops=GELU_FLOPS))
        b.dense(width)
        b.add()
    b.dense(width)
    b.shape = image
    b.add()


def _group_norm(b: Builder, stage: Stage, stride: int) -> None:
    del stage, stride
    b.layers.append(norm(b.name("norm"), b.elements, 2.0 * b.channels))
    b.activate(SIGMOID_FLOPS)


ATTENTIVE: dict[str, Block] = {
    "patches": _patches,
    "plain patches": _plain_patches,
    "window patches": _window_patches,
    "sound": _sound,
    "positions": _table,
    "latent": _latent,
    "embedding": _embedding,
    "words": _words,
    "encoder": _encoder,
    "decoder": _decoder,
    "tied words": _tied_words,
    "norm": _norm,
    "last norm": _last_norm,
    "pooler": _pooler,
    "swin": _swin,
    "merge": _merge,
    "conditions": _conditions,
    "modulated": _modulated,
    "modulated end": _modulated_end,
    "time": _time,
    "residual": _residual,
    "group norm": _group_norm,
}
"""Blocks by the word that a stage uses for them."""
ATTENTIVE_WHOLE: dict[str, Block] = {"spatial": _spatial}
"""Blocks that take the repeats of their stage themselves."""
