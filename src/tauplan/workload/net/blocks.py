"""Blocks that published networks are built of: each adds its layers and leaves the shape of its output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tauplan.tau import Number
from tauplan.workload.net.layer import (
    Layer,
    attention,
    convolution,
    dense,
    elementwise,
    move,
    norm,
    pooling,
)

NORM_PARAMETERS = 2.0  # definition: scale and shift per channel
DIVISOR = 8  # definition: scaled widths are rounded to multiples of this
LEAST_KEPT = 0.9  # definition: rounding may not take away more than a tenth of a width
SIGMOID_FLOPS = 4.0  # definition: negate, exponential, add, divide
POSITIONS = 512  # definition: length of BERT's table of positions
SEGMENTS = 2  # definition: rows of BERT's table of segments


@dataclass(frozen=True)
class Stage:
    """One line of a network's description; ``repeats`` blocks, only the first of them with ``stride``."""

    block: str
    repeats: int
    channels: int
    kernel: int
    stride: int
    expand: float
    squeeze: float
    heads: int


@dataclass
class Builder:
    """Layers so far and the shape they end in: ``channels`` by ``height`` by ``width``, or tokens by channels."""

    batch: Number
    channels: int
    height: int
    width: int
    scale: float = 1.0
    layers: list[Layer] = field(default_factory=list[Layer])

    @property
    def elements(self) -> Number:
        """Elements of the batch's activations at this point [1]."""
        return self.batch * self.channels * self.height * self.width

    def name(self, what: str) -> str:
        """Return a name with the layer's number."""
        return f"{len(self.layers) + 1} {what}"

    def conv(self, channels: int, kernel: int, stride: int = 1, groups: int = 1, bias: bool = False) -> None:
        """Add a convolution, padded so that only ``stride`` shrinks the image."""
        before = self.height * self.width
        self.height, self.width = (strided(size, kernel, stride) for size in (self.height, self.width))
        pair = (self.channels, channels)
        places = (before, self.height * self.width)
        what = self.name(f"conv {kernel}x{kernel}")
        taps = kernel * kernel
        self.layers.append(convolution(what, self.batch, pair, taps, places, groups, bias))
        self.channels = channels

    def batch_norm(self, activation: float = 1.0) -> None:
        """Add a batch norm and, unless its FLOPs are 0, an activation."""
        parameters = NORM_PARAMETERS * self.channels
        self.layers.append(norm(self.name("batch norm"), self.elements, parameters, folds=True))
        if activation:
            self.activate(activation)

    def layer_norm(self) -> None:
        """Add a layer norm."""
        self.layers.append(norm(self.name("layer norm"), self.elements, NORM_PARAMETERS * self.channels))

    def activate(self, flops: float = 1.0) -> None:
        """Add an activation of some FLOPs per element."""
        self.layers.append(elementwise(self.name("activation"), self.elements, flops=flops))

    def add(self) -> None:
        """Add the sum with a shortcut."""
        self.layers.append(elementwise(self.name("add"), self.elements, operands=2.0))

    def dense(self, channels: int, bias: bool = True) -> None:
        """Add a dense layer over the last dimension; tokens lie along height and width."""
        rows = self.batch * self.height * self.width
        self.layers.append(dense(self.name("dense"), rows, self.channels, channels, bias))
        self.channels = channels


