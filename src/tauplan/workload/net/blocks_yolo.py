"""Blocks of the YOLO networks, versions 5 to 26, as they are deployed: branches of training folded, one head."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from tauplan.workload.net.blocks import Block
from tauplan.workload.net.builder import DIVISOR, SIGMOID_FLOPS, Builder, Stage
from tauplan.workload.net.layer import pooling

BOX = 4  # definition: sides of a box
CLASSES = 80  # definition: classes of COCO
ANCHORS = 3  # definition: anchor boxes per position of the first versions
BINS = 16  # definition: bins of the distribution of a side
LEAST_BOX = 16  # definition: least width of the branch of boxes
MOST_CLASS = 100  # definition: largest count of classes that widens the branch of classes
KEYPOINTS, KEYPOINT_VALUES = 17, 3  # definition: key points of COCO; place and whether seen
SIGMA = 2  # definition: spread of a key point in two directions
MASKS, PROTOS = 32, 256  # definition: masks, and inner channels of their making
SHRINK = 2  # definition: halves
HEAD_WIDTH = 64  # definition: channels per head of attention
POOLS = 3  # definition: pooling layers in a row of the spatial pyramid
LARGE = 7  # definition: large depthwise kernel
LAST = 1280  # definition: width before the classifier
BOTH = 0.75  # definition: mean of a key of half a head's width and a value of all of it
QUARTER = 4  # definition: heads are a quarter of the width of the finest map


def _width(b: Builder, channels: float) -> int:
    """Return a width scaled up to the next multiple of eight, the published one capped first [1]."""
    return math.ceil(min(channels, b.most or channels) * b.scale / DIVISOR) * DIVISOR


def _repeats(b: Builder, repeats: int) -> int:
    """Return repeats scaled in depth [1]."""
    return max(round(repeats * b.depth), 1) if repeats > 1 else repeats


def _unit(
    b: Builder, channels: int, kernel: int = 1, stride: int = 1, groups: int = 1, act: bool = True
) -> None:
    """Add a convolution, its norm and, unless told, the activation."""
    b.conv(channels, kernel, stride, groups)
    b.batch_norm(SIGMOID_FLOPS if act else 0.0)


def _neck(b: Builder, channels: int, kernels: tuple[int, int], expand: float, shortcut: bool = True) -> None:
    """Add two convolutions with an inner width of ``expand`` times ``channels``, and a shortcut."""
    _unit(b, int(channels * expand), kernels[0])
    _unit(b, channels, kernels[1])
    if shortcut:
        b.add()


def _conv(b: Builder, stage: Stage, stride: int) -> None:
    for i in range(_repeats(b, stage.repeats)):
        _unit(b, _width(b, stage.channels), stage.kernel, stride if i == 0 else 1)


def _csp(b: Builder, outer: int, count: int, inner: Callable[[Builder, int], None]) -> None:
    """Add two branches of half the width, ``count`` inner blocks in one of them, and what joins them."""
    half = outer // SHRINK
    side = b.aside()
    _unit(side, half)
    _unit(b, half)
    for _ in range(count):
        inner(b, half)
    b.join(SHRINK * half)
    _unit(b, outer)


def _c3(b: Builder, stage: Stage, stride: int) -> None:
    del stride
    count = _repeats(b, stage.repeats)
    _csp(
        b,
        _width(b, stage.channels),
        count,
        lambda at, width: _neck(at, width, (1, 3), 1.0, bool(stage.heads)),
    )


def _split(b: Builder, outer: int, count: int, expand: float, inner: Callable[[Builder, int], None]) -> None:
    """Add a block whose inner blocks all feed its end: widths c and c, then each inner block's c more."""
    width = int(outer * expand)
    _unit(b, SHRINK * width)
    b.become(width)
    for _ in range(count):
        inner(b, width)
    b.join((SHRINK + count) * width)
    _unit(b, outer)


def _c2f(b: Builder, stage: Stage, stride: int) -> None:
    del stride
    count, outer = _repeats(b, stage.repeats), _width(b, stage.channels)
    _split(b, outer, count, 0.5, lambda at, width: _neck(at, width, (3, 3), 1.0, bool(stage.heads)))


def _c3k(b: Builder, width: int) -> None:
    _csp(b, width, SHRINK, lambda at, half: _neck(at, half, (3, 3), 1.0))


