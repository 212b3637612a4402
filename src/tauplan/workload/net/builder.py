"""What a network is built with: the shape its layers have reached, shapes kept for later, and the layers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tauplan.tau import Number
from tauplan.workload.net.layer import (
    Layer,
    attention,
    concat,
    convolution,
    dense,
    elementwise,
    norm,
    pooling,
    transposed,
)

NORM_PARAMETERS = 2.0  # definition: scale and shift per channel
DIVISOR = 8  # definition: scaled widths are rounded to multiples of this
LEAST_KEPT = 0.9  # definition: rounding may not take away more than a tenth of a width
SIGMOID_FLOPS = 4.0  # definition: negate, exponential, add, divide
GELU_FLOPS = 8.0  # definition: cube, two sums, three products and a hyperbolic tangent as one


@dataclass(frozen=True)
class Stage:
    """One line of a network's description; ``repeats`` blocks, only the first of them with ``stride``.

    ``sources``: labels of the shapes it reads, none for the line before; ``label``: its output's. What a block
    takes from the other columns its function says.
    """

    block: str
    repeats: int
    channels: int
    kernel: int
    stride: int
    expand: float
    squeeze: float
    heads: int
    sources: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True)
class Shape:
    """Activations: ``batch`` samples of ``channels`` by ``height`` by ``width`` by ``deep``, in ``dims`` of them.

    A sequence has one dimension, its tokens along ``height``; an image two; a volume three [1].
    """

    batch: Number
    channels: int
    height: int
    width: int = 1
    deep: int = 1
    dims: int = 2

    @property
    def positions(self) -> int:
        """Positions of one sample [1]."""
        return self.height * self.width * self.deep

    @property
    def elements(self) -> Number:
        """Elements of the batch [1]."""
        return self.batch * self.channels * self.positions


@dataclass
class Builder:
    """Layers so far and the shape they end in; ``scale``, ``depth``, ``most`` scale widths and repeats [1]."""

    shape: Shape
    scale: float = 1.0
    depth: float = 1.0
    most: int = 0
    layers: list[Layer] = field(default_factory=list[Layer])
    kept: dict[str, Shape] = field(default_factory=dict[str, Shape])
    inputs: tuple[Shape, ...] = ()

    def take(self, sources: Sequence[str]) -> None:
        """Go on from the kept shapes; the first of them is the current one."""
        if sources:
            self.inputs = tuple(self.kept[name] for name in sources)
            self.shape = self.inputs[0]
        else:
            self.inputs = (self.shape,)

    def keep(self, label: str) -> None:
        """Keep the current shape under a label, unless it is empty."""
        if label:
            self.kept[label] = self.shape

    @property
    def batch(self) -> Number:
        """Samples of the current shape [1]."""
        return self.shape.batch

    @property
    def channels(self) -> int:
        """Channels of the current shape [1]."""
        return self.shape.channels

    @property
    def elements(self) -> Number:
        """Elements of the batch's activations at this point [1]."""
        return self.shape.elements

    def become(
        self, channels: int | None = None, height: int | None = None, width: int | None = None
    ) -> None:
        """Change the current shape without a layer; what is not given stays, other dimensions of one do too."""
        now = self.shape
        self.shape = replace(
            now,
            channels=now.channels if channels is None else channels,
            height=now.height if height is None else height,
            width=now.width if width is None else width,
        )

    def pooled(self) -> None:
        """Leave one position, without a layer."""
        self.shape = replace(self.shape, height=1, width=1, deep=1)

    def name(self, what: str) -> str:
        """Return a name with the layer's number."""
        return f"{len(self.layers) + 1} {what}"

    def window(self, kernel: int, stride: int, pad: int | None = None, up: bool = False) -> None:
        """Let a window of ``kernel`` pass with ``stride``, padded by half of itself unless told; rounded ``up``."""
        now = self.shape
        sizes = [now.height, now.width, now.deep]
        for i in range(now.dims):
            sizes[i] = strided(sizes[i], kernel, stride, pad, up)
        self.shape = replace(now, height=sizes[0], width=sizes[1], deep=sizes[2])

    def conv(
        self,
        channels: int,
        kernel: int,
        stride: int = 1,
        groups: int = 1,
        bias: bool = False,
        pad: int | None = None,
    ) -> None:
        """Add a convolution, padded so that only ``stride`` shrinks the image unless ``pad`` says otherwise."""
        before = self.shape
        self.window(kernel, stride, pad)
        pair = (before.channels, channels)
        places = (before.positions, self.shape.positions)
        what = self.name("conv " + "x".join([str(kernel)] * before.dims))
        taps = kernel**before.dims
        self.layers.append(convolution(what, self.batch, pair, taps, places, groups, bias))
        self.become(channels)

    def up_conv(self, channels: int, kernel: int, stride: int, bias: bool = True) -> None:
        """Add a transposed convolution that makes the image ``stride`` times as large."""
        before = self.shape
        self.grow(stride)
        pair = (before.channels, channels)
        places = (before.positions, self.shape.positions)
        taps = kernel**before.dims
        self.layers.append(transposed(self.name("up conv"), self.batch, pair, taps, places, bias))
        self.become(channels)

    def grow(self, factor: int) -> None:
        """Make the image ``factor`` times as large along each dimension, without a layer."""
        now = self.shape
        sizes = [now.height, now.width, now.deep]
        for i in range(now.dims):
            sizes[i] *= factor
        self.shape = replace(now, height=sizes[0], width=sizes[1], deep=sizes[2])

    def resize(self, factor: int) -> None:
        """Add the repetition of each element ``factor`` times along each dimension."""
        before = self.elements
        self.grow(factor)
        self.layers.append(pooling(self.name("upsample"), before, self.elements, 0.0))

    def pool(self, kernel: int, stride: int, pad: int | None = None, up: bool = False) -> None:
        """Add a pooling layer."""
        before = self.elements
        self.window(kernel, stride, pad, up)
        self.layers.append(pooling(self.name("pool"), before, self.elements, kernel**self.shape.dims))

    def batch_norm(self, activation: float = 1.0) -> None:
        """Add a batch norm and, unless its FLOPs are 0, an activation."""
        parameters = NORM_PARAMETERS * self.channels
        self.layers.append(norm(self.name("batch norm"), self.elements, parameters, folds=True))
        if activation:
            self.activate(activation)

    def layer_norm(self, parameters: float = NORM_PARAMETERS) -> None:
        """Add a norm over what is there, layer, group or instance norm, of some parameters per channel."""
        self.layers.append(norm(self.name("norm"), self.elements, parameters * self.channels))

    def activate(self, flops: float = 1.0) -> None:
        """Add an activation of some FLOPs per element."""
        self.layers.append(elementwise(self.name("activation"), self.elements, flops=flops))

    def add(self, operands: float = 2.0) -> None:
        """Add the sum with a shortcut."""
        self.layers.append(elementwise(self.name("add"), self.elements, operands=operands))

    def join(self, channels: int) -> None:
        """Lay parts of ``channels`` in all side by side; in fused execution they are written there at once."""
        self.become(channels)
        self.layers.append(concat(self.name("concat"), self.elements))

    def dense(self, channels: int, bias: bool = True) -> None:
        """Add a dense layer over the channels of each position."""
        rows = self.batch * self.shape.positions
        self.layers.append(dense(self.name("dense"), rows, self.channels, channels, bias))
        self.become(channels)

    def attend(self, heads: int, keys: int, width: float, sequences: Number | None = None) -> None:
        """Add an attention core of all positions with ``keys`` others, ``width`` elements per head [1].

        ``sequences``: of so many shorter sequences instead, each of ``keys`` positions.
        """
        queries = self.shape.positions if sequences is None else keys
        many = self.batch if sequences is None else sequences
        self.layers.append(attention(self.name("attention"), many, heads, queries, keys, width))

    def aside(self, shape: Shape | None = None) -> Builder:
        """Return a builder that adds to the same layers from another shape, for a branch."""
        return replace(self, shape=shape or self.shape)


def strided(size: int, kernel: int, stride: int, pad: int | None = None, up: bool = False) -> int:
    """Return the outputs along a dimension of ``size`` under a window padded by half of itself, or ``pad`` [1].

    >>> strided(75, 2, 2, 0), strided(75, 2, 2, 0, up=True), strided(5, 3, 1, 0)
    (37, 38, 3)
    """
    half = (kernel - 1) // 2 if pad is None else pad
    inside = (size + 2 * half - kernel) / stride
    return (math.ceil(inside) if up else math.floor(inside)) + 1


def rounded(width: float) -> int:
    """Return a scaled width as the nearest multiple of eight, never less than nine tenths of it [1].

    >>> rounded(32 * 1.4), rounded(1280 * 1.1)
    (48, 1408)
    """
    nearest = max(DIVISOR, int(width + DIVISOR / 2) // DIVISOR * DIVISOR)
    return nearest if nearest >= LEAST_KEPT * width else nearest + DIVISOR
