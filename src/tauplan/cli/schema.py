"""``tauplan schema``: the JSON Schema of scenario files."""

from __future__ import annotations

import json
from pathlib import Path

import click

from tauplan.cli.output import Output, Verb, write_text
from tauplan.spec.schema import device_schema, scenario_schema

SCHEMAS = {"scenario": scenario_schema, "device": device_schema}


@click.command("schema", cls=Verb, short_help="Write the JSON Schema of scenario files, for editors.")
@click.option("--out", type=Output(), help="Write to a file instead of printing.")
@click.option(
    "--of",
    type=click.Choice(list(SCHEMAS)),
    default="scenario",
    help="Of training and serving, or of networks on a device.",
)
def command(out: Path | None, of: str) -> None:
    """Print the JSON Schema that editors use to complete and check scenario files."""
    text = json.dumps(SCHEMAS[of](), indent=2, ensure_ascii=False) + "\n"
    if out is None:
        click.echo(text, nl=False)
    else:
        write_text(out, text)
        click.echo(f"schema: {out}")
