"""``tauplan die``: what a die costs, weighs in carbon, and how long it takes."""

from __future__ import annotations

from dataclasses import asdict

import click

from tauplan import units
from tauplan.catalog.lookup import Catalog
from tauplan.cli.common import print_json, show
from tauplan.errors import InputError, Problem
from tauplan.evaluate.die_report import die_report
from tauplan.report.die import die_view


@click.command("die", short_help="What a die costs: dies per wafer, yield, money, carbon, fab time.")
@click.argument("part", required=False)
@click.option("--area", help="Area of the die, such as '109 mm2'; replaces the part's own.")
@click.option("--node", help="Catalogued process node, such as 'TSMC N5'; replaces the part's own.")
@click.option(
    "--volume", type=click.IntRange(min=1), default=1_000_000, help="Units that share design and masks."
)
@click.option(
    "--spare",
    type=click.FloatRange(0, 0.9),
    default=0.0,
    help="Share of the matrix units that may be faulty and are switched off.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON, in SI units.")
def command(
    part: str | None, area: str | None, node: str | None, volume: int, spare: float, as_json: bool
) -> None:
    """Cost of the die of PART, a catalogued accelerator or SoC, or of a die of --area in --node."""
    if part is None and area is None:
        raise InputError(
            Problem("nothing to cost", expected="a part, or --area and --node", hint="tauplan die 'XRING O1'")
        )
    area_m2 = None if area is None else units.parse(area, "m2")
    if area_m2 is not None and area_m2 <= 0:
        raise InputError(Problem("out of range", path="--area", value=str(area), expected="more than 0"))
    report = die_report(Catalog.load(), part, node, area_m2, volume, spare)
    if as_json:
        print_json(asdict(report))
    else:
        show(die_view(report))
