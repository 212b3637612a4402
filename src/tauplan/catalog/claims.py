"""Claims: one source's word on one field of one part."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from tauplan import units


@dataclass(frozen=True)
class Part:
    """A thing the catalogue knows: its name, kind, maker and the generation whose coefficients it shares."""

    name: str
    kind: str
    vendor: str = ""
    country: str = ""
    generation: str = ""
    description: str = ""


@dataclass(frozen=True)
class Source:
    """Where claims come from."""

    name: str
    title: str = ""
    publisher: str = ""
    url: str = ""
    licence: str = ""


@dataclass(frozen=True)
class Field:
    """A field that parts of a kind may have, with its canonical unit ("text" for words)."""

    kind: str
    name: str
    unit: str
    required: bool
    description: str


@dataclass(frozen=True)
class Claim:
    """A value in SI units (or text) with its source, grade and date; ``low`` and ``high`` where a band is given."""

    part: str
    field: str
    value: float | str
    unit: str
    low: float | None = None
    high: float | None = None
    source: str = ""
    locator: str = ""
    grade: str = ""
    date: str = ""
    note: str = ""

    @functools.cached_property
    def text(self) -> str:
        """The value in engineering units."""
        return self.value if isinstance(self.value, str) else units.format(self.value, self.unit)


@dataclass(frozen=True)
class Choice:
    """The claim that a policy chose, and the claims it was preferred to."""

    claim: Claim
    rivals: tuple[Claim, ...] = ()

    @property
    def value(self) -> float | str:
        """The chosen value, in SI units."""
        return self.claim.value

    @property
    def low(self) -> float | None:
        """The low end of the chosen claim's own band, if it has one."""
        return self.claim.low

    @property
    def high(self) -> float | None:
        """The high end of the chosen claim's own band, if it has one."""
        return self.claim.high
