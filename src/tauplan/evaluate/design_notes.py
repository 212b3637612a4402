"""What a reader should know of a designed chip: too large a die, too much heat, a fold that gains or loses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tauplan.chip.designed import period
from tauplan.evaluate.book import Book
from tauplan.evaluate.designed_chip import DesignedChip, cooled_clock
from tauplan.evaluate.silicon import WAFER
from tauplan.spec.system import Design

MM2 = 1e-6  # definition: square millimetre


def note_design(book: Book, design: Design, chip: DesignedChip) -> None:
    """Add remarks on one design to the book; batches are left alone."""
    field = book.number(WAFER, "field_width") * book.number(WAFER, "field_height")
    if any(np.ndim(value) for value in (chip.area_m2, chip.sustained, chip.unit_USD, field)):
        return
    if float(chip.footprint_m2) > float(field):
        book.note(f"a die of {float(chip.footprint_m2) / MM2:.0f} mm2 is larger than a lithography field")
    if float(chip.sustained) < 1.0:
        book.note(f"cooling holds the clock at {float(chip.sustained):.0%} of its nominal value")
    if chip.shrink is not None:
        clock, net = fold_gain(book, design, chip)
        verdict = "gains" if net > 0 else "loses"
        book.note(
            f"folding onto {design.tiers} tiers: wires of a stage {float(chip.shrink.stage) - 1.0:+.1%}, clock "
            f"{clock:+.1%}, with heat {net:+.1%} against one flat die: it {verdict} in clock"
        )


def fold_gain(book: Book, design: Design, chip: DesignedChip) -> tuple[float, float]:
    """Return what folding does to the clock [1]: at nominal power, and as cooled; against the flat die."""
    parts = chip.clock
    flat = replace(parts, fold=replace(parts.fold, tiers=1.0))
    periods = [
        float(
            period(
                one.node.fo4_s,
                one.node.rc_s_per_m2,
                one.node,
                one.depth,
                one.span_m,
                one.fold,
                one.sram_s,
                one.sram_cycles,
            )
        )
        for one in (flat, parts)
    ]
    cooled = float(cooled_clock(book, design.cooling, chip.power, 1.0, chip.area_m2))
    clock = periods[0] / periods[1]
    return clock - 1.0, clock * float(chip.sustained) / max(cooled, float(parts.sustained)) - 1.0
