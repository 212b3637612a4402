"""The server of the planner: loopback by default, a token for any other host."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

import uvicorn

from tauplan.web.app import create_app
from tauplan.web.bases import Kind, kind_of
from tauplan.web.guard import LOOPBACK

TOKEN_BYTES = 24
IDLE_S = 15

VIEW_OF: dict[Kind, str] = {"scenario": "plan", "device": "plan", "study": "explore", "supply": "supply"}


def serve(
    opened: Path | None,
    host: str,
    port: int,
    workers: int | None,
    state: Path | None,
    say: Callable[[str], None],
) -> None:
    """Serve until interrupted; ``say`` gets the address to open.

    On a host that is not loopback a fresh token is part of that address, and every call needs it. ``workers`` is
    one per core by default; ``state`` is where studies and files are kept.
    Errors: :class:`InputError` if the scenario cannot be read.
    """
    token = "" if host in LOOPBACK else secrets.token_urlsafe(TOKEN_BYTES)
    app = create_app(opened, token, workers or os.cpu_count() or 1, state or state_folder())
    config = uvicorn.Config(
        app, host=host, port=port, log_level="warning", server_header=False, timeout_keep_alive=IDLE_S
    )
    server = uvicorn.Server(config)
    shown = f"[{host}]" if ":" in host else host
    place = f"#/{_view(opened)}?example={opened.stem}" if opened is not None else ""
    say(f"open http://{shown}:{port}/{f'?token={token}' if token else ''}{place}    (Ctrl-C ends it)")
    server.run()


def state_folder() -> Path:
    """Return where the planner keeps studies and files of this user between runs."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "tauplan" / "planner"


def _view(opened: Path) -> str:
    from tauplan.spec.yaml_text import load

    return VIEW_OF[kind_of(load(opened).data) or "scenario"]
