"""The application: calls, front end, guard."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from tauplan import __version__
from tauplan.web import api, api_files, api_jobs, limits, problems
from tauplan.web.assets import assets
from tauplan.web.bases import shipped
from tauplan.web.clients import greet
from tauplan.web.desk import Desk
from tauplan.web.files import OwnFiles
from tauplan.web.guard import Guard
from tauplan.web.jobs import Jobs
from tauplan.web.known import Known
from tauplan.web.pool import Here, Pool, Workers

LEAST_PACKED = 2048
"""Answers shorter than this [bytes] are sent as they are."""


def create_app(
    opened: Path | None = None, token: str = "", workers: int = 0, state: Path | None = None
) -> FastAPI:
    """Return the planner as an ASGI application.

    ``opened`` is a scenario, study or order plan of the operator, offered first; with ``token`` every call must
    carry it. ``workers`` processes answer within limits of time and memory; with none, this process does without.
    Jobs and files of clients are kept in ``state``, by default in a folder that goes with the process.
    Errors: :class:`InputError` if the scenario cannot be read or the chart library is not installed.
    """
    bases = shipped(opened)
    files = assets()
    place = state or _temporary()
    pool: Workers = Pool(workers) if workers else Here()
    desk, own, jobs = Desk(pool), OwnFiles(place / "files"), Jobs(place / "jobs")

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncGenerator[None]:
        yield
        jobs.close()
        pool.close()

    app = FastAPI(
        title="tauplan",
        version=__version__,
        docs_url=None,  # its page would ask another host for its scripts
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        lifespan=life,
    )
    problems.install(app)
    app.include_router(api.router(bases, desk, own))
    app.include_router(api_jobs.router(bases, jobs))
    app.include_router(api_files.router(own))

    @app.get("/", include_in_schema=False)
    def _index(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        answer = files["index.html"].answer(request)
        greet(request, answer)
        return answer

    @app.get("/static/{name:path}", include_in_schema=False)
    def _static(name: str, request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        if name not in files:
            raise HTTPException(status_code=404, detail="no such file")
        return files[name].answer(request)

    app.add_middleware(GZipMiddleware, minimum_size=LEAST_PACKED, compresslevel=5)
    app.add_middleware(Known, files=own, most_B=limits.CACHE_B)
    app.add_middleware(Guard, token=token)
    return app


def _temporary() -> Path:
    """Return a folder that goes when the process ends."""
    place = Path(tempfile.mkdtemp(prefix="tauplan-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return place