def _c3k2(b: Builder, stage: Stage, stride: int) -> None:
    """Add a split block ``expand`` wide; ``squeeze`` = 1, or full width, nests blocks; ``heads`` attends."""
    del stride
    nested = stage.squeeze > 0 or b.scale >= 1.0

    def inner(at: Builder, width: int) -> None:
        if stage.heads:
            _neck(at, width, (3, 3), 0.5)
            _attention_block(at, max(width // HEAD_WIDTH, 1))
        elif nested:
            _c3k(at, width)
        else:
            _neck(at, width, (3, 3), 0.5)

    _split(b, _width(b, stage.channels), _repeats(b, stage.repeats), stage.expand, inner)


def _cib(b: Builder, width: int, large: bool) -> None:
    """Add a compact inverted block of depthwise and single-tap convolutions."""
    _unit(b, width, 3, groups=width)
    _unit(b, SHRINK * width)
    _unit(b, SHRINK * width, LARGE if large else 3, groups=SHRINK * width)
    _unit(b, width)
    _unit(b, width, 3, groups=width)
    b.add()


def _c2f_cib(b: Builder, stage: Stage, stride: int) -> None:
    """Add a split block of compact inverted ones; ``heads`` = 1 for the large kernel."""
    del stride
    count, outer = _repeats(b, stage.repeats), _width(b, stage.channels)
    _split(b, outer, count, 0.5, lambda at, width: _cib(at, width, bool(stage.heads)))


def _attention_block(b: Builder, heads: int) -> None:
    """Add attention over all positions with keys of half the head's width, and two dense layers."""
    width, per_head = b.channels, b.channels // heads
    side = b.aside()
    _unit(side, width + SHRINK * heads * (per_head // SHRINK), act=False)
    b.attend(heads, b.shape.positions, BOTH * per_head)
    _unit(b.aside(), width, 3, groups=width, act=False)
    b.add()
    _unit(b, width, act=False)
    b.add()
    _unit(b, SHRINK * width)
    _unit(b, width, act=False)
    b.add()


def _c2psa(b: Builder, stage: Stage, stride: int) -> None:
    """Add attention blocks on half the width, and what joins the halves."""
    del stride
    outer = b.channels
    _unit(b, outer)
    b.become(outer // SHRINK)
    for _ in range(_repeats(b, stage.repeats)):
        _attention_block(b, b.channels // HEAD_WIDTH)
    b.join(outer)
    _unit(b, outer)


def _sppf(b: Builder, stage: Stage, stride: int) -> None:
    """Add the spatial pyramid: three poolings of one size in a row, all joined; ``heads`` = 1 adds a shortcut."""
    del stride
    before = b.channels
    width = before // SHRINK
    _unit(b, width)
    for _ in range(POOLS):
        b.pool(stage.kernel, 1)
    b.join((POOLS + 1) * width)
    _unit(b, _width(b, stage.channels))
    if stage.heads and b.channels == before:
        b.add()


def _sppelan(b: Builder, stage: Stage, stride: int) -> None:
    """Add the spatial pyramid of version 9, ``expand`` channels inside."""
    del stride
    width = int(stage.expand)
    _unit(b, width)
    for _ in range(POOLS):
        b.pool(stage.kernel, 1)
    b.join((POOLS + 1) * width)
    _unit(b, _width(b, stage.channels))


def _spatial_pyramid_split(b: Builder, stage: Stage, stride: int) -> None:
    """Add the pyramid of versions 6 and 7: one branch pools, one passes by; ``expand`` times as wide inside."""
    del stride
    outer = _width(b, stage.channels)
    width = int(outer * stage.expand)
    _unit(b.aside(), width)
    for kernel in (1, 3, 1):
        _unit(b, width, kernel)
    for _ in range(POOLS):
        b.pool(stage.kernel, 1)
    b.join((POOLS + 1) * width)
    _unit(b, width)
    _unit(b, width, 3)
    b.join(2 * width)
    _unit(b, outer)


def _bep(b: Builder, stage: Stage, stride: int) -> None:
    """Add version 6's stack of pairs of convolutions, ``expand`` times as wide inside, beside a branch."""
    del stride
    outer = _width(b, stage.channels)
    width = int(outer * stage.expand)
    _unit(b.aside(), width)
    _unit(b, width)
    for _ in range(max(_repeats(b, stage.repeats) // 2, 1)):
        _neck(b, width, (3, 3), 1.0)
    b.join(2 * width)
    _unit(b, outer)


def _up(b: Builder, stage: Stage, stride: int) -> None:
    b.up_conv(_width(b, stage.channels), stage.kernel, stride)


def _efficient_head(b: Builder, stage: Stage, stride: int) -> None:
    """Add version 6's head: a stem, then one convolution each for classes and for boxes in ``kernel`` + 1 bins."""
    del stride
    for shape in b.inputs:
        stem = b.aside(shape)
        _unit(stem, shape.channels)
        for outputs in (stage.channels, BOX * (stage.kernel + 1)):
            side = stem.aside()
            _unit(side, shape.channels, 3)
            side.conv(outputs, 1, bias=True)


def _scdown(b: Builder, stage: Stage, stride: int) -> None:
    width = _width(b, stage.channels)
    _unit(b, width)
    _unit(b, width, stage.kernel, stride, groups=width, act=False)


def _aconv(b: Builder, stage: Stage, stride: int) -> None:
    b.pool(SHRINK, 1, 0)
    b.conv(_width(b, stage.channels), 3, stride, pad=1)
    b.batch_norm(SIGMOID_FLOPS)


def _adown(b: Builder, stage: Stage, stride: int) -> None:
    """Shrink one half of the channels by a convolution, the other by pooling and a single tap."""
    half, outer = b.channels // SHRINK, _width(b, stage.channels)
    b.pool(SHRINK, 1, 0)
    b.become(half)
    side = b.aside()
    side.conv(outer // SHRINK, 3, stride, pad=1)
    side.batch_norm(SIGMOID_FLOPS)
    b.pool(3, stride, 1)
    _unit(b, outer // SHRINK)
    b.join(outer)


def _rep(b: Builder, half: int) -> None:
    _neck(b, half, (3, 3), 1.0)


def _elan4(b: Builder, stage: Stage, stride: int) -> None:
    """Add a layer aggregation block: ``expand`` channels at first, ``heads`` in branches, ``repeats`` deep."""
    del stride
    first, branch = int(stage.expand), stage.heads
    _unit(b, first)
    b.become(first // SHRINK)
    for _ in range(2):
        _csp(b, branch, stage.repeats, _rep)
        _unit(b, branch, 3)
    b.join(first + 2 * branch)
    _unit(b, _width(b, stage.channels))


def _elan1(b: Builder, stage: Stage, stride: int) -> None:
    """Add the layer aggregation block with single convolutions for branches."""
    del stride
    first, branch = int(stage.expand), stage.heads
    _unit(b, first)
    b.become(first // SHRINK)
    for _ in range(2):
        _unit(b, branch, 3)
    b.join(first + 2 * branch)
    _unit(b, _width(b, stage.channels))


def _fuse(b: Builder, stage: Stage, stride: int) -> None:
    """Add ``channels`` of each other input, resized, to the last of the inputs."""
    del stage, stride
    b.shape = b.inputs[-1]
    b.add(float(len(b.inputs)))


def _anchors(b: Builder, stage: Stage, stride: int) -> None:
    """Add the head of anchor boxes: one convolution per map."""
    del stride
    for shape in b.inputs:
        side = b.aside(shape)
        side.conv(ANCHORS * (stage.channels + BOX + 1), 1, bias=True)


def _branch(b: Builder, width: int, outputs: int, deep: bool = False) -> None:
    """Add a branch of a head: two convolutions, depthwise ones before them where ``deep``, and its outputs."""
    for _ in range(2):
        if deep:
            _unit(b, b.channels, 3, groups=b.channels)
            _unit(b, width)
        else:
            _unit(b, width, 3)
    b.conv(outputs, 1, bias=True)


def _detect(b: Builder, stage: Stage, stride: int) -> None:
    """Add the head without anchors: boxes in ``kernel`` bins and ``channels`` classes; ``heads`` = 1, depthwise."""
    del stride
    bins, finest = stage.kernel, b.inputs[0].channels
    for shape in b.inputs:
        _branch(b.aside(shape), max(LEAST_BOX, finest // QUARTER, bins * BOX), BOX * bins)
        _branch(
            b.aside(shape), max(finest, min(stage.channels, MOST_CLASS)), stage.channels, bool(stage.heads)
        )


def _segment(b: Builder, stage: Stage, stride: int) -> None:
    """Add the head that also makes masks: coefficients per box, and prototypes from the finest map."""
    _detect(b, stage, stride)
    finest = b.inputs[0]
    for shape in b.inputs:
        _branch(b.aside(shape), max(finest.channels // QUARTER, MASKS), MASKS)
    protos, side = _width(b, PROTOS), b.aside(finest)
    if stage.squeeze:  # maps of all sizes are summed first
        for shape in b.inputs[1:]:
            _unit(b.aside(shape), finest.channels)
            side.add()
        _unit(side, protos, 3)
    _unit(side, protos, 3)
    side.up_conv(protos, 2, 2)
    _unit(side, protos, 3)
    _unit(side, MASKS)


def _pose(b: Builder, stage: Stage, stride: int) -> None:
    """Add the head that also finds key points; ``squeeze`` = 1 where it tells their spread."""
    _detect(b, replace(stage, channels=1), stride)
    values = KEYPOINTS * KEYPOINT_VALUES
    wide = KEYPOINTS * (KEYPOINT_VALUES + SIGMA) if stage.squeeze else values
    for shape in b.inputs:
        _branch(b.aside(shape), max(b.inputs[0].channels // QUARTER, wide), values)


def _classify(b: Builder, stage: Stage, stride: int) -> None:
    del stride
    _unit(b, LAST)
    before, taps = b.elements, b.shape.positions
    b.pooled()
    b.layers.append(pooling(b.name("global pool"), before, b.elements, taps))
    b.dense(stage.channels)


YOLO: dict[str, Block] = {
    "yolo conv": _conv,
    "c3": _c3,
    "c2f": _c2f,
    "c3k2": _c3k2,
    "c2f cib": _c2f_cib,
    "c2psa": _c2psa,
    "sppf": _sppf,
    "sppelan": _sppelan,
    "split pyramid": _spatial_pyramid_split,
    "bep": _bep,
    "yolo up conv": _up,
    "efficient head": _efficient_head,
    "scdown": _scdown,
    "aconv": _aconv,
    "adown": _adown,
    "elan4": _elan4,
    "elan1": _elan1,
    "fuse": _fuse,
    "anchors": _anchors,
    "detect": _detect,
    "segment": _segment,
    "pose": _pose,
    "classify": _classify,
}
"""Blocks that take the repeats of their stage themselves, by the word that a stage uses for them."""
