"""The study: a scenario, the axes it is varied along, what must hold and what is wanted, as a person writes it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
from pydantic import Discriminator, Field, Tag

from tauplan.errors import InputError
from tauplan.spec.base import Spec
from tauplan.spec.diagnose import problems
from tauplan.spec.override import apply
from tauplan.spec.quantity import Ratio
from tauplan.spec.scenario import Scenario
from tauplan.spec.yaml_text import Document, load, loads
from tauplan.tau import Level

Figure = Literal[
    "time_to_result",
    "supply",
    "run",
    "energy",
    "power",
    "cost",
    "capital",
    "memory",
    "goodput",
    "accelerators",
    "vendors",
    "lateness",
    "time_to_result_p90",
    "cost_p90",
    "chance_late",
    "expected_lateness",
    "cost_per_million_tokens",
    "tokens_per_s",
    "step",
    "mfu",
    "die_area",
    "ttft",
    "tpot",
]
"""Figures a study can want or bound: times, energy, money, bytes, counts, rates and chances of a design."""

Value = str | float | int | bool


class Span(Spec):
    """Values between two ends: a number of steps, or steps by a factor."""

    low: Value = Field(description="first value, in the unit of the field")
    high: Value = Field(description="last value, in the unit of the field")
    steps: Annotated[int, Field(ge=2, le=1_000_000)] | None = Field(
        default=None, description="number of values, both ends included"
    )
    scale: Literal["linear", "log"] = Field(default="linear", description="how the steps are spread")
    factor: Annotated[float, Field(gt=1.0)] | None = Field(
        default=None, description="each value is this many times the one before, in place of steps"
    )


class Query(Spec):
    """Parts of the catalogue as the values of an axis."""

    parts: str = Field(description="kind of part, such as accelerator, link or server")
    vendor: tuple[str, ...] = Field(default=(), description="only parts of these makers")
    country: tuple[str, ...] = Field(default=(), description="only parts made in these countries, such as CN")
    names: tuple[str, ...] = Field(default=(), description="only parts whose name contains one of these")
    where: dict[str, str] = Field(
        default_factory=dict[str, str],
        description="bounds on claims, such as memory_capacity: '>= 80 GB'; parts without a claim stay out",
    )


class Options(Spec):
    """Named sets of fields that change together, such as a technology or a market."""

    options: dict[str, dict[str, Any]] = Field(
        min_length=1, description="name of each option: the fields that it sets, by dotted path"
    )


def _kind(value: Any) -> str:
    if isinstance(value, Span | Query | Options):
        return type(value).__name__
    if isinstance(value, Mapping):
        return "Options" if "options" in value else "Query" if "parts" in value else "Span"
    return "list"


AxisSpec = Annotated[
    Annotated[Annotated[tuple[Any, ...], Field(min_length=1)], Tag("list")]
    | Annotated[Span, Tag("Span")]
    | Annotated[Query, Tag("Query")]
    | Annotated[Options, Tag("Options")],
    Discriminator(_kind),
]


class Sample(Spec):
    """Look at some designs of a space too large to enumerate."""

    method: Literal["sobol", "nsga2"] = Field(
        description="sobol spreads the designs evenly over the space; nsga2 breeds them towards the front"
    )
    designs: Annotated[int, Field(ge=1, le=100_000_000)] = Field(
        default=65_536, description="designs to evaluate"
    )
    seed: Annotated[int, Field(ge=0)] = Field(default=0, description="seed of the random numbers")


class Uncertainty(Spec):
    """Draw claims from their bands to see how sure the front is."""

    draws: Annotated[int, Field(ge=1, le=100_000)] = Field(default=200, description="number of draws")
    seed: Annotated[int, Field(ge=0)] = Field(default=0, description="seed of the random numbers")
    designs: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=200, description="designs of the front to look at, and as many rivals"
    )


class Sensitivity(Spec):
    """Which inputs the variance of the objectives comes from (Sobol indices)."""

    samples: Annotated[int, Field(ge=8, le=1_048_576)] = Field(
        default=256, description="points per input; powers of two spread them best"
    )
    seed: Annotated[int, Field(ge=0)] = Field(default=0, description="seed of the random numbers")
    axes: bool = Field(default=True, description="indices over the axes of the study")
    designs: Annotated[int, Field(ge=0, le=100)] = Field(
        default=1, description="designs whose claims vary: the best by the first objective, the second, ..."
    )


class Roadmap(Spec):
    """How fast each level of the stack improves: its primitive times fall by a factor every year."""

    years: Annotated[int, Field(ge=1, le=100)] = Field(default=10, description="years to look ahead")
    improve: dict[Level, Ratio] = Field(description="level of the stack: times faster per year, such as 1.2")


class Study(Spec):
    """A scenario varied along axes; what must hold for a design to count, and what is wanted of it."""

    name: str = Field(default="", description="title of the study; default: the file's name")
    scenario: str | Scenario = Field(description="path of a scenario file, or a scenario written here")
    axes: dict[str, AxisSpec] = Field(
        min_length=1, description="dotted path of a scenario's field, or a name with options: its values"
    )
    given: tuple[str, ...] = Field(
        default=(),
        description="axes that nobody chooses, such as the market: each of their values has a front of its own",
    )
    lanes: dict[str, dict[str, tuple[Value, ...]]] = Field(
        default_factory=dict[str, dict[str, tuple[Value, ...]]],
        description="parts of the space to tell apart: name of a lane: axis: the values that belong to it",
    )
    search: dict[str, AxisSpec] | Literal["plans", "options"] = Field(
        default_factory=dict[str, AxisSpec],
        description="inner choices: each design takes the best of them; 'plans' tries all parallel plans, "
        "'options' also all options of a training run",
    )
    best: Figure | None = Field(
        default=None,
        description="figure that the inner search optimises; default: the first objective that it moves",
    )
    objectives: tuple[Figure, ...] = Field(
        default=("time_to_result", "cost"), min_length=1, max_length=5, description="figures of the front"
    )
    constraints: dict[Figure | Literal["ready"], str] = Field(
        default_factory=dict[Any, str],
        description="bounds on figures, such as power: '<= 5 MW' or ready: '<= 2027-06-30'",
    )
    ordered: datetime.date | None = Field(
        default=None, description="day of the order, from which dates are counted"
    )
    deadline: datetime.date | None = Field(
        default=None, description="day after which a result is late (figure lateness)"
    )
    sample: Sample | None = Field(default=None, description="sample the space instead of enumerating it")
    uncertainty: Uncertainty | None = Field(
        default=None, description="how sure the front is, given the bands of the claims"
    )
    sensitivity: Sensitivity | None = Field(
        default=None, description="which axes and claims the objectives hang on"
    )
    roadmap: Roadmap | None = Field(
        default=None, description="improvement of the levels of the stack per year"
    )


@dataclass(frozen=True)
class StudyFile:
    """A study with what it was read from: the base scenario, its raw data, the document and its folder."""

    study: Study
    base: Scenario
    raw: dict[str, Any]
    document: Document
    folder: Path

    def place(self, *path: str) -> str:
        """Return "file:line:col" of a path of the study."""
        return self.document.place(path)


def read_study(path: Path, changes: tuple[str, ...] = ()) -> StudyFile:
    """Read a study and its scenario, with ``path=value`` changes of the study.

    A scenario given by path is read from beside the study. Errors: :class:`InputError` with every problem at
    its place.
    """
    return _validated(load(path), path.parent, path.stem, changes)


def parse_study(text: str, folder: Path, name: str = "study", changes: tuple[str, ...] = ()) -> StudyFile:
    """Read a study from text; see :func:`read_study`."""
    return _validated(loads(text, name), folder, name, changes)


def _validated(document: Document, folder: Path, name: str, changes: tuple[str, ...]) -> StudyFile:
    data = apply(document.data, changes, Study)
    data.setdefault("name", name)
    try:
        study = Study.model_validate(data)
    except pydantic.ValidationError as error:
        raise InputError(problems(error, document, Study)) from None
    if isinstance(study.scenario, Scenario):
        return StudyFile(study, study.scenario, data["scenario"], document, folder)
    source = folder / study.scenario
    base = load(source)
    try:
        scenario = Scenario.model_validate({"name": name, **base.data})
    except pydantic.ValidationError as error:
        raise InputError(problems(error, base, Scenario)) from None
    return StudyFile(study, scenario, base.data, document, source.parent)
