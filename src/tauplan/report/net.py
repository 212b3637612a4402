"""A network's layers as a table: what each asks for and, on a chip, how long it takes and what binds it."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tauplan import units
from tauplan.evaluate.inspection import Inspection, LayerFigures
from tauplan.report import text

SHOWN = 15
"""Layers of the short view: the slowest, or the heaviest where no chip is named."""


def net_view(found: Inspection, full: bool = False) -> Group:
    """Return totals and layers; all of them, or those that matter most in the order of the network."""
    body: list[RenderableType] = [Text(found.name, style="bold"), Text(_totals(found))]
    if found.chip is not None:
        body.append(Text(_on_chip(found)))
    body.append(_layers(found, full))
    body += [Text(f"note: {note}", style="dim") for note in found.notes]
    return Group(*body)


def _totals(found: Inspection) -> str:
    return (
        f"batch {found.batch:g}, {found.number_format}: {len(found.layers)} layers, "
        f"{found.parameters / 1e6:.4g} M parameters, {found.macs / 1e9:.4g} GMACs, "
        f"{units.format(found.bytes, 'B')} moved, {found.flops / max(found.bytes, 1.0):.3g} FLOP/B"
    )


def _on_chip(found: Inspection) -> str:
    chip = found.chip
    if chip is None:
        return ""
    shares = ", ".join(
        f"{name} {text.percent(text.share(seconds, chip.latency_s))}"
        for name, seconds in sorted(chip.bound_s.items(), key=lambda item: -item[1])
        if seconds > 0
    )
    return (
        f"on {chip.part}: {text.time(chip.latency_s)}, {chip.throughput:.4g} samples/s, "
        f"{text.energy(chip.energy_J)} per sample; bound by {shares}"
    )


def _layers(found: Inspection, full: bool) -> Table:
    timed = found.chip is not None
    ranked = sorted(
        range(len(found.layers)), key=lambda i: (-(found.layers[i].time_s or 0.0), -found.layers[i].macs)
    )
    kept = range(len(found.layers)) if full else sorted(ranked[:SHOWN])
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    for head in ("layer", "kind"):
        table.add_column(head)
    for head in ("MMACs", "parameters", "bytes", "FLOP/B", *(("time", "share") if timed else ())):
        table.add_column(head, justify="right", no_wrap=True)
    if timed:
        table.add_column("bound by")
    for i in kept:
        table.add_row(*_cells(found.layers[i], found))
    left = len(found.layers) - len(kept)
    if left:
        table.caption = f"{left} lighter layers not shown; --full lists all"
    return table


def _cells(layer: LayerFigures, found: Inspection) -> list[str]:
    cells = [
        layer.name,
        layer.kind,
        f"{layer.macs / 1e6:.4g}" if layer.macs else "",
        f"{layer.parameters:,.0f}" if layer.parameters else "",
        units.format(layer.bytes, "B"),
        f"{layer.intensity:.3g}",
    ]
    if found.chip is not None:
        seconds = layer.time_s or 0.0
        share = text.percent(text.share(seconds, found.chip.latency_s))
        cells += [text.time(seconds), share, layer.binds or "in the kernel before"]
    return cells
