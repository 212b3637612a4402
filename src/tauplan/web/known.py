"""Questions that were asked before in the same words are answered before anything of them is read.

The answer to a scenario depends on the body of the call, on the language and, where a client brought model files
along, on those: for such clients nothing is kept here.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tauplan.language import current
from tauplan.web.cache import Cache
from tauplan.web.clients import client
from tauplan.web.files import OwnFiles

PATHS = frozenset(
    f"/api/v1/{name}" for name in ("evaluate", "page/plan", "page/compare", "page/market", "page/part")
)

QUERIES = (b"", b"parts=answer", b"parts=rest")
"""What may stand after the question mark."""


class Known:
    """Keeps packed answers by path, language and body."""

    def __init__(self, app: ASGIApp, files: OwnFiles, most_B: int) -> None:
        self.app, self.files = app, files
        self._cache = Cache(most_B)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call from memory, or let it be answered and keep that."""
        if not _may_be_known(scope):
            await self.app(scope, receive, send)
            return
        message = await receive()  # the guard gives the body whole
        body = message.get("body", b"")
        name = f"{scope['path']} {scope['query_string']!r} {current()} {body.hex()}"
        found = self._cache.get(name)
        if found is not None and not self.files.of(client(Request(scope))):
            await send({"type": "http.response.start", "status": 200, "headers": _headers(len(found))})
            await send({"type": "http.response.body", "body": found})
            return
        await self.app(scope, _again(message, receive), self._keeping(name, scope, send))

    def _keeping(self, name: str, scope: Scope, send: Send) -> Send:
        """Return a sender that keeps a whole, packed answer to a client without files."""
        kept = False

        async def outward(message: Message) -> None:
            nonlocal kept
            if message["type"] == "http.response.start":
                packed = (b"content-encoding", b"gzip") in message["headers"]
                kept = message["status"] == 200 and packed and not self.files.of(client(Request(scope)))
            elif kept and not message.get("more_body", False):
                self._cache.put(name, message["body"])
            await send(message)

        return outward


def _may_be_known(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] not in PATHS:
        return False
    packs = "gzip" in Headers(scope=scope).get("accept-encoding", "")
    return packs and scope["query_string"] in QUERIES


def _headers(length: int) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-type", b"application/json"),
        (b"content-encoding", b"gzip"),
        (b"vary", b"accept-encoding, accept-language"),
        (b"content-length", str(length).encode()),
    ]


def _again(message: Message, receive: Receive) -> Receive:
    """Return a receiver that gives a message once more and then whatever comes."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return message

    return again
