"""Market figures, the ledger and projections as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from tauplan.report.blocks import cut, grid, heading
from tauplan.supply.market.ledger import (
    CONSISTENT,
    CONTRADICTION,
    IMPLAUSIBLE,
    SCOPE,
    VERDICTS,
    Finding,
    unchecked,
    verdict_of,
)
from tauplan.supply.market.series import Figure, latest
from tauplan.supply.market.timeline import Timeline
from tauplan.supply.price.forecast import Projection, Score

STYLES = {CONSISTENT: "green", CONTRADICTION: "bold red", SCOPE: "yellow", IMPLAUSIBLE: "bold magenta"}


def list_view(figures: Sequence[Figure]) -> Group:
    """Return one line per series: how many figures, of whom, from when to when, the newest vintage."""
    table = grid("lrlll", shrink=2, header=("series", "n", "about", "periods", "newest"))
    for series in sorted({figure.series for figure in figures}):
        found = [figure for figure in figures if figure.series == series]
        about = ", ".join(dict.fromkeys(figure.entity for figure in found))
        periods = sorted({figure.period for figure in found})
        span = periods[0] if len(periods) == 1 else f"{periods[0]} … {periods[-1]}"
        table.add_row(series, str(len(found)), cut(about), span, max(f.vintage for f in found))
    return Group(
        table, Text(f"{len(figures)} figures; `tauplan market show SERIES` gives sources", style="dim")
    )


def show_view(figures: Sequence[Figure], findings: Sequence[Finding]) -> Group:
    """Return every vintage of a series; an arrow marks the newest of each figure."""
    newest = {id(figure) for figure in latest(figures)}
    lines: list[RenderableType] = []
    for figure in sorted(figures, key=lambda f: (f.entity, f.period, f.vintage)):
        mark = "→ " if id(figure) in newest else "  "
        value = f"{figure.qualifier} {figure.text} {figure.unit}".strip()
        verdict = verdict_of(figure, findings) if figure.id else ""
        lines.append(
            Text.assemble(
                mark,
                (figure.period.ljust(10), ""),
                (value, "bold" if mark.strip() else ""),
                f"  {figure.entity}  {figure.kind}, said {figure.vintage}  ",
                (verdict, STYLES.get(verdict, "dim")),
            )
        )
        words = "; ".join(word for word in (figure.id, figure.scope, figure.note, figure.source) if word)
        lines.append(Padding(Text(words, style="dim"), (0, 0, 0, 4)))
    return Group(*lines)


def check_view(figures: Sequence[Figure], findings: Sequence[Finding], *, full: bool) -> Group:
    """Return the ledger: what fails first, each with its arithmetic; what holds on demand."""
    lines: list[RenderableType] = []
    counts = Counter(finding.verdict for finding in findings)
    for verdict in VERDICTS:
        found = [finding for finding in findings if finding.verdict == verdict]
        if not found or (verdict == CONSISTENT and not full):
            continue
        lines.append(heading(f"{verdict}: {len(found)}"))
        for finding in found:
            lines += _finding_lines(finding)
    claims = [figure for figure in figures if figure.id.startswith("S")]
    alone = unchecked(figures, findings)
    said = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS)
    lines.append(heading(f"{len(findings)} checks over {len(claims)} claims", said))
    if not full:
        lines.append(Text("--full also prints what is consistent", style="dim"))
    names = ", ".join(figure.id for figure in alone)
    lines.append(
        Text(f"{len(alone)} claims stand alone, with no second figure to hold them against: {names}")
    )
    return Group(*lines)


def _finding_lines(finding: Finding) -> Iterator[RenderableType]:
    claims = " ".join(figure.id for figure in finding.figures if figure.id.startswith("S"))
    yield Text.assemble(
        (finding.check.name.ljust(5), "dim"),
        (finding.verdict, STYLES[finding.verdict]),
        f"  {finding.check.title}",
        (f"  {claims}", "dim"),
    )
    yield Padding(Text(finding.arithmetic), (0, 0, 0, 6))
    if finding.check.note:
        yield Padding(Text(finding.check.note, style="dim"), (0, 0, 0, 6))


def finding_data(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain data."""
    return {
        "check": finding.check.name,
        "title": finding.check.title,
        "verdict": finding.verdict,
        "arithmetic": finding.arithmetic,
        "left": [finding.left.low, finding.left.high],
        "relation": finding.check.relation,
        "right": [finding.right.low, finding.right.high],
        "claims": [figure.id for figure in finding.figures],
        "sources": list(dict.fromkeys(figure.source for figure in finding.figures)),
        "note": finding.check.note,
    }


def project_view(
    line: Timeline, projections: Sequence[Projection], scores: Sequence[Score], unit: str
) -> Group:
    """Return projections with their bands and the scoreboard of every model against no-change."""
    table = grid("lrrrlrr", header=("period", f"{unit}", "low", "high", "model", "error ratio", "n"))
    last = len(line.values) - 1
    for p in projections:
        ratio = "–" if p.ratio != p.ratio else f"{p.ratio:.2f}"
        values = (f"{value:.4g}" for value in (p.value, p.low, p.high))
        table.add_row(line.name(last + p.horizon), *values, p.model, ratio, str(p.count))
    board = grid("lrrr", header=("model", "periods ahead", "error ratio", "n"))
    for score in scores:
        if score.model != "no change" and score.count:
            verdict = f"{score.ratio:.2f}" if score.ratio == score.ratio else "–"
            board.add_row(score.model, str(score.horizon), verdict, str(score.count))
    return Group(
        heading("Projection", "80 % band from past errors at the same horizon"),
        table,
        heading("Scoreboard", "mean squared log error over that of no-change; below 1 beats it"),
        board,
        Text(
            "No-change is used where no model has beaten it by a standard error of the difference.",
            style="dim",
        ),
    )


def forecast_view(rows: Sequence[tuple[Figure, Figure]]) -> Group:
    """Return past forecasts beside what happened."""
    table = grid("llllrrr", header=("series", "period", "said", "vintage", "forecast", "outcome", "error"))
    for forecast, outcome in rows:
        f, o = forecast.value or 0.0, outcome.value or 0.0
        table.add_row(
            forecast.series,
            forecast.period,
            cut(forecast.note),
            forecast.vintage,
            f"{f:.5g}",
            f"{o:.5g}",
            f"{f - o:+.4g}",
        )
    return Group(heading("Forecasts and outcomes", "error in the unit of the series"), table)
