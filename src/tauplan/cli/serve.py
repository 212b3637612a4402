"""``tauplan serve``: the planner in the browser."""

from __future__ import annotations

import socket
from pathlib import Path

import click

from tauplan.errors import InputError, Problem


@click.command("serve", short_help="The planner in the browser.")
@click.argument("scenario", required=False, type=click.Path(path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8642, show_default=True, type=click.IntRange(1, 65535), help="Port.")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes that answer; default: one per core.")
@click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder where studies and files of the planner are kept.",
)
def command(scenario: Path | None, host: str, port: int, workers: int | None, state: Path | None) -> None:
    """Open the planner on SCENARIO, a scenario, study or order plan, or on the examples that come with tauplan.

    It listens on this machine alone. On another --host the address it prints holds a token that every call needs.
    """
    try:
        from tauplan.web.server import serve
    except ImportError:
        raise InputError(
            Problem(
                "the planner needs its web server",
                expected="the packages fastapi and uvicorn",
                hint="install the extra: pip install 'tauplan[web]'",
            )
        ) from None
    _check_free(host, port)
    serve(scenario, host, port, workers, state, click.echo)


def _check_free(host: str, port: int) -> None:
    """Refuse an address that cannot be listened on, before anything is said."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        reason = error.strerror or "error"
        raise InputError(
            Problem(f"cannot listen: {reason}", value=f"{host}:{port}", hint="try another --port")
        ) from None
