"""The claims of an answer as an HTML table, with links to their sources."""

from __future__ import annotations

from collections.abc import Sequence

from tauplan.catalog.claims import Source
from tauplan.catalog.lookup import Catalog
from tauplan.evaluate.answer import Answer, ClaimUse
from tauplan.language import _
from tauplan.report.elements import Html, datum, element, markup_table, paragraph, quoted, raw, text
from tauplan.report.evidence import contested, effect

COLUMNS = ("part and field", "value used", "grade", "date", "source", "rivals")


def claims_table(answer: Answer) -> Html:
    """Return the claims with rivals, those with most at stake first, and all others to unfold."""
    sources = Catalog.load().sources
    fought = contested(answer)
    others = [claim for claim in answer.claims if not claim.rivals]
    said = _("The answer rests on {count} claims; {rivals} have rivals in the catalogue.").format(
        count=len(answer.claims), rivals=len(fought)
    )
    parts = [paragraph(said)]
    if fought:
        parts.append(_table(fought, sources))
    if others:
        summary = element("summary", text(_("The {count} claims without rivals").format(count=len(others))))
        parts.append(element("details", summary, _table(others, sources)))
    return raw(*parts, "\n")


def claims_list(claims: Sequence[ClaimUse]) -> Html:
    """Return claims to unfold, of a study that does not weigh their rivals."""
    if not claims:
        return raw()
    said = text(_("The {count} claims that the answer rests on").format(count=len(claims)))
    listed = _table(list(claims), Catalog.load().sources)
    return raw(element("details", element("summary", said), listed), "\n")


def _table(claims: list[ClaimUse], sources: dict[str, Source]) -> Html:
    rows = [
        [
            raw(datum(claim.part), ", ", datum(claim.field.replace("_", " "))),
            datum(claim.value),
            text(claim.grade),
            text(claim.date),
            source_link(claim.source, sources),
            _rivals(claim, sources),
        ]
        for claim in claims
    ]
    columns = COLUMNS if any(claim.rivals for claim in claims) else COLUMNS[:-1]
    return markup_table(columns, [row[: len(columns)] for row in rows], "lrnnll"[: len(columns)])


def _rivals(claim: ClaimUse, sources: dict[str, Source]) -> Html:
    items = (
        raw(
            raw(datum(rival.value), " (", text(rival.grade), ", "),
            source_link(rival.source, sources),
            text("): "),
            element("span", text(effect(rival.time_ratio)), attributes='class="whole"'),
        )
        for rival in claim.rivals
    )
    return element("ul", *(element("li", item) for item in items))


def source_link(name: str, sources: dict[str, Source]) -> Html:
    """Return a source's title, with a link where its address is a web address."""
    source = sources.get(name)
    if source is None:
        return quoted(name)
    title = quoted(source.title or name)
    if not source.url.startswith(("https://", "http://")):
        return title
    return element("a", title, attributes=f'href="{text(source.url)}" rel="noreferrer"')
