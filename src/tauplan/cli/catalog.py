"""``tauplan catalog``: what the catalogue knows, and whether it is sound."""

from __future__ import annotations

import sys

import click

from tauplan.catalog.lookup import Catalog
from tauplan.cli.common import show
from tauplan.errors import InputError, Problem, did_you_mean


@click.group("catalog", short_help="Parts and claims: list, show, check.")
def command() -> None:
    """Look into the catalogue of parts and claims."""


@command.command("list")
@click.argument("kind", required=False)
def list_parts(kind: str | None) -> None:
    """List the parts of KIND (accelerator, soc, memory, link, server, model …), or the kinds."""
    from tauplan.report.parts import parts_view

    catalog = Catalog.load()
    kinds = catalog.kinds()
    if kind is None:
        for name in kinds:
            click.echo(f"{len(catalog.parts(name)):5d}  {name}")
        return
    name = kind if kind in kinds else kind.removesuffix("s")
    if name not in kinds:
        raise InputError(
            Problem("unknown kind", value=kind, expected=", ".join(kinds), hint=did_you_mean(kind, kinds))
        )
    show(parts_view(catalog, name))


@command.command("show")
@click.argument("part")
def show_part(part: str) -> None:
    """Show every claim about PART: value, source, grade, and which one is used."""
    from tauplan.report.parts import part_view

    catalog = Catalog.load()
    show(part_view(catalog, catalog.resolve(part)))


@command.command("check")
def check_catalog() -> None:
    """Check every row: names, units, sources, grades, bands. Exit code 2 if anything is wrong."""
    from tauplan.catalog.check import check

    catalog = Catalog.load()
    found = check(catalog)
    for problem in found:
        click.echo(problem.render(), err=True)
    parts, claims = len(catalog.parts()), len(catalog.all_claims())
    click.echo(f"{parts} parts, {claims} claims, {len(catalog.sources)} sources: {len(found)} problems")
    if found:
        sys.exit(2)
