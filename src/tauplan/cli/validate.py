"""``tauplan validate``: measured cases against predictions."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from tauplan.catalog.lookup import Catalog
from tauplan.cli.common import print_json, show
from tauplan.cli.output import Output, Verb, write_text
from tauplan.errors import InputError, Problem
from tauplan.report.export import finite
from tauplan.report.validation import layouts_view, overview_view, summary_view
from tauplan.validate.folder import predict_folder
from tauplan.validate.interval import kind_of, may_fit
from tauplan.validate.layouts import LAYOUTS, predict_file
from tauplan.validate.overview import overview
from tauplan.validate.prediction import Prediction, Summary, summarise
from tauplan.validate.shipped import shipped_predictions

COLUMNS = ("case_id", "metric", "measured", "predicted", "error_pct", "status", "reason", "low", "high")
SECOND = ("second_metric", "second_measured", "second_predicted", "second_error_pct")


@click.command(
    "validate", cls=Verb, short_help="Measured cases against predictions: errors by family and device."
)
@click.option(
    "--cases", type=click.Path(path_type=Path), help="A CSV table of measured cases, or a folder of them."
)
@click.option(
    "--files",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of the model files that a table lists, such as unpacked packages.",
)
@click.option("--family", help="Only the families whose name contains this.")
@click.option("--out", type=Output(), help="Write one row per case as CSV.")
@click.option("--detail", is_flag=True, help="Print a line per kind, family and device, and every reason.")
@click.option("--json", "as_json", is_flag=True, help="Print summaries and rows as JSON.")
@click.option("--layouts", is_flag=True, help="List the layouts of tables and the columns each is known by.")
def command(
    cases: Path | None,
    files: Path | None,
    family: str | None,
    out: Path | None,
    detail: bool,
    as_json: bool,
    layouts: bool,
) -> None:
    """Predict measured cases and print the errors; without --cases those that ship with tauplan.

    Held-out cases were never used for fitting; fitted ones may have been. Inside: in their 90 % interval.

    A row that cannot be predicted is `not answered` with a reason and counts against coverage.
    """
    if layouts:
        show(layouts_view([(layout.name, sorted(layout.columns)) for layout in LAYOUTS]))
        return
    catalog = Catalog.load()
    found, others = _predictions(cases, catalog, files)
    if family is not None:
        known = sorted({p.family for p in found})
        found = [p for p in found if family.casefold() in p.family.casefold()]
        if not found:
            raise InputError(Problem("no such family", value=family, expected=", ".join(known)))
    summaries = _summaries([p for row in found for p in (row, row.second) if p is not None])
    if out is not None:
        write_text(out, _csv(found))
    if as_json:
        rows = [dict(zip((*COLUMNS, *SECOND), (*_row(p), *_second(p)), strict=True)) for p in found]
        lines = [asdict(line) for line in overview(found)]
        print_json(finite({"overview": lines, "summaries": [asdict(s) for s in summaries], "rows": rows}))
    else:
        show(overview_view(overview(found), _reasons(found), whole=detail))
        if detail:
            show(summary_view(summaries))
        for name, reason in others.items():
            click.echo(f"{name}: {reason}", err=True)
        if out is not None:
            click.echo(f"predictions: {out}")


def _predictions(
    cases: Path | None, catalog: Catalog, files: Path | None
) -> tuple[Sequence[Prediction], dict[str, str]]:
    """Return the predictions, and the tables of a folder that hold no measured cases, with the reason."""
    if cases is None:
        return shipped_predictions(catalog), {}
    if not cases.is_dir():
        return predict_file(cases, catalog, files), {}
    predicted = predict_folder(cases, catalog, lambda name: click.echo(name, err=True), files)
    return predicted.predictions, predicted.others


def _summaries(found: Sequence[Prediction]) -> list[Summary]:
    """Summaries of the whole, of each kind, of each family, and of each device within a family."""
    groups: dict[str, list[Prediction]] = {"all": list(found)}
    for prediction in found:
        held = "" if not prediction.use else " · fitted" if may_fit(prediction) else " · held out"
        groups.setdefault(f"kind: {kind_of(prediction)}{held}", []).append(prediction)
    families: dict[str, dict[str, list[Prediction]]] = {}
    for prediction in found:
        families.setdefault(prediction.family, {}).setdefault(prediction.device, []).append(prediction)
    for family, devices in families.items():
        groups[family] = [p for members in devices.values() for p in members]
        groups |= {f"{family} · {device}": members for device, members in devices.items()}
    return [summarise(name, members) for name, members in groups.items()]


def _reasons(found: Sequence[Prediction]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for prediction in found:
        if not prediction.answered:
            reason = prediction.reason or "no measured value"
            counts[reason] = counts.get(reason, 0) + 1
    return counts


def _row(p: Prediction) -> tuple[str, str, float, float, float, str, str, float, float]:
    status = "ok" if p.answered else "not answered"
    error = 100.0 * p.error if p.answered else math.nan
    return (p.case, p.metric, p.measured, p.predicted, error, status, p.reason, p.low, p.high)


def _second(p: Prediction) -> tuple[str, float, float, float]:
    """Return the cells of another metric of the same case; empty where there is none."""
    if p.second is None:
        return "", math.nan, math.nan, math.nan
    return p.second.metric, p.second.measured, p.second.predicted, 100.0 * p.second.error


def _csv(found: Sequence[Prediction]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    several = any(p.second for p in found)
    writer.writerow((*COLUMNS, *SECOND) if several else COLUMNS)
    for p in found:
        cells = (*_row(p), *_second(p)) if several else _row(p)
        writer.writerow(["" if isinstance(v, float) and math.isnan(v) else v for v in cells])
    return text.getvalue()
