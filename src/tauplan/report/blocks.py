"""Building blocks of the terminal view: bars, marks on a log axis, spans, blocks side by side.

Each block draws itself to the width that the console gives it, so that one view serves 80 and 200 columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import StyleType
from rich.table import Table
from rich.text import Text

from tauplan.language import told

EIGHTHS = " ▏▎▍▌▋▊▉"
NARROWEST, WIDEST = 6, 60
SIDE_BY_SIDE = 96  # columns from which two blocks are put next to each other
GAP = 3


@dataclass(frozen=True)
class Bar:
    """A bar from ``start`` to ``end``, and a line at ``mark``: shares of the full width between 0 and 1."""

    end: float
    style: str = ""
    start: float = 0.0
    glyph: str = "█"
    mark: float | None = None

    def cells(self, width: int) -> str:
        """Return the bar in eighths of a character, at least one eighth where there is an amount.

        >>> Bar(0.5).cells(4)
        '██  '
        >>> Bar(1.0, start=0.5).cells(4)
        '  ██'
        """
        low, high = (min(max(share, 0.0), 1.0) for share in (self.start, self.end))
        if low == 0.0 and self.glyph == "█":
            eighths = max(round(high * width * 8), 1 if high > 0 else 0)
            full, rest = divmod(eighths, 8)
            drawn = "█" * full + (EIGHTHS[rest] if rest else "")
        else:  # a block glyph fills from the left, so a bar can only start on a whole cell
            first = min(round(low * width), width - 1)
            drawn = " " * first + self.glyph * max(round(high * width) - first, 1)
        drawn = drawn.ljust(width)
        if self.mark is None:
            return drawn
        place = min(round(self.mark * width), width - 1)
        return drawn[:place] + "┃" + drawn[place + 1 :]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        yield Segment(self.cells(min(options.max_width, WIDEST)), console.get_style(self.style or "none"))

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(NARROWEST, min(options.max_width, WIDEST))


@dataclass(frozen=True)
class Track:
    """A mark at ``position`` (0 to 1) on a line with faint guides at ``guides``."""

    position: float
    guides: Sequence[float]
    style: str = ""

    def cells(self, width: int) -> list[tuple[str, bool]]:
        """Return each character with whether it is the mark."""
        line = [" "] * width
        for guide in self.guides:
            line[round(guide * (width - 1))] = "·"
        mark = round(self.position * (width - 1))
        line[mark] = "●"
        return [(character, place == mark) for place, character in enumerate(line)]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        mark, guide = console.get_style(self.style or "none"), console.get_style("dim")
        for character, marked in self.cells(options.max_width):
            yield Segment(character, mark if marked else guide)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(16, options.max_width)


@dataclass(frozen=True)
class Scale:
    """The tick labels above a :class:`Track`: (label, position); a label without room is left out."""

    ticks: Sequence[tuple[str, float]]

    def cells(self, width: int) -> str:
        """Return the labels, each beginning at its tick, the last ones shifted to stay inside."""
        line = ""
        for label, position in self.ticks:
            place = min(round(position * (width - 1)), width - len(label))
            if place >= len(line) + (1 if line else 0):
                line = line.ljust(place) + label
        return line.ljust(width)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        yield Segment(self.cells(options.max_width), console.get_style("dim"))

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(16, options.max_width)


@dataclass(frozen=True)
class Beside:
    """Two blocks next to each other where the console is wide enough, else one below the other."""

    left: RenderableType
    right: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        if options.max_width < SIDE_BY_SIDE:
            yield Group(self.left, self.right)
            return
        grid = Table.grid(expand=True, padding=(0, GAP, 0, 0), pad_edge=False)
        grid.add_column(ratio=1)
        grid.add_column(ratio=1)
        grid.add_row(self.left, self.right)
        yield grid


def heading(title: str, note: str = "") -> Text:
    """Return a section's title after a blank line, with a faint note."""
    return Text.assemble(("\n" + told(title), "bold"), (f"  {told(note)}" if note else "", "dim"))


def section(title: str, body: RenderableType, note: str = "") -> Group:
    """Return a title above a block."""
    return Group(heading(title, note), body)


def cut(text: str, style: str = "") -> Text:
    """Return text that is shortened with an ellipsis rather than wrapped; markup in it stays as it is."""
    return Text(told(text), style=style, no_wrap=True, overflow="ellipsis")


def filled_text(sentence: str, **values: tuple[str, str]) -> Text:
    """Return a sentence, in the language in use already, with styled words in place of its ``{fields}``."""
    pieces = re.split(r"(\{\w+\})", sentence)
    return Text.assemble(*(values[piece[1:-1]] if piece[:1] == "{" else piece for piece in pieces))


def said(block: RenderableType | None) -> RenderableType | None:
    """Return a text in one style in the language in use; anything else as it is."""
    if not isinstance(block, Text) or block.spans:
        return block
    other = block.copy()
    other.plain = told(block.plain)
    return other


class _PlainTable(Table):
    """A table that takes text as it is: a name with brackets in it is not markup."""

    def add_row(
        self,
        *renderables: RenderableType | None,
        style: StyleType | None = None,
        end_section: bool = False,
    ) -> None:
        cells = (Text(told(cell)) if isinstance(cell, str) else said(cell) for cell in renderables)
        super().add_row(*cells, style=style, end_section=end_section)


def grid(
    sides: str, *, bar: int | None = None, shrink: int = 0, header: Sequence[str] = (), titled: bool = False
) -> Table:
    """Return a borderless table with one column per letter of ``sides``: "l" left, "r" right.

    Column ``bar`` takes the width that is left. Column ``shrink`` gives way first where there is too little:
    fill it with :func:`cut` to shorten its text, or with plain text to wrap it. With ``titled`` the first header
    is the title of the table.
    """
    table = _PlainTable(box=None, expand=bar is not None, show_header=bool(header), pad_edge=False)
    table.padding = (0, 2, 0, 0)
    for place, side in enumerate(sides):
        words = Text(told(header[place]), style="bold" if titled and not place else "dim") if header else ""
        table.add_column(
            words,
            justify="right" if side == "r" else "left",
            ratio=1 if place == bar else None,
            no_wrap=place not in (shrink, bar),
        )
    table.header_style = ""
    return table
