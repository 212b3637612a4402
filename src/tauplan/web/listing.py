"""The catalogue as plain data: parts to search, one part with every claim, its source and its rivals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from tauplan.catalog.claims import Claim, Part
from tauplan.catalog.lookup import Catalog
from tauplan.errors import plain
from tauplan.report.parts import band_text, value_text

WEEK_S = 7 * 24 * 3600


def parts_data(catalog: Catalog, kind: str = "", query: str = "") -> dict[str, Any]:
    """Return parts of a kind (all by default) in which every word of a query occurs, aliases included."""
    aliases: dict[str, list[str]] = {}
    for alias, name in catalog.aliases:
        aliases.setdefault(name, []).append(alias)
    words = [plain(word) for word in query.split()]
    parts = [
        {
            **asdict(part),
            "aliases": aliases.get(part.name, []),
            "claims": len(catalog.claims(part.name)),
            **_offer(catalog, part),
        }
        for part in catalog.parts(kind or None)
        if all(word in _text(part, aliases.get(part.name, [])) for word in words)
    ]
    return {"kinds": list(catalog.kinds()), "parts": parts}


def _offer(catalog: Catalog, part: Part) -> dict[str, Any]:
    """Return the node that a part is made in and the weeks in which it can be had, as far as they are claimed."""
    node = catalog.choose(part.name, "process_node")
    wait = catalog.choose(part.name, "lead_time")
    like = catalog.choose(part.name, "lead_time_class")
    if wait is None and like is not None:
        wait = catalog.choose(str(like.value), "lead_time")
    weeks = None if wait is None or isinstance(wait.value, str) else round(wait.value / WEEK_S, 1)
    return {"node": "" if node is None else str(node.value), "weeks": weeks}


def part_data(catalog: Catalog, name: str) -> dict[str, Any]:
    """Return a part with its fields; the first claim of each field is the one used, the others are its rivals.

    Errors: :class:`InputError` naming the nearest parts.
    """
    part = catalog.resolve(name)
    aliases = [alias for alias, target in catalog.aliases if target == part.name]
    fields = dict.fromkeys(claim.field for claim in catalog.claims(part.name))
    return {**asdict(part), "aliases": aliases, "fields": [_field(catalog, part, field) for field in fields]}


def _field(catalog: Catalog, part: Part, name: str) -> dict[str, Any]:
    known = catalog.fields.get((part.kind, name))
    return {
        "name": name,
        "unit": known.unit if known else "",
        "description": known.description if known else "",
        "claims": [_claim(catalog, claim) for claim in _ordered(catalog, part, name)],
    }


def _ordered(catalog: Catalog, part: Part, name: str) -> Iterator[Claim]:
    choice = catalog.choose(part.name, name)
    if choice is not None:
        yield choice.claim
    yield from (c for c in catalog.claims(part.name, name) if choice is None or c is not choice.claim)


def _claim(catalog: Catalog, claim: Claim) -> dict[str, Any]:
    source = catalog.sources.get(claim.source)
    return {
        "value": claim.value,
        "text": value_text(claim),
        "band": band_text(claim),
        "grade": claim.grade,
        "date": claim.date,
        "note": claim.note,
        "locator": claim.locator,
        "source": asdict(source) if source is not None else {"name": claim.source},
    }


def _text(part: Part, aliases: list[str]) -> str:
    return plain(" ".join((*asdict(part).values(), *aliases)))


def series_data() -> dict[str, Any]:
    """Return the series of market figures: how many figures, about whom, from when to when."""
    from tauplan.report.market_page import series_title
    from tauplan.supply.market.series import shipped_figures

    groups: dict[str, list[Any]] = {}
    for figure in shipped_figures():
        groups.setdefault(figure.series, []).append(figure)
    series: list[dict[str, Any]] = []
    for name, figures in sorted(groups.items()):
        periods = sorted({figure.period for figure in figures})
        about = list(dict.fromkeys(figure.entity for figure in figures))
        series.append(
            {
                "name": name,
                "title": series_title(name),
                "figures": len(figures),
                "about": about,
                "first": periods[0],
                "last": periods[-1],
            }
        )
    return {"series": series}
