"""``tauplan explore``: a study of many designs to its front."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import click

from tauplan.catalog.lookup import Catalog
from tauplan.cli.common import changes_option, print_json, show
from tauplan.cli.output import Output, Verb, write_text
from tauplan.errors import InputError, Problem
from tauplan.explore.executors import Here, Pool, cluster, local
from tauplan.explore.findings import findings
from tauplan.explore.prepared import KEEP, Prepared, ready
from tauplan.explore.run import explore
from tauplan.explore.sampling import sampled
from tauplan.explore.table import Table, connect
from tauplan.report.study import study_data, study_view
from tauplan.spec.study import read_study

SMALL = 12_000_000
"""Combinations that one process goes through sooner than a pool of them starts."""


@click.command(
    "explore", cls=Verb, short_help="Many designs: the best, the front, and what keeps the others out."
)
@click.argument("study", type=click.Path(path_type=Path))
@changes_option
@click.option(
    "--top", type=click.IntRange(0, 100_000), default=5, help="Show the N best by the first objective."
)
@click.option("--front", "whole_front", is_flag=True, help="Show the whole front, not its first designs.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
@click.option("--out", type=Output(), help="Write every design as Parquet.")
@click.option("--html", type=Output(), help="Write a self-contained HTML report.")
@click.option("--journal", type=Output(), help="Keep the finished work in this file.")
@click.option("--resume", is_flag=True, help="Go on where an interrupted run of the same study ended.")
@click.option("--workers", type=click.IntRange(1, 1024), help="Processes to use; default: one per core.")
@click.option("--dask", metavar="ADDRESS", help="Compute on the Dask cluster of this scheduler.")
def command(
    study: Path,
    changes: tuple[str, ...],
    top: int,
    whole_front: bool,
    as_json: bool,
    out: Path | None,
    html: Path | None,
    journal: Path | None,
    resume: bool,
    workers: int | None,
    dask: str | None,
) -> None:
    """Explore STUDY, a YAML file: a scenario varied along axes, with objectives and constraints.

    Every design is evaluated and the front is exact. Finished work is kept in STUDY.journal until the run ends,
    so that a run that was stopped goes on with --resume. Exit code 2 where the input is wrong or no design is
    feasible.
    """
    prepared = ready(read_study(study, changes), Catalog.load(), max(top, KEEP), rows=out is not None)
    started = time.perf_counter()
    asked = prepared.file.study.sample
    if asked is not None:
        _refuse_with_sample({"--out": out, "--journal": journal, "--dask": dask, "--resume": resume or None})
        with _progress() as progress:
            outcome = sampled(prepared, asked, progress)
    else:
        table = _table(out, resume=resume)
        book = journal
        if book is None and len(prepared.work.outer) > 1:
            book = study.with_name(study.name + ".journal")
        with _executor(prepared, workers, dask) as executor, _progress() as progress:
            outcome = explore(prepared, executor, book, table, resume=resume, progress=progress)
        if table is not None:
            table.finish(prepared)
        if book is not None and journal is None:
            book.unlink(missing_ok=True)
    wall_s = time.perf_counter() - started
    with _status() as told:
        found = findings(prepared, outcome, top, told)
    if html is not None:
        from tauplan.report.study_page import study_page

        write_text(html, study_page(found))
    if as_json:
        print_json(study_data(found, wall_s))
    else:
        show(study_view(found, wall_s, whole=whole_front))
        for name, path in (("table", out), ("report", html)):
            if path is not None:
                click.echo(f"{name}: {path}")
    if not outcome.feasible:
        click.echo("error: no design is feasible", err=True)
        sys.exit(2)


def _refuse_with_sample(options: dict[str, object]) -> None:
    """Refuse options that a sampled study has no use for."""
    given = [name for name, value in options.items() if value is not None]
    if given:
        raise InputError(
            Problem(
                "a sampled study runs here and at once",
                value=" ".join(given),
                expected="none of these options, or a study without 'sample'",
            )
        )


def _table(out: Path | None, *, resume: bool) -> Table | None:
    if out is None:
        return None
    connect().close()  # what the table needs is missed before the work, not after it
    table = Table(out)
    table.start(resume=resume)
    return table


@contextmanager
def _executor(prepared: Prepared, workers: int | None, dask: str | None) -> Generator[Here | Pool]:
    if dask is not None:
        with cluster(dask) as executor:
            yield executor
        return
    small = prepared.space.size <= SMALL or len(prepared.work.outer) == 1
    yield Here() if workers is None and small else local(workers)


@contextmanager
def _progress() -> Generator[Callable[[int, int], None]]:
    """Show designs done, their rate and the time left on a terminal's standard error."""
    if not sys.stderr.isatty():
        yield lambda _done, _all: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), TextColumn("{task.completed:,.0f} of {task.total:,.0f} designs"))
    rate = TextColumn("{task.fields[rate]}")
    with Progress(*columns, rate, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, rate="")
        first: list[tuple[float, int]] = []

        def update(done: int, total: int) -> None:
            first.append((time.perf_counter(), done)) if not first else None
            seconds = time.perf_counter() - first[0][0]
            rate = f"{(done - first[0][1]) / seconds:,.0f} designs/s" if seconds > 0 else ""
            bar.update(task, completed=done, total=total, rate=rate)

        yield update


@contextmanager
def _status() -> Generator[Callable[[str], None]]:
    """Show on a terminal's standard error what is worked on after the designs themselves."""
    if not sys.stderr.isatty():
        yield lambda _doing: None
        return
    from rich.console import Console

    with Console(stderr=True).status("") as line:
        yield lambda doing: line.update(f"{doing} …")
