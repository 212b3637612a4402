"""What decides a study: the best design for each value of each axis, and where the choice flips."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import RenderableType
from rich.text import Text

from tauplan.explore.outcome import Outcome
from tauplan.explore.prepared import Prepared
from tauplan.explore.space import Axis
from tauplan.report.blocks import grid, section
from tauplan.report.text import quantity

MOST = 8
"""Values of an axis that are shown."""


@dataclass(frozen=True)
class Choice:
    """One value of an axis: its best design, the first objective there, and how much worse than the best of all.

    ``flips`` names what else changes in the best design from the value before it.
    """

    label: str
    design: int
    value: float
    ratio: float
    flips: tuple[str, ...]


def deciding(prepared: Prepared, outcome: Outcome) -> dict[str, tuple[Choice, ...]]:
    """Return, for each axis with a choice, the best design of each of its values, in their order."""
    space, first = prepared.space, prepared.wanted.first
    found: dict[str, tuple[Choice, ...]] = {}
    least = min((value for told in outcome.by_axis.values() for value, _ in told.values()), default=0.0)
    for place, axis in enumerate(space.outer):
        told = outcome.by_axis.get(place, {})
        if len(axis) < 2 or not told:
            continue
        choices: list[Choice] = []
        before: dict[str, str] | None = None
        for digit in sorted(told):
            value, design = told[digit]
            labels = space.labels(design)
            flips = () if _is_parts(axis) else _changed(space.outer, axis, before, labels)
            choices.append(
                Choice(axis.labels[digit], design, first.sign * value, value / least if least else 1.0, flips)
            )
            before = labels
        found[axis.name] = tuple(choices)
    return found


def _is_parts(axis: Axis) -> bool:
    """Tell whether an axis lists parts: these have no order in which a choice could flip."""
    return all(len(setting) == 1 and isinstance(setting[0][1], str) for setting in axis.settings)


def _changed(
    axes: tuple[Axis, ...], here: Axis, before: dict[str, str] | None, now: dict[str, str]
) -> tuple[str, ...]:
    if before is None:
        return ()
    changed = [axis.name for axis in axes if axis is not here and before[axis.name] != now[axis.name]]
    return tuple(f"{name.rpartition('.')[2]}: {before[name]} → {now[name]}" for name in changed)


def deciding_view(prepared: Prepared, outcome: Outcome) -> RenderableType:
    """Return the axes with the best of each value, the axis that decides most first."""
    found = deciding(prepared, outcome)
    first = prepared.wanted.first
    table = grid("lrrl", header=["", first.label, "to the best", "where the best design flips"], shrink=3)
    for name, choices in sorted(found.items(), key=lambda item: -weight(item[1])):
        table.add_row(Text(name, style="bold"), "", "", "")
        for choice in _told(choices):
            ratio = f"{abs(choice.ratio) - 1:+.1%}"
            table.add_row(
                f"  {choice.label}", quantity(choice.value, first.unit), ratio, "; ".join(choice.flips)
            )
    return section("What decides", table, "the best design for each value of an axis")


def _told(choices: tuple[Choice, ...]) -> list[Choice]:
    """Return the values worth a line: all of a few, else the ends and those where the best design flips."""
    if len(choices) <= MOST:
        return list(choices)
    flips = [choice for choice in choices[1:-1] if choice.flips]
    if 0 < len(flips) <= MOST:
        return [choices[0], *flips, choices[-1]]
    return sorted(choices, key=lambda choice: abs(abs(choice.ratio) - 1.0))[:MOST]


def weight(choices: tuple[Choice, ...]) -> float:
    """Return how much the first objective moves over the values of an axis, over its best [1]."""
    ratios = [abs(choice.ratio) for choice in choices] or [1.0]
    return max(ratios) - min(ratios)
