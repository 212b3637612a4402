"""``tauplan evaluate``: one scenario to one explained answer."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from tauplan.cli.common import changes_option, print_json, read, show
from tauplan.cli.output import Output, Verb, write_text
from tauplan.evaluate.explain import evaluate
from tauplan.spec.device import is_device_scenario, read_device_scenario


@click.command(
    "evaluate", cls=Verb, short_help="When is the result ready, what does it cost, what holds it back."
)
@click.argument("scenario", type=click.Path(path_type=Path))
@changes_option
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option("--html", type=Output(), help="Write a self-contained HTML report.")
@click.option("--full", is_flag=True, help="Print every operator, claim and driver.")
def command(scenario: Path, changes: tuple[str, ...], as_json: bool, html: Path | None, full: bool) -> None:
    """Evaluate SCENARIO, a YAML file: time to result with the seconds owned by each level, energy, cost.

    Exit code 2 where the input is wrong or the design cannot work.
    """
    words = ["tauplan", "evaluate", str(scenario)]
    for change in changes:
        words += ["--set", change]
    if is_device_scenario(scenario):
        _device(scenario, changes, shlex.join(words), as_json, html, full)
        return
    answer = evaluate(read(scenario, changes), folder=scenario.parent, command=shlex.join(words))
    if html is not None:
        from tauplan.report.html import page

        write_text(html, page([answer]))
    if as_json:
        from tauplan.report.export import to_json_dict

        print_json(to_json_dict(answer))
    else:
        from tauplan.report.tables import answer_view

        show(answer_view(answer, full=full))
        if html is not None:
            click.echo(f"report: {html}")
    if answer.status != "ok":
        click.echo(f"error: infeasible: {answer.reason}", err=True)
        sys.exit(2)


def _device(
    path: Path, changes: tuple[str, ...], asked: str, as_json: bool, html: Path | None, full: bool
) -> None:
    """Evaluate a scenario of networks on a device."""
    from tauplan.evaluate.device import evaluate_device
    from tauplan.report.findings import findings_data, findings_view

    found = evaluate_device(read_device_scenario(path, changes), folder=path.parent, command=asked)
    if html is not None:
        from tauplan.report.device_page import device_page

        write_text(html, device_page(found))
    if as_json:
        print_json(findings_data(found))
    else:
        show(findings_view(found, full))
        if html is not None:
            click.echo(f"report: {html}")
    if found.status != "ok":
        click.echo(f"error: infeasible: {found.reason}", err=True)
        sys.exit(2)
