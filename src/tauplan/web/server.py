"""The server of the planner: loopback by default, a token for any other host."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

import uvicorn

from tauplan.web.app import create_app
from tauplan.web.guard import LOOPBACK

TOKEN_BYTES = 24
IDLE_S = 15


def serve(opened: Path | None, host: str, port: int, say: Callable[[str], None]) -> None:
    """Serve until interrupted; ``say`` gets the address to open.

    On a host that is not loopback a fresh token is part of that address, and every call needs it.
    Errors: :class:`InputError` if the scenario cannot be read.
    """
    token = "" if host in LOOPBACK else secrets.token_urlsafe(TOKEN_BYTES)
    app = create_app(opened, token)
    config = uvicorn.Config(
        app, host=host, port=port, log_level="warning", server_header=False, timeout_keep_alive=IDLE_S
    )
    server = uvicorn.Server(config)
    shown = f"[{host}]" if ":" in host else host
    example = f"#/plan?example={opened.stem}" if opened is not None else ""
    say(f"open http://{shown}:{port}/{f'?token={token}' if token else ''}{example}    (Ctrl-C ends it)")
    server.run()
