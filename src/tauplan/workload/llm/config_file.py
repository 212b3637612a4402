"""The file of a configuration: read as text, parsed as one JSON object, every failure said in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from tauplan.errors import InputError, Problem

MAX_FILE_B = 5_000_000
"""Largest file that is read; a model configuration takes a few kilobytes."""


def read_text(path: Path) -> str:
    """Give the text of a file; :class:`InputError` if it cannot be read, is too large or not UTF-8."""
    place = str(path)
    try:
        if path.is_dir():
            hint = f"did you mean {path / 'config.json'}?" if (path / "config.json").is_file() else ""
            raise InputError(
                Problem("this is a folder, not a file", place, expected="a config.json", hint=hint)
            )
        size = path.stat().st_size
        if size > MAX_FILE_B:
            expected = f"at most {MAX_FILE_B:,} bytes"
            hint = "give the model's config.json, not its weights or tokenizer"
            raise InputError(
                Problem("the file is too large", place, value=f"{size:,} bytes", expected=expected, hint=hint)
            )
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(
            Problem("cannot read the file", place, value=error.strerror or str(error))
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(Problem("the file is not UTF-8 text", place, expected="a config.json")) from error


def parse_object(text: str, place: str) -> Mapping[str, Any]:
    """Give the JSON object that a text holds; :class:`InputError` if it holds none."""
    try:
        data: object = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"{place}:{error.lineno}:{error.colno}"
        ended = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
        cut = "the file seems to be cut off" if ended else ""
        raise InputError(
            Problem(f"not valid JSON: {error.msg}", where, expected="a JSON object", hint=cut)
        ) from error
    except (ValueError, RecursionError) as error:
        raise InputError(
            Problem("not usable JSON", place, value=str(error)[:80], expected="a JSON object")
        ) from error
    if not isinstance(data, dict):
        found = type(data).__name__
        raise InputError(
            Problem("the top level is not an object", place, value=found, expected="an object { ... }")
        )
    return cast("dict[str, Any]", data)
