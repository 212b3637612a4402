"""Validation errors in a person's terms: place, path, value, expectation and hint, all at once."""

from __future__ import annotations

import itertools
import typing
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pydantic
from pydantic import BaseModel
from pydantic_core import ErrorDetails

from tauplan.errors import InputError, Problem, did_you_mean
from tauplan.spec.shape import homes, is_model, kinds, tag_of
from tauplan.spec.yaml_text import Document, Path_

MOST_PLACES = 500
"""Places that are reported one by one: whoever has more of them gave another kind of file."""

_MISMATCH = {"string_type", "literal_error", "int_type", "float_type", "model_type", "model_attributes_type"}
_SECTION = {"model_type", "model_attributes_type", "dict_type"}


@dataclass(frozen=True)
class _Finding:
    """One error of the validator, located in the document."""

    kind: str
    path: Path_
    value: Any
    owners: Sequence[type[BaseModel]]
    """Models that may hold the last name of the path."""
    context: dict[str, Any]
    text: str


def problems(
    error: pydantic.ValidationError, document: Document | None, model: type[BaseModel]
) -> list[Problem]:
    """Return every error as a :class:`Problem` with its place in ``document``; of very many, the first."""
    findings = [_located(detail, model) for detail in error.errors(include_url=False)]
    by_path: dict[Path_, list[_Finding]] = {}
    for finding in _relevant(findings):
        by_path.setdefault(finding.path, []).append(finding)
    found: list[Problem] = []
    for path, here in itertools.islice(by_path.items(), MOST_PLACES):
        branches = [_raised(finding) or [_problem(finding, model)] for finding in here]
        place = document.place(path) if document else ""
        dotted = ".".join(str(key) for key in path)
        found += [replace(problem, place=place, path=dotted) for problem in _merged(branches)]
    if (left := len(by_path) - MOST_PLACES) > 0:
        place = document.name if document else ""
        found.append(
            Problem(f"{left:,} more places are wrong", place=place, hint="correct those above first")
        )
    return found


def _located(detail: ErrorDetails, model: type[BaseModel]) -> _Finding:
    """Drop what the validator puts into a location for unions: tags, type names and validator names."""
    path: list[str | int] = []
    here: list[Any] = [model]
    owners: list[type[BaseModel]] = []
    last = len(detail["loc"]) - 1
    for depth, key in enumerate(detail["loc"]):
        models = [kind for kind in here if is_model(kind)]
        tagged = [kind for kind in models if isinstance(key, str) and tag_of(kind) == key]
        fields = [
            kind.model_fields[key] for kind in models if isinstance(key, str) and key in kind.model_fields
        ]
        if isinstance(key, int):
            below = [argument for kind in here for argument in typing.get_args(kind)]
        elif fields:
            below = [kind for info in fields for kind in kinds(info.annotation)]
        elif tagged:
            here = tagged
            continue
        elif any(typing.get_origin(kind) is dict for kind in here) and key != "[key]":
            below = [inner for kind in here for value in typing.get_args(kind)[1:] for inner in kinds(value)]
        elif models and detail["type"] == "extra_forbidden" and depth == last:
            below = []
        else:
            here = [kind for kind in models if kind.__name__ == key] or here
            continue
        path.append(key)
        owners, here = models, below
    context = dict(detail.get("ctx", {}))
    if detail["type"].startswith("union_tag"):
        owners = [kind for kind in here if is_model(kind)]
        path.append(str(context["discriminator"]).strip("'"))
    return _Finding(detail["type"], tuple(path), detail.get("input"), owners, context, detail["msg"])


def _relevant(findings: list[_Finding]) -> Iterator[_Finding]:
    """Of the branches of a union, keep those that the value was meant for.

    A mapping was meant as a section, so that it is no text is no news; a scalar was not meant as one.
    """
    whole = {finding.path for finding in findings if finding.kind not in _SECTION}
    at_or_below = Counter(
        finding.path[:length] for finding in findings for length in range(len(finding.path) + 1)
    )
    for finding in findings:
        inside = at_or_below[finding.path] > 1
        if finding.kind in _MISMATCH and isinstance(finding.value, dict) and inside:
            continue
        if finding.kind in _SECTION and finding.path in whole:
            continue
        yield finding


