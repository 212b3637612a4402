"""A training step of a network: the layers forward, their gradients backward, the update of the weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.workload.net.layer import Layer, Sizes

BACKWARD_PRODUCTS = 2.5  # definition: five products of a fused attention's backward pass to two forward
READS, WRITES = 3.0, 2.0  # definition: weight, gradient and momentum are read, weight and momentum written
UPDATE_FLOPS = 4.0  # definition: scale and add momentum, scale and add the weight


def training_layers(layers: Sequence[Layer]) -> list[Layer]:
    r"""Return the layers of a training step with momentum [1].

    A product C[m,n] = A[m,k]·B[k,n] has two backward: dA[m,k] = dC·Bᵀ, which the first one does not need, and
    dB[k,n] = Aᵀ·dC; in all MACs are three times those of inference less the first layer's. Work per element
    goes back over what it read and wrote. Source: the chain rule.
    """
    backward: list[Layer] = []
    first = next((i for i, layer in enumerate(layers) if np.any(layer.sizes.groups > 0)), -1)
    for i, layer in reversed(list(enumerate(layers))):
        backward += _backward(layer, first=i == first)
    return [*layers, *backward, _update(layers)]


def kept_elements(sizes: Sizes) -> Number:
    """Return the activations that wait for the backward pass [1]: outputs of all layers but what runs in place.

    What runs in place rides and has no parameters: activations, sums.
    """
    in_place = (np.asarray(sizes.rides) > 0) & (np.asarray(sizes.weights) <= 0)
    return np.sum(np.where(in_place, 0.0, sizes.outputs), axis=0)


def _backward(layer: Layer, first: bool) -> list[Layer]:
    s = layer.sizes
    if not np.any(np.asarray(s.groups) > 0):
        moved = Sizes(inputs=s.outputs + s.inputs, outputs=s.inputs, vector=2.0 * s.vector, rides=s.rides)
        return [Layer(f"{layer.name}, gradient", layer.kind, moved)]
    if np.any(np.asarray(s.attends) > 0):
        wide = replace(s, k=BACKWARD_PRODUCTS * s.k, inputs=s.inputs + 2.0 * s.outputs, outputs=s.inputs)
        return [Layer(f"{layer.name}, gradient", layer.kind, wide)]
    data = replace(s, n=s.k, k=s.n, inputs=s.outputs, outputs=s.inputs, vector=0.0)
    weight = replace(
        s, m=s.k, k=s.m, inputs=s.inputs + s.outputs, outputs=s.weights, weights=0.0, tables=0.0, vector=0.0
    )
    found = [Layer(f"{layer.name}, gradient of weights", layer.kind, weight)]
    return found if first else [Layer(f"{layer.name}, gradient", layer.kind, _read(data)), *found]


def _read(sizes: Sizes) -> Sizes:
    """Return sizes whose weights are read without being counted as parameters a second time."""
    return replace(sizes, inputs=sizes.inputs + sizes.weights, weights=0.0, tables=0.0)


def _update(layers: Sequence[Layer]) -> Layer:
    weights = sum(np.sum(np.asarray(layer.sizes.weights)) for layer in layers)
    sizes = Sizes(inputs=READS * weights, outputs=WRITES * weights, vector=UPDATE_FLOPS * weights)
    return Layer("update of weights", "element-wise", sizes)
