"""The shape of a specification: which sections there are, what a field may hold, where a name belongs."""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Iterator
from typing import Any, TypeGuard

from pydantic import BaseModel


def is_model(kind: Any) -> TypeGuard[type[BaseModel]]:
    """Return whether a type is a section with named fields."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def kinds(annotation: Any) -> Iterator[Any]:
    """Yield the types a field may take, through unions and annotations; None aside."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        yield from kinds(typing.get_args(annotation)[0])
    elif origin is typing.Union or isinstance(annotation, types.UnionType):
        for argument in typing.get_args(annotation):
            yield from kinds(argument)
    elif annotation is not type(None):
        yield annotation


def tag_of(model: type[BaseModel]) -> str:
    """Return the word that tells a section from its rivals, such as "train"; empty where it has none."""
    for info in model.model_fields.values():
        choices = (
            typing.get_args(info.annotation) if typing.get_origin(info.annotation) is typing.Literal else ()
        )
        if len(choices) == 1:
            return str(choices[0])
    return ""


def homes(name: str, model: type[BaseModel]) -> str:
    """Return a hint naming the sections that have a field, such as "'tensor' is a field of plan"; or nothing."""
    places = _homes(model).get(name)
    return f"'{name}' is a field of {' and of '.join(places)}" if places else ""


@functools.cache
def _homes(model: type[BaseModel]) -> dict[str, list[str]]:
    """Return the sections that have a field, by the field's name."""
    places: dict[str, list[str]] = {}
    for name, path, tag in _fields(model, ""):
        places.setdefault(name, []).append(f"{path} ({tag})" if tag else path)
    return places


def _fields(model: type[BaseModel], path: str) -> Iterator[tuple[str, str, str]]:
    """Yield every field of a section and of those below it: name, where it stands, the section's tag."""
    tag = tag_of(model)
    for name in model.model_fields:
        yield name, path or "the file itself", tag
    for name, info in model.model_fields.items():
        for kind in kinds(info.annotation):
            if is_model(kind):
                yield from _fields(kind, f"{path}.{name}" if path else name)
