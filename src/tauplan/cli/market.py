"""``tauplan market``: market figures with vintages, the ledger of what adds up, projections with their score."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from tauplan.cli.common import print_json, show
from tauplan.cli.output import Output, Verbs, write_bytes, write_text
from tauplan.errors import InputError, Problem
from tauplan.supply.market.series import Figure, as_of, of_series, read_figures, shipped_figures

data_option: Callable[..., Any] = click.option(
    "--data",
    "files",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="A tidy file of your own figures beside those that ship, as `market import` writes it. May be repeated.",
)
date_option: Callable[..., Any] = click.option(
    "--as-of", "date", metavar="DATE", help="Only what was known on this date, such as 2025-09-30."
)
entity_option: Callable[..., Any] = click.option("--entity", help="Only figures about this entity.")


@click.group("market", cls=Verbs, short_help="Market figures: list, show, plot, check, import, project.")
def command() -> None:
    """Market figures as claims with vintages and sources; nothing is overwritten."""


def _figures(files: tuple[Path, ...], date: str | None = None) -> tuple[Figure, ...]:
    figures = (*shipped_figures(), *read_figures(files))
    return as_of(figures, date) if date else figures


@command.command("list")
@data_option
@date_option
def list_series(files: tuple[Path, ...], date: str | None) -> None:
    """List the series: how many figures, about whom, from when to when."""
    from tauplan.report.market import list_view

    show(list_view(_figures(files, date)))


@command.command("show")
@click.argument("series")
@entity_option
@data_option
@date_option
def show_series(series: str, entity: str | None, files: tuple[Path, ...], date: str | None) -> None:
    """Show every vintage of SERIES with its source and the verdict of the ledger."""
    from tauplan.report.market import forecast_view, show_view
    from tauplan.supply.market.ledger import run_checks, shipped_checks
    from tauplan.supply.market.scoreboard import outcomes

    found = of_series(_figures(files, date), series, entity)
    show(show_view(found, run_checks(shipped_checks(), shipped_figures())))
    scored = outcomes(found)
    if scored:
        show(forecast_view(scored))


@command.command("plot")
@click.argument("series")
@click.option("--out", type=Output(), required=True, help="An .svg or .png file.")
@entity_option
@data_option
@date_option
def plot_series(
    series: str, out: Path, entity: str | None, files: tuple[Path, ...], date: str | None
) -> None:
    """Draw SERIES with its sources under it."""
    from tauplan.report.market_chart import chart

    try:
        import vl_convert
    except ImportError:
        raise InputError(
            Problem("plots need the chart library", hint="install the extra: pip install 'tauplan[report]'")
        ) from None
    found = of_series(_figures(files, date), series, entity)
    spec = chart(found, series.replace("_", " "))
    if out.suffix == ".png":
        write_bytes(out, vl_convert.vegalite_to_png(spec, scale=2))
    elif out.suffix == ".svg":
        write_text(out, vl_convert.vegalite_to_svg(spec))
    else:
        raise InputError(Problem("unknown kind of picture", value=out.suffix, expected=".svg or .png"))
    click.echo(f"plot: {out}")


@command.command("check")
@click.option("--full", is_flag=True, help="Also print what is consistent.")
@click.option("--json", "as_json", is_flag=True, help="Print all findings as JSON.")
@click.option("--out", type=Output(), help="Write one row per check as CSV.")
def check_ledger(full: bool, as_json: bool, out: Path | None) -> None:
    """Hold the claims of a report against each other and against other figures; print the arithmetic.

    Contradictions are findings, not errors: the exit code is 0.
    """
    from tauplan.report.export import finite
    from tauplan.report.market import check_view, finding_data
    from tauplan.supply.market.ledger import run_checks, shipped_checks, unchecked

    figures = shipped_figures()
    findings = run_checks(shipped_checks(), figures)
    if out is not None:
        import io

        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("check", "claims", "title", "verdict", "arithmetic", "note"))
        for f in findings:
            claims = " ".join(figure.id for figure in f.figures)
            writer.writerow((f.check.name, claims, f.check.title, f.verdict, f.arithmetic, f.check.note))
        write_text(out, text.getvalue())
    if as_json:
        alone = [figure.id for figure in unchecked(figures, findings)]
        print_json(finite({"findings": [finding_data(f) for f in findings], "unchecked": alone}))
    else:
        show(check_view(figures, findings, full=full))


@command.command("import")
@click.argument("form")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--series", required=True, help="Name of the series.")
@click.option("--entity", default="own", show_default=True, help="Whom the figures are about.")
@click.option("--vintage", required=True, metavar="DATE", help="When the figures were published.")
@click.option(
    "--cumulative", is_flag=True, help="The figures are sums since January; write those of each month."
)
@click.option("--out", type=Output(), required=True, help="Tidy file to write.")
def import_figures(
    form: str, file: Path, series: str, entity: str, vintage: str, cumulative: bool, out: Path
) -> None:
    """Turn FILE into tidy figures for --data. FORM: customs, index, billings or prices.

    Nothing is fetched, and what comes in stays yours.
    """
    from tauplan.supply.market.importers import import_file, tidy_csv

    rows = import_file(form, file, series, entity, vintage, cumulative=cumulative)
    write_text(out, tidy_csv(rows))
    try:
        read_figures([out])
    except InputError:
        out.unlink(missing_ok=True)  # a file that cannot be read back is no use to anyone
        raise
    click.echo(f"{len(rows)} figures: {out}")


@command.command("project")
@click.argument("series")
@click.option(
    "--periods", "horizons", multiple=True, type=click.IntRange(1, 60), help="Periods ahead. May be repeated."
)
@click.option("--json", "as_json", is_flag=True, help="Print projections and scores as JSON.")
@entity_option
@data_option
@date_option
def project_series(
    series: str,
    horizons: tuple[int, ...],
    as_json: bool,
    entity: str | None,
    files: tuple[Path, ...],
    date: str | None,
) -> None:
    """Project SERIES with bands from its own past errors, and print how each model did against no-change."""
    from dataclasses import asdict

    import numpy as np

    from tauplan.report.export import finite
    from tauplan.report.market import forecast_view, project_view
    from tauplan.supply.market.ledger import settled
    from tauplan.supply.market.scoreboard import outcomes
    from tauplan.supply.market.timeline import timeline
    from tauplan.supply.price.forecast import ALL_MODELS, backtest, project

    known = ("observed", "reported", "derived", "company claim", "estimate")
    found = of_series(_figures(files, date), series, entity, kinds=known)
    found = settled(found)
    about = sorted({figure.entity for figure in found})
    if len(about) > 1:
        raise InputError(Problem("several entities", value=", ".join(about), hint="choose one with --entity"))
    line = timeline(found)
    ahead = horizons or ((1, 2, 3) if line.step == "year" else (1, 3, 6, 12))
    projections = project(line.values, ahead, ALL_MODELS)
    scores = backtest(np.log(line.values), ahead, ALL_MODELS).scores()
    if as_json:
        data = {"projections": [asdict(p) for p in projections], "scores": [asdict(s) for s in scores]}
        print_json(finite(data))
    else:
        show(project_view(line, projections, scores, found[0].unit))
        past = outcomes(of_series(_figures(files, date), series, entity))
        if past:
            show(forecast_view(past))
