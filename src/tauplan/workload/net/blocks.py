"""Blocks of convolutional networks: each adds its layers and leaves the shape of its output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tauplan.workload.net.builder import SIGMOID_FLOPS, Builder, Shape, Stage, rounded
from tauplan.workload.net.layer import elementwise, pooling

Block = Callable[[Builder, Stage, int], None]
"""Adds a block of a stage, which strides as told."""


def _conv(b: Builder, stage: Stage, stride: int) -> None:
    b.conv(stage.channels, stage.kernel, stride)
    b.batch_norm()


def _swish_conv(b: Builder, stage: Stage, stride: int) -> None:
    b.conv(stage.channels, stage.kernel, stride)
    b.batch_norm(SIGMOID_FLOPS)


def _scaled_conv(b: Builder, stage: Stage, stride: int) -> None:
    last = stage.kernel == 1  # the head keeps at least its published width
    b.conv(rounded(stage.channels * (max(b.scale, 1.0) if last else b.scale)), stage.kernel, stride)
    b.batch_norm(SIGMOID_FLOPS)


def _plain_conv(b: Builder, stage: Stage, stride: int) -> None:
    b.conv(stage.channels, stage.kernel, stride, bias=True)
    b.activate()


def _bare_conv(b: Builder, stage: Stage, stride: int) -> None:
    """Add a convolution with a bias and nothing after it."""
    b.conv(stage.channels, stage.kernel, stride, bias=True)


def _inner_conv(b: Builder, stage: Stage, stride: int) -> None:
    """Add a convolution that stays inside the image, its edge is lost."""
    b.conv(stage.channels, stage.kernel, stride, bias=True, pad=0)
    b.activate()


def _inner_norm_conv(b: Builder, stage: Stage, stride: int) -> None:
    """Add a convolution inside the volume, a batch norm and an activation."""
    b.conv(stage.channels, stage.kernel, stride, bias=True, pad=0)
    b.batch_norm()


def _instance_conv(b: Builder, stage: Stage, stride: int) -> None:
    """Add a convolution, an instance norm and a leaky activation."""
    b.conv(stage.channels, stage.kernel, stride)
    b.layer_norm()
    b.activate()


def _separable(b: Builder, stage: Stage, stride: int) -> None:
    """Add a depthwise convolution and one of a single tap, each with norm and activation."""
    b.conv(b.channels, stage.kernel, stride, groups=b.channels)
    b.batch_norm()
    b.conv(rounded(stage.channels * b.scale), 1)
    b.batch_norm()


def _up_conv(b: Builder, stage: Stage, stride: int) -> None:
    b.up_conv(stage.channels, stage.kernel, stride, bias=bool(stage.squeeze))


def _max_pool(b: Builder, stage: Stage, stride: int) -> None:
    b.pool(stage.kernel, stride)


def _ceiled_pool(b: Builder, stage: Stage, stride: int) -> None:
    """Add a pooling layer whose last window may reach over the edge."""
    b.pool(stage.kernel, stride, up=True)


def _upsample(b: Builder, stage: Stage, stride: int) -> None:
    del stage
    b.resize(stride)


def _concat(b: Builder, stage: Stage, stride: int) -> None:
    del stage, stride
    b.join(sum(shape.channels for shape in b.inputs))


def _add(b: Builder, stage: Stage, stride: int) -> None:
    del stage, stride
    b.add(float(len(b.inputs)))


def _identity(b: Builder, stage: Stage, stride: int) -> None:
    """Leave all as it is; another line may read the input by its label."""


def _global_pool(b: Builder, stage: Stage, stride: int) -> None:
    del stage, stride
    before, taps = b.elements, b.shape.positions
    b.pooled()
    b.layers.append(pooling(b.name("global pool"), before, b.elements, taps))


def _classifier(b: Builder, stage: Stage, stride: int) -> None:
    del stride
    if b.shape.positions > 1:  # a dense layer over the whole image
        b.become(b.channels * b.shape.positions)
        b.pooled()
    b.dense(stage.channels)


def _hidden(b: Builder, stage: Stage, stride: int) -> None:
    """Add a dense layer and an activation."""
    del stride
    b.dense(stage.channels)
    b.activate()


def _shortcut(b: Builder, before: Shape, stride: int) -> None:
    """Add the shortcut of a block that began with the shape ``before``: a projection where shapes differ."""
    if stride > 1 or before.channels != b.channels:
        side = b.aside(before)
        side.conv(b.channels, 1, stride)
        side.batch_norm(0.0)
    b.add()
    b.activate()


def _basic(b: Builder, stage: Stage, stride: int) -> None:
    before = b.shape
    b.conv(stage.channels, stage.kernel, stride)
    b.batch_norm()
    b.conv(stage.channels, stage.kernel)
    b.batch_norm(0.0)
    _shortcut(b, before, stride)


def _bottleneck(b: Builder, stage: Stage, stride: int) -> None:
    """Add a bottleneck ``expand`` times as narrow inside, its middle in ``heads`` groups."""
    before = b.shape
    middle = int(stage.channels / stage.expand)
    b.conv(middle, 1)
    b.batch_norm()
    b.conv(middle, stage.kernel, stride, groups=max(stage.heads, 1))
    b.batch_norm()
    b.conv(stage.channels, 1)
    b.batch_norm(0.0)
    _shortcut(b, before, stride)


def _inverted(b: Builder, stage: Stage, stride: int) -> None:
    before, outer = b.shape, rounded(stage.channels * b.scale)
    middle = int(before.channels * stage.expand)
    flops = SIGMOID_FLOPS if stage.squeeze else 1.0
    if middle != before.channels:
        b.conv(middle, 1)
        b.batch_norm(flops)
    b.conv(middle, stage.kernel, stride, groups=middle)
    b.batch_norm(flops)
    if stage.squeeze:
        _squeeze(b, max(1, int(before.channels * stage.squeeze)))
    _projected(b, before, outer, stride)


def _inverted_v3(b: Builder, stage: Stage, stride: int) -> None:
    """Add a MobileNetV3 block: it squeezes its inner width; ``heads`` = 1 where it uses the hard swish."""
    before, outer = b.shape, rounded(stage.channels * b.scale)
    middle = rounded(before.channels * stage.expand)
    flops = SIGMOID_FLOPS if stage.heads else 1.0
    if middle != before.channels:
        b.conv(middle, 1)
        b.batch_norm(flops)
    b.conv(middle, stage.kernel, stride, groups=middle)
    b.batch_norm(flops)
    if stage.squeeze:
        _squeeze(b, rounded(middle * stage.squeeze))
    _projected(b, before, outer, stride)


def _fused_inverted(b: Builder, stage: Stage, stride: int) -> None:
    """Add an EfficientNetV2 block whose widening is the convolution itself."""
    before, outer = b.shape, rounded(stage.channels * b.scale)
    middle = int(before.channels * stage.expand)
    if middle == before.channels:
        b.conv(outer, stage.kernel, stride)
        b.batch_norm(SIGMOID_FLOPS)
        if stride == 1 and before.channels == outer:
            b.add()
        return
    b.conv(middle, stage.kernel, stride)
    b.batch_norm(SIGMOID_FLOPS)
    _projected(b, before, outer, stride)


def _projected(b: Builder, before: Shape, outer: int, stride: int) -> None:
    """Add the narrow end of an inverted block, and its shortcut where shapes agree."""
    b.conv(outer, 1)
    b.batch_norm(0.0)
    if stride == 1 and before.channels == outer:
        b.add()


def _squeeze(b: Builder, reduced: int) -> None:
    """Add squeeze and excitation: the image's mean through two small layers scales the channels."""
    side = b.aside()
    taps, before = side.shape.positions, side.elements
    side.pooled()
    side.layers.append(pooling(side.name("squeeze"), before, side.elements, taps))
    side.dense(reduced)
    side.activate(SIGMOID_FLOPS)
    side.dense(b.channels)
    side.activate(SIGMOID_FLOPS)
    b.layers.append(elementwise(b.name("excite"), b.elements))


