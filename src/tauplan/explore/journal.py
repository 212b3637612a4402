"""The journal: finished work on disk, one checked line per record, so that a run can be killed and resumed."""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tauplan.errors import InputError, Problem


class Journal:
    """An append-only file of JSON records.

    The first line says what the run is; only the same run continues it. A line counts once it is whole: its check
    sum guards against a write that was cut off, and what follows a damaged line is written again.
    """

    def __init__(self, path: Path, identity: dict[str, Any], resume: bool) -> None:
        self.path = path
        try:
            there = path.read_bytes() if path.exists() else b""
            if there and not _HEAD.match(there):
                raise InputError(_no_journal(path))
            found = there if resume else b""
            self._records, whole = _read(found)
            if self._records and self._records[0] != identity:
                raise InputError(_stranger(path, self._records[0], identity))
            self._file = path.open("r+b" if found else "wb")
            self._file.seek(whole)
            self._file.truncate()
        except OSError as error:
            raise InputError(
                Problem(
                    f"cannot use the journal: {error.strerror or 'error'}", place=str(path), hint="--journal"
                )
            ) from None
        if not self._records:
            self.write(identity)

    def records(self) -> Iterator[dict[str, Any]]:
        """Return the records that were there when the journal was opened."""
        yield from self._records[1:]

    def write(self, record: dict[str, Any]) -> None:
        """Append a record; when this returns, the record survives the end of the process and of the machine."""
        text = json.dumps(record, separators=(",", ":")).encode()
        self._file.write(b"%08x %s\n" % (zlib.crc32(text), text))
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


_HEAD = re.compile(rb'[0-9a-f]{8} \{"study"')
"""How a journal begins; any other file is left alone."""


def _no_journal(path: Path) -> Problem:
    return Problem(
        "the file is not a journal",
        place=str(path),
        expected="a journal of a study, or no file",
        hint="name another file with --journal",
    )


def _read(data: bytes) -> tuple[list[dict[str, Any]], int]:
    """Return the whole records at the start of the data, and how many bytes they take."""
    records: list[dict[str, Any]] = []
    place = 0
    while (end := data.find(b"\n", place)) >= 0:
        sum_, _, text = data[place:end].partition(b" ")
        if sum_ != b"%08x" % zlib.crc32(text):
            break
        records.append(json.loads(text))
        place = end + 1
    return records, place


def _stranger(path: Path, found: dict[str, Any], wanted: dict[str, Any]) -> Problem:
    changed = ", ".join(key for key in wanted if found.get(key) != wanted[key])
    return Problem(
        "the journal belongs to another run",
        place=str(path),
        value=f"another {changed}",
        expected="the same study, catalogue and version",
        hint="start anew without --resume, or name another file with --journal",
    )
