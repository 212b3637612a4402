"""The scenario: one workload on one system, as a person writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pydantic
from pydantic import Field

from tauplan.errors import InputError
from tauplan.spec.base import Spec
from tauplan.spec.diagnose import problems
from tauplan.spec.override import apply
from tauplan.spec.system import Pin, Supply, System
from tauplan.spec.workload import Plan, Reliability, Workload
from tauplan.spec.yaml_text import Document, load, loads


class Scenario(Spec):
    """A workload, the system it runs on, the plan that lays one over the other, and how it is bought."""

    name: str = Field(default="", description="title of the answer; default: the file's name")
    workload: Workload
    system: System
    plan: Plan = Field(default_factory=Plan)
    reliability: Reliability = Field(default_factory=Reliability)
    supply: Supply = Field(default_factory=Supply)
    pins: tuple[Pin, ...] = Field(default=(), description="claims to use where sources contradict each other")


def read_scenario(path: Path, changes: tuple[str, ...] = ()) -> Scenario:
    """Read a scenario file and apply ``path=value`` changes.

    Errors: :class:`InputError` with every problem of the file at once, each with file, line and path.
    """
    return _validated(load(path), changes, default_name=path.stem)


def parse_scenario(text: str, name: str = "scenario", changes: tuple[str, ...] = ()) -> Scenario:
    """Read a scenario from text; see :func:`read_scenario`."""
    return _validated(loads(text, name), changes, default_name=name)


def scenario_from(data: dict[str, Any]) -> Scenario:
    """Build a scenario from plain data, as :meth:`Scenario.model_dump` gives it."""
    try:
        return Scenario.model_validate(data)
    except pydantic.ValidationError as error:
        raise InputError(problems(error, None, Scenario)) from None


def _validated(document: Document, changes: tuple[str, ...], default_name: str) -> Scenario:
    data = apply(document.data, changes, Scenario)
    data.setdefault("name", default_name)
    try:
        return Scenario.model_validate(data)
    except pydantic.ValidationError as error:
        raise InputError(problems(error, document, Scenario)) from None
