"""What stands before every call: limits on size, names of the host, the token, and the headers of the answer."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tauplan.errors import Problem
from tauplan.language import choose, use
from tauplan.web.limits import MOST_BODY_B
from tauplan.web.problems import refusal

STREAMED = "/api/v1/files/"
"""Calls below this path take a file piece by piece and count its bytes themselves."""

COOKIE = "tauplan_token"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")

HEADERS = {
    # charts are drawn by an interpreter, so that no script is made from text; the charts' marks and the share bar
    # carry style attributes
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Guard:
    """Refuses what is too large or not meant for this server before the application sees it.

    On a loopback server the call must name a loopback host, so that a foreign page that had its own name resolve
    to this machine is not answered. With ``token`` every call must carry it: as ``Authorization: Bearer``, as the
    cookie, or once as ``?token=``, which sets the cookie and leads on without it.
    """

    def __init__(self, app: ASGIApp, token: str = "") -> None:
        self.app = app
        self.token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        with use(choose(*headers.get("accept-language", "").split(","))):
            await self._answer(scope, headers, receive, _with_headers(send))

    async def _answer(self, scope: Scope, headers: Headers, receive: Receive, outward: Send) -> None:
        if self.token:
            given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
            if scope["method"] == "GET" and self._right(given):
                answer = RedirectResponse(scope["path"], status_code=int(HTTPStatus.SEE_OTHER))
                answer.set_cookie(COOKIE, self.token, httponly=True, samesite="strict")
                await answer(scope, receive, outward)
                return
            if not self._right(_bearer(headers)) and not self._right(_cookie(headers)):
                said = Problem("a token is needed", hint="open the address that the server printed")
                await refusal([said], HTTPStatus.UNAUTHORIZED)(scope, receive, outward)
                return
        elif _host(headers) not in LOOPBACK:
            said = Problem("not this server's name", value=_host(headers)[:100], expected="localhost")
            await refusal([said], HTTPStatus.MISDIRECTED_REQUEST)(scope, receive, outward)
            return
        if scope["path"].startswith(STREAMED) and scope["method"] == "PUT":
            await self.app(scope, receive, outward)
            return
        body = await _body(headers, receive)
        if body is None:
            said = Problem("the body is too large", place="body", expected=f"at most {MOST_BODY_B:,} bytes")
            await refusal([said], HTTPStatus.REQUEST_ENTITY_TOO_LARGE)(scope, receive, outward)
            return
        await self.app(scope, _replay(body, receive), outward)

    def _right(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self.token.encode())


def _host(headers: Headers) -> str:
    name = headers.get("host", "")
    return name if name.endswith("]") else name.rpartition(":")[0] or name


def _bearer(headers: Headers) -> str:
    kind, _, given = headers.get("authorization", "").partition(" ")
    return given.strip() if kind.lower() == "bearer" else ""


def _cookie(headers: Headers) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel is not None else ""


async def _body(headers: Headers, receive: Receive) -> bytes | None:
    """Return the whole body; None as soon as it is longer than allowed."""
    stated = headers.get("content-length", "0")
    if stated.isdecimal() and int(stated) > MOST_BODY_B:
        return None
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(chunks)
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MOST_BODY_B:
            return None
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a receiver that gives the body once and then whatever comes."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _with_headers(send: Send) -> Send:
    async def outward(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(HEADERS)
        await send(message)

    return outward
