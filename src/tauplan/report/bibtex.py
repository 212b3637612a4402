"""Citations: the sources of an answer as BibTeX entries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from tauplan.catalog.claims import Source
from tauplan.evaluate.answer import Answer
from tauplan.evaluate.findings import Findings

_YEAR = re.compile(r"(19|20)\d{2}")
_ESCAPED = str.maketrans(
    {c: f"\\{c}" for c in "&%$#_{}"}
    | {"\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}"}
)


def bibliography(answers: Iterable[Answer | Findings], sources: Mapping[str, Source]) -> str:
    """Return an entry for each source that the answers rest on, in the order of their names."""
    used: dict[str, set[str]] = {}
    for answer in answers:
        for claim in answer.claims:
            used.setdefault(claim.source, set()).add(claim.date)
    known = [(sources.get(name) or Source(name), dates) for name, dates in used.items() if name]
    return "\n".join(
        entry(source, max(dates)) for source, dates in sorted(known, key=lambda pair: pair[0].name)
    )


def entry(source: Source, date: str = "") -> str:
    """Return one source as a BibTeX entry; the year is that of its name, title or newest claim.

    >>> print(entry(Source("he-2026", "A time scaling theory", "ChinaXiv", "https://example.org/x")))
    @misc{he-2026,
      title = {{A time scaling theory}},
      publisher = {ChinaXiv},
      url = {https://example.org/x},
      year = {2026},
    }
    <BLANKLINE>
    """
    year = next((found[0] for text in (source.name, source.title, date) if (found := _YEAR.search(text))), "")
    fields = [
        ("title", f"{{{_safe(source.title or source.name)}}}"),
        ("publisher", _safe(source.publisher)),
        ("url", source.url if source.url.startswith(("http://", "https://")) else ""),
        ("year", year),
    ]
    lines = [f"  {name} = {{{value}}}," for name, value in fields if value and value != "{}"]
    return "\n".join((f"@misc{{{re.sub(r'[^A-Za-z0-9:._-]+', '-', source.name)},", *lines, "}", ""))


def _safe(words: str) -> str:
    return words.translate(_ESCAPED)
