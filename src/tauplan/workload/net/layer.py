"""Layers of a network: multiply-adds, elements moved and parameters for a batch, before any chip is named.

Sizes may be arrays, such as one value per batch size. A layer is at most one (grouped) matrix product, with
whatever its vector units do beside it; its time is the business of ``chip.network``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.workload.operators import Gemm

NORM_FLOPS = 4.0  # definition: subtract, scale, multiply, add per element
SOFTMAX_FLOPS = 4.0  # definition: maximum, subtract, exponential, divide per element


@dataclass(frozen=True)
class Sizes:
    """What a layer computes and moves; scalars or arrays [1].

    ``m``, ``n``, ``k``, ``groups``: its product C[m,n] = A[m,k]·B[k,n], zero groups where it has none;
    ``inputs``, ``outputs``: elements of activations read and written; ``weights``: parameters that are read,
    ``tables``: parameters of which only some rows are; ``vector``: FLOPs on the vector units [FLOP].
    Marks, 0 or 1: ``attends``, the product is an attention core; ``direct``, a convolution in groups, which
    vector units may do without a product; ``rides``, work per element that fused execution does inside the
    kernel before it.
    """

    m: Number = 1.0
    n: Number = 1.0
    k: Number = 1.0
    groups: Number = 0.0
    inputs: Number = 0.0
    outputs: Number = 0.0
    weights: Number = 0.0
    tables: Number = 0.0
    vector: Number = 0.0
    attends: Number = 0.0
    direct: Number = 0.0
    rides: Number = 0.0

    @property
    def macs(self) -> Number:
        """Multiply-adds of the product [count]."""
        return self.m * self.n * self.k * self.groups

    @property
    def flops(self) -> Number:
        """FLOPs: two per multiply-add, and those of the vector units [FLOP]."""
        return 2.0 * self.macs + self.vector

    @property
    def parameters(self) -> Number:
        """Parameters [count]."""
        return self.weights + self.tables

    def bytes(self, activation_B: Number, weight_B: Number) -> Number:
        """Return the compulsory memory traffic [B]: activations and parameters once, at bytes per element."""
        return (self.inputs + self.outputs) * activation_B + self.weights * weight_B

    def intensity(self, activation_B: Number, weight_B: Number) -> Number:
        """Return FLOPs per byte of compulsory traffic [FLOP/B], zero where nothing moves."""
        moved = self.bytes(activation_B, weight_B)
        return self.flops / np.where(moved > 0, moved, 1.0)


@dataclass(frozen=True)
class Layer:
    """A named layer of one kind: convolution, dense, product, attention, pooling, norm, element-wise, move."""

    name: str
    kind: str
    sizes: Sizes


@dataclass(frozen=True)
class ImplicitGemm(Gemm):
    """A product whose operand A is gathered on the way in, as convolutions do: ``memory_B`` is what moves [B]."""

    memory_B: Number = 0.0

    @property
    def bytes(self) -> Number:
        """Memory traffic [B]: the image, not the k-fold copy of it that the product sees."""
        return self.memory_B


def stack(layers: Sequence[Layer]) -> Sizes:
    """Return the sizes of all layers as arrays [1], layers along the first axis, batches along the others."""
    columns = {
        field.name: [np.asarray(getattr(layer.sizes, field.name), dtype=float) for layer in layers]
        for field in fields(Sizes)
    }
    shape: Number = np.broadcast_shapes(*(one.shape for column in columns.values() for one in column))
    return Sizes(
        **{name: np.stack([np.broadcast_to(v, shape) for v in one]) for name, one in columns.items()}
    )


def convolution(
    name: str,
    batch: Number,
    channels: tuple[Number, Number],
    taps: Number,
    positions: tuple[Number, Number],
    groups: Number = 1.0,
    bias: bool = False,
) -> Layer:
    """Return a convolution as implicit GEMM: m = batch·outputs, n = C_out/groups, k = C_in·taps/groups.

    ``channels`` and ``positions`` (of the image: height · width, any number of dimensions) in and out [1];
    ``taps``: elements of the kernel. Depthwise: as many groups as channels. Source: any textbook.
    """
    inner, outer = channels
    one = 1.0 if bias else 0.0
    sizes = Sizes(
        m=batch * positions[1],
        n=outer / groups,
        k=inner / groups * taps,
        groups=groups,
        inputs=batch * inner * positions[0],
        outputs=batch * outer * positions[1],
        weights=outer * (inner / groups * taps + one),
        vector=one * batch * outer * positions[1],
        direct=np.where(np.asarray(groups) > 1, 1.0, 0.0),
    )
    whole = float(np.max(groups)) == 1.0
    deep = bool(np.all(np.asarray(groups) == np.asarray(inner)))
    kind = "convolution" if whole else "depthwise convolution" if deep else "grouped convolution"
    return Layer(name, kind, sizes)


def transposed(
    name: str,
    batch: Number,
    channels: tuple[Number, Number],
    taps: Number,
    positions: tuple[Number, Number],
    bias: bool = False,
) -> Layer:
    """Return a transposed convolution: each input meets all ``taps``, m = batch·inputs, n = C_out·taps [1]."""
    inner, outer = channels
    one = 1.0 if bias else 0.0
    sizes = Sizes(
        m=batch * positions[0],
        n=outer * taps,
        k=inner,
        groups=1.0,
        inputs=batch * inner * positions[0],
        outputs=batch * outer * positions[1],
        weights=outer * (inner * taps + one),
        vector=one * batch * outer * positions[1],
    )
    return Layer(name, "transposed convolution", sizes)


def dense(name: str, rows: Number, inner: Number, outer: Number, bias: bool = True) -> Layer:
    """Return a dense layer: ``rows`` vectors of ``inner`` elements to ``outer`` [1], parameters in·out + out."""
    one = 1.0 if bias else 0.0
    sizes = Sizes(
        m=rows,
        n=outer,
        k=inner,
        groups=1.0,
        inputs=rows * inner,
        outputs=rows * outer,
        weights=outer * (inner + one),
        vector=one * rows * outer,
    )
    return Layer(name, "dense", sizes)


def product(name: str, m: Number, n: Number, k: Number, groups: Number = 1.0) -> Layer:
    """Return ``groups`` products of two activations, such as the scores of an unfused attention [1]."""
    moved = (m * k + k * n) * groups
    return Layer(name, "product", Sizes(m=m, n=n, k=k, groups=groups, inputs=moved, outputs=m * n * groups))


def attention(
    name: str, sequences: Number, heads: Number, queries: Number, keys: Number, width: Number
) -> Layer:
    """Return a fused attention core: scores, softmax and weighted sum of ``width`` elements per head [1].

    MACs = 2·sequences·heads·queries·keys·width; queries, keys, values and outputs move once.
    """
    groups = sequences * heads
    sizes = Sizes(
        m=queries,
        n=keys,
        k=2.0 * width,
        groups=groups,
        inputs=groups * (queries + 2.0 * keys) * width,
        outputs=groups * queries * width,
        vector=SOFTMAX_FLOPS * groups * queries * keys,
        attends=1.0,
    )
    return Layer(name, "attention", sizes)


def pooling(name: str, inputs: Number, outputs: Number, taps: Number) -> Layer:
    """Return a pooling layer: ``taps`` elements make one of ``outputs`` [1]."""
    return Layer(name, "pooling", Sizes(inputs=inputs, outputs=outputs, vector=outputs * taps))


def norm(name: str, elements: Number, parameters: Number = 0.0, folds: bool = False) -> Layer:
    """Return a norm over ``elements`` [1]; one with fixed statistics (batch norm) ``folds`` into what precedes."""
    sizes = Sizes(
        inputs=elements,
        outputs=elements,
        weights=parameters,
        vector=NORM_FLOPS * elements,
        rides=1.0 if folds else 0.0,
    )
    return Layer(name, "norm", sizes)


def elementwise(
    name: str, outputs: Number, operands: Number = 1.0, flops: Number = 1.0, weights: Number = 0.0
) -> Layer:
    """Return work per element: ``operands`` arrays of the size of ``outputs`` are read [1], [FLOP] per output."""
    sizes = Sizes(
        inputs=operands * outputs, outputs=outputs, weights=weights, vector=flops * outputs, rides=1.0
    )
    return Layer(name, "element-wise", sizes)


def move(name: str, inputs: Number, outputs: Number, tables: Number = 0.0) -> Layer:
    """Return a layer that only moves elements: transpose, concatenate, rows of ``tables`` parameters [1]."""
    return Layer(name, "move", Sizes(inputs=inputs, outputs=outputs, tables=tables))


def concat(name: str, elements: Number) -> Layer:
    """Return parts laid side by side, ``elements`` in all [1]: fused execution writes them there at once."""
    return Layer(name, "move", Sizes(inputs=elements, outputs=elements, rides=1.0))
