"""One part of the catalogue for a page: every claim with its source and rivals, and where it is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tauplan.catalog.claims import Claim, Part
from tauplan.catalog.lookup import Catalog
from tauplan.language import _, told
from tauplan.report.claims_table import source_link
from tauplan.report.elements import Html, datum, element, filled, markup_table, paragraph, quoted, raw, text
from tauplan.report.parts import band_text, value_text

Uses = Mapping[tuple[str, str], Sequence[str]]
"""Names of the examples whose answers rest on a (part, field)."""


def part_article(catalog: Catalog, part: Part, uses: Uses) -> Html:
    """Return a part with its claims: the first of each field is the one used, those below it are its rivals."""
    aliases = [alias for alias, target in catalog.aliases if target == part.name]
    origin = ", ".join(word for word in (told(part.kind), part.vendor, part.country, part.generation) if word)
    parts = [
        element("h1", quoted(part.name)),
        paragraph(origin, "summary"),
        element("p", quoted(part.description), attributes='class="note"'),
    ]
    if aliases:
        parts.append(
            element(
                "p", filled(_("also: {names}"), names=quoted(", ".join(aliases))), attributes='class="note"'
            )
        )
    claims = catalog.claims(part.name)
    if not claims:
        parts.append(paragraph("No claims of its own: it takes those of its generation.", "note"))
        return raw("<article>", *parts, "</article>\n")
    parts.append(
        paragraph("The first claim of a field is the one used; those below it are its rivals.", "reading")
    )
    fields = dict.fromkeys(claim.field for claim in claims)
    rows = [row for field in fields for row in _rows(catalog, part, field, uses)]
    columns = ("field", "value", "band", "grade", "date", "source", "used by")
    parts.append(markup_table(columns, rows, "lnnlnll"))
    return raw("<article>", *parts, "</article>\n")


def _rows(catalog: Catalog, part: Part, field: str, uses: Uses) -> Iterator[list[Html]]:
    known = catalog.fields.get((part.kind, field))
    for rank, claim in enumerate(_ordered(catalog, part, field)):
        described = element("div", quoted(known.description), attributes='class="note"') if known else raw()
        name = raw(datum(field.replace("_", " ")), described)
        more = "; ".join(word for word in (claim.locator, claim.note) if word)
        note = element("div", quoted(more), attributes='class="note"') if more else raw()
        yield [
            name if not rank else element("span", text("rival"), attributes='class="note rival"'),
            quoted(value_text(claim)) if claim.unit == "text" else text(value_text(claim)),
            text(band_text(claim)),
            text(claim.grade),
            text(claim.date),
            raw(source_link(claim.source, catalog.sources), note),
            quoted(", ".join(uses.get((part.name, field), ()))) if not rank else raw(),
        ]


def _ordered(catalog: Catalog, part: Part, field: str) -> Iterator[Claim]:
    choice = catalog.choose(part.name, field)
    if choice is not None:
        yield choice.claim
    yield from (c for c in catalog.claims(part.name, field) if choice is None or c is not choice.claim)
