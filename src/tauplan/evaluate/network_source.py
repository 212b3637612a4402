"""A network by whatever name it has: an ONNX file, or a described one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError, Problem
from tauplan.workload.net.layer import Layer
from tauplan.workload.net.training import training_layers
from tauplan.workload.net.zoo import find_net, net_layers


@dataclass(frozen=True)
class Network:
    """Layers of a batch [samples], the format that the network comes in, and what to know about them."""

    name: str
    layers: tuple[Layer, ...]
    batch: float
    number_format: str
    notes: tuple[str, ...] = ()


def network_of(
    model: str,
    catalog: Catalog,
    batch: int | None,
    size: int | None,
    dims: tuple[str, ...],
    folder: Path | None = None,
    training: bool = False,
) -> Network:
    """Return the layers of a network for a batch [samples] and an image or length ``size`` [1].

    ``training``: of a training step; ``dims``: symbolic dimensions of an ONNX file as NAME=VALUE; ``folder``:
    where a relative path of a file starts. Errors: :class:`InputError`.
    """
    if training:
        net = network_of(model, catalog, batch, size, dims, folder)
        return replace(net, name=f"{net.name}, training", layers=tuple(training_layers(net.layers)))
    if model.casefold().endswith(".onnx"):
        if size is not None:
            raise InputError(
                Problem("a file has its own sizes", path="--size", value=str(size), hint="--set DIM=VALUE")
            )
        return _imported((folder or Path()) / model, catalog, batch, _dims(dims))
    if dims:
        raise InputError(
            Problem("a described network has no named dimensions", path="--set", value=", ".join(dims))
        )
    net = find_net(catalog.root, model)
    side = size or net.input
    unit = "pixels" if net.dims > 1 else "tokens" if net.stages[0].block == "embedding" else "positions"
    layers = tuple(net_layers(net, float(batch or 1), side))
    return Network(f"{net.name}, {side} {unit}", layers, float(batch or 1), "fp16")


def _imported(path: Path, catalog: Catalog, batch: int | None, dims: dict[str, int]) -> Network:
    from tauplan.workload.net.onnx_file import read_graph
    from tauplan.workload.net.onnx_layers import graph_layers

    graph = read_graph(path, batch, dims)
    found = graph_layers(graph, catalog.root)
    return Network(path.name, found.layers, graph.batch, found.number_format, found.notes)


def _dims(texts: tuple[str, ...]) -> dict[str, int]:
    found: dict[str, int] = {}
    bad: list[Problem] = []
    for text in texts:
        name, _, value = text.rpartition("=")
        if name and value.isdecimal() and int(value) > 0:
            found[name] = int(value)
        else:
            bad.append(Problem("not a dimension", path="--set", value=text, expected="NAME=WHOLE NUMBER"))
    if bad:
        raise InputError(bad)
    return found
