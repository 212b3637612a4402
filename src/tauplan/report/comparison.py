"""Answers side by side: ratios, and which level made the difference."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from tauplan.evaluate.answer import Answer
from tauplan.language import told
from tauplan.report.blocks import cut, grid, section
from tauplan.report.palette import style
from tauplan.report.text import quantity, signed_time, time
from tauplan.tau import LEVELS

FIGURES: tuple[tuple[str, str, Callable[[Answer], float | None]], ...] = (
    ("time to result", "s", lambda answer: answer.time_to_result_s),
    ("P90 of it", "s", lambda answer: answer.supply_odds.p90_s if answer.supply_odds else None),
    ("supply", "s", lambda answer: answer.supply_s),
    ("run", "s", lambda answer: answer.run_s),
    ("time per step", "s", lambda answer: answer.step_s),
    ("time to first token (TTFT)", "s", lambda answer: answer.ttft_s),
    ("time per output token (TPOT)", "s", lambda answer: answer.tpot_s),
    ("energy", "J", lambda answer: answer.energy_J),
    ("mean power", "W", lambda answer: answer.power_W),
    ("cost", "USD", lambda answer: answer.cost_USD),
)


def comparison_view(answers: Sequence[Answer]) -> Group:
    """Return answers in columns, numbered; the first is the baseline of every ratio and difference."""
    names = [
        Text.assemble((f"{number} ", "bold"), answer.name) for number, answer in enumerate(answers, start=1)
    ]
    views: list[RenderableType] = [*names, _figures(answers)]
    if any(answer.status == "ok" for answer in answers):
        views.append(_levels(answers))
    views.append(
        section("What makes the difference", Text("\n".join(f"- {told(said)}" for said in verdicts(answers))))
    )
    return Group(*views)


def verdicts(answers: Sequence[Answer]) -> list[str]:
    """Return one sentence per design but the first: how it differs from the first, and through which level."""
    base, *others = answers
    return [_verdict(base, other) for other in others]


def figures(answers: Sequence[Answer]) -> list[list[str]]:
    """Return rows of figures: label, value of the first, then value and ratio of each other answer."""
    rows: list[list[str]] = []
    for label, unit, read in FIGURES:
        values = [read(answer) for answer in answers]
        if any(value is not None for value in values):
            rows.append([label, *_with_ratios(values, unit)])
    tables = [{metric.key: metric for metric in answer.metrics} for answer in answers]
    for key, metric in {key: metric for table in reversed(tables) for key, metric in table.items()}.items():
        found = [table.get(key) for table in tables]
        if sum(other is not None for other in found) > 1:  # a figure of one answer alone compares nothing
            known = [other.value if other is not None else None for other in found]
            rows.append([metric.label, *_with_ratios(known, metric.unit)])
    rows.append(["bound by", *_spread([answer.bound_by or answer.status for answer in answers])])
    return rows


def _verdict(base: Answer, other: Answer) -> str:
    for answer in (base, other):
        if answer.status != "ok":
            which = "it" if answer is other else answer.name
            return f"{other.name}: no comparison, since {which} is {answer.status}: {answer.reason}"
    delta = other.time_to_result_s - base.time_to_result_s
    if delta == 0:
        return f"{other.name} is ready at the same time as {base.name}"
    changes = {level: other.owned_s[level] - base.owned_s[level] for level in LEVELS}
    most = max(changes, key=lambda level: abs(changes[level]))
    return (
        f"{other.name} is ready {time(abs(delta))} {'later' if delta > 0 else 'sooner'} than {base.name} "
        f"(× {other.time_to_result_s / base.time_to_result_s:.3g}); "
        f"the level that makes most of the difference is {most}, {signed_time(changes[most])}"
    )


def _figures(answers: Sequence[Answer]) -> RenderableType:
    table = grid("l" + "r" * (2 * len(answers) - 1), header=["", "1", *_numbers(answers, "ratio")])
    for label, *cells in figures(answers):
        table.add_row(cut(label), *cells)
    return section("Figures", table, "ratios to the first")


def _levels(answers: Sequence[Answer]) -> RenderableType:
    table = grid("l" + "r" * (2 * len(answers) - 1), header=["level", "1", *_numbers(answers, "change")])
    for level in LEVELS:
        values = [answer.owned_s.get(level, float("nan")) for answer in answers]
        if any(value > 0 for value in values):
            cells = [time(values[0])]
            for value in values[1:]:
                change = value - values[0]
                cells += [time(value), signed_time(change) if change == change else "–"]
            table.add_row(Text(level, style=style(level)), *cells)
    return section("Who owns the time", table, "seconds of the result by level")


def _numbers(answers: Sequence[Answer], second: str) -> list[str]:
    return [word for number in range(2, len(answers) + 1) for word in (str(number), second)]


def _with_ratios(values: Sequence[float | None], unit: str) -> list[str]:
    base = values[0]
    cells = [quantity(base, unit)]
    for value in values[1:]:
        known = value is not None and base is not None and base > 0 and value == value
        cells += [
            quantity(value, unit),
            f"{value / base:.3g}" if known and value is not None and base else "–",
        ]
    return cells


def _spread(words: Sequence[str]) -> list[str]:
    return [words[0], *(word for other in words[1:] for word in (other, ""))]
