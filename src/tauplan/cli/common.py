"""What the verbs share: reading scenarios, printing."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from tauplan.spec.scenario import Scenario, read_scenario

changes_option: Callable[..., Any] = click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="PATH=VALUE",
    help="Change a field, such as plan.tensor=4 or system.power_cap='300 W'. May be repeated.",
)


def read(path: Path, changes: tuple[str, ...] = ()) -> Scenario:
    """Read a scenario file with changes."""
    return read_scenario(path, changes)


def show(view: Any) -> None:
    """Print a table to the terminal, in colour where it can show colour."""
    from rich.console import Console

    width = None if os.environ.get("COLUMNS") or sys.stdout.isatty() else 100
    Console(width=width, highlight=False).print(view)


def print_json(data: dict[str, Any]) -> None:
    """Print data as JSON; keys keep their order, so that the same call gives the same bytes."""
    click.echo(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))
