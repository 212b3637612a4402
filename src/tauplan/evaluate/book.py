"""The book of claims: every catalogue value an evaluation uses, written down as it is looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tauplan.catalog.claims import Choice, Claim
from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import Policy
from tauplan.errors import InputError, Problem
from tauplan.tau import Number

Key = tuple[str, str]


@dataclass
class Book:
    """Looks up claims, remembers which were used, and can put other values in their place.

    ``given`` maps (part, field) to SI values that the scenario sets itself, ``words`` to text; ``substitutes``
    does so for the other claims of a sensitivity run, usually arrays. ``uses`` holds the choices in the order of
    first use.
    """

    catalog: Catalog
    policy: Policy
    given: Mapping[Key, Number] = field(default_factory=dict[Key, Number])
    substitutes: Mapping[Key, Number] = field(default_factory=dict[Key, Number])
    words: Mapping[Key, str] = field(default_factory=dict[Key, str])
    uses: dict[Key, Choice] = field(default_factory=dict[Key, Choice])
    notes: list[str] = field(default_factory=list[str])

    def has(self, part: str, name: str) -> bool:
        """Tell whether there is any claim or substitute for a field."""
        return (part, name) in self.given or self.catalog.choose(part, name, self.policy) is not None

    def number(self, part: str, name: str, *fallback: Key) -> Number:
        """Return a field's value in SI units, from the part or the first fallback (part, field) that has it.

        Errors: :class:`InputError` naming the part and field where none has a claim.
        """
        for key in ((part, name), *fallback):
            if key in self.given:
                return self.given[key]
            choice = self._remember(key)
            if choice is not None and not isinstance(choice.value, str):
                return self.substitutes.get(key, choice.value)
        raise InputError(
            Problem(
                f"the catalogue has no {name} for {part}",
                path=f"{part}.{name}",
                expected="a claim in the catalogue, or the field given in the scenario",
                hint=f"see what is known: tauplan catalog show '{part}'",
            )
        )

    def optional(self, part: str, name: str) -> Number | None:
        """Return a field's value in SI units, or None."""
        return self.number(part, name) if self.has(part, name) else None

    def text(self, part: str, name: str) -> str | None:
        """Return a text field, or None."""
        if (part, name) in self.words:
            return self.words[part, name]
        choice = self._remember((part, name))
        return choice.value if choice is not None and isinstance(choice.value, str) else None

    def note(self, text: str) -> None:
        """Keep a remark for the answer's warnings, once."""
        if text not in self.notes:
            self.notes.append(text)

    def claim(self, part: str, name: str) -> Claim | None:
        """Return the claim used for a field so far, or None."""
        choice = self.uses.get((part, name))
        return choice.claim if choice else None

    def _remember(self, key: Key) -> Choice | None:
        if key not in self.uses:
            choice = self.catalog.choose(*key, self.policy)
            if choice is None:
                return None
            self.uses[key] = choice
        return self.uses[key]
