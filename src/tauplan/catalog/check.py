"""Is the catalogue sound? Every row against every rule, all findings at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tauplan.catalog.claims import Claim
from tauplan.catalog.lookup import Catalog
from tauplan.errors import Problem, did_you_mean, plain


def check(catalog: Catalog) -> list[Problem]:
    """Return what is wrong with a catalogue: unknown names, wrong units, missing sources, bad bands."""
    found = [problem for claim in catalog.all_claims() for problem in _claim(catalog, claim)]
    return [*found, *_names(catalog), *_required(catalog)]


def _claim(catalog: Catalog, claim: Claim) -> Iterator[Problem]:
    path = f"{claim.part}.{claim.field}"
    part = catalog.find(claim.part)
    if part is None or part.name != claim.part:
        yield Problem(
            "a claim about an unknown part",
            path=path,
            hint=did_you_mean(claim.part, [p.name for p in catalog.parts()]),
        )
        return
    field = catalog.fields.get((part.kind, claim.field))
    if field is None:
        names = [name for kind, name in catalog.fields if kind == part.kind]
        yield Problem(
            f"{part.kind} has no field '{claim.field}'", path=path, hint=did_you_mean(claim.field, names)
        )
    elif field.unit != claim.unit:
        yield Problem("a unit of another dimension", path=path, value=claim.unit, expected=field.unit)
    if claim.source not in catalog.sources:
        yield Problem("an unknown source", path=path, value=claim.source)
    if claim.grade not in catalog.grades:
        yield Problem("an unknown grade", path=path, value=claim.grade, expected=", ".join(catalog.grades))
    if isinstance(claim.value, float):
        low = claim.value if claim.low is None else claim.low
        high = claim.value if claim.high is None else claim.high
        if not low <= claim.value <= high:
            yield Problem(
                "the value lies outside its band", path=path, value=f"{low:g} … {claim.value:g} … {high:g}"
            )


def _names(catalog: Catalog) -> Iterator[Problem]:
    names = Counter([plain(alias) for alias, _ in catalog.aliases] + [plain(p.name) for p in catalog.parts()])
    for name, count in names.items():
        if count > 1:
            yield Problem("a name that stands for more than one part", value=name)
    known = {part.name for part in catalog.parts()}
    for alias, target in catalog.aliases:
        if target not in known:
            yield Problem(
                "an alias of an unknown part", path=alias, value=target, hint=did_you_mean(target, known)
            )
    for part in catalog.parts():
        if part.generation and part.generation not in known:
            yield Problem("an unknown generation", path=part.name, value=part.generation)


def _required(catalog: Catalog) -> Iterator[Problem]:
    for part in catalog.parts():
        for (kind, name), field in catalog.fields.items():
            if kind == part.kind and field.required and not catalog.claims(part.name, name):
                yield Problem("a required field has no claim", path=f"{part.name}.{name}")
