"""The line of jobs: one at a time, fair between clients, kept on disk so that a restart goes on where it was."""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from tauplan.errors import Problem
from tauplan.web import job as record
from tauplan.web import limits
from tauplan.web.clients import TooManyError
from tauplan.web.job import FINISHED, SHARED, Job, shown
from tauplan.web.pool import context, too_much_memory

WAIT_S = 0.2


class Jobs:
    """Jobs of all clients in one folder; a client sees its own and those that are shared."""

    def __init__(
        self, folder: Path, memory_B: int = limits.MEMORY_B, seconds: float = limits.STUDY_S
    ) -> None:
        self.folder = folder
        self._memory_B, self._seconds = memory_B, seconds
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._jobs: dict[str, Job] = {job.id: job for job in record.read(folder)}
        self._cancelled: set[str] = set()
        self._served: dict[str, float] = {}
        self._news = threading.Condition()
        self._open = True
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def of(self, client: str) -> list[Job]:
        """Return the jobs that a client may see, the newest first."""
        with self._news:
            found = [job for job in self._jobs.values() if job.client in (client, SHARED)]
        return sorted(found, key=lambda job: -job.created)

    def find(self, client: str, name: str) -> Job | None:
        """Return a job that a client may see; None for one that is not there or not its own."""
        with self._news:
            job = self._jobs.get(name)
        return job if job is not None and job.client in (client, SHARED) else None

    def add(self, job: Job) -> Job:
        """Put a job in line; the same job that is already there is returned. Errors: :class:`TooManyError`."""
        with self._news:
            own = [one for one in self._jobs.values() if one.client == job.client]
            for one in own:
                same = (one.kind, one.text, one.changes) == (job.kind, job.text, job.changes)
                if same and one.state in ("waiting", "running", "done"):
                    return one
            if sum(one.state not in FINISHED for one in own) >= limits.JOBS_OF_ONE:
                raise TooManyError(
                    Problem(
                        "too many studies at once",
                        expected=f"at most {limits.JOBS_OF_ONE} that wait or run",
                        hint="cancel one, or wait until one is done",
                    )
                )
            old = sorted((one for one in own if one.state in FINISHED), key=lambda one: one.created)
            for one in old[: max(len(old) - limits.KEPT_OF_ONE + 1, 0)]:
                self._forget(one)
            self._keep(job)
            self._news.notify_all()
        return job

    def cancel(self, job: Job) -> Job:
        """End a job that waits or runs; what it has done stays in its journal."""
        with self._news:
            now = self._jobs.get(job.id, job)
            if now.state == "waiting":
                return self._keep(replace(now, state="cancelled"))
            if now.state == "running":
                self._cancelled.add(job.id)
            self._news.notify_all()
            return now

    def resume(self, job: Job) -> Job:
        """Put a job that was cancelled or refused in line again; it goes on from its journal."""
        with self._news:
            now = self._jobs.get(job.id, job)
            if now.state in ("cancelled", "refused"):
                now = self._keep(replace(now, state="waiting", problems=(), created=time.time()))
                self._news.notify_all()
            return now

    def drop(self, job: Job) -> None:
        """Forget a job and its files."""
        self.cancel(job)
        until = time.monotonic() + 5.0
        with self._news:
            while self._jobs.get(job.id, job).state == "running" and time.monotonic() < until:
                self._news.wait(WAIT_S)
            self._forget(job)

    def page(self, job: Job, name: str) -> bytes | None:
        """Return a page of a job that is done, or None."""
        with contextlib.suppress(OSError):
            return (self.folder / job.id / f"{name}.gz").read_bytes()
        return None

    def close(self) -> None:
        """Stop; a running job is stopped too and goes on at the next start."""
        with self._news:
            self._open = False
            self._news.notify_all()
        self._thread.join(timeout=5.0)

    def _run(self) -> None:
        while True:
            with self._news:
                job = self._next()
                while self._open and job is None:
                    self._news.wait(1.0)
                    job = self._next()
                if not self._open or job is None:
                    return
                self._served[job.client] = time.monotonic()
                self._keep(replace(job, state="running"))
            self._work(job.id)

    def _next(self) -> Job | None:
        """Return the job to do: that of the client who was served the longest ago, its oldest first."""
        waiting = [job for job in self._jobs.values() if job.state == "waiting"]
        return min(waiting, key=lambda job: (self._served.get(job.client, 0.0), job.created), default=None)

    def _work(self, name: str) -> None:
        """Run one job in its own process until it ends, is cancelled, takes too long, or the server closes."""
        from tauplan.web.job_work import work

        job, started = self._jobs[name], time.monotonic()
        before = job.seconds
        made = context()
        line, there = made.Pipe(duplex=False)
        process = made.Process(
            target=work, args=(there, job, self.folder / name, self._memory_B), daemon=True
        )
        process.start()
        there.close()
        end: dict[str, Any] | None = None
        try:
            while end is None:
                if line.poll(WAIT_S):
                    end = self._heard(name, line.recv())
                elif name in self._cancelled:
                    end = {"state": "cancelled"}
                elif not self._open:
                    end = {"state": "waiting"}
                elif time.monotonic() - started > self._seconds:
                    end = {"state": "refused", "problems": (shown(_too_long(self._seconds)),)}
        except (EOFError, OSError):
            end = {"state": "refused", "problems": (shown(too_much_memory()),)}
        process.kill()
        process.join()
        line.close()
        with self._news:
            self._cancelled.discard(name)
            if name in self._jobs:
                self._keep(replace(self._jobs[name], seconds=before + time.monotonic() - started, **end))
            self._news.notify_all()

    def _heard(self, name: str, message: tuple[Any, ...]) -> dict[str, Any] | None:
        """Take in what a job's process says; return how it ended, or None while it runs."""
        kind, *rest = message
        if kind == "done":
            return {"state": "done"}
        if kind == "refused":
            return {"state": "refused", "problems": tuple(rest[0])}
        done, total, words = rest
        with self._news:
            self._jobs[name] = replace(self._jobs[name], done=done, total=total, words=words)
        return None

    def _keep(self, job: Job) -> Job:
        self._jobs[job.id] = job
        job.write(self.folder)
        return job

    def _forget(self, job: Job) -> None:
        self._jobs.pop(job.id, None)
        shutil.rmtree(self.folder / job.id, ignore_errors=True)


def _too_long(seconds: float) -> Problem:
    return Problem(
        "it takes too long here",
        expected=f"at most {seconds:g} s",
        hint="resume it for as long again, or use the command line",
    )
