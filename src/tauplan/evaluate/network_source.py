"""A network by whatever name it has: a described one of the catalogue's folder."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError, Problem
from tauplan.workload.net.layer import Layer
from tauplan.workload.net.zoo import find_net, net_layers


@dataclass(frozen=True)
class Network:
    """Layers of a batch, the format that the network comes in, and what to know about them."""

    name: str
    layers: tuple[Layer, ...]
    number_format: str
    notes: tuple[str, ...] = ()


def network_of(model: str, catalog: Catalog, batch: int, size: int | None, dims: tuple[str, ...]) -> Network:
    """Return the layers of a described network for a batch [samples] and an image or length ``size`` [1]."""
    if dims:
        raise InputError(
            Problem("a described network has no named dimensions", path="--set", value=", ".join(dims))
        )
    net = find_net(catalog.root, model)
    side = size or net.input
    unit = "tokens" if net.stages[0].block == "embedding" else "pixels"
    return Network(f"{net.name}, {side} {unit}", tuple(net_layers(net, float(batch), side)), "fp16")
