"""A chart in the language in use: titles, labels and the words of its data."""

from __future__ import annotations

from typing import Any, cast

from tauplan.language import ENGLISH, current, told
from tauplan.report.marks import Spec

SHOWN = ("text", "subtitle", "title")
"""Keys whose text is shown; elsewhere text names fields, types and colours."""


def spoken(spec: Spec) -> Spec:
    """Return a chart with everything that is read told in the language in use."""
    if current() == ENGLISH:
        return spec
    made = cast("Spec", _node(spec))
    if isinstance(made.get("title"), dict):
        made["description"] = f"{made['title']['text']}: {made['title']['subtitle']}"
    return made


def _node(value: Any) -> Any:
    if isinstance(value, list):
        return [_node(item) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    return {key: _entry(key, item) for key, item in cast("dict[str, Any]", value).items()}


def _entry(key: str, item: Any) -> Any:
    if key in SHOWN and isinstance(item, str):
        return told(item)
    if key in ("values", "domain") and isinstance(item, list):
        return [_datum(entry) for entry in cast("list[Any]", item)]
    return _node(item)


def _datum(entry: Any) -> Any:
    if isinstance(entry, str):
        return told(entry)
    if not isinstance(entry, dict):
        return entry
    row = cast("dict[str, Any]", entry)
    return {key: told(cell) if isinstance(cell, str) else cell for key, cell in row.items()}
