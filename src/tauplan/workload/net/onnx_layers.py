"""From nodes of an ONNX graph to layers: products by their shapes, everything else by a table of operators."""

from __future__ import annotations

import csv
import functools
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tauplan.workload.net.layer import Layer, Sizes, convolution, dense
from tauplan.workload.net.onnx_file import Graph, Node, Value

NUMBERS = frozenset(
    ("FLOAT", "FLOAT16", "BFLOAT16", "DOUBLE", "INT8", "UINT8", "INT4", "UINT4", "FLOAT8E4M3FN", "FLOAT8E5M2")
)
"""Element types of parameters; integers of 32 and 64 bits hold shapes and indices."""
NOT_TRAINED = 3  # definition: inputs of a batch norm from this one on are running statistics
INTEGER_PRODUCTS = frozenset(("QLinearConv", "ConvInteger", "QLinearMatMul", "MatMulInteger"))


@dataclass(frozen=True)
class Imported:
    """Layers of a graph, the format of its products, and notes on what they do not hold."""

    layers: tuple[Layer, ...]
    number_format: str
    notes: tuple[str, ...]
    unknown_macs: float


class _Reader:
    """Sees one node's values through the graph and counts every parameter once."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.counted: set[str] = set()

    def value(self, name: str) -> Value:
        return self.graph.values.get(name, Value(None, "UNDEFINED", False))

    def inputs(self, node: Node) -> list[Value]:
        return [self.value(name) for name in node.inputs if name]

    def shape(self, node: Node, index: int) -> tuple[int, ...]:
        shape = self.value(node.inputs[index]).shape if index < len(node.inputs) else None
        if shape is None:
            raise _UnknownShapeError
        return shape

    def output(self, node: Node) -> tuple[int, ...]:
        shape = self.value(node.outputs[0]).shape
        if shape is None:
            raise _UnknownShapeError
        return shape

    def parameters(self, node: Node) -> tuple[float, float]:
        """Return parameters read, and of those the ones that no node before has counted."""
        last = NOT_TRAINED if node.op == "BatchNormalization" else len(node.inputs)
        names = [
            n for n in node.inputs[:last] if n and self.value(n).constant and self.value(n).type in NUMBERS
        ]
        new = [n for n in names if n not in self.counted]
        self.counted.update(new)
        return sum(self.value(n).elements for n in names), sum(self.value(n).elements for n in new)


class _UnknownShapeError(Exception):
    """A shape that depends on data."""


def graph_layers(graph: Graph, root: Path) -> Imported:
    """Return the layers of a graph; operators that are not known keep their traffic and a bound on their share.

    The bound takes an unknown operator for a dense contraction of its two largest inputs A, B into C, which has at
    most √(|A|·|B|·|C|) multiply-adds (Loomis and Whitney, 1949). ``root``: the catalogue's folder.
    """
    table, reader = operators(root), _Reader(graph)
    layers: list[Layer] = []
    unknown: Counter[str] = Counter()
    unsized: Counter[str] = Counter()
    bound = 0.0
    for node in graph.nodes:
        if all(reader.value(name).constant for name in node.outputs if name):
            continue
        word = f"{node.domain}.{node.op}" if node.domain else node.op
        try:
            layer = _layer(reader, node, table)
        except _UnknownShapeError:
            unsized[word] += 1
            continue
        except (IndexError, ZeroDivisionError):
            layer = None
        if layer is None:
            unknown[word] += 1
            bound += _bound(reader, node)
            layer = Layer(node.name, "unknown", _traffic(reader, node))
        if layer.kind != "free":
            layers.append(_shared(layer, reader, node))
    known = sum(float(layer.sizes.macs) for layer in layers)
    return Imported(tuple(layers), _format(graph), _notes(unknown, unsized, bound, known, layers), bound)


def _layer(reader: _Reader, node: Node, table: dict[str, tuple[str, float]]) -> Layer | None:
    if node.op in PRODUCTS and node.domain == "":
        return PRODUCTS[node.op](reader, node)
    if node.op not in table:
        return None
    kind, flops = table[node.op]
    if kind == "free":
        return Layer(node.name, kind, Sizes())
    out = math.prod(reader.output(node))
    sizes = _traffic(reader, node)
    if kind == "pooling":
        window = node.attributes.get("kernel_shape")
        taps = math.prod(window) if window else math.prod(reader.shape(node, 0)) / max(out, 1)
        return Layer(node.name, kind, replace(sizes, vector=out * taps))
    if kind == "reduction":
        return Layer(node.name, kind, replace(sizes, vector=flops * sizes.inputs))
    if kind == "move":  # only what is asked for is read, as of a table
        sizes = replace(sizes, inputs=min(float(sizes.inputs), float(out)), weights=0.0, tables=sizes.weights)
    rides = 1.0 if kind == "element-wise" or node.op == "BatchNormalization" else 0.0
    return Layer(node.name, kind, replace(sizes, vector=flops * out, rides=rides))


def _traffic(reader: _Reader, node: Node) -> Sizes:
    """Return what a node reads and writes: activations, and parameters among its inputs."""
    inner = sum(value.elements for value in reader.inputs(node) if not value.constant)
    outer = sum(reader.value(name).elements for name in node.outputs if name)
    weights = sum(v.elements for v in reader.inputs(node) if v.constant and v.type in NUMBERS)
    return Sizes(inputs=inner, outputs=outer, weights=weights)


def _shared(layer: Layer, reader: _Reader, node: Node) -> Layer:
    """Return a layer whose parameters are those not counted before: shared ones are read again, not held twice."""
    read, new = reader.parameters(node)
    held = float(layer.sizes.tables)
    if held:
        return replace(layer, sizes=replace(layer.sizes, tables=new))
    return replace(layer, sizes=replace(layer.sizes, weights=read, tables=new - read))


def _conv(reader: _Reader, node: Node) -> Layer:
    x, y = reader.shape(node, 0), reader.output(node)
    w = reader.shape(node, 3 if node.op == "QLinearConv" else 1)
    groups = float(node.attributes.get("group", 1))
    bias = node.op == "Conv" and len(node.inputs) > 2 and bool(node.inputs[2])
    places = (float(math.prod(x[2:])), float(math.prod(y[2:])))
    return convolution(
        node.name, float(x[0]), (float(x[1]), float(w[0])), float(math.prod(w[2:])), places, groups, bias
    )


def _transposed(reader: _Reader, node: Node) -> Layer:
    x, w, y = reader.shape(node, 0), reader.shape(node, 1), reader.output(node)
    groups = float(node.attributes.get("group", 1))
    sizes = Sizes(
        m=float(x[0] * math.prod(x[2:])),
        n=float(w[1] * math.prod(w[2:])),
        k=x[1] / groups,
        groups=groups,
        inputs=float(math.prod(x)),
        outputs=float(math.prod(y)),
        weights=float(math.prod(w)),
        direct=1.0 if groups > 1 else 0.0,
    )
    return Layer(node.name, "transposed convolution", sizes)


def _gemm(reader: _Reader, node: Node) -> Layer:
    a, b = reader.shape(node, 0), reader.shape(node, 1)
    m, k = reversed(a) if node.attributes.get("transA") else a
    n = b[0] if node.attributes.get("transB") else b[1]
    return _product(reader, node, m, n, k, 1)


def _matmul(reader: _Reader, node: Node) -> Layer:
    second = 3 if node.op == "QLinearMatMul" else 1
    a, b, y = reader.shape(node, 0), reader.shape(node, second), reader.output(node)
    k = a[-1]
    n = b[-1] if len(b) > 1 else 1
    if len(b) <= 2:
        return _product(reader, node, math.prod(a[:-1]), n, k, 1)
    m = a[-2] if len(a) > 1 else 1
    return _product(reader, node, m, n, k, math.prod(y) // max(m * n, 1))


def _einsum(reader: _Reader, node: Node) -> Layer | None:
    words = node.attributes.get("equation", b"").decode("ascii", "replace").replace(" ", "")
    left, arrow, out = words.partition("->")
    terms = left.split(",")
    if not arrow or len(terms) != 2 or "." in words or any(len(set(t)) != len(t) for t in terms):
        return None
    sizes = {i: size for at in range(2) for i, size in zip(terms[at], reader.shape(node, at), strict=True)}
    a, b, c = set(terms[0]), set(terms[1]), set(out)
    extents = [
        math.prod(sizes[i] for i in found) for found in ((a & c) - b, (b & c) - a, (a | b) - c, a & b & c)
    ]
    return _product(reader, node, *extents)


def _product(reader: _Reader, node: Node, m: float, n: float, k: float, groups: float) -> Layer:
    sizes = replace(_traffic(reader, node), m=float(m), n=float(n), k=float(k), groups=float(groups))
    if float(sizes.weights) > 0:
        return replace(dense(node.name, 1.0, 1.0, 1.0), sizes=sizes)
    return Layer(node.name, "product", sizes)


def _recurrent(reader: _Reader, node: Node) -> Layer:
    x, w, r = (reader.shape(node, i) for i in range(3))
    axis = 1 if node.attributes.get("layout") else 0
    steps, batch = x[axis], x[1 - axis]
    sizes = replace(
        _traffic(reader, node),
        m=float(batch),
        n=float(w[1]),
        k=float(w[2] + r[2]),
        groups=float(steps * w[0]),
    )
    return Layer(node.name, "recurrent", sizes)


PRODUCTS: dict[str, Callable[[_Reader, Node], Layer | None]] = {
    "Conv": _conv,
    "QLinearConv": _conv,
    "ConvInteger": _conv,
    "ConvTranspose": _transposed,
    "Gemm": _gemm,
    "MatMul": _matmul,
    "MatMulInteger": _matmul,
    "QLinearMatMul": _matmul,
    "Einsum": _einsum,
    "LSTM": _recurrent,
    "GRU": _recurrent,
    "RNN": _recurrent,
}
"""Operators that hold a matrix product."""


def _bound(reader: _Reader, node: Node) -> float:
    """Return the multiply-adds of a dense contraction of a node's two largest inputs into its outputs [count]."""
    read = sorted((value.elements for value in reader.inputs(node)), reverse=True)[:2] or [0.0]
    made = sum(reader.value(name).elements for name in node.outputs if name)
    return math.sqrt(read[0] * read[-1] * made)


