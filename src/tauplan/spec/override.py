"""Changes of a document written as ``path=value`` on the command line."""

from __future__ import annotations

import copy
from typing import Any, cast

from pydantic import BaseModel

from tauplan.errors import InputError, Problem
from tauplan.spec.yaml_text import loads

NAMED = {"precision": "format"}  # the field that a name alone stands for, where it is not the part


def apply(data: dict[str, Any], changes: tuple[str, ...], model: type[BaseModel]) -> dict[str, Any]:
    """Return a copy of ``data`` with each ``dotted.path=value`` set; values are read as YAML scalars.

    A path may create a missing section (``plan.tensor=8`` in a file without a plan); whether its names
    exist is left to ``model``'s own validation, which knows the place and the alternatives.
    """
    changed = copy.deepcopy(data)
    found: list[Problem] = []
    for change in changes:
        path, separator, text = change.partition("=")
        keys = [key.strip() for key in path.split(".")]
        if not separator or not all(keys):
            found.append(
                Problem(
                    "not a change",
                    place="--set",
                    value=change,
                    expected="path=value, for example plan.tensor=8",
                    hint=f"sections: {', '.join(model.model_fields)}",
                )
            )
            continue
        _put(changed, keys, _scalar(text.strip()), change, found)
    if found:
        raise InputError(found)
    return changed


def with_value(data: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a copy of ``data`` with the field of a dotted path set to plain data, sections made as needed.

    Errors: :class:`InputError` where the path leads through something that is not a section.
    """
    changed = copy.deepcopy(data)
    found: list[Problem] = []
    _put(changed, path.split("."), value, f"{path}={value}", found)
    if found:
        raise InputError(found)
    return changed


def _scalar(text: str) -> Any:
    """Read a value as YAML would read it in the file."""
    return loads(f"value: {text}", "--set").data["value"]


def _put(data: dict[str, Any], keys: list[str], value: Any, change: str, found: list[Problem]) -> None:
    here = data
    for depth, key in enumerate(keys[:-1]):
        below = here.setdefault(key, {})
        if isinstance(below, str):  # a part or a format given by name: keep it while a field of it changes
            below = here[key] = {NAMED.get(key, "part"): below}
        if not isinstance(below, dict):
            at = ".".join(keys[: depth + 1])
            found.append(Problem("not a section", place="--set", path=at, value=change, expected="a mapping"))
            return
        here = cast("dict[str, Any]", below)
    here[keys[-1]] = value
