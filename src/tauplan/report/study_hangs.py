"""What the figures of a study hang on, and where its choice flips: tables for the terminal, plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
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

MOST_FLIPS = 8
"""Flips that are shown from one leading choice."""

EACH = 3
"""And to one rival."""


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
    """Return a flip in words: the claim, its value with its band, where the choice flips, and to what."""
    low, high = (quantity(end, unit) for end in (flip.low, flip.high))
    claim = claim_name(f"{flip.part}.{flip.field}")
    now = f"{quantity(flip.chosen, unit)} ({low} to {high})"
    return claim, now, quantity(flip.at, unit), flip.theirs


def flip_units(found: Findings) -> dict[tuple[str, str], str]:
    """Return the unit of each claim that flips."""
    catalog = found.prepared.catalog
    kinds = {flip.part: catalog.resolve(flip.part).kind for flip in found.flips}
    return {
        (flip.part, flip.field): catalog.fields[kinds[flip.part], flip.field].unit for flip in found.flips
    }


def shown_flips(found: Findings) -> dict[tuple[str, str], list[FlipPoint]]:
    """Return the nearest flips from each leading choice, by its axis and name: some to each of its rivals."""
    shown: dict[tuple[str, str], list[FlipPoint]] = {}
    told: dict[tuple[str, str, str], int] = {}
    for flip in found.flips:
        rival = (flip.axis, flip.ours, flip.theirs)
        told[rival] = told.get(rival, 0) + 1
        if told[rival] <= EACH:
            shown.setdefault(rival[:2], []).append(flip)
    return {lead: sorted(flips[:MOST_FLIPS], key=lambda flip: flip.theirs) for lead, flips in shown.items()}


def flips_view(found: Findings) -> RenderableType:
    """Return the nearest flips between the leading design and the best of each other choice."""
    units = flip_units(found)
    parts: list[RenderableType] = []
    for (axis, ours), flips in shown_flips(found).items():
        table = grid("llrr", header=["to", "where this claim", "passes", "now"], shrink=0)
        for flip in flips:
            claim, now, at, theirs = flip_words(flip, units[flip.part, flip.field])
            table.add_row(f"  {theirs}", claim, at, now)
        parts += [Text(f"{axis}: from {ours}", style="bold"), table]
    first = found.prepared.wanted.first.label
    note = f"claims within their bands at which another choice leads in {first}; plans stay as they are"
    return section("Where it flips", Group(*parts), note)


def hangs_data(found: Findings) -> list[dict[str, Any]]:
    """Return the indices as plain data."""
    return [
        {"of": hangs.of, "used": hangs.used, "shares": [asdict(share) for share in hangs.shares]}
        for hangs in found.hangs
    ]


def flips_data(flips: Sequence[FlipPoint]) -> list[dict[str, Any]]:
    """Return the flips as plain data, SI."""
    return [asdict(flip) for flip in flips]