def _notes(
    unknown: Counter[str], unsized: Counter[str], bound: float, known: float, layers: list[Layer]
) -> tuple[str, ...]:
    notes: list[str] = []
    if unknown:
        share = bound / (known + bound) if bound else 0.0
        listed = ", ".join(f"{op} x {count}" for op, count in sorted(unknown.items()))
        notes.append(
            f"operators not known: {listed}; their traffic is counted, their multiply-adds are not: "
            f"as dense contractions at most {bound:.3g}, {share:.2%} of the whole"
        )
    if unsized:
        listed = ", ".join(f"{op} x {count}" for op, count in sorted(unsized.items()))
        notes.append(f"not counted and without a bound, since sizes depend on data: {listed}")
    if any(layer.kind == "recurrent" for layer in layers):
        notes.append("recurrent layers are timed as if their steps ran side by side: a lower bound")
    return tuple(notes)


def _format(graph: Graph) -> str:
    if any(node.op in INTEGER_PRODUCTS for node in graph.nodes):
        return "int8"
    types = [graph.values[name].type for name in graph.inputs]
    return {"FLOAT16": "fp16", "BFLOAT16": "bf16"}.get(next((t for t in types if "FLOAT" in t), ""), "fp32")


@functools.cache
def operators(root: Path) -> dict[str, tuple[str, float]]:
    """Return kind and FLOPs per output element [FLOP] of the operators without a product."""
    with (root / "nets" / "onnx_ops.csv").open(newline="", encoding="utf-8") as file:
        return {row["op"]: (row["kind"], float(row["flops"])) for row in csv.DictReader(file)}
