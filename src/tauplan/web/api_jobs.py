"""The calls for jobs: studies, order plans and accuracy; they wait in line, can be watched, cancelled, resumed."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from tauplan.language import current
from tauplan.web import studies
from tauplan.web.bases import Base, Bases
from tauplan.web.clients import client
from tauplan.web.desk import HTML, packed_response
from tauplan.web.job import SHARED, Job, new
from tauplan.web.jobs import Jobs
from tauplan.web.problems import Json
from tauplan.web.questions import JobAsked


def router(bases: Bases, jobs: Jobs) -> APIRouter:
    """Return the calls for jobs."""
    calls = APIRouter(prefix="/api/v1/jobs", default_response_class=Json)

    def found(request: Request, name: str) -> Job:
        job = jobs.find(client(request), name)
        if job is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, "no such job")
        return job

    @calls.post(
        "", summary="Start a study, an order plan, or the validation of the models; the same one is shared."
    )
    def _start(request: Request, asked: JobAsked) -> Json:  # pyright: ignore[reportUnusedFunction]
        return Json(jobs.add(_job(bases, client(request), asked)).told())

    @calls.get("", summary="One's own jobs, the newest first.")
    def _list(request: Request) -> Json:  # pyright: ignore[reportUnusedFunction]
        return Json({"jobs": [job.told() for job in jobs.of(client(request))]})

    @calls.get("/{name}", summary="How far a job is.")
    def _show(request: Request, name: str) -> Json:  # pyright: ignore[reportUnusedFunction]
        return Json(found(request, name).told())

    @calls.post("/{name}/cancel", summary="End a job; what it has done is kept.")
    def _cancel(request: Request, name: str) -> Json:  # pyright: ignore[reportUnusedFunction]
        return Json(jobs.cancel(found(request, name)).told())

    @calls.post("/{name}/resume", summary="Go on with a job that was ended.")
    def _resume(request: Request, name: str) -> Json:  # pyright: ignore[reportUnusedFunction]
        return Json(jobs.resume(found(request, name)).told())

    @calls.delete("/{name}", summary="Forget a job.")
    def _drop(request: Request, name: str) -> Json:  # pyright: ignore[reportUnusedFunction]
        job = found(request, name)
        if job.client != SHARED:
            jobs.drop(job)
        return Json({"dropped": job.client != SHARED})

    @calls.get("/{name}/page", summary="The page of a job that is done.")
    def _page(request: Request, name: str, whole: bool = False) -> Response:  # pyright: ignore[reportUnusedFunction]
        job = found(request, name)
        body = jobs.page(job, f"{'report' if whole else 'page'}.{current()}")
        if job.state != "done" or body is None:
            raise HTTPException(HTTPStatus.CONFLICT, "this job is not done")
        if whole:
            return packed_response(
                request, body, HTML, content_disposition=f'attachment; filename="tauplan-{job.kind}.html"'
            )
        return packed_response(request, body)

    return calls


def _job(bases: Bases, name: str, asked: JobAsked) -> Job:
    """Return a job that is sound. Errors: :class:`InputError` with every problem of its text."""
    if asked.kind == "accuracy":
        return new("accuracy", SHARED, Base("accuracy", _accuracy(), "accuracy"), "accuracy", (), "accuracy")
    asked.source.one()
    base = bases.base(asked.source.example, asked.source.yaml, asked.kind)
    if asked.kind == "study":
        title = studies.read(base, asked.source.changes).study.name
    else:
        from tauplan.supply.plan.read import parse_plan

        title = parse_plan(base.text, base.name).name
    return new(asked.kind, name, base, title, asked.source.changes, asked.source.example)


def _accuracy() -> str:
    """Return what tells one validation from another: the catalogue and the version."""
    from tauplan import __version__
    from tauplan.catalog.lookup import Catalog

    return f"catalogue {Catalog.load().hash}, version {__version__}"