def strided(size: int, kernel: int, stride: int) -> int:
    """Return the outputs along a dimension of ``size`` under a window padded by half of itself [1]."""
    return (size + 2 * ((kernel - 1) // 2) - kernel) // stride + 1


def rounded(width: float) -> int:
    """Return a scaled width as the nearest multiple of eight, never less than nine tenths of it [1].

    >>> rounded(32 * 1.4), rounded(1280 * 1.1)
    (48, 1408)
    """
    nearest = max(DIVISOR, int(width + DIVISOR / 2) // DIVISOR * DIVISOR)
    return nearest if nearest >= LEAST_KEPT * width else nearest + DIVISOR


def _conv(b: Builder, stage: Stage, stride: int) -> None:
    b.conv(stage.channels, stage.kernel, stride)
    b.batch_norm()


def _scaled_conv(b: Builder, stage: Stage, stride: int) -> None:
    last = stage.kernel == 1  # the head keeps at least its published width
    b.conv(rounded(stage.channels * (max(b.scale, 1.0) if last else b.scale)), stage.kernel, stride)
    b.batch_norm(SIGMOID_FLOPS)


def _plain_conv(b: Builder, stage: Stage, stride: int) -> None:
    b.conv(stage.channels, stage.kernel, stride, bias=True)
    b.activate()


def _max_pool(b: Builder, stage: Stage, stride: int) -> None:
    before = b.elements
    b.height, b.width = (strided(size, stage.kernel, stride) for size in (b.height, b.width))
    b.layers.append(pooling(b.name("max pool"), before, b.elements, stage.kernel * stage.kernel))


def _global_pool(b: Builder, stage: Stage, stride: int) -> None:
    del stage, stride
    before, taps = b.elements, b.height * b.width
    b.height = b.width = 1
    b.layers.append(pooling(b.name("global pool"), before, b.elements, taps))


def _classifier(b: Builder, stage: Stage, stride: int) -> None:
    del stride
    if b.height * b.width > 1:  # a dense layer over the whole image
        b.channels, b.height, b.width = b.channels * b.height * b.width, 1, 1
    b.dense(stage.channels)


def _shortcut(b: Builder, before: tuple[int, int, int], stride: int) -> None:
    """Add the shortcut of a block that began with the shape ``before``: a projection where shapes differ."""
    channels, height, width = before
    if stride > 1 or channels != b.channels:
        side = Builder(b.batch, channels, height, width, layers=b.layers)
        side.conv(b.channels, 1, stride)
        side.batch_norm(0.0)
    b.add()
    b.activate()


def _basic(b: Builder, stage: Stage, stride: int) -> None:
    before = (b.channels, b.height, b.width)
    b.conv(stage.channels, stage.kernel, stride)
    b.batch_norm()
    b.conv(stage.channels, stage.kernel)
    b.batch_norm(0.0)
    _shortcut(b, before, stride)


def _bottleneck(b: Builder, stage: Stage, stride: int) -> None:
    before = (b.channels, b.height, b.width)
    middle = int(stage.channels / stage.expand)
    b.conv(middle, 1)
    b.batch_norm()
    b.conv(middle, stage.kernel, stride)
    b.batch_norm()
    b.conv(stage.channels, 1)
    b.batch_norm(0.0)
    _shortcut(b, before, stride)


def _inverted(b: Builder, stage: Stage, stride: int) -> None:
    inner, outer = b.channels, rounded(stage.channels * b.scale)
    middle = int(inner * stage.expand)
    flops = SIGMOID_FLOPS if stage.squeeze else 1.0
    if middle != inner:
        b.conv(middle, 1)
        b.batch_norm(flops)
    b.conv(middle, stage.kernel, stride, groups=middle)
    b.batch_norm(flops)
    if stage.squeeze:
        _squeeze(b, max(1, int(inner * stage.squeeze)))
    b.conv(outer, 1)
    b.batch_norm(0.0)
    if stride == 1 and inner == outer:
        b.add()


def _squeeze(b: Builder, reduced: int) -> None:
    """Add squeeze and excitation: the image's mean through two small layers scales the channels."""
    side = Builder(b.batch, b.channels, b.height, b.width, layers=b.layers)
    taps, before = side.height * side.width, side.elements
    side.height = side.width = 1
    side.layers.append(pooling(side.name("squeeze"), before, side.elements, taps))
    side.dense(reduced)
    side.activate(SIGMOID_FLOPS)
    side.dense(b.channels)
    side.activate(SIGMOID_FLOPS)
    b.layers.append(elementwise(b.name("excite"), b.elements))


def _patches(b: Builder, stage: Stage, stride: int) -> None:
    b.conv(stage.channels, stage.kernel, stride, bias=True)
    b.height, b.width = b.height * b.width + 1, 1  # one more token for the class
    tables = float((b.height + 1) * b.channels)
    b.layers.append(elementwise(b.name("positions"), b.elements, weights=tables))


def _embedding(b: Builder, stage: Stage, stride: int) -> None:
    del stride
    b.channels, b.width = stage.channels, 1
    tables = float((stage.kernel + POSITIONS + SEGMENTS) * b.channels)
    b.layers.append(move(b.name("embedding"), b.elements, b.elements, tables))
    b.layer_norm()


def _encoder(b: Builder, stage: Stage, stride: int) -> None:
    del stride
    width, tokens = stage.channels, b.height * b.width
    b.layer_norm()
    b.dense(3 * width)
    per_head = width / stage.heads
    b.layers.append(attention(b.name("attention"), b.batch, stage.heads, tokens, tokens, per_head))
    b.channels = width
    b.dense(width)
    b.add()
    b.layer_norm()
    b.dense(int(stage.expand * width))
    b.activate(DIVISOR)
    b.dense(width)
    b.add()


def _last_norm(b: Builder, stage: Stage, stride: int) -> None:
    del stage, stride
    b.layer_norm()
    b.height = 1  # only the class token goes on


def _pooler(b: Builder, stage: Stage, stride: int) -> None:
    del stride
    b.height = 1
    b.dense(stage.channels)
    b.activate(SIGMOID_FLOPS)


BLOCKS: dict[str, Callable[[Builder, Stage, int], None]] = {
    "conv": _conv,
    "scaled conv": _scaled_conv,
    "plain conv": _plain_conv,
    "max pool": _max_pool,
    "global pool": _global_pool,
    "classifier": _classifier,
    "basic": _basic,
    "bottleneck": _bottleneck,
    "inverted": _inverted,
    "patches": _patches,
    "embedding": _embedding,
    "encoder": _encoder,
    "last norm": _last_norm,
    "pooler": _pooler,
}
"""Blocks by the word that a stage uses for them."""
