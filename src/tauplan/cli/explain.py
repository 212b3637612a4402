"""``tauplan explain``: one design of a study as a full answer."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from tauplan.catalog.lookup import Catalog
from tauplan.cli.common import changes_option, print_json, show
from tauplan.cli.output import Output, Verb, write_text
from tauplan.evaluate.explain import evaluate
from tauplan.explore.levels import levels_moved
from tauplan.explore.prepared import ready
from tauplan.explore.rows import rows
from tauplan.report.levels import moved_data, moved_view
from tauplan.report.study import rivals_data, rivals_view
from tauplan.spec.study import read_study

RUNNERS_UP = 5


@click.command(
    "explain",
    cls=Verb,
    short_help="One design of a study: the full answer, and the plans it was chosen from.",
)
@click.argument("study", type=click.Path(path_type=Path))
@click.argument("design", type=int)
@changes_option
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option("--html", type=Output(), help="Write a self-contained HTML report.")
@click.option("--full", is_flag=True, help="Print every operator, claim and driver.")
def command(
    study: Path, design: int, changes: tuple[str, ...], as_json: bool, html: Path | None, full: bool
) -> None:
    """Explain DESIGN, a number that `tauplan explore STUDY` printed: the answer that `tauplan evaluate` gives."""
    catalog = Catalog.load()
    prepared = ready(read_study(study, changes), catalog)
    scenario = prepared.space.scenario(design)
    words = ["tauplan", "explain", str(study), str(design), *(w for c in changes for w in ("--set", c))]
    answer = evaluate(scenario, catalog, prepared.file.folder, shlex.join(words))
    found = prepared.work.rivals(design, RUNNERS_UP + 1) if prepared.space.search else None
    row = rows(prepared, [design])[0]
    moved = levels_moved(prepared, design) if answer.status == "ok" else None
    if html is not None:
        from tauplan.report.html import page

        write_text(html, page([answer]))
    if as_json:
        from tauplan.report.export import to_json_dict

        data = to_json_dict(answer)
        data["design"] = {"number": design, "choices": row.labels, "broken": row.reason}
        data |= {"rivals": rivals_data(prepared, found)} if found else {}
        print_json(data | (moved_data(moved) if moved else {}))
    else:
        from tauplan.report.tables import answer_view

        for name, label in row.labels.items():
            click.echo(f"{name}: {label}")
        show(answer_view(answer, full=full))
        if found:
            show(rivals_view(prepared, found))
        if moved:
            show(moved_view(prepared, moved))
        if html is not None:
            click.echo(f"report: {html}")
    if answer.status != "ok":
        click.echo(f"error: infeasible: {answer.reason}", err=True)
        sys.exit(2)
    if row.reason:
        click.echo(f"this design is out of the study: {row.reason} does not hold", err=True)
