"""What a network asks for, layer by layer, and what binds it on a chip: numbers only, for any report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import Policy
from tauplan.chip.network import BINDS, layer_times, net_time
from tauplan.errors import InputError, Problem
from tauplan.evaluate.book import Book
from tauplan.evaluate.chip_rates import ChipFacts, resolve_chip
from tauplan.spec.workload import Precision
from tauplan.workload.formats import BYTES
from tauplan.workload.net.layer import Layer, stack


@dataclass(frozen=True)
class LayerFigures:
    """One layer: [count], [B], [FLOP/B]; ``time_s`` and ``binds`` where a chip was named."""

    name: str
    kind: str
    macs: float
    parameters: float
    bytes: float
    intensity: float
    time_s: float | None = None
    binds: str = ""


@dataclass(frozen=True)
class OnChip:
    """The whole network on one accelerator: [s], [samples/s], [J] per sample, seconds by what binds them."""

    part: str
    latency_s: float
    throughput: float
    energy_J: float
    bound_s: dict[str, float]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Inspection:
    """Layers and totals of a network for a batch; ``notes`` say what is not counted."""

    name: str
    batch: float
    number_format: str
    layers: tuple[LayerFigures, ...]
    macs: float
    flops: float
    parameters: float
    bytes: float
    chip: OnChip | None
    notes: tuple[str, ...] = ()


def inspect_layers(
    name: str,
    layers: Sequence[Layer],
    batch: float,
    number_format: str,
    catalog: Catalog,
    part: str | None = None,
    fused: bool = True,
    notes: tuple[str, ...] = (),
) -> Inspection:
    """Return the figures of layers in a number format, on a catalogued part if one is named.

    Errors: :class:`InputError` for no layers, an unknown format or part.
    """
    if not layers:
        raise InputError(Problem("the network computes nothing", value=name, expected="at least one layer"))
    if number_format not in BYTES:
        raise InputError(
            Problem("unknown number format", path="--format", value=number_format, expected=", ".join(BYTES))
        )
    sizes, element_B = stack(layers), BYTES[number_format]
    facts = None if part is None else _facts(Book(catalog, Policy()), part, number_format)
    chip, seconds, binds = None, None, None
    if facts is not None:
        times = layer_times(sizes, facts.rates, element_B, element_B, float(fused))
        whole = net_time(sizes, times, batch, facts.energy)
        seconds, binds = np.asarray(times.time), np.asarray(times.binds)
        chip = OnChip(
            facts.part,
            float(whole.latency),
            float(whole.throughput),
            float(whole.energy),
            dict(zip(BINDS, np.asarray(whole.bound).tolist(), strict=True)),
            (),
        )
    columns = (sizes.macs, sizes.parameters, sizes.bytes(element_B, element_B))
    macs, parameters, moved = (np.asarray(column, dtype=float) for column in columns)
    intensity = np.asarray(sizes.intensity(element_B, element_B), dtype=float)
    rows = tuple(
        LayerFigures(
            layer.name,
            layer.kind,
            float(macs[i]),
            float(parameters[i]),
            float(moved[i]),
            float(intensity[i]),
            None if seconds is None else float(seconds[i]),
            "" if binds is None or seconds is None or seconds[i] <= 0 else BINDS[int(binds[i])],
        )
        for i, layer in enumerate(layers)
    )
    return Inspection(
        name,
        batch,
        number_format,
        rows,
        macs=float(macs.sum()),
        flops=float(np.sum(sizes.flops)),
        parameters=float(parameters.sum()),
        bytes=float(moved.sum()),
        chip=chip,
        notes=notes,
    )


def _facts(book: Book, part: str, number_format: str) -> ChipFacts:
    """Return the accelerator's rates in one format for products and activations."""
    precision = Precision.model_validate({"weights": number_format, "activations": number_format})
    name = book.catalog.resolve(part).name
    return resolve_chip(book, name, precision, None)