def _merged(branches: list[list[Problem]]) -> list[Problem]:
    """Return one problem for the branches of a union: what is wrong with the first, what any would take."""
    if len(branches) == 1:
        return branches[0]
    found = [problem for branch in branches for problem in branch]
    expected = " or ".join(dict.fromkeys(problem.expected for problem in found if problem.expected))
    hint = next((problem.hint for problem in found if problem.hint), "")
    return [replace(found[0], expected=expected, hint=hint)]


def _raised(finding: _Finding) -> list[Problem]:
    """Return the problems of an :class:`InputError` that a validator wrapped into its ``ValueError``."""
    error = finding.context.get("error")
    if not isinstance(error, ValueError):
        return []
    inner = next((e for e in (*error.args, error.__cause__) if isinstance(e, InputError)), None)
    shown = _shown(finding.value)
    return [replace(problem, value=problem.value or shown) for problem in inner.problems] if inner else []


def _problem(finding: _Finding, model: type[BaseModel]) -> Problem:
    kind, value, name = finding.kind, _shown(finding.value), str(finding.path[-1]) if finding.path else ""
    if kind == "extra_forbidden":
        names = sorted({field for owner in finding.owners for field in owner.model_fields})
        hint = homes(name, model) or did_you_mean(name, names)
        return Problem("unknown field", value=value, expected=f"one of: {', '.join(names)}", hint=hint)
    if kind == "missing":
        return Problem("missing field", expected=_description(finding))
    if kind == "union_tag_not_found":
        return Problem("missing field", expected=_choices(finding))
    if kind == "union_tag_invalid":
        given = str(finding.context["tag"])
        hint = did_you_mean(given, [tag_of(owner) for owner in finding.owners])
        return Problem("not one of the choices", value=given, expected=_choices(finding), hint=hint)
    if kind in ("value_error", "assertion_error"):
        return Problem(
            str(finding.context["error"]) or "not valid", value=value, expected=_description(finding)
        )
    if kind in ("literal_error", "enum"):
        expected = str(finding.context["expected"])
        names = [choice.strip(" '") for choice in expected.replace(" or ", ", ").split(",")]
        return Problem(
            "not one of the choices", value=value, expected=expected, hint=did_you_mean(value, names)
        )
    if kind in _SECTION and finding.value is None:
        return Problem(
            "an empty section", expected="a mapping of fields", hint="leave out the line, or fill it"
        )
    message = _MESSAGES.get(kind) or _MESSAGES.get(kind.split("_")[0], finding.text)
    return Problem(message, value=value, expected=_expectation(finding) or _description(finding))


def _choices(finding: _Finding) -> str:
    """Return the tags of a union of sections, such as "'train' or 'serve'"."""
    return " or ".join(repr(tag_of(owner)) for owner in finding.owners if tag_of(owner))


def _description(finding: _Finding) -> str:
    fields = (
        [owner.model_fields.get(str(finding.path[-1])) for owner in finding.owners] if finding.path else []
    )
    return next((info.description or "" for info in fields if info), "")


def _shown(value: Any) -> str:
    """Write a value as the file has it; sections and lists are not repeated."""
    if isinstance(value, dict | list):
        return ""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = f"{value:.12g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


_LONGEST = 100

_MESSAGES = {
    "greater_than_equal": "too small",
    "greater_than": "too small",
    "less_than_equal": "too large",
    "less_than": "too large",
    "int": "not a whole number",
    "float": "not a number",
    "bool": "not true or false",
    "string_type": "not text",
    "string_pattern_mismatch": "not in the right form",
    "string_too_short": "too short",
    "string_too_long": "too long",
    "too_short": "too few",
    "too_long": "too many",
    "model_type": "not a section",
    "model_attributes_type": "not a section",
    "dict_type": "not a section",
    "tuple": "not a list",
    "list": "not a list",
}
"""What is wrong, by the validator's kind of error or by the first word of it."""


def _expectation(finding: _Finding) -> str:
    kind, context = finding.kind, finding.context
    bound = {
        "greater_than_equal": "at least {ge:g}",
        "greater_than": "more than {gt:g}",
        "less_than_equal": "at most {le:,}",
        "less_than": "less than {lt:g}",
        "string_too_short": "at least {min_length} characters",
        "string_too_long": "at most {max_length} characters",
        "too_short": "at least {min_length}, not {actual_length}",
        "too_long": "at most {max_length}, not {actual_length}",
    }
    if kind in bound:
        return bound[kind].format(**context)
    if kind in _SECTION:
        return "a mapping of fields"
    return _TAKES.get(kind.split("_")[0], "")


_TAKES = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "tuple": "a list",
    "list": "a list",
}
