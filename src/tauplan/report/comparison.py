"""Answers side by side: ratios, and which level made the difference."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tauplan import units
from tauplan.evaluate.answer import Answer
from tauplan.report.text import time

ROWS: tuple[tuple[str, str, Callable[[Answer], float | None]], ...] = (
    ("time to result", "s", lambda a: a.time_to_result_s),
    ("  supply", "s", lambda a: a.supply_s),
    ("  run", "s", lambda a: a.run_s),
    ("step", "s", lambda a: a.step_s),
    ("TTFT", "s", lambda a: a.ttft_s),
    ("TPOT", "s", lambda a: a.tpot_s),
    ("energy", "J", lambda a: a.energy_J),
    ("power", "W", lambda a: a.power_W),
    ("cost of the run", "USD", lambda a: a.cost_USD),
)


def comparison_view(answers: Sequence[Answer]) -> Group:
    """Return answers in columns; the first is the baseline of every ratio."""
    views: list[RenderableType] = [_figures(answers), _levels(answers)]
    views += [Text(sentence) for sentence in verdicts(answers)]
    return Group(*views)


def verdicts(answers: Sequence[Answer]) -> list[str]:
    """Return one sentence per design: how it differs from the baseline, and through which level."""
    base, *others = answers
    sentences: list[str] = []
    for other in others:
        if base.status != "ok" or other.status != "ok":
            sentences.append(f"\n{other.name}: no comparison, {other.reason or base.reason}")
            continue
        change = {level: other.owned_s[level] - base.owned_s[level] for level in base.owned_s}
        level = max(change, key=lambda name: abs(change[name]))
        delta = other.time_to_result_s - base.time_to_result_s
        word = "later" if delta > 0 else "sooner"
        verb = "costs" if change[level] > 0 else "saves"
        sentences.append(
            f"\n{other.name} is ready {time(abs(delta))} {word} than {base.name}"
            f" (x {other.time_to_result_s / base.time_to_result_s:.3g}); the largest difference is"
            f" {level}, which {verb} {time(abs(change[level]))}."
        )
    return sentences


def _columns(title: str, answers: Sequence[Answer]) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 1)
    )
    table.add_column("", no_wrap=True)
    for i, answer in enumerate(answers):
        table.add_column(answer.name, justify="right", overflow="fold")
        if i:
            table.add_column("ratio", justify="right", no_wrap=True)
    return table


def _figures(answers: Sequence[Answer]) -> Table:
    table = _columns("Side by side; ratios to the first", answers)
    for label, unit, read in ROWS:
        values = [read(answer) for answer in answers]
        if any(value is not None for value in values):
            table.add_row(label, *_cells(values, unit))
    table.add_row("bound by", *_spread([answer.bound_by or answer.status for answer in answers]))
    return table


def _levels(answers: Sequence[Answer]) -> Table:
    table = _columns("\nOwned seconds of the time to result", answers)
    for level in answers[0].owned_s:
        values = [answer.owned_s[level] for answer in answers]
        if any(value > 0 for value in values):
            table.add_row(level, *_cells([*values], "s"))
    return table


def _cells(values: Sequence[float | None], unit: str) -> list[str]:
    base = values[0]
    cells: list[str] = []
    for i, value in enumerate(values):
        cells.append("–" if value is None else units.format(value, unit))
        if i:
            known = value is not None and base is not None and base > 0
            cells.append(f"{value / base:.3g}" if known else "–")  # type: ignore[operator]
    return cells


def _spread(words: Sequence[str]) -> list[str]:
    cells = [words[0]]
    for word in words[1:]:
        cells += [word, ""]
    return cells
