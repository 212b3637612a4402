"""Validation errors in a person's terms: place, path, value, expectation and hint, all at once."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from typing import Any

import pydantic
from pydantic import BaseModel
from pydantic_core import ErrorDetails

from tauplan.errors import InputError, Problem, did_you_mean
from tauplan.spec.yaml_text import Document


def problems(
    error: pydantic.ValidationError, document: Document | None, model: type[BaseModel]
) -> list[Problem]:
    """Return every error as a :class:`Problem` with its place in ``document``."""
    found: dict[tuple[str, str], Problem] = {}
    for detail in error.errors(include_url=False):
        path = _path(detail, model)
        problem = _problem(detail, path, model)
        place = document.place(path) if document else ""
        dotted = ".".join(str(key) for key in path)
        problem = Problem(problem.message, place, dotted, problem.value, problem.expected, problem.hint)
        found.setdefault((dotted, problem.message), problem)
    return list(found.values())


def _path(detail: ErrorDetails, model: type[BaseModel]) -> tuple[str | int, ...]:
    """Drop what pydantic puts into a location for unions: tags, type names and validator names."""
    kept: list[str | int] = []
    here: list[Any] = [model]
    for key in detail["loc"]:
        if isinstance(key, int):
            kept.append(key)
            here = [argument for kind in here for argument in typing.get_args(kind)]
            continue
        models = [kind for kind in here if _is_model(kind)]
        fields = {name: info for kind in models for name, info in kind.model_fields.items()}
        if key in fields:
            kept.append(key)
            here = list(_kinds(fields[key].annotation))
        elif any(typing.get_origin(kind) is dict for kind in here) and not _is_branch(key, here):
            kept.append(key)
            here = [argument for kind in here for argument in typing.get_args(kind)[1:]]
        elif models and detail["type"] == "extra_forbidden" and key == detail["loc"][-1]:
            kept.append(key)
    return tuple(kept)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _is_branch(key: str, kinds: list[Any]) -> bool:
    return key == "[key]" or any(_is_model(kind) and key == kind.__name__ for kind in kinds)


def _kinds(annotation: Any) -> Iterator[Any]:
    """Return the types a field may take, through unions and annotations."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        yield from _kinds(typing.get_args(annotation)[0])
    elif origin is typing.Union or isinstance(annotation, types.UnionType):
        for argument in typing.get_args(annotation):
            yield from _kinds(argument)
    elif annotation is not type(None):
        yield annotation


def _models_at(path: tuple[str | int, ...], model: type[BaseModel]) -> list[type[BaseModel]]:
    here: list[Any] = [model]
    for key in path:
        fields = {name: info for kind in here if _is_model(kind) for name, info in kind.model_fields.items()}
        here = list(_kinds(fields[key].annotation)) if isinstance(key, str) and key in fields else []
    return [kind for kind in here if _is_model(kind)]


def _problem(detail: ErrorDetails, path: tuple[str | int, ...], model: type[BaseModel]) -> Problem:
    kind, found = detail["type"], detail.get("input")
    context = detail.get("ctx", {})
    value = "" if isinstance(found, dict) else str(found)
    if kind == "extra_forbidden":
        names = sorted({name for m in _models_at(path[:-1], model) for name in m.model_fields})
        expected = f"one of: {', '.join(names)}" if names else ""
        return Problem(
            "unknown field", value=value, expected=expected, hint=did_you_mean(str(path[-1]), names)
        )
    if kind == "missing":
        infos = [
            m.model_fields[str(path[-1])] for m in _models_at(path[:-1], model) if path[-1] in m.model_fields
        ]
        return Problem("missing field", expected=(infos[0].description or "") if infos else "")
    if kind == "value_error":
        cause = context.get("error")
        inner = cause.args[0] if isinstance(cause, ValueError) and cause.args else None
        if isinstance(inner, InputError):
            return inner.problems[0]
        return Problem(str(cause), value=value)
    if kind == "literal_error":
        expected = str(context.get("expected", ""))
        names = [name.strip(" '") for name in expected.replace(" or ", ", ").split(",")]
        return Problem(
            "not one of the choices", value=value, expected=expected, hint=did_you_mean(value, names)
        )
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        tag = str(context.get("discriminator", "")).strip("'")
        choices = "'train' or 'serve'" if tag == "task" else str(context.get("expected_tags", ""))
        return Problem(f"the section needs '{tag}'", value=str(context.get("tag", "")), expected=choices)
    return Problem(_message(kind, detail), value=value, expected=_expectation(kind, context))


def _message(kind: str, detail: ErrorDetails) -> str:
    known = {
        "greater_than_equal": "too small",
        "greater_than": "too small",
        "less_than_equal": "too large",
        "int_type": "not a whole number",
        "int_parsing": "not a whole number",
        "int_from_float": "not a whole number",
        "float_type": "not a number",
        "float_parsing": "not a number",
        "bool_type": "not true or false",
        "bool_parsing": "not true or false",
        "string_type": "not text",
        "model_type": "not a section",
        "model_attributes_type": "not a section",
        "dict_type": "not a section",
        "tuple_type": "not a list",
        "list_type": "not a list",
    }
    return known.get(kind, detail["msg"])


def _expectation(kind: str, context: dict[str, Any]) -> str:
    if kind == "greater_than_equal":
        return f"at least {context['ge']}"
    if kind == "greater_than":
        return f"more than {context['gt']}"
    if kind == "less_than_equal":
        return f"at most {context['le']}"
    if kind.startswith("int"):
        return "a whole number"
    if kind.startswith("float"):
        return "a number"
    if kind.startswith("bool"):
        return "true or false"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return "a mapping of fields"
    return ""
