"""``tauplan compare``: scenarios side by side."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from tauplan.cli.common import changes_option, print_json, read, show
from tauplan.cli.output import Output, Verb, write_text
from tauplan.errors import InputError, Problem
from tauplan.evaluate.explain import evaluate
from tauplan.explore.turns import Turn
from tauplan.explore.turns import turns as find
from tauplan.report.turns import turns_rows, turns_view


@click.command(
    "compare", cls=Verb, short_help="Scenarios side by side: ratios, and which level made the difference."
)
@click.argument("scenarios", nargs=-1, required=True, type=click.Path(path_type=Path))
@changes_option
@click.option("--json", "as_json", is_flag=True, help="Print all answers as JSON.")
@click.option("--html", type=Output(), help="Write a self-contained HTML report.")
@click.option("--flips", is_flag=True, help="Say which inputs of the first would turn the answer, and where.")
@click.option(
    "--lever",
    "levers",
    multiple=True,
    metavar="INPUT",
    help="With --flips, another input to move: a path, or 'part: field' of a claim. May be repeated.",
)
def command(
    scenarios: tuple[Path, ...],
    changes: tuple[str, ...],
    as_json: bool,
    html: Path | None,
    flips: bool,
    levers: tuple[str, ...],
) -> None:
    """Compare two or more SCENARIOS; the first is the baseline. Changes apply to all of them."""
    if len(scenarios) < 2:
        raise InputError(
            Problem("one scenario alone", value=" ".join(map(str, scenarios)), expected="two or more files")
        )
    line = shlex.join(
        ["tauplan", "compare", *map(str, scenarios), *(w for c in changes for w in ("--set", c))]
    )
    read_in = [read(path, changes) for path in scenarios]
    answers = [
        evaluate(scenario, folder=path.parent, command=line)
        for scenario, path in zip(read_in, scenarios, strict=True)
    ]
    turns: tuple[Turn, ...] = ()
    if (flips or levers) and all(answer.status == "ok" for answer in answers):
        turns = find(read_in, [path.parent for path in scenarios], named=levers)
    if html is not None:
        from tauplan.report.html import page

        write_text(html, page(answers))
    if as_json:
        from tauplan.report.export import to_json_dict

        told = {"answers": [to_json_dict(answer) for answer in answers]}
        print_json({**told, "flips": turns_rows(turns)} if flips or levers else told)
    else:
        from tauplan.report.comparison import comparison_view

        show(comparison_view(answers))
        if turns:
            show(turns_view(turns))
        if html is not None:
            click.echo(f"report: {html}")
    broken = [answer for answer in answers if answer.status != "ok"]
    for answer in broken:
        click.echo(f"error: infeasible: {answer.name}: {answer.reason}", err=True)
    if broken:
        sys.exit(2)
