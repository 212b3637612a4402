"""What a reader should know of a designed chip: too large a die, too much heat, a fold that gains or loses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tauplan.chip.designed import period
from tauplan.evaluate.book import Book
from tauplan.evaluate.designed_chip import Clock, DesignedChip, cooled_clock, resolve_fold
from tauplan.evaluate.silicon import WAFER
from tauplan.spec.system import Design

MM2 = 1e-6  # definition: square millimetre


def note_design(book: Book, design: Design, chip: DesignedChip) -> None:
    """Add remarks on one design to the book; batches are left alone."""
    field = book.number(WAFER, "field_width") * book.number(WAFER, "field_height")
    if any(np.ndim(value) for value in (chip.area_m2, chip.sustained, chip.unit_USD, field)):
        return
    die_m2 = float(chip.footprint_m2) / design.chiplets
    if die_m2 > float(field):
        book.note(f"a die of {die_m2 / MM2:.0f} mm2 is larger than a lithography field")
    if float(chip.sustained) < 1.0:
        book.note(f"cooling holds the clock at {float(chip.sustained):.0%} of its nominal value")
    if chip.shrink is not None:
        clock, net = fold_gain(book, design, chip)
        verdict = "gains" if net > 0 else "loses"
        book.note(
            f"folding onto {design.tiers} tiers: wires of a stage {float(chip.shrink.stage) - 1.0:+.1%}, clock "
            f"{clock:+.1%}, with heat {net:+.1%} against flat dies: it {verdict} in clock; heat aside, it breaks "
            f"even at a bond pitch of {break_even_pitch(book, design, chip) / MICROMETRE:.1f} um"
        )


def break_even_pitch(book: Book, design: Design, chip: DesignedChip) -> float:
    """Return the bond pitch at which the folded stage is as long as the flat one [m], heat aside.

    Found by bisection between a tenth of and a hundred micrometres; an end where there is no such pitch.
    """
    low, high = FINEST_M, COARSEST_M
    for _ in range(HALVINGS):
        middle = (low * high) ** 0.5
        coarser = design.model_copy(update={"bond_pitch": middle})
        fold, _ = resolve_fold(book, chip.clock.node, coarser, chip.clock.span_m)
        flat, folded = (_period(replace(chip.clock, fold=one)) for one in (replace(fold, tiers=1.0), fold))
        low, high = (middle, high) if folded < flat else (low, middle)
    return (low * high) ** 0.5


FINEST_M = 0.1e-6  # definition: finest pitch at which the break-even is sought
COARSEST_M = 100e-6  # definition: coarsest
HALVINGS = 12  # definition: steps of that search; a pitch within 0.2 %
MICROMETRE = 1e-6  # definition: unit of the remark


def _period(parts: Clock) -> float:
    """Return the period of a clock [s]."""
    return float(
        period(
            parts.node.fo4_s,
            parts.node.rc_s_per_m2,
            parts.node,
            parts.depth,
            parts.span_m,
            parts.fold,
            parts.sram_s,
            parts.sram_cycles,
        )
    )


def fold_gain(book: Book, design: Design, chip: DesignedChip) -> tuple[float, float]:
    """Return what folding does to the clock [1]: at nominal power, and as cooled; against the flat die."""
    parts = chip.clock
    flat = replace(parts, fold=replace(parts.fold, tiers=1.0))
    periods = [_period(flat), _period(parts)]
    cooled = float(cooled_clock(book, design.cooling, chip.power, 1.0, chip.area_m2))
    clock = periods[0] / periods[1]
    return clock - 1.0, clock * float(chip.sustained) / max(cooled, float(parts.sustained)) - 1.0
