"""The desk: a call comes in, is answered from memory, or by a worker; the same question is worked on once."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response

from tauplan.web import limits
from tauplan.web.cache import Cache, key
from tauplan.web.clients import Turnstile, client
from tauplan.web.pool import Workers

JSON, HTML = "application/json", "text/html; charset=utf-8"


def packed_response(request: Request, body: bytes, kind: str = JSON, **headers: str) -> Response:
    """Return compressed bytes as an answer; unpacked for the rare client that does not take them."""
    given = {name.replace("_", "-"): value for name, value in headers.items()} | {
        "vary": "accept-encoding, accept-language"
    }
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(body, headers=given | {"content-encoding": "gzip"}, media_type=kind)
    return Response(gzip.decompress(body), headers=given, media_type=kind)


class Desk:
    """Takes questions of clients to workers, within the limits of each client."""

    def __init__(self, workers: Workers, most_B: int = limits.CACHE_B) -> None:
        self.workers = workers
        self._cache = Cache(most_B)
        self._turnstile = Turnstile()
        self._under_way: dict[str, asyncio.Future[bytes]] = {}

    async def bytes_of(
        self, request: Request, task: str, arguments: Mapping[str, Any], *, keep: bool = True
    ) -> bytes:
        """Return the bytes of a task. Errors: what the task raises, and those of a client over its limits."""
        name = key(task, arguments)
        if keep and (found := self._cache.get(name)) is not None:
            return found
        with self._turnstile.passed(client(request)):
            waiting = self._under_way.get(name)
            if waiting is None:
                waiting = asyncio.wrap_future(self.workers.submit(task, arguments))
                self._under_way[name] = waiting
                waiting.add_done_callback(lambda _: self._under_way.pop(name, None))
            body = await asyncio.shield(waiting)
        if keep:
            self._cache.put(name, body)
        return body

    async def answer(
        self, request: Request, task: str, arguments: Mapping[str, Any], *, keep: bool = True
    ) -> Response:
        """Return a task's JSON as an answer."""
        return packed_response(request, await self.bytes_of(request, task, arguments, keep=keep))
