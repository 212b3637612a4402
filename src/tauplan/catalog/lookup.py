"""The catalogue: parts by any of their names, claims by part and field."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from tauplan.catalog import tables
from tauplan.catalog.claims import Choice, Claim, Field, Part, Source
from tauplan.catalog.location import data_root
from tauplan.catalog.policy import DEFAULT, Policy
from tauplan.errors import InputError, Problem, did_you_mean, plain


class Catalog:
    """Parts, their claims and sources, read from one folder of CSV files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.grades = tables.read_grades(root)
        self.sources: dict[str, Source] = {source.name: source for source in tables.read_sources(root)}
        self.fields: dict[tuple[str, str], Field] = {(f.kind, f.name): f for f in tables.read_fields(root)}
        self._parts: dict[str, Part] = {part.name: part for part in tables.read_parts(root)}
        self.aliases = tables.read_aliases(root)
        self._names: dict[str, str] = {plain(alias): part for alias, part in self.aliases}
        self._names |= {plain(name): name for name in self._parts}
        self._claims: dict[str, dict[str, list[Claim]]] = {}
        self._choices: dict[
            tuple[str, str], Choice | None
        ] = {}  # made without pins, kept as they are asked for
        for path in sorted((root / "claims").glob("*.csv")):
            for claim in tables.read_claims(path):
                self._claims.setdefault(claim.part, {}).setdefault(claim.field, []).append(claim)

    @classmethod
    def load(cls, root: Path | None = None) -> Catalog:
        """Return the catalogue of a folder, the shipped one by default; read once per process."""
        return _load(root or data_root())

    @functools.cached_property
    def hash(self) -> str:
        """Short hash of all bytes of the catalogue, part of every answer's identity."""
        digest = hashlib.sha256()
        for path in sorted(self.root.rglob("*.csv")):
            digest.update(path.relative_to(self.root).as_posix().encode())
            digest.update(path.read_bytes())
        return digest.hexdigest()[:12]

    def parts(self, kind: str | None = None) -> tuple[Part, ...]:
        """Return all parts, or those of a kind, in the order of the files."""
        return tuple(part for part in self._parts.values() if kind in (None, part.kind))

    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of part that there are."""
        return tuple(dict.fromkeys(part.kind for part in self._parts.values()))

    def find(self, name: str) -> Part | None:
        """Return a part by name or alias, case and punctuation aside; None if there is none."""
        known = self._names.get(plain(name))
        return self._parts.get(known) if known is not None else None

    def mentioned(self, text: str, kind: str) -> Part | None:
        """Return the part of a kind whose name or alias, the longest there is, occurs in a text."""
        words = plain(text)
        found = [
            (len(name), part)
            for name, part in self._names.items()
            if self._parts[part].kind == kind and name in words
        ]
        return self._parts[max(found)[1]] if found else None

    def resolve(self, name: str, kind: str | tuple[str, ...] | None = None) -> Part:
        """Return a part by name or alias. Errors: :class:`InputError` naming the nearest parts of the kind."""
        part = self.find(name)
        kinds = (kind,) if isinstance(kind, str) else kind
        if part is not None and (kinds is None or part.kind in kinds):
            return part
        what = " or ".join(kinds) if kinds else "part"
        if part is not None:
            raise InputError(
                Problem(f"'{part.name}' is not {_article(what)}", value=name, expected=f"{_article(what)}")
            )
        known = [p.name for p in self._parts.values() if kinds is None or p.kind in kinds]
        known += [alias for alias, target in self.aliases if target in set(known)]
        hint = (
            did_you_mean(name, known) or f"list them with: tauplan catalog list {kinds[0] if kinds else ''}"
        )
        raise InputError(
            Problem(f"unknown {what}", value=name, expected=f"{_article(what)} of the catalogue", hint=hint)
        )

    def claims(self, part: str, field: str | None = None) -> tuple[Claim, ...]:
        """Return the claims of a part, of one field or all, in the order of the files."""
        fields = self._claims.get(part, {})
        if field is not None:
            return tuple(fields.get(field, ()))
        return tuple(claim for claims in fields.values() for claim in claims)

    def all_claims(self) -> tuple[Claim, ...]:
        """Return every claim."""
        return tuple(claim for part in self._claims for claim in self.claims(part))

    def choose(self, part: str, field: str, policy: Policy = DEFAULT) -> Choice | None:
        """Return the policy's choice among the claims of a field; None if there is none."""
        if policy.pins:
            return policy.choose(self._claims.get(part, {}).get(field, ()), self.grades)
        key = (part, field)
        if key not in self._choices:
            self._choices[key] = DEFAULT.choose(self._claims.get(part, {}).get(field, ()), self.grades)
        return self._choices[key]

    def require(self, part: str, field: str, policy: Policy = DEFAULT) -> Choice:
        """Return the policy's choice. Errors: :class:`InputError` saying which fields there are."""
        choice = self.choose(part, field, policy)
        if choice is None:
            there = ", ".join(self._claims.get(part, {})) or "none"
            raise InputError(
                Problem(
                    f"no claim of {field} for {part}",
                    path=f"{part}.{field}",
                    expected=f"a claim; there are: {there}",
                )
            )
        return choice


def _article(what: str) -> str:
    return f"an {what}" if what[0] in "aeiou" else f"a {what}"


@functools.cache
def _load(root: Path) -> Catalog:
    return Catalog(root)
