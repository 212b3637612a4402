"""Heads of detectors, recommenders, and blocks of nets that see point clouds and rings of cameras."""

from __future__ import annotations

from tauplan.workload.net.blocks import Block
from tauplan.workload.net.builder import NORM_PARAMETERS, Builder, Shape, Stage
from tauplan.workload.net.layer import NORM_FLOPS, Layer, Sizes, elementwise, move, pooling, product

BOX = 4  # definition: sides of a box


def _dense_head(b: Builder, stage: Stage, stride: int) -> None:
    """Add RetinaNet's head on all inputs: four convolutions, then ``channels`` classes or boxes per anchor."""
    anchors, first = stage.heads, True
    for shape in b.inputs:
        for outputs in (stage.channels, BOX):
            side, begin = b.aside(shape), len(b.layers)
            for _ in range(stage.repeats):
                side.conv(shape.channels, 3, bias=True)
                side.activate()
            side.conv(anchors * outputs, 3, bias=True)
            if not first:
                b.layers[begin:] = [_shared(layer) for layer in b.layers[begin:]]
        first = False
    del stride


def _shared(layer: Layer) -> Layer:
    """Return a layer whose parameters another one has: it reads them as it would its own."""
    s = layer.sizes
    sizes = Sizes(
        s.m,
        s.n,
        s.k,
        s.groups,
        s.inputs + s.weights,
        s.outputs,
        0.0,
        0.0,
        s.vector,
        s.attends,
        s.direct,
        s.rides,
    )
    return Layer(layer.name, layer.kind, sizes)


def _box_head(b: Builder, stage: Stage, stride: int) -> None:
    """Add SSD's head on one map: ``heads`` boxes per position of ``channels`` classes each."""
    del stride
    for outputs in (stage.channels, BOX):
        b.aside().conv(stage.heads * outputs, 3, bias=True)


def _scale_norm(b: Builder, stage: Stage, stride: int) -> None:
    """Add a norm over channels with a learned scale for each."""
    del stage, stride
    b.layer_norm(1.0)


def _tables(b: Builder, stage: Stage, stride: int) -> None:
    """Add tables of ``expand`` rows in all, ``channels`` wide; each of ``heads`` features sums its rows.

    ``squeeze``: rows that a sample reads.
    """
    del stride
    width = stage.channels
    read, made = b.batch * stage.squeeze * width, b.batch * stage.heads * width
    b.layers.append(move(b.name("tables"), read, made, stage.expand * width))
    b.shape = Shape(b.batch, width * (stage.heads + 1), 1, dims=1)  # one more: the dense features


def _cross(b: Builder, stage: Stage, stride: int) -> None:
    """Add a crossing layer of rank ``channels``: two products whose result scales the input."""
    del stride
    width = b.channels
    b.dense(stage.channels, bias=False)
    b.dense(width)
    b.add(3.0)


def _pairs(b: Builder, stage: Stage, stride: int) -> None:
    """Add products of all pairs of ``channels`` vectors, beside the dense one."""
    del stride
    count = stage.channels
    width = b.channels // count
    b.layers.append(product(b.name("pairs"), count, count, width, b.batch))
    b.become(count * (count - 1) // 2 + width)


def _sparse(b: Builder, stage: Stage, stride: int) -> None:
    """Add a convolution of 27 taps in a volume that is almost empty, on ``squeeze`` occupied positions.

    ``heads``: taps that meet an occupied neighbour on average, ``kernel``: taps that weights are kept for.
    Points decide both; work per position is C_in·C_out for each tap that is met.
    """
    del stride
    inner, outer = b.channels, stage.channels
    sites, met = stage.squeeze * b.batch, float(stage.heads)
    sizes = Sizes(
        m=sites,
        n=float(outer),
        k=inner * met,
        groups=1.0,
        inputs=sites * inner * met,
        outputs=sites * outer,
        weights=float(inner * outer * stage.kernel),
    )
    b.layers.append(Layer(b.name("sparse conv"), "sparse convolution", sizes))
    b.layers.append(
        elementwise(b.name("batch norm"), sites * outer, flops=NORM_FLOPS, weights=NORM_PARAMETERS * outer)
    )
    b.become(outer)


def _sparse_residual(b: Builder, stage: Stage, stride: int) -> None:
    """Add two sparse convolutions and the sum with what went in."""
    _sparse(b, stage, stride)
    _sparse(b, stage, stride)
    b.layers.append(elementwise(b.name("add"), stage.squeeze * b.batch * stage.channels, operands=2.0))


def _grid(b: Builder, stage: Stage, stride: int) -> None:
    """Lay what was found on a dense plane of side ``kernel`` with ``channels``: a scatter."""
    del stride
    b.shape = Shape(b.kept["batch"].batch, stage.channels, stage.kernel, stage.kernel)
    b.layers.append(pooling(b.name("scatter"), b.elements, b.elements, 0.0))


def _lift(b: Builder, stage: Stage, stride: int) -> None:
    """Lift camera features to ``kernel`` depths and sum them in a plane of side ``heads``, ``channels`` deep."""
    del stride
    frustum = b.batch * b.shape.positions * stage.kernel * stage.channels
    b.shape = Shape(b.kept["batch"].batch, stage.channels, stage.heads, stage.heads)
    b.layers.append(pooling(b.name("lift"), frustum, b.elements, frustum / b.elements))


def _branches(b: Builder, stage: Stage, stride: int) -> None:
    """Add ``heads`` branches: a convolution of ``kernel`` to ``expand`` channels, then ``channels`` outputs."""
    del stride
    for _ in range(stage.heads):
        side = b.aside()
        side.conv(int(stage.expand), stage.kernel, bias=True)
        side.batch_norm()
        side.conv(stage.channels, stage.kernel, bias=True)


DETECTIVE: dict[str, Block] = {
    "box head": _box_head,
    "scale norm": _scale_norm,
    "tables": _tables,
    "cross": _cross,
    "pairs": _pairs,
    "sparse": _sparse,
    "sparse residual": _sparse_residual,
    "grid": _grid,
    "lift": _lift,
    "branches": _branches,
}
"""Blocks by the word that a stage uses for them."""
DETECTIVE_WHOLE: dict[str, Block] = {"dense head": _dense_head}
"""Blocks that take the repeats of their stage themselves."""
