"""A job: a study, an order plan or the accuracy of the models, with its state on disk."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from tauplan.errors import Problem
from tauplan.language import told
from tauplan.web.bases import Base, Kind

JobKind = Literal["study", "supply", "accuracy"]
State = Literal["waiting", "running", "done", "refused", "cancelled"]

SHARED = "all"
"""Client of jobs that everybody may see."""

FINISHED: tuple[State, ...] = ("done", "refused", "cancelled")


@dataclass(frozen=True)
class Job:
    """What is to be done, for whom, and how far it is."""

    id: str
    kind: JobKind
    client: str
    title: str
    text: str = ""
    example: str = ""
    path: str = ""
    folder: str = ""
    changes: tuple[str, ...] = ()
    state: State = "waiting"
    created: float = 0.0
    done: int = 0
    total: int = 0
    words: str = ""
    seconds: float = 0.0
    problems: tuple[dict[str, str], ...] = field(default=())

    @property
    def base(self) -> Base:
        """The text that the job is about."""
        kind: Kind = "study" if self.kind == "study" else "supply"
        return Base(
            self.example or self.path.removesuffix(".yaml"),
            self.text,
            self.path,
            Path(self.folder) if self.folder else None,
            kind,
        )

    def told(self) -> dict[str, Any]:
        """Return what its client is told."""
        hidden = ("client", "text", "folder")
        data = {name: value for name, value in asdict(self).items() if name not in hidden}
        problems = [spoken(problem) for problem in self.problems]
        return data | {"yaml": "" if self.example else self.text, "problems": problems}

    def write(self, folder: Path) -> None:
        """Keep the job in its folder, whole or not at all."""
        place = folder / self.id
        place.mkdir(parents=True, exist_ok=True)
        partial = place / "job.json.partial"
        partial.write_text(json.dumps(asdict(self), ensure_ascii=True), encoding="utf-8")
        partial.replace(place / "job.json")


def new(kind: JobKind, client: str, base: Base, title: str, changes: tuple[str, ...], example: str) -> Job:
    """Return a job that waits."""
    return Job(
        id=secrets.token_hex(8),
        kind=kind,
        client=client,
        title=title,
        text=base.text,
        example=example,
        path=base.path,
        folder=str(base.folder) if base.folder else "",
        changes=changes,
        created=time.time(),
    )


def read(folder: Path) -> list[Job]:
    """Return the jobs of a folder, the oldest first; those that were running wait again."""
    found: list[Job] = []
    for file in folder.glob("*/job.json"):
        try:
            data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            lists: dict[str, Any] = {name: tuple(data[name]) for name in ("changes", "problems")}
            job = Job(**{**data, **lists})
        except (OSError, ValueError, TypeError, KeyError):
            continue  # a file that another version wrote, or that was cut off
        found.append(replace(job, state="waiting") if job.state == "running" else job)
    return sorted(found, key=lambda job: job.created)


def shown(problem: Problem) -> dict[str, str]:
    """Return a problem as data, in English."""
    fields = asdict(problem)
    fields["found"] = fields.pop("value")
    return fields


def spoken(problem: dict[str, str]) -> dict[str, str]:
    """Return a problem's data in the language in use; what was found and where stays as it is."""
    return problem | {name: told(problem.get(name, "")) for name in ("message", "expected", "hint")}