def _input(b: Builder, stage: Stage, stride: int) -> None:
    """Start from another input of ``channels`` by ``kernel`` by ``stride`` in ``heads`` dimensions."""
    b.shape = Shape(b.kept["batch"].batch, stage.channels, stage.kernel, stride, 1, stage.heads)


def _part(b: Builder, stage: Stage, stride: int) -> None:
    """Go on with ``channels`` of the channels."""
    del stride
    b.become(stage.channels)


def _batch_norm(b: Builder, stage: Stage, stride: int) -> None:
    del stage, stride
    b.batch_norm()


def _copies(b: Builder, stage: Stage, stride: int) -> None:
    """Take each sample as ``channels`` of its own, such as the images of a ring of cameras."""
    del stride
    b.shape = replace(b.shape, batch=b.batch * stage.channels)


CONVOLUTIONAL: dict[str, Block] = {
    "conv": _conv,
    "swish conv": _swish_conv,
    "scaled conv": _scaled_conv,
    "plain conv": _plain_conv,
    "bare conv": _bare_conv,
    "inner conv": _inner_conv,
    "inner norm conv": _inner_norm_conv,
    "instance conv": _instance_conv,
    "separable": _separable,
    "up conv": _up_conv,
    "max pool": _max_pool,
    "ceiled pool": _ceiled_pool,
    "upsample": _upsample,
    "concat": _concat,
    "add": _add,
    "identity": _identity,
    "global pool": _global_pool,
    "classifier": _classifier,
    "hidden": _hidden,
    "basic": _basic,
    "bottleneck": _bottleneck,
    "inverted": _inverted,
    "inverted v3": _inverted_v3,
    "fused inverted": _fused_inverted,
    "input": _input,
    "copies": _copies,
    "part": _part,
    "batch norm": _batch_norm,
}
"""Blocks by the word that a stage uses for them."""
