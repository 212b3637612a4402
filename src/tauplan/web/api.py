"""The calls under ``/api/v1``: the same functions as the command line, plain data in and out."""

from __future__ import annotations

from typing import Annotated, Any, cast

import yaml
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError, Problem
from tauplan.evaluate.answer import Answer
from tauplan.evaluate.explain import evaluate
from tauplan.report.article import article
from tauplan.report.elements import Charts
from tauplan.report.export import finite, to_json_dict
from tauplan.report.text import time
from tauplan.spec.override import apply
from tauplan.spec.scenario import Scenario
from tauplan.spec.schema import scenario_schema
from tauplan.web.bases import POSTED, Base, Bases
from tauplan.web.listing import part_data, parts_data
from tauplan.web.problems import Json

MOST_CHANGES = 200
LONGEST_CHANGE = 500
LONGEST_SCENARIO = 100_000
LONGEST_NAME = 200

Change = Annotated[str, Field(max_length=LONGEST_CHANGE)]


class Question(BaseModel):
    """What to evaluate: an example by name or a scenario as YAML text, with ``path=value`` changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    example: str = Field(default="", max_length=LONGEST_NAME, description="name of an example")
    yaml: str = Field(default="", max_length=LONGEST_SCENARIO, description="a scenario as YAML text")
    changes: tuple[Change, ...] = Field(
        default=(), max_length=MOST_CHANGES, description="changes as dotted paths, such as plan.tensor=4"
    )

    def base(self, bases: Bases) -> Base:
        """Return what to start from. Errors: :class:`InputError` unless exactly one is named."""
        if bool(self.example) == bool(self.yaml):
            raise InputError(
                Problem("nothing to evaluate, or too much", place="body", expected="either example or yaml")
            )
        return bases.example(self.example) if self.example else Base(POSTED, self.yaml)

    def answer(self, bases: Bases) -> Answer:
        """Return the answer. Errors: :class:`InputError` with every problem of the scenario."""
        base = self.base(bases)
        scenario = base.read(self.changes)
        return evaluate(scenario, folder=base.folder, command=base.command(self.changes))


def router(bases: Bases) -> APIRouter:
    """Return the calls, answering from these scenarios and the shipped catalogue."""
    calls = APIRouter(prefix="/api/v1", default_response_class=Json)
    catalog = Catalog.load()

    @calls.post("/evaluate", summary="One scenario to one explained answer, as `tauplan evaluate --json`.")
    def _evaluate(question: Question) -> Json:  # pyright: ignore[reportUnusedFunction]
        return Json(to_json_dict(question.answer(bases)))

    @calls.post("/report", summary="The same answer with its page, its charts, and how to get it again.")
    def _report(question: Question) -> Json:  # pyright: ignore[reportUnusedFunction]
        return Json(report(question, bases))

    @calls.get("/examples", summary="Scenarios to start from.")
    def _examples() -> Json:  # pyright: ignore[reportUnusedFunction]
        return Json({"examples": [_example(base) for base in bases.named.values()]})

    @calls.get("/schema", summary="The JSON Schema of scenarios.")
    def _schema() -> Json:  # pyright: ignore[reportUnusedFunction]
        return Json(scenario_schema())

    @calls.get("/catalog/parts", summary="Parts of the catalogue, of one kind or with words in their names.")
    def _parts(kind: str = "", query: str = "") -> Json:  # pyright: ignore[reportUnusedFunction]
        return Json(parts_data(catalog, kind, query[:LONGEST_NAME]))

    @calls.get("/catalog/parts/{name:path}", summary="One part: every claim with its source and rivals.")
    def _part(name: str) -> Json:  # pyright: ignore[reportUnusedFunction]
        return Json(finite(part_data(catalog, name[:LONGEST_NAME])))

    return calls


def report(question: Question, bases: Bases) -> dict[str, Any]:
    """Return an answer with the markup of its page, its charts, and the scenario as YAML and as commands."""
    base = question.base(bases)
    answer = question.answer(bases)
    charts = Charts()
    html = article(answer, charts, "answer", top=1)
    changed = apply(base.data, question.changes, Scenario)
    return {
        "answer": to_json_dict(answer),
        "said": _said(answer),
        "data": finite(base.data),
        "html": html,
        "charts": finite(charts.specs),
        "command": answer.identity.command,
        "python": answer.identity.python,
        "yaml": yaml.safe_dump(changed, sort_keys=False, allow_unicode=True, width=LONGEST_CHANGE),
    }


def _said(answer: Answer) -> dict[str, Any]:
    """Return the time to result and its interval, in seconds and as a person reads them."""
    if answer.status != "ok":
        return {"seconds": None}
    said: dict[str, Any] = {"seconds": answer.time_to_result_s, "time": time(answer.time_to_result_s)}
    if answer.interval is not None:
        low, high = answer.interval.low_s, answer.interval.high_s
        said |= {"low_s": low, "high_s": high, "low": time(low), "high": time(high)}
    return cast("dict[str, Any]", finite(said))


def _example(base: Base) -> dict[str, Any]:
    return {
        "name": base.name,
        "title": str(base.data.get("name", base.name)),
        "path": base.path,
        "data": finite(base.data),
        "yaml": base.text,
    }
