"""The application: calls, front end, guard."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from tauplan import __version__
from tauplan.web import problems
from tauplan.web.api import router
from tauplan.web.assets import assets
from tauplan.web.bases import shipped
from tauplan.web.guard import Guard

LEAST_PACKED = 2048
"""Answers shorter than this [bytes] are sent as they are."""


def create_app(opened: Path | None = None, token: str = "") -> FastAPI:
    """Return the planner as an ASGI application.

    ``opened`` is a scenario of the operator, offered first; with ``token`` every call must carry it.
    Errors: :class:`InputError` if the scenario cannot be read or the chart library is not installed.
    """
    bases = shipped(opened)
    files = assets()
    app = FastAPI(
        title="tauplan",
        version=__version__,
        docs_url=None,  # its page would ask another host for its scripts
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    problems.install(app)
    app.include_router(router(bases))

    @app.get("/", include_in_schema=False)
    def _index(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        return files["index.html"].answer(request)

    @app.get("/static/{name}", include_in_schema=False)
    def _static(name: str, request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        if name not in files:
            raise HTTPException(status_code=404, detail="no such file")
        return files[name].answer(request)

    app.add_middleware(GZipMiddleware, minimum_size=LEAST_PACKED, compresslevel=5)
    app.add_middleware(Guard, token=token)
    return app
