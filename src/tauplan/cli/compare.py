"""``tauplan compare``: scenarios side by side."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from tauplan.cli.common import changes_option, print_json, read, show, write_text
from tauplan.errors import InputError, Problem
from tauplan.evaluate.explain import evaluate


@click.command("compare", short_help="Scenarios side by side: ratios, and which level made the difference.")
@click.argument("scenarios", nargs=-1, required=True, type=click.Path(path_type=Path))
@changes_option
@click.option("--json", "as_json", is_flag=True, help="Print all answers as JSON.")
@click.option(
    "--html", type=click.Path(path_type=Path, dir_okay=False), help="Write a self-contained HTML report."
)
def command(scenarios: tuple[Path, ...], changes: tuple[str, ...], as_json: bool, html: Path | None) -> None:
    """Compare two or more SCENARIOS; the first is the baseline. Changes apply to all of them."""
    if len(scenarios) < 2:
        raise InputError(
            Problem("one scenario alone", value=" ".join(map(str, scenarios)), expected="two or more files")
        )
    line = shlex.join(
        ["tauplan", "compare", *map(str, scenarios), *(w for c in changes for w in ("--set", c))]
    )
    answers = [evaluate(read(path, changes), folder=path.parent, command=line) for path in scenarios]
    if html is not None:
        from tauplan.report.html import page

        write_text(html, page(answers))
    if as_json:
        from tauplan.report.export import to_json_dict

        print_json({"answers": [to_json_dict(answer) for answer in answers]})
    else:
        from tauplan.report.comparison import comparison_view

        show(comparison_view(answers))
        if html is not None:
            click.echo(f"report: {html}")
    broken = [answer for answer in answers if answer.status != "ok"]
    for answer in broken:
        click.echo(f"error: infeasible: {answer.name}: {answer.reason}", err=True)
    if broken:
        sys.exit(2)
