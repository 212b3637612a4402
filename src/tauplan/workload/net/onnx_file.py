"""ONNX files as plain graphs: values with shapes, nodes in order; what cannot be trusted is refused.

Weights are never needed: only their shapes count. External data is checked to lie beside the file and not read.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tauplan.errors import InputError, Problem
from tauplan.workload.net.onnx_shapes import inferred

OLDEST_OPSET = 7  # definition: broadcasting became implicit with it
LARGEST_FILE = 2**31  # definition: bytes that one protocol buffer can hold
LARGEST_TENSOR = 2**40  # definition: elements; no accelerator holds one
SMALL = 4096  # definition: initialisers up to this many elements may hold shapes and stay in memory
PAYLOADS = ("raw_data", "float_data", "int32_data", "int64_data", "double_data", "uint64_data", "string_data")
WORDS_OF_SUBGRAPHS = ("If", "Loop", "Scan", "SequenceMap")


@dataclass(frozen=True)
class Value:
    """A tensor of the graph: shape (None: depends on data), element type by name, known before any input?"""

    shape: tuple[int, ...] | None
    type: str
    constant: bool

    @property
    def elements(self) -> float:
        """Elements [count]; zero where the shape is not known."""
        return 0.0 if self.shape is None else float(math.prod(self.shape))


@dataclass(frozen=True)
class Node:
    """One operator: its values by name, "" for an input left out."""

    name: str
    op: str
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class Graph:
    """A checked graph: nodes in the order of execution, values by name, names of its true inputs."""

    name: str
    nodes: tuple[Node, ...]
    values: Mapping[str, Value]
    inputs: tuple[str, ...]
    opset: int
    batch: float = field(default=1.0)


def read_graph(path: Path, batch: int | None = None, dims: Mapping[str, int] | None = None) -> Graph:
    """Return the graph of an ONNX file; ``batch`` sets symbolic first dimensions of inputs, ``dims`` named ones.

    Errors: :class:`InputError` for what is no sound model: truncated, opset below 7, control flow, cycles, tensors
    of over 2^40 elements, external data outside the file's folder, symbolic dimensions left open.
    """
    onnx = _library()
    model = _parsed(onnx, path)
    place = str(path)
    opset = max((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), default=0)
    if opset < OLDEST_OPSET:
        _refuse("an operator set that is too old", place, f"opset {opset}", f"at least {OLDEST_OPSET}")
    if len(model.functions):
        model = importlib.import_module("onnx.inliner").inline_local_functions(model)
    graph = model.graph
    _check_control_flow(onnx, graph, place)
    _check_order(graph, place)
    _check_initializers(onnx, graph, path)
    inputs = _bind(graph, batch, dict(dims or {}), place)
    graph = _inferred(model, place)
    values = _values(onnx, graph, place)
    first = next((values[n].shape for n in inputs if values[n].shape), None)
    nodes = tuple(_node(onnx, i, node) for i, node in enumerate(graph.node))
    found = float(first[0]) if first else 1.0
    return Graph(path.name, nodes, _with_constants(nodes, values), inputs, opset, found)


def constant_bytes(path: Path) -> float:
    """Return the bytes of all weights and constants of an ONNX file [B]; control flow and open sizes may stay.

    Errors: :class:`InputError` for what is no model, or keeps data outside its folder.
    """
    onnx = _library()
    model = _parsed(onnx, path)
    _check_initializers(onnx, model.graph, path)
    return float(sum(_tensor_bytes(onnx, tensor) for tensor in _tensors(onnx, model.graph)))


def _tensors(onnx: Any, graph: Any) -> Iterable[Any]:
    """Yield initialisers and constants of a graph and of the branches in it."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.TENSOR:
                yield attribute.t
            elif attribute.type == onnx.AttributeProto.GRAPH:
                yield from _tensors(onnx, attribute.g)


def _tensor_bytes(onnx: Any, tensor: Any) -> float:
    if tensor.data_type == onnx.TensorProto.STRING:
        return float(sum(len(text) for text in tensor.string_data))
    try:
        size = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
    except (KeyError, TypeError, AttributeError):
        size = 1
    return float(math.prod(tensor.dims)) * size


