"""A study from start to end: work that is left, workers, journal, and what was found."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from tauplan.explore.executors import Here, Pool
from tauplan.explore.journal import Journal
from tauplan.explore.outcome import Outcome
from tauplan.explore.prepared import Prepared
from tauplan.explore.work import Record, Winners

Progress = Callable[[int, int], None]
"""Told the designs done and the designs in all."""


class Sink(Protocol):
    """Keeps the designs of every range one by one, such as a table on disk."""

    def has(self, index: int) -> bool:
        """Tell whether a range is there already."""
        ...

    def put(self, index: int, winners: Winners) -> None:
        """Keep the designs of a range; when this returns, they are safe."""
        ...


def explore(
    prepared: Prepared,
    executor: Here | Pool,
    journal: Path | None = None,
    sink: Sink | None = None,
    *,
    resume: bool = False,
    progress: Progress = lambda _done, _all: None,
) -> Outcome:
    """Return what a study finds; the same bytes whatever computes it and however often it was interrupted.

    With ``journal`` every finished range is on disk before the next is counted; with ``resume`` ranges found
    there are taken, not computed. Errors: :class:`InputError` for a journal of another run.
    """
    outcome = Outcome(len(prepared.wanted.objectives), prepared.work.keep, prepared.space.groups)
    ranges = len(prepared.work.outer)
    done = 0
    with _open(journal, prepared, resume) as book:
        finished: set[int] = set()
        for data in book.records() if book else ():
            record = Record.of(data)
            if sink is not None and not sink.has(record.index):
                continue
            finished.add(record.index)
            done += record.designs
            outcome.take(record)
        progress(done, prepared.space.designs)
        left = (index for index in range(ranges) if index not in finished)
        for record, winners in executor.results(prepared.job, left):
            if sink is not None and winners is not None:
                sink.put(record.index, winners)
            if book:
                book.write(record.plain())
            outcome.take(record)
            done += record.designs
            progress(done, prepared.space.designs)
    return outcome


@contextmanager
def _open(path: Path | None, prepared: Prepared, resume: bool) -> Generator[Journal | None]:
    if path is None:
        yield None
        return
    book = Journal(path, prepared.identity, resume)
    try:
        yield book
    finally:
        book.close()
