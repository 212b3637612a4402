"""Studies for the planner: a design as a scenario, a finished study as data and as a page."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import yaml

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError, Problem
from tauplan.explore.prepared import Prepared, ready
from tauplan.spec.scenario import Scenario
from tauplan.spec.study import StudyFile, parse_study
from tauplan.web.bases import Base, too_much
from tauplan.web.limits import LONGEST_CHANGE, MOST_COMBINATIONS


def read(base: Base, changes: tuple[str, ...] = ()) -> StudyFile:
    """Return a study. Errors: :class:`InputError`, also for files that a client may not name."""
    if base.folder is None and isinstance(base.data.get("scenario"), str):
        raise InputError(
            Problem("files are not read here", path="scenario", expected="the scenario itself, written out")
        )
    found = parse_study(base.text, base.folder or Path(), base.name, changes)
    wrong = [*base.foreign(found.base), *too_much(found.base)]
    if wrong:
        raise InputError(wrong)
    return found


@functools.lru_cache(maxsize=8)
def prepared(base: Base, changes: tuple[str, ...] = ()) -> Prepared:
    """Return a study made ready to compute. Errors: :class:`InputError`, also for one that is too large."""
    made = ready(read(base, changes), Catalog.load())
    if made.space.size > MOST_COMBINATIONS:
        raise InputError(
            Problem(
                "too many combinations for the planner",
                value=f"{made.space.size:,}",
                expected=f"at most {MOST_COMBINATIONS:,}",
                hint="use the command line: tauplan explore",
            )
        )
    return made


def design_text(base: Base, design: int) -> str:
    """Return a design of a study as the YAML of a scenario. Errors: :class:`InputError` for no such design."""
    made = prepared(base)
    space = made.space
    if design >= space.size:
        raise InputError(
            Problem(
                "no such design", path="design", value=str(design), expected=f"a number below {space.size:,}"
            )
        )
    name = f"{made.file.study.name}: {design}"
    return scenario_text(space.scenario(design).model_copy(update={"name": name}))


def scenario_text(scenario: Scenario) -> str:
    """Return a scenario as YAML, without what was left to its default."""
    data: dict[str, Any] = scenario.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return yaml.safe_dump(
        _with_task(data, scenario), sort_keys=False, allow_unicode=True, width=LONGEST_CHANGE
    )


def _with_task(data: dict[str, Any], scenario: Scenario) -> dict[str, Any]:
    """Put the kind of workload first: it is its default, and what tells the kinds apart."""
    workload = {"task": scenario.workload.task, **data.get("workload", {})}
    return {"name": scenario.name, **data, "workload": workload}
