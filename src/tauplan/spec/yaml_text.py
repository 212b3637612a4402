"""YAML 1.2 text as plain data that remembers where each value stands.

Differs from PyYAML's own reading, which is YAML 1.1: ``1e9`` is a number, ``no`` and ``12:30`` are text, ``017``
is 17. Duplicate keys, aliases, tags and tabs are refused: a scenario is plain data.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

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
    reader = _Reader(name, text)
    data: Any = None
    try:
        data = reader.document()
    except yaml.MarkedYAMLError as error:
        reader.problems.append(_syntax(error, name))
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        reason = str(error).splitlines()[0][:80]
        reader.problems.append(Problem("not readable as YAML", place=name, value=reason))
    if reader.problems:
        raise InputError(reader.problems)
    if not isinstance(data, dict):
        raise InputError(Problem("not a mapping", place=f"{name}:1:1", expected="lines of 'key: value'"))
    return Document(name, cast("dict[str, Any]", data), reader.marks)


_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


def _refuse_tabs(text: str, name: str) -> None:
    for number, line in enumerate(_BREAK.split(text), start=1):
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        if "\t" in indent:
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


_INT = re.compile(r"^[-+]?[0-9]{1,300}$")  # beyond, no number is meant
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
        number = float(text)
        return number if math.isfinite(number) else text
    return text


class _Reader:
    """Turns the parser's events into plain values, keeping marks and collecting problems."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.marks: dict[Path_, tuple[int, int]] = {}
        self.problems: list[Problem] = []
        self._events = _events(text)

    def document(self) -> Any:
        """Return the value of the only document; None where there is none."""
        next(self._events)  # the start of the stream
        first = next(self._events)
        if not isinstance(first, yaml.DocumentStartEvent):
            return None
        data = self._value(next(self._events), ())
        next(self._events)  # the end of the document
        second = next(self._events)
        if isinstance(second, yaml.DocumentStartEvent):
            self._refuse("a second document", second, (), "one document in a file")
        return data

    def _value(self, event: yaml.Event, path: Path_) -> Any:
        self.marks[path] = _mark(event)
        if isinstance(event, yaml.AliasEvent):
            self._refuse("an alias", event, path, "the value written out")
            return None
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._refuse(f"a tag '{tag.replace(_STANDARD, '!!')}'", event, path, "plain data")
        if isinstance(event, yaml.ScalarEvent):
            return event.value if event.style else _scalar(event.value)
        if len(path) >= MAX_DEPTH:
            self._refuse("nested too deeply", event, path, f"at most {MAX_DEPTH} levels")
            self._skip()
            return None
        return self._sequence(path) if isinstance(event, yaml.SequenceStartEvent) else self._mapping(path)

    def _sequence(self, path: Path_) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._value(event, (*path, len(items))))
        return items

    def _mapping(self, path: Path_) -> dict[str, Any]:
        data: dict[str, Any] = {}
        while not isinstance(key_event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(key_event, yaml.ScalarEvent) or key_event.tag is not None:
                self._refuse("a key that is not text", key_event, path, "a name")
                if isinstance(key_event, yaml.CollectionStartEvent):
                    self._skip()
                self._drop()
                continue
            key = key_event.value
            below = (*path, key)
            if key in data:
                line, _ = self.marks[below]
                self._refuse(f"'{key}' is given twice", key_event, below, f"once; it is also on line {line}")
                self._drop()
                continue
            data[key] = self._value(next(self._events), below)
            self.marks[below] = _mark(key_event)
        return data

    def _drop(self) -> None:
        """Read a value whose key was refused; nothing inside it is reported."""
        if isinstance(next(self._events), yaml.CollectionStartEvent):
            self._skip()

    def _skip(self) -> None:
        """Pass over the rest of a collection whose start was read."""
        depth = 1
        while depth:
            event = next(self._events)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)

    def _refuse(self, message: str, event: yaml.Event, path: Path_, expected: str) -> None:
        line, column = _mark(event)
        dotted = ".".join(str(key) for key in path)
        place = f"{self.name}:{line}:{column}"
        self.problems.append(Problem(message, place=place, path=dotted, expected=expected))


_STANDARD = "tag:yaml.org,2002:"


def _events(text: str) -> Iterator[yaml.Event]:
    """Yield the parser's events; the fast parser where there is one."""
    loader_class = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loader: Any = loader_class(text)
    try:
        while loader.check_event():
            yield loader.get_event()
    finally:
        loader.dispose()


def _mark(event: yaml.Event) -> tuple[int, int]:
    """Return line and column, counted from one."""
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)
