"""An answer for the terminal: compact by default, complete on demand."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from tauplan.evaluate.answer import Answer
from tauplan.language import told
from tauplan.report.blocks import Beside, section
from tauplan.report.comparison import comparison_view
from tauplan.report.evidence import claims_section, identity_lines, interval_section, warning_lines
from tauplan.report.hints import hints
from tauplan.report.parts import part_view, parts_view
from tauplan.report.sections import (
    figures_section,
    headline,
    headroom_section,
    ladder_section,
    memory_section,
    odds_section,
    operators_section,
    owned_section,
    parts_section,
    supply_section,
    waterfall_section,
)

__all__ = ["answer_view", "comparison_view", "part_view", "parts_view"]


def answer_view(answer: Answer, full: bool = False) -> Group:
    """Return an answer as tables.

    The compact view fits about 60 lines of 100 columns; ``full`` prints every level, operator, claim and
    driver. An infeasible design gets its status, reason, memory map and what to try.
    """
    body = _feasible(answer, full) if answer.status == "ok" else _infeasible(answer)
    return Group(*body, *warning_lines(answer), *identity_lines(answer, full))


def _feasible(answer: Answer, full: bool) -> Iterator[RenderableType]:
    yield headline(answer)
    yield figures_section(answer, full)
    if answer.ladder:
        yield ladder_section(answer)
    yield owned_section(answer, full)
    left: list[RenderableType] = [waterfall_section(answer, full), memory_section(answer, full)]
    right: list[RenderableType] = [parts_section("Cost", answer.cost_parts, "USD")]
    right.append(parts_section("Energy", answer.energy_parts, "J"))
    if answer.supply_chain:
        right.append(supply_section(answer))
    if answer.supply_odds is not None:
        right.append(odds_section(answer.supply_odds))
    wide: list[RenderableType] = []
    if answer.operators:
        (wide if full else left).append(operators_section(answer, full))
    if answer.headroom:
        (wide if full else right).append(headroom_section(answer, full))
    yield Beside(Group(*left), Group(*right))
    yield from wide
    if answer.interval is not None:
        yield interval_section(answer, answer.interval, full)
    yield claims_section(answer, full)


def _infeasible(answer: Answer) -> Iterator[RenderableType]:
    yield Text(answer.name, style="bold")
    yield Text(told(answer.summary), style="dim")
    yield Text.assemble((told("Infeasible: "), "bold red"), told(answer.reason))
    if answer.memory_parts:
        yield memory_section(answer)
    ways = hints(answer)
    if ways:
        yield section("What could help", Text("\n".join(f"- {told(way)}" for way in ways)))
