"""Errors as answers: the problems a person can act on, in JSON, never a traceback."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from tauplan.errors import InputError, Problem
from tauplan.web.clients import TooManyError
from tauplan.web.job import shown, spoken
from tauplan.web.pool import BusyError

log = logging.getLogger("tauplan.web")


class Json(Response):
    """Plain data as JSON; text that is not Unicode, such as half a surrogate pair, is sent as a question mark."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return the bytes of the body."""
        return json.dumps(content, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


def refusal(problems: Sequence[Problem], status: int = HTTPStatus.UNPROCESSABLE_ENTITY) -> Json:
    """Return problems as an answer: ``{"problems": [{message, place, path, found, expected, hint}]}``."""
    return Json({"problems": [spoken(shown(problem)) for problem in problems]}, status_code=int(status))


def install(app: FastAPI) -> None:
    """Make the application answer every error as problems."""

    @app.exception_handler(InputError)
    async def bad_input(_: Request, error: InputError) -> Json:  # pyright: ignore[reportUnusedFunction]
        return refusal(error.problems)

    @app.exception_handler(TooManyError)
    async def too_many(_: Request, error: TooManyError) -> Json:  # pyright: ignore[reportUnusedFunction]
        return refusal([error.problem], HTTPStatus.TOO_MANY_REQUESTS)

    @app.exception_handler(BusyError)
    async def busy(_: Request, error: BusyError) -> Json:  # pyright: ignore[reportUnusedFunction]
        del error
        said = Problem("the server is busy", hint="try again in a moment")
        return refusal([said], HTTPStatus.TOO_MANY_REQUESTS)

    @app.exception_handler(RequestValidationError)
    async def bad_body(_: Request, error: RequestValidationError) -> Json:  # pyright: ignore[reportUnusedFunction]
        return refusal([_of_body(detail) for detail in error.errors()])

    @app.exception_handler(HTTPException)
    async def bad_call(_: Request, error: HTTPException) -> Json:  # pyright: ignore[reportUnusedFunction]
        return refusal([Problem(str(error.detail))], error.status_code)

    @app.exception_handler(Exception)
    async def fault(request: Request, error: Exception) -> Json:  # pyright: ignore[reportUnusedFunction]
        log.error("fault at %s", request.url.path, exc_info=error)
        said = Problem("a fault in the program", hint="the server's log says more")
        return refusal([said], HTTPStatus.INTERNAL_SERVER_ERROR)


def _of_body(detail: dict[str, Any]) -> Problem:
    """Return an error of the body's shape as a problem."""
    place, *path = (str(key) for key in detail["loc"])
    found = detail.get("input")
    shown = str(found)[:100] if isinstance(found, str | int | float | bool) else ""
    return Problem(str(detail["msg"]), place=place, path=".".join(path), value=shown)
