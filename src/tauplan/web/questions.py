"""What a client may ask, as checked bodies of calls."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from tauplan.errors import InputError, Problem
from tauplan.web import limits

Name = Annotated[str, Field(max_length=limits.LONGEST_NAME)]
Change = Annotated[str, Field(max_length=limits.LONGEST_CHANGE)]


Wanted = Literal["all", "answer", "rest"]
"""What of an answer: all of it, what is there first, or the rest, which takes as long again."""


class Body(BaseModel):
    """A body of a call: nothing in it that is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Body):
    """Where to start from: an example by name, or YAML text."""

    example: Name = Field(default="", description="name of an example")
    yaml: str = Field(default="", max_length=limits.LONGEST_SCENARIO, description="YAML text of one's own")

    def one(self) -> None:
        """Errors: :class:`InputError` unless exactly one is named."""
        if bool(self.example) == bool(self.yaml):
            expected = "either example or yaml"
            raise InputError(Problem("nothing to evaluate, or too much", place="body", expected=expected))


class Question(Source):
    """A scenario with ``path=value`` changes; or a design of a study, by its number, with changes to it."""

    changes: tuple[Change, ...] = Field(
        default=(),
        max_length=limits.MOST_CHANGES,
        description="changes as dotted paths, such as plan.tensor=4",
    )
    design: int | None = Field(
        default=None, ge=0, le=2**62, description="number of a design, where a study is named"
    )


class ComparePage(Body):
    """Two to four scenarios side by side; the first is the baseline."""

    designs: tuple[Question, ...] = Field(min_length=2, max_length=4)


class MarketPage(Body):
    """A series of market figures, or the ledger where none is named."""

    series: Name = ""
    entity: Name = ""


class PartPage(Body):
    """A part of the catalogue."""

    part: Name


class FilePage(Body):
    """A file that was brought along; ``on`` names a chip for a network."""

    file: Name
    on: Name = ""


class Study(Source):
    """A study to run: an example by name or YAML text, with changes of the study."""

    changes: tuple[Change, ...] = Field(default=(), max_length=limits.MOST_CHANGES)


class JobAsked(Body):
    """A job to start."""

    kind: Literal["study", "supply", "accuracy"]
    source: Study = Study()


class SheetAsked(Body):
    """A table as it is shown, to be had as a spreadsheet."""

    title: Annotated[str, Field(max_length=limits.LONGEST_NAME)] = "table"
    columns: Annotated[tuple[Annotated[str, Field(max_length=300)], ...], Field(max_length=60)]
    rows: Annotated[
        tuple[Annotated[tuple[Annotated[str, Field(max_length=5000)], ...], Field(max_length=60)], ...],
        Field(max_length=5000),
    ]
