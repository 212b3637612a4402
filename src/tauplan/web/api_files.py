"""The calls for files that a client brings along: a model's config.json, an ONNX network, a table of cases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request

from tauplan.web.clients import client
from tauplan.web.files import OwnFiles
from tauplan.web.problems import Json


def router(files: OwnFiles) -> APIRouter:
    """Return the calls for own files; each client sees its own alone."""
    calls = APIRouter(prefix="/api/v1/files", default_response_class=Json)

    @calls.get("", summary="One's own files, the newest first.")
    def _list(request: Request) -> Json:  # pyright: ignore[reportUnusedFunction]
        return Json({"files": [_shown(path) for path in files.of(client(request))]})

    @calls.put("/{name}", summary="Bring a file along: .json, .onnx or .csv, as the body.")
    async def _take(request: Request, name: str) -> Json:  # pyright: ignore[reportUnusedFunction]
        return Json(_shown(await files.take(client(request), name, request.stream())))

    @calls.delete("/{name}", summary="Forget a file.")
    def _drop(request: Request, name: str) -> Json:  # pyright: ignore[reportUnusedFunction]
        files.drop(client(request), name)
        return Json({"dropped": True})

    return calls


def _shown(path: Path) -> dict[str, Any]:
    return {"name": path.name, "kind": path.suffix.lower()[1:], "size": path.stat().st_size}
