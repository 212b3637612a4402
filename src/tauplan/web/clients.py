"""Who asks: a cookie that a browser keeps, else the address; so that one client's work stays its own."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager

from fastapi import Request, Response

from tauplan.errors import Problem, TauplanError
from tauplan.web import limits

COOKIE = "tauplan_client"
NAME_BYTES = 24
YEAR_S = 365 * 24 * 3600
_NAME = re.compile(r"[A-Za-z0-9_-]{32}")


class TooManyError(TauplanError):
    """A client asks for more at once than it may."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem)


def client(request: Request) -> str:
    """Return the name of a client: a hash of its cookie or address, safe as the name of a folder."""
    given = request.cookies.get(COOKIE, "")
    known = given if _NAME.fullmatch(given) else f"address {request.client.host if request.client else ''}"
    return hashlib.sha256(known.encode()).hexdigest()[:32]


def greet(request: Request, response: Response) -> None:
    """Give a browser that has none a name of its own."""
    if _NAME.fullmatch(request.cookies.get(COOKIE, "")):
        return
    name = secrets.token_urlsafe(NAME_BYTES)
    response.set_cookie(COOKIE, name, max_age=YEAR_S, httponly=True, samesite="strict")


class Turnstile:
    """Counts the calls of each client that wait for an answer."""

    def __init__(self, at_once: int = limits.AT_ONCE) -> None:
        self._inside: Counter[str] = Counter()
        self._at_once = at_once

    @contextmanager
    def passed(self, name: str) -> Generator[None]:
        """Hold a place while a call is answered. Errors: :class:`TooManyError`."""
        if self._inside[name] >= self._at_once:
            raise TooManyError(
                Problem(
                    "too many calls at once",
                    expected=f"at most {self._at_once}",
                    hint="try again in a moment",
                )
            )
        self._inside[name] += 1
        try:
            yield
        finally:
            self._inside[name] -= 1
            if not self._inside[name]:
                del self._inside[name]