def _library() -> Any:
    try:
        return importlib.import_module("onnx")
    except ImportError:
        raise InputError(
            Problem("reading ONNX files needs a library", expected="onnx", hint="pip install 'tauplan[onnx]'")
        ) from None


def _refuse(message: str, place: str, value: str = "", expected: str = "", hint: str = "") -> None:
    raise InputError(Problem(message, place=place, value=value, expected=expected, hint=hint))


def _parsed(onnx: Any, path: Path) -> Any:
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            _refuse("a file too large for one model", str(path), f"{size} B", f"at most {LARGEST_FILE} B")
        model = onnx.load_model_from_string(path.read_bytes())
    except OSError as error:
        raise InputError(Problem(f"cannot read the file: {error.strerror}", place=str(path))) from None
    except InputError:
        raise
    except Exception as error:  # the parser's own types differ by version of its library
        raise InputError(
            Problem(
                "not an ONNX model, or a truncated one",
                place=str(path),
                value=f"{type(error).__name__}",
                hint="export or download the file again",
            )
        ) from None
    if not len(model.graph.node):
        _refuse("not an ONNX model, or an empty one", str(path), expected="a graph with nodes")
    return model


def _check_control_flow(onnx: Any, graph: Any, place: str) -> None:
    kinds = (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS)
    held = [
        n for n in graph.node if n.op_type in WORDS_OF_SUBGRAPHS or any(a.type in kinds for a in n.attribute)
    ]
    if held:
        _refuse(
            "control flow: how often a branch runs depends on data",
            place,
            ", ".join(sorted({f"{n.op_type} '{n.name}'" for n in held})[:4]),
            "a graph without " + ", ".join(WORDS_OF_SUBGRAPHS),
            "export with constant folding, or the branch alone",
        )


def _check_order(graph: Any, place: str) -> None:
    known = {v.name for v in graph.input} | {t.name for t in graph.initializer}
    known |= {t.values.name for t in graph.sparse_initializer} | {""}
    made = {name for node in graph.node for name in node.output}
    for node in graph.node:
        late = [name for name in node.input if name not in known]
        if late:
            here = f"{node.op_type} '{node.name}' reads '{late[0]}'"
            if late[0] in made:
                _refuse("a cycle, or nodes out of order", place, here, "every value made before it is read")
            _refuse(
                "a value that nothing makes", place, here, "an input, an initialiser or an output before it"
            )
        twice = [name for name in node.output if name and name in known]
        if twice:
            _refuse("a value that is made twice", place, f"{node.op_type} '{node.name}' makes '{twice[0]}'")
        known.update(node.output)


def _check_initializers(onnx: Any, graph: Any, path: Path) -> None:
    """Check the tensors of weights, then forget what the large ones hold."""
    folder = path.resolve().parent
    for tensor in graph.initializer:
        elements = _elements(tensor.dims, str(path), tensor.name)
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            _check_external({e.key: e.value for e in tensor.external_data}, folder, str(path), tensor.name)
        if elements > SMALL:
            for payload in PAYLOADS:
                tensor.ClearField(payload)


def _check_external(told: Mapping[str, str], folder: Path, place: str, name: str) -> None:
    location = told.get("location", "")
    target = (folder / location).resolve()
    if not location or Path(location).is_absolute() or not target.is_relative_to(folder):
        _refuse(f"external data of '{name}' outside the file's folder", place, location, "a file beside it")
    try:
        end = int(told.get("offset", "0")) + int(told.get("length", "0"))
    except ValueError:
        end = -1
    if not target.is_file() or not 0 <= end <= target.stat().st_size:
        _refuse(f"external data of '{name}' that is missing or too short", place, location)


def _elements(dims: Iterable[int], place: str, name: str) -> int:
    sizes = list(dims)
    count = math.prod(sizes)
    if count > LARGEST_TENSOR or any(size < 0 for size in sizes):
        shown = " x ".join(map(str, sizes))
        _refuse(f"the tensor '{name}' has no possible size", place, shown, "at most 2^40 elements")
    return count


