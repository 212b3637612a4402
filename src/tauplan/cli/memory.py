"""``tauplan memory``: what a memory channel sustains."""

from __future__ import annotations

import math
from dataclasses import asdict

import click

from tauplan import units
from tauplan.catalog.lookup import Catalog
from tauplan.cli.common import print_json, show
from tauplan.errors import InputError, Problem
from tauplan.evaluate.dram_report import Access, dram_report
from tauplan.memory.dram_address import INTERLEAVED, MAPPINGS
from tauplan.memory.dram_run import PLACES
from tauplan.report.dram import dram_view

PATTERNS = {"stream": math.inf, "random": 0.0}


@click.command("memory", short_help="What a memory channel sustains: bandwidth, latency, energy, what binds.")
@click.argument("part")
@click.option(
    "--pattern", default="stream", help="stream, random, or the bytes read in order, such as '4 KiB'."
)
@click.option("--writes", type=click.FloatRange(0, 1, max_open=True), default=0.0, help="Share of writes.")
@click.option(
    "--mapping",
    default=INTERLEAVED,
    help=f"Of addresses to banks: {', '.join(MAPPINGS)}, or another order of Ro, Ba, Bg, Ra, Co.",
)
@click.option("--queue", type=click.IntRange(1), default=PLACES, help="Places of the controller's queue.")
@click.option("--ranks", type=click.IntRange(1), help="Ranks of the channel; default: the catalogued number.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON, in SI units.")
def command(
    part: str, pattern: str, writes: float, mapping: str, queue: int, ranks: int | None, as_json: bool
) -> None:
    """Sustained bandwidth, latency and energy of one channel of PART, such as 'HBM3-6400 16Gb_8hi'."""
    chunk = PATTERNS[pattern] if pattern in PATTERNS else units.parse(pattern, "B")
    if not chunk >= 0:
        raise InputError(
            Problem(
                "out of range",
                path="--pattern",
                value=pattern,
                expected="stream, random or bytes, as '4 KiB'",
            )
        )
    report = dram_report(Catalog.load(), part, Access(chunk, writes, mapping, queue, ranks or 0))
    if as_json:
        print_json(asdict(report))
    else:
        show(dram_view(report))
