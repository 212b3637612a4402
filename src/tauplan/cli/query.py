"""``tauplan query``: questions in SQL to tables of designs."""

from __future__ import annotations

import click

from tauplan.cli.common import print_json
from tauplan.explore.table import query


@click.command("query", short_help="Ask tables of designs in SQL.")
@click.argument("sql")
@click.option("--json", "as_json", is_flag=True, help="Print rows as JSON.")
def command(sql: str, as_json: bool) -> None:
    """Run SQL over files that `tauplan explore --out` wrote, named in quotes.

    For example: tauplan query "SELECT * FROM 'designs.parquet' ORDER BY cost_USD LIMIT 5"
    """
    columns, rows = query(sql)
    if as_json:
        print_json({"columns": columns, "rows": [[_plain(value) for value in row] for row in rows]})
        return
    cells = [columns, *([_word(value) for value in row] for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(columns))]
    numeric = [
        bool(rows) and all(isinstance(row[i], int | float) for row in rows) for i in range(len(columns))
    ]
    for line in cells:
        padded = (
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(line, widths, numeric, strict=True)
        )
        click.echo("  ".join(padded).rstrip())


def _word(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _plain(value: object) -> object:
    if isinstance(value, float) and value != value:
        return None
    return value if value is None or isinstance(value, int | float | str | bool) else str(value)
