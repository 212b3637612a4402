"""Numbers as text, bars and axes of characters, colours."""

from __future__ import annotations

import doctest
import importlib
import io
import math

import pytest
from rich.console import Console

from tauplan.evaluate.answer import Rung
from tauplan.report import palette, text
from tauplan.report.blocks import Bar, Scale, Track, cut, grid
from tauplan.report.ladder import Axis, axis_of
from tauplan.tau import LEVELS

MODULES = ("blocks", "evidence", "ladder", "marks", "palette", "text")


@pytest.mark.parametrize("module", MODULES)
def test_examples_in_docstrings(module):
    result = doctest.testmod(importlib.import_module(f"tauplan.report.{module}"))
    assert result.attempted > 0
    assert result.failed == 0


def test_what_is_not_known_is_a_dash():
    nan = math.nan
    assert (text.time(None), text.time(nan), text.percent(nan), text.ratio(nan), text.ratio(None)) == (
        "–",
    ) * 5
    assert text.ratio(math.inf) == "× ∞"


def test_shares_of_nothing_are_zero():
    assert text.share(1.0, 0.0) == 0.0
    assert text.share(1.0, math.nan) == 0.0
    assert text.share(math.nan, 1.0) == 0.0
    assert text.share(1.0, 4.0) == 0.25


@pytest.mark.parametrize(
    ("bar", "drawn"),
    [
        (Bar(0.0), "        "),
        (Bar(1e-9), "▏       "),
        (Bar(0.5), "████    "),
        (Bar(7.0), "████████"),
        (Bar(0.5, start=0.25), "  ██    "),
        (Bar(1.0, start=1.0), "       █"),
        (Bar(0.5, glyph="░"), "░░░░    "),
        (Bar(0.5, mark=0.25), "██┃█    "),
        (Bar(0.5, mark=1.0), "████   ┃"),
    ],
)
def test_a_bar_fills_exactly_its_width(bar, drawn):
    assert bar.cells(8) == drawn


def test_a_track_puts_its_mark_over_the_guides():
    assert "".join(character for character, _ in Track(0.5, (0.0, 0.5, 1.0)).cells(9)) == "·   ●   ·"


def test_a_scale_leaves_out_labels_without_room():
    scale = Scale((("ps", 0.0), ("ns", 0.02), ("year", 1.0)))
    assert scale.cells(12) == "ps      year"


def test_the_ladder_axis_is_logarithmic_and_clipped():
    axis = Axis(1e-12, 1.0)
    assert [axis.position(at) for at in (1e-12, 1e-6, 1.0)] == [0.0, 0.5, 1.0]
    assert [axis.position(at) for at in (0.0, math.nan, 1e9, math.inf)] == [0.0, 0.0, 1.0, 1.0]


def test_the_ladder_axis_holds_every_rung():
    rungs = (Rung("transistor", "a gate", 3e-14), Rung("supply", "a fab", 1e9), Rung("wire", "none", 0.0))
    axis = axis_of(rungs)
    assert axis.low_s <= 3e-14
    assert axis.high_s >= 1e9
    assert axis_of(()).ticks()[0] == ("ps", 1e-12)


def test_tables_take_brackets_as_text():
    console = Console(width=40, record=True, file=io.StringIO())
    table = grid("ll", header=("[a]", "b"))
    table.add_row("[/nothing]", cut("[bold]x"))
    console.print(table)
    shown = console.export_text()
    assert "[/nothing]" in shown
    assert "[bold]x" in shown
    assert "[a]" in shown


def luminance(colour):
    """Relative luminance of a hex colour, after WCAG."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first, second):
    """Contrast of two hex colours, 1 to 21."""
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_colours_have_contrast(dark):
    ground = palette.literal(palette.token("ground"), dark)
    panel = palette.literal(palette.token("panel"), dark)
    for level in LEVELS:
        assert contrast(palette.literal(palette.token(level), dark), ground) >= 3.0, level
    for name in ("accent", "quiet", "sooner", "later"):
        assert contrast(palette.literal(palette.token(name), dark), ground) >= 3.0, name
    for name in ("ink", "soft", "link-text", "good", "bad"):
        for below in (ground, panel):
            assert contrast(palette.literal(palette.token(name), dark), below) >= 4.5, name


def test_terminal_colours_show_on_black_and_on_white():
    for level, colour in palette.TERMINAL.items():
        assert contrast(colour, "#000000") >= 3.0, level
        assert contrast(colour, "#ffffff") >= 2.9, level


def test_every_level_has_its_own_colour():
    for colours in (palette.LIGHT, palette.DARK, palette.TERMINAL):
        assert tuple(colours) == LEVELS
        assert len(set(colours.values())) == len(LEVELS)
    assert palette.token("no such level") == palette.token("quiet")
    assert palette.style("no such level") == ""


def test_literal_puts_every_colour_in():
    chart = {"a": [palette.token("wire"), {"b": palette.token("ink")}], "c": "as it is", "d": 1}
    assert palette.literal(chart) == {"a": ["#cc6a0a", {"b": "#1b1f26"}], "c": "as it is", "d": 1}