def _bind(graph: Any, batch: int | None, dims: dict[str, int], place: str) -> tuple[str, ...]:
    """Set the symbolic dimensions of the inputs; return the names of those that are no initialisers."""
    weights = {t.name for t in graph.initializer}
    inputs = [v for v in graph.input if v.name not in weights]
    left: list[Problem] = []
    used: set[str] = set()
    for value in inputs:
        for axis, dim in enumerate(value.type.tensor_type.shape.dim):
            told = dims.get(dim.dim_param)
            if dim.HasField("dim_value"):
                if axis == 0 and batch is not None and dim.dim_value != batch and len(inputs) == 1:
                    fixed = f"{dim.dim_value} in input '{value.name}'"
                    _refuse(
                        "the file fixes its batch", place, fixed, hint="leave --batch out, or export again"
                    )
            elif told is not None:
                used.add(dim.dim_param)
                dim.dim_value = told
            elif axis == 0:
                dim.dim_value = batch or dims.get("batch") or 1
            else:
                word = dim.dim_param or f"axis {axis}"
                left.append(
                    Problem(
                        "a symbolic dimension that is not set",
                        place=place,
                        path=value.name,
                        value=word,
                        hint=f"--set {dim.dim_param}=VALUE" if dim.dim_param else "export with a name for it",
                    )
                )
    for name in sorted(set(dims) - used - {"batch"}):
        left.append(Problem("no such symbolic dimension", place=place, path="--set", value=name))
    if left:
        raise InputError(left)
    return tuple(value.name for value in inputs)


def _inferred(model: Any, place: str) -> Any:
    """Return the graph with the shapes of all values that the library can tell."""
    graph = model.graph
    settled = [
        v for v in graph.value_info if all(d.HasField("dim_value") for d in v.type.tensor_type.shape.dim)
    ]
    del graph.value_info[:]
    graph.value_info.extend(settled)
    for value in graph.output:
        value.type.tensor_type.ClearField("shape")
    try:
        return inferred(model).graph
    except Exception as error:  # inference reports every contradiction as its own kind of error
        found = str(error).strip().splitlines()
        raise InputError(
            Problem("shapes that contradict each other", place=place, value=found[-1] if found else "")
        ) from None


def _values(onnx: Any, graph: Any, place: str) -> dict[str, Value]:
    names = onnx.TensorProto.DataType
    values: dict[str, Value] = {}
    for value in (*graph.input, *graph.value_info, *graph.output):
        kind = value.type.tensor_type
        shape = None
        if kind.HasField("shape") and all(d.HasField("dim_value") for d in kind.shape.dim):
            shape = tuple(int(d.dim_value) for d in kind.shape.dim)
            _elements(shape, place, value.name)
        values[value.name] = Value(shape, names.Name(kind.elem_type), False)
    for tensor in graph.initializer:
        values[tensor.name] = Value(tuple(tensor.dims), names.Name(tensor.data_type), True)
    return values


def _node(onnx: Any, index: int, node: Any) -> Node:
    attributes = {
        a.name: onnx.helper.get_attribute_value(a)
        for a in node.attribute
        if a.type in (onnx.AttributeProto.INT, onnx.AttributeProto.INTS, onnx.AttributeProto.STRING)
    }
    name = node.name or f"{node.op_type} {index + 1}"
    domain = "" if node.domain == "ai.onnx" else node.domain
    return Node(name, node.op_type, domain, tuple(node.input), tuple(node.output), attributes)


def _with_constants(nodes: Iterable[Node], values: dict[str, Value]) -> dict[str, Value]:
    """Return the values, those marked constant that depend on no input; shapes are known before any input too."""
    known = dict(values)
    for node in nodes:
        read = [known[name] for name in node.inputs if name in known]
        complete = len(read) == sum(1 for name in node.inputs if name)
        fixed = node.op in ("Shape", "Size") or (
            complete and all(value.constant for value in read) and not node.op.startswith("Random")
        )
        kept = min((v.type for v in read[:1]), default="FLOAT") if node.op == "DequantizeLinear" else ""
        for name in node.outputs:
            old = known.get(name, Value(None, "UNDEFINED", False))
            known[name] = Value(old.shape, kept if fixed and kept else old.type, fixed)
    return known
