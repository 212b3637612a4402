"""``tauplan source``: what to order, from whom, when, on which terms."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path

import click

from tauplan.cli.common import print_json, show
from tauplan.cli.output import Output, Verb, write_text
from tauplan.errors import InputError, Problem


@click.command(
    "source", cls=Verb, short_help="What to order, from whom, when: the plan, its risk, what would help."
)
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--out", type=Output(), help="Write the orders as CSV.")
@click.option("--html", type=Output(), help="Write a self-contained HTML page.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option(
    "--open", "under_way", type=click.Path(path_type=Path), help="Orders under way, as --out writes them."
)
@click.option(
    "--today", metavar="DATE", help="Plan again from this day on; with --open for what is under way."
)
@click.option("--lp", type=Output(), help="Write the program as an LP file.")
@click.option(
    "--journal",
    type=Output(),
    help="Keep finished stages of a long solve; the same command goes on from there.",
)
@click.option("--full", is_flag=True, help="Print every order.")
@click.option("--progress", is_flag=True, help="Say on stderr how far the solver is.")
def command(
    plan: Path,
    out: Path | None,
    html: Path | None,
    as_json: bool,
    under_way: Path | None,
    today: str | None,
    lp: Path | None,
    journal: Path | None,
    full: bool,
    progress: bool,
) -> None:
    """Plan the orders for PLAN, a YAML file of builds, parts, vendors and offers.

    Exit code 2 where the input is wrong or no plan meets all demands; then it says which demands clash.
    """
    from tauplan.supply.plan.answer import answer_plan, to_json
    from tauplan.supply.plan.build import build
    from tauplan.supply.plan.open_orders import orders_csv, read_open_orders
    from tauplan.supply.plan.read import from_today, read_plan
    from tauplan.supply.plan.solve import scenarios_of

    wanted = read_plan(plan)
    if today is not None:
        wanted = from_today(wanted, _day(today))
    there = read_open_orders(under_way, wanted) if under_way is not None else ()
    if lp is not None:
        write_text(lp, build(wanted, scenarios_of(wanted), there).program.lp_text())
    answer = answer_plan(wanted, there, say=_say if progress else None, journal=journal)
    if out is not None and answer.feasible:
        write_text(out, orders_csv(wanted, answer.orders))
    if html is not None:
        from tauplan.report.sourcing_page import sourcing_page

        write_text(html, sourcing_page(answer))
    if as_json:
        print_json(to_json(answer))
    else:
        from tauplan.report.sourcing import sourcing_view

        show(sourcing_view(answer, full=full))
        for path in (out, html, lp):
            if path is not None and path.exists():
                click.echo(f"written: {path}")
    if not answer.feasible:
        click.echo("error: no plan meets all demands", err=True)
        sys.exit(2)


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise InputError(
            Problem("not a date", path="--today", value=text, expected="such as 2026-09-01")
        ) from None


def _say(line: str) -> None:
    click.echo(line, err=True)
