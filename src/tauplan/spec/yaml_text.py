"""YAML 1.2 text as plain data that remembers where each value stands.

Differs from PyYAML's own reading, which is YAML 1.1: ``1e9`` is a number, ``no`` and ``12:30`` are text, ``017``
is 17. Duplicate keys, aliases, tags and tabs are refused: a scenario is plain data.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tauplan.errors import InputError, Problem

MAX_BYTES = 10_000_000
MAX_DEPTH = 40

Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """Parsed text: ``data`` is a mapping of plain values; ``marks`` holds line and column of each path."""

    name: str
    data: dict[str, Any]
    marks: dict[Path_, tuple[int, int]] = field(default_factory=dict[Path_, tuple[int, int]])

    def place(self, path: Path_) -> str:
        """Return "name:line:col" of a path, or of its nearest ancestor that is in the text."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.marks:
                line, column = self.marks[path[:length]]
                return f"{self.name}:{line}:{column}"
        return self.name


def load(path: Path) -> Document:
    """Read a file. Errors: :class:`InputError` for a missing, unreadable, too large or malformed file."""
    try:
        if path.is_file() and path.stat().st_size > MAX_BYTES:
            raise InputError(
                Problem("the file is too large", place=str(path), expected=f"at most {MAX_BYTES:,} bytes")
            )
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        hint = "check the path" if isinstance(error, FileNotFoundError) else ""
        reason = error.strerror or "error"
        raise InputError(Problem(f"cannot read the file: {reason}", place=str(path), hint=hint)) from None
    except UnicodeDecodeError as error:
        raise InputError(
            Problem("not UTF-8 text", place=str(path), value=f"byte {error.start}", expected="a text file")
        ) from None
    return loads(text, str(path))


def loads(text: str, name: str) -> Document:
    """Read text; ``name`` stands for the file in messages. Errors: :class:`InputError`."""
    _refuse_tabs(text, name)
    try:
        node = _compose(text)
    except yaml.MarkedYAMLError as error:
        raise InputError(_syntax(error, name)) from None
    except (yaml.YAMLError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else "not readable as YAML"
        raise InputError(Problem(reason, place=name, value=str(error).splitlines()[0][:80])) from None
    if not isinstance(node, yaml.MappingNode):
        raise InputError(Problem("not a mapping", place=f"{name}:1:1", expected="lines of 'key: value'"))
    reader = _Reader(name)
    data = reader.value(node, ())
    if reader.problems:
        raise InputError(reader.problems)
    return Document(name, data, reader.marks)


def _compose(text: str) -> yaml.Node | None:
    loader_class = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loader: Any = loader_class(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def _refuse_tabs(text: str, name: str) -> None:
    for number, line in enumerate(text.splitlines(), start=1):
        indent = line[: len(line) - len(line.lstrip())]
        if "\t" in indent and not line.lstrip().startswith("#"):
            raise InputError(
                Problem(
                    "a tab in the indentation",
                    place=f"{name}:{number}:{indent.index(chr(9)) + 1}",
                    expected="spaces",
                    hint="set the editor to insert spaces for the tab key",
                )
            )


def _syntax(error: yaml.MarkedYAMLError, name: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
    what = error.problem or error.context or "syntax error"
    return Problem(
        f"not readable as YAML: {what}", place=place, hint="check indentation and quotes near here"
    )


_INT = re.compile(r"^[-+]?[0-9]+$")
_UNDERSCORED = re.compile(r"^[-+]?[0-9]{1,3}(_[0-9]{3})+$")
_FLOAT = re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
_SPECIAL: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}


def _scalar(text: str) -> Any:
    """Read a plain scalar by the YAML 1.2 core schema; groups of thousands may be joined by underscores."""
    folded = text.lower() if text in {text.lower(), text.upper(), text.capitalize()} else text
    if folded in _SPECIAL:
        return _SPECIAL[folded]
    if _INT.match(text) or _UNDERSCORED.match(text):
        return int(text.replace("_", ""))
    if _FLOAT.match(text):
        return float(text)
    return text


class _Reader:
    """Turns nodes into plain values, keeping marks and collecting problems."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.marks: dict[Path_, tuple[int, int]] = {}
        self.problems: list[Problem] = []
        self._open: set[int] = set()
        self._seen: set[int] = set()

    def value(self, node: yaml.Node, path: Path_) -> Any:
        self.marks[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
        if id(node) in self._seen:
            self._refuse("an alias", node, path, "the value written out")
            return None
        self._seen.add(id(node))
        if len(path) > MAX_DEPTH:
            self._refuse("nested too deeply", node, path, f"at most {MAX_DEPTH} levels")
            return None
        if not node.tag.startswith("tag:yaml.org,2002:"):
            self._refuse(f"a tag '{node.tag}'", node, path, "plain data")
            return None
        if isinstance(node, yaml.ScalarNode):
            return node.value if node.style else _scalar(node.value)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
        return self._mapping(node, path)

    def _mapping(self, node: yaml.Node, path: Path_) -> dict[str, Any]:
        data: dict[str, Any] = {}
        first: dict[Hashable, int] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._refuse("a key that is not text", key_node, path, "a name")
                continue
            key = key_node.value
            if key in first:
                self._refuse(
                    f"'{key}' is given twice",
                    key_node,
                    (*path, key),
                    f"once; it is also on line {first[key]}",
                )
                continue
            first[key] = key_node.start_mark.line + 1
            data[key] = self.value(value_node, (*path, key))
            self.marks[(*path, key)] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        return data

    def _refuse(self, message: str, node: yaml.Node, path: Path_, expected: str) -> None:
        place = f"{self.name}:{node.start_mark.line + 1}:{node.start_mark.column + 1}"
        dotted = ".".join(str(key) for key in path)
        self.problems.append(Problem(message, place=place, path=dotted, expected=expected))
