"""A network on one accelerator, whatever is known of it: from its layers, or from its totals."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tauplan.catalog.lookup import Catalog
from tauplan.chip.activations import BACKWARD, ChipPeaks, batch_time
from tauplan.chip.network import BINDS, layer_times
from tauplan.chip.rates import ChipRates
from tauplan.errors import InputError
from tauplan.evaluate.book import Book
from tauplan.evaluate.chip_rates import OTHER, ChipFacts
from tauplan.evaluate.net_runtime import Coefficients, Look
from tauplan.evaluate.network_source import network_of
from tauplan.tau import Number
from tauplan.workload.formats import BYTES
from tauplan.workload.net.layer import Layer, Sizes, stack
from tauplan.workload.net.totals import NetTotals, find_totals
from tauplan.workload.net.training import kept_elements

STATE_B = 8.0  # definition: gradient and momentum of four bytes each
TRAINER = "PyTorch recipes"
"""Runtime whose coefficients stand for training where only totals are known."""
RUNTIME = "TensorRT"
"""Runtime whose coefficients stand for compiled inference where only totals are known."""


@dataclass(frozen=True)
class LayeredNet:
    """A network whose layers are described or read from a file."""

    name: str
    model: str
    catalog: Catalog
    folder: Path
    size: int | None
    dims: tuple[str, ...]
    chip: ChipRates
    element_B: float
    training: bool = False

    def layers(self, batch: int) -> tuple[Layer, ...]:
        """Return the layers for a batch."""
        return self._layers(batch, self.training)

    def _layers(self, batch: int, training: bool) -> tuple[Layer, ...]:
        return network_of(self.model, self.catalog, batch, self.size, self.dims, self.folder, training).layers

    def sizes(self, batch: int) -> Sizes:
        """Return the sizes of all layers for a batch."""
        return stack(self.layers(batch))

    def time(self, batch: int) -> float:
        """Return the time of a batch, one layer after another [s]."""
        times = layer_times(self.sizes(batch), self.chip, self.element_B, self.element_B)
        return float(np.sum(times.time))

    def bound(self, batch: int) -> dict[str, float]:
        """Return the seconds of a batch by what binds its layers [s]."""
        times = layer_times(self.sizes(batch), self.chip, self.element_B, self.element_B)
        return {
            name: float(np.sum(np.where(np.asarray(times.binds) == i, times.time, 0.0)))
            for i, name in enumerate(BINDS)
        }

    def work(self, batch: int) -> tuple[float, float]:
        """Return FLOPs and bytes moved by a batch [FLOP], [B]."""
        sizes = self.sizes(batch)
        times = layer_times(sizes, self.chip, self.element_B, self.element_B)
        return float(np.sum(sizes.flops)), float(np.sum(times.bytes))

    def held_B(self, batch: int) -> float:
        """Return weights, and the inputs and outputs of the layer that holds most of them [B].

        In training all outputs are kept, and weights have their gradients and momenta in FP32.
        """
        if self.training:
            sizes = stack(self._layers(batch, training=False))
            states = float(np.sum(sizes.parameters)) * (self.element_B + STATE_B)
            return states + float(kept_elements(sizes)) * self.element_B
        sizes = self.sizes(batch)
        live = np.max(np.asarray(sizes.inputs) + np.asarray(sizes.outputs))
        return float(np.sum(sizes.parameters) + live) * self.element_B


@dataclass(frozen=True)
class ListedNet:
    """A network of which only the totals are listed."""

    name: str
    totals: NetTotals
    look: Coefficients
    peaks: ChipPeaks
    training: bool = False

    def time(self, batch: int) -> float:
        """Return the time of a batch in a compiled runtime, or of a training step in an eager one [s]."""
        rates, back = self.look.rates("peak_share"), float(self.training)
        return float(batch_time(self.totals, float(batch), rates, self.peaks, back))

    def work(self, batch: int) -> tuple[float, float]:
        """Return FLOPs and bytes moved by a batch [FLOP], [B]."""
        rates = self.look.rates("peak_share")
        moved = rates.passes * self.totals.activations * batch + self.totals.parameters
        passes = BACKWARD if self.training else 1.0
        flops = 2.0 * float(self.totals.macs) * batch
        return passes * flops, passes * float(moved) * float(self.peaks.element_B)

    def held_B(self, batch: int) -> float:
        """Return weights, and all activations over the number of products, twice [B]; all of them in training."""
        if self.training:
            states = float(self.totals.parameters) * (float(self.peaks.element_B) + STATE_B)
            return states + float(self.totals.activations) * batch * float(self.peaks.element_B)
        live = 2.0 * self.totals.activations * batch / np.maximum(self.totals.products, 1.0)
        return float(self.totals.parameters + live) * float(self.peaks.element_B)


def net_timer(
    book: Book,
    facts: ChipFacts,
    model: str,
    number_format: str,
    folder: Path,
    size: int | None = None,
    dims: tuple[str, ...] = (),
    training: bool = False,
) -> LayeredNet | ListedNet:
    """Return a network on an accelerator; errors: :class:`InputError` for one that is not known."""
    catalog = book.catalog
    element_B = float(BYTES[number_format])
    try:
        found = network_of(model, catalog, 1, size, dims, folder, training)
    except InputError:
        totals = find_totals(catalog.root, model, size)
        if totals is None or model.casefold().endswith(".onnx"):
            raise
        runtime = TRAINER if training else RUNTIME
        book.note(f"{model}: only its totals are listed; time as {runtime} executes such networks")
        look, peaks = Coefficients(_look(book), runtime, ""), _peaks(book, facts, element_B)
        return ListedNet(model, totals, look, peaks, training)
    return LayeredNet(found.name, model, catalog, folder, size, dims, facts.rates, element_B, training)


def _look(book: Book) -> Look:
    def look(part: str, field: str) -> str | Number | None:
        if book.catalog.find(part) is None:
            return None
        return book.text(part, field) or (book.optional(part, field) if book.has(part, field) else None)

    return look


def _peaks(book: Book, facts: ChipFacts, element_B: float) -> ChipPeaks:
    generation = book.catalog.resolve(facts.part).generation or OTHER
    units = book.number(facts.part, "units", (generation, "units"), (OTHER, "units"))
    return ChipPeaks(facts.peak_gemm_s, facts.peak_memory_s, facts.period_s / units, element_B)
