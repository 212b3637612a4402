"""What a long solve has finished, kept on disk: after an interrupt it goes on from there."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tauplan.errors import InputError, Problem
from tauplan.supply.plan.program import Program, Solution


class Journal:
    """Solutions of the finished stages of one program, by name.

    Without a path nothing is kept. A file is replaced as a whole, after it has reached the disk, so a kill at any
    moment leaves the one before. What a solver does inside a stage is lost with it.
    Errors: :class:`InputError` for a file that belongs to another program or is none.
    """

    def __init__(self, path: Path | None, program: Program) -> None:
        self.path = path
        self._key = key_of(program) if path is not None else ""
        self._kept: dict[str, Any] = {}
        if path is not None and path.exists():
            self._kept = _read(path)
            if str(self._kept.pop("key", "")) != self._key:
                raise InputError(
                    Problem(
                        "a journal of another plan",
                        place=str(path),
                        expected="the journal of this plan, unchanged since the interrupt",
                        hint="name another file, or delete this one",
                    )
                )

    def stage(self, name: str, solve: Callable[[], Solution]) -> Solution:
        """Return the solution of a stage: as kept, or solved now and kept."""
        if f"{name} figures" in self._kept:
            objective, bound, feasible, stopped = self._kept[f"{name} figures"].tolist()
            values = self._kept.get(f"{name} values")
            return Solution(values, objective, bound, feasible=bool(feasible), stopped=bool(stopped))
        found = solve()
        if self.path is not None:
            figures = (found.objective, found.bound, float(found.feasible), float(found.stopped))
            self._kept[f"{name} figures"] = np.array(figures)
            if found.values is not None:
                self._kept[f"{name} values"] = np.asarray(found.values)
            self._write(self.path)
        return found

    def _write(self, path: Path) -> None:
        beside = path.with_name(path.name + ".part")
        try:
            with beside.open("wb") as file:
                np.savez_compressed(file, key=np.array(self._key), **self._kept)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError as error:
            raise InputError(
                Problem(f"cannot write the journal: {error.strerror}", place=str(path))
            ) from None


def key_of(program: Program) -> str:
    """Return the hash of everything that decides a program's solution."""
    matrix = program.matrix
    digest = hashlib.sha256()
    for numbers in (
        program.cost,
        program.low,
        program.high,
        program.integer,
        program.row_low,
        program.row_high,
        matrix.data,
        matrix.indices,
        matrix.indptr,
    ):
        digest.update(np.asarray(numbers).tobytes())
    return digest.hexdigest()


def _read(path: Path) -> dict[str, Any]:
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError, AttributeError, zipfile.BadZipFile):
        raise InputError(
            Problem("not a journal", place=str(path), expected="a file that --journal has written")
        ) from None
