"""Shapes of an ONNX graph: the library's inference, helped where a file computes its shapes with nodes."""

from __future__ import annotations

import importlib
import math
from typing import Any

ROUNDS = 12  # definition: each round settles the shapes that hang on those of the round before
FEW = 4096  # definition: elements of a tensor that may hold a shape
FOLDED = frozenset(
    (
        "Shape", "Size", "Gather", "Unsqueeze", "Squeeze", "Concat", "Cast", "Mul", "Add", "Sub", "Div",
        "Slice", "ConstantOfShape", "Range", "Reshape", "Identity", "Equal", "Where", "Expand", "Floor", "Ceil",
        "Max", "Min", "Mod", "ReduceProd", "Tile", "Transpose", "ScatterND",
    )
)  # fmt: skip
"""Operators that files compute shapes with."""


def inferred(model: Any) -> Any:
    """Return the model with the shapes of all values that can be told.

    Where the library leaves shapes open, nodes that compute small tensors from known ones are replaced by what
    they give, and inference runs again. Errors: the library's own, for shapes that contradict each other.
    """
    inference = importlib.import_module("onnx.shape_inference")
    found = inference.infer_shapes(model, strict_mode=True, data_prop=True)
    for _ in range(ROUNDS):
        if not _open(found.graph) or not _fold(found.graph, model.opset_import):
            break
        found = inference.infer_shapes(found, strict_mode=True, data_prop=True)
    return found


def _open(graph: Any) -> bool:
    """Tell whether any node writes a value without a settled shape."""
    known = {v.name for v in (*graph.value_info, *graph.output) if _settled(v) is not None}
    return any(name and name not in known for node in graph.node for name in node.output[:1])


def _settled(value: Any) -> tuple[int, ...] | None:
    kind = value.type.tensor_type
    if not kind.HasField("shape") or not all(d.HasField("dim_value") for d in kind.shape.dim):
        return None
    return tuple(d.dim_value for d in kind.shape.dim)


def _fold(graph: Any, opsets: Any) -> bool:
    """Replace nodes whose small results are known by constants; tell whether any was."""
    onnx = importlib.import_module("onnx")
    shapes = {v.name: _settled(v) for v in (*graph.input, *graph.value_info, *graph.output)}
    shapes |= {t.name: tuple(t.dims) for t in graph.initializer}
    known: dict[str, Any] = {
        t.name: onnx.numpy_helper.to_array(t)
        for t in graph.initializer
        if math.prod(t.dims) <= FEW and t.data_location != onnx.TensorProto.EXTERNAL
    }
    changed = False
    for i, node in enumerate(graph.node):
        if node.op_type == "Constant":
            for attribute in node.attribute:
                if attribute.name == "value" and math.prod(attribute.t.dims) <= FEW:
                    known[node.output[0]] = onnx.numpy_helper.to_array(attribute.t)
            continue
        value = _result(onnx, node, known, shapes, opsets)
        if value is None:
            continue
        name = node.output[0]
        known[name] = value
        tensor = onnx.numpy_helper.from_array(value, name)
        graph.node[i].CopyFrom(onnx.helper.make_node("Constant", [], [name], value=tensor))
        changed = True
    return changed


def _result(onnx: Any, node: Any, known: dict[str, Any], shapes: dict[str, Any], opsets: Any) -> Any:
    """Return what a node gives where its inputs are known and small, else None."""
    if node.op_type not in FOLDED or node.domain not in ("", "ai.onnx") or len(node.output) != 1:
        return None
    numpy = importlib.import_module("numpy")
    if node.op_type == "Shape" and not node.attribute:
        shape = shapes.get(node.input[0])
        return None if shape is None else numpy.array(shape, dtype=numpy.int64)
    if not all(name == "" or name in known for name in node.input):
        return None
    inputs = {name: known[name] for name in node.input if name}
    graph = onnx.helper.make_graph(
        [node],
        "one",
        [onnx.helper.make_tensor_value_info(n, onnx.helper.np_dtype_to_tensor_dtype(v.dtype), v.shape)
         for n, v in inputs.items()],
        [onnx.helper.make_empty_tensor_value_info(node.output[0])],
    )  # fmt: skip
    try:
        reference = importlib.import_module("onnx.reference")
        (value,) = reference.ReferenceEvaluator(onnx.helper.make_model(graph, opset_imports=opsets)).run(
            None, inputs
        )
    except Exception:  # an operator of an older set than the evaluator's: its shape stays open
        return None
    return value if value.size <= FEW else None
