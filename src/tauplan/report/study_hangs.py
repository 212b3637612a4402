"""What the figures of a study hang on, and where its choice flips: tables for the terminal, plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from tauplan.explore.findings import Findings
from tauplan.explore.flips import FlipPoint
from tauplan.explore.sensitivity import Hangs, Share
from tauplan.report.blocks import grid, section
from tauplan.report.text import claim_name, quantity

MOST_INPUTS = 6
"""Inputs of a figure that are shown."""

LEAST = 0.005
"""Total index below which an input is not shown."""

MOST_FLIPS = 12


def hangs_title(hangs: Hangs) -> str:
    """Return what varies behind a set of indices, in words."""
    over = "the axes" if hangs.of == "axes" else f"the claims behind design {hangs.of}"
    return over if hangs.used > 1 - LEAST else f"{over}; {hangs.used:.0%} of the pairs of points are feasible"


def shown_shares(hangs: Hangs, figure: str) -> list[Share]:
    """Return the inputs of one figure that are worth a line."""
    mine = [share for share in hangs.shares if share.figure == figure]
    return [share for share in mine[:MOST_INPUTS] if share.total >= LEAST]


def input_name(hangs: Hangs, share: Share) -> str:
    """Return an axis or a claim in words."""
    return share.name if hangs.of == "axes" else claim_name(share.name)


def hangs_view(found: Findings) -> Iterator[RenderableType]:
    """Yield a table per set of inputs: first-order and total Sobol indices of each objective."""
    for hangs in found.hangs:
        table = grid("lrrr", header=["", "alone", "in all", "±"], shrink=0)
        for figure in found.prepared.wanted.objectives:
            table.add_row(Text(figure.label, style="bold"), "", "", "")
            for share in shown_shares(hangs, figure.name):
                cells = (f"{max(share.first, 0.0):.2f}", f"{share.total:.2f}", f"{share.error:.2f}")
                name = input_name(hangs, share)
                table.add_row(f"  {name}", *cells)
        note = f"Sobol indices over {hangs_title(hangs)}: share of the variance an input explains"
        yield section("What it hangs on", table, note)


def flip_words(flip: FlipPoint, unit: str) -> tuple[str, str, str, str]:
    """Return a flip in words: the claim, its value with its band, where the choice flips, from what to what."""
    low, high = (quantity(end, unit) for end in (flip.low, flip.high))
    claim = claim_name(f"{flip.part}.{flip.field}")
    now = f"{quantity(flip.chosen, unit)} ({low} to {high})"
    return claim, now, quantity(flip.at, unit), f"{flip.ours} → {flip.theirs}"


def flip_units(found: Findings) -> dict[tuple[str, str], str]:
    """Return the unit of each claim that flips."""
    catalog = found.prepared.catalog
    kinds = {flip.part: catalog.resolve(flip.part).kind for flip in found.flips}
    return {
        (flip.part, flip.field): catalog.fields[kinds[flip.part], flip.field].unit for flip in found.flips
    }


def flips_view(found: Findings) -> RenderableType:
    """Return the nearest flips between the best design and the best of another choice."""
    units = flip_units(found)
    table = grid("lrrl", header=["where this claim", "now", "passes", "the choice flips"], shrink=3)
    for flip in found.flips[:MOST_FLIPS]:
        table.add_row(*flip_words(flip, units[flip.part, flip.field]))
    first = found.prepared.wanted.first.label
    note = f"claims within their bands at which another choice leads in {first}; plans stay as they are"
    return section("Where it flips", table, note)


def hangs_data(found: Findings) -> list[dict[str, Any]]:
    """Return the indices as plain data."""
    return [
        {"of": hangs.of, "used": hangs.used, "shares": [asdict(share) for share in hangs.shares]}
        for hangs in found.hangs
    ]


def flips_data(flips: Sequence[FlipPoint]) -> list[dict[str, Any]]:
    """Return the flips as plain data, SI."""
    return [asdict(flip) for flip in flips]
