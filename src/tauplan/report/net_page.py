"""A network's layers for a page: totals, what binds on a chip, every layer."""

from __future__ import annotations

from tauplan import units
from tauplan.evaluate.inspection import Inspection
from tauplan.language import _, told
from tauplan.report.elements import Html, element, paragraph, raw, table, text
from tauplan.report.text import energy, percent, share, time


def net_article(found: Inspection) -> Html:
    """Return a network: its totals, and every layer with time and bound where a chip is named."""
    chip = found.chip
    said = _(
        "batch {batch}, {format}: {layers} layers, {parameters} M parameters, {macs} GMACs, {bytes} moved"
    ).format(
        batch=f"{found.batch:g}",
        format=found.number_format,
        layers=len(found.layers),
        parameters=f"{found.parameters / 1e6:.4g}",
        macs=f"{found.macs / 1e9:.4g}",
        bytes=units.format(found.bytes, "B"),
    )
    parts = [element("h1", text(found.name)), paragraph(said, "summary")]
    if chip is not None:
        bound = sorted(chip.bound_s.items(), key=lambda item: -item[1])
        shares = ", ".join(f"{told(name)} {percent(share(s, chip.latency_s))}" for name, s in bound if s > 0)
        words = _("On {part}: {time}, {rate} samples/s, {energy} per sample; bound by {shares}.").format(
            part=chip.part,
            time=time(chip.latency_s),
            rate=f"{chip.throughput:.4g}",
            energy=energy(chip.energy_J),
            shares=shares,
        )
        parts.append(paragraph(words, "verdict"))
    parts += [paragraph(note, "warning") for note in found.notes]
    columns = ["layer", "kind", "MMACs", "parameters", "bytes", "FLOP/B"]
    sides = "llrrrr"
    if chip is not None:
        columns += ["time", "share", "bound by"]
        sides += "rrl"
    rows: list[tuple[str, ...]] = []
    for layer in found.layers:
        cells = (
            layer.name, layer.kind, f"{layer.macs / 1e6:,.4g}", f"{layer.parameters:,.0f}",
            units.format(layer.bytes, "B"), f"{layer.intensity:.3g}",
        )  # fmt: skip
        if chip is not None:
            cells += (time(layer.time_s), percent(share(layer.time_s or 0.0, chip.latency_s)), layer.binds)
        rows.append(cells)
    parts.append(table(columns, rows, sides))
    return raw("<article>", *parts, "</article>\n")
