"""A study made ready to compute: what is sent to workers, and what they make of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tauplan import __version__
from tauplan.catalog.lookup import Catalog
from tauplan.explore.axes import build_space
from tauplan.explore.figures import Wanted, wanted
from tauplan.explore.slab import Evaluator
from tauplan.explore.space import Space
from tauplan.explore.work import Plan
from tauplan.spec.study import StudyFile

KEEP = 100
"""Best designs by the first objective that a run keeps."""


@dataclass(frozen=True)
class Job:
    """What a worker needs to compute any range of a study; small, and the same on every machine."""

    space: Space
    wanted_by: StudyFile
    root: Path
    folder: Path
    keep: int
    key: str
    rows: bool = False

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Job) and other.key == self.key


@dataclass(frozen=True)
class Prepared:
    """A study with its space, its wishes and its work."""

    file: StudyFile
    catalog: Catalog
    space: Space
    wanted: Wanted
    evaluator: Evaluator
    work: Plan
    job: Job

    @property
    def identity(self) -> dict[str, Any]:
        """What a journal says about the run: the same study, catalogue and version give the same bytes."""
        return {
            "study": study_hash(self.file),
            "catalogue": self.catalog.hash,
            "version": __version__,
            "chunk": self.work.chunk,
            "keep": self.work.keep,
            "rows": self.job.rows,
            "combinations": self.space.size,
        }


def study_hash(file: StudyFile) -> str:
    """Return a short hash of everything the study says, its scenario included."""
    data = [file.study.model_dump(mode="json", exclude={"scenario"}), file.base.model_dump(mode="json")]
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:12]


def ready(file: StudyFile, catalog: Catalog, keep: int = KEEP, *, rows: bool = False) -> Prepared:
    """Return a study made ready; ``keep`` best designs are kept, with ``rows`` every design goes to a table.

    Errors: :class:`InputError` for what cannot be read, found or planned.
    """
    space = build_space(file, catalog)
    key = f"{study_hash(file)} {catalog.hash} {keep} {rows} {file.folder.absolute()}"
    job = Job(space, file, catalog.root, file.folder.absolute(), keep, key, rows)
    return _kept(job, _prepared(job, catalog))


_KEPT: dict[Job, Prepared] = {}
"""The study that this process computes; one at a time."""


def prepare(job: Job) -> Prepared:
    """Return the study of a job, made ready at the first range and kept for the others."""
    return _KEPT.get(job) or _kept(job, _prepared(job, Catalog.load(job.root)))


def _kept(job: Job, prepared: Prepared) -> Prepared:
    _KEPT.clear()
    _KEPT[job] = prepared
    return prepared


def _prepared(job: Job, catalog: Catalog) -> Prepared:
    wants = wanted(job.wanted_by, catalog)
    evaluator = Evaluator(job.space, wants, catalog, job.folder)
    asked = job.wanted_by.study.sample
    work = Plan(evaluator, job.keep, expected=None if asked is None else asked.designs)
    return Prepared(job.wanted_by, catalog, job.space, wants, evaluator, work, job)
