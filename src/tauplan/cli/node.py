"""``tauplan node``: what a process node gives."""

from __future__ import annotations

from dataclasses import asdict

import click

from tauplan import units
from tauplan.catalog.lookup import Catalog
from tauplan.cli.common import print_json, show
from tauplan.errors import InputError, Problem
from tauplan.evaluate.node_report import node_report
from tauplan.report.die import node_view


@click.command("node", short_help="What a process node gives: gates, wires, memory, energies.")
@click.argument("name")
@click.option("--supply", help="Supply of the logic, such as '0.6 V'; default: the node's nominal one.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON, in SI units.")
def command(name: str, supply: str | None, as_json: bool) -> None:
    """Figures of the process node NAME, such as 'TSMC N5', with the bands of the claims they rest on."""
    volts = None if supply is None else units.parse(supply, "V")
    part, figures = node_report(Catalog.load(), name, volts)
    if not all(figure.value < float("inf") for figure in figures):
        raise InputError(
            Problem("out of range", path="--supply", value=supply or "", expected="more than the threshold")
        )
    if as_json:
        print_json({"node": part, "figures": [asdict(figure) for figure in figures]})
    else:
        show(node_view(part, figures))
