"""The files of the front end: a closed list, read once, each with its compressed form and a tag for caches."""

from __future__ import annotations

import functools
import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from importlib import resources
from importlib.resources.abc import Traversable

from fastapi import Request, Response

from tauplan.language import ENGLISH, LANGUAGES, messages
from tauplan.report.palette import variables

TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "json": "application/json",
}

LONGEST_WORDS = 200
"""Messages up to this length [letters] may be labels of the front end."""


@dataclass(frozen=True)
class Asset:
    """One file as it is sent."""

    name: str
    body: bytes
    packed: bytes
    tag: str

    def answer(self, request: Request) -> Response:
        """Return the file, compressed where the client takes that, or word that its copy is still good."""
        headers = {"etag": self.tag, "cache-control": "no-cache", "vary": "accept-encoding"}
        if request.headers.get("if-none-match") == self.tag:
            return Response(status_code=int(HTTPStatus.NOT_MODIFIED), headers=headers)
        kind = TYPES[self.name.rpartition(".")[2]]
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(self.packed, headers=headers | {"content-encoding": "gzip"}, media_type=kind)
        return Response(self.body, headers=headers, media_type=kind)


def asset(name: str, text: str) -> Asset:
    """Return a file from its text."""
    body = text.encode()
    tag = hashlib.sha256(body).hexdigest()[:16]
    return Asset(name, body, gzip.compress(body, mtime=0), f'"{tag}"')


@functools.cache
def assets() -> dict[str, Asset]:
    """Return every file of the front end by name: those of the package, the colours, the chart library."""
    from tauplan.report.html import chart_library

    texts = dict(_texts(resources.files("tauplan.web").joinpath("static"), ""))
    texts |= {f"words.{tag}.json": words(tag) for tag in LANGUAGES if tag != ENGLISH}
    texts["page.css"] = resources.files("tauplan.report").joinpath("page.css").read_text(encoding="utf-8")
    texts["colours.css"] = colours()
    texts["vega.js"] = chart_library()
    return {name: asset(name, text) for name, text in texts.items()}


def _texts(folder: Traversable, path: str) -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _texts(entry, f"{path}{entry.name}/")
        elif entry.name.rpartition(".")[2] in TYPES:
            yield path + entry.name, entry.read_text(encoding="utf-8")


def words(tag: str) -> str:
    """Return what the front end may say in a language, as JSON: every short message, for labels made of data."""
    known = {message: text for message, text in messages(tag).items() if len(message) <= LONGEST_WORDS}
    return json.dumps(known, ensure_ascii=False, separators=(",", ":"))


def colours() -> str:
    """Return the colours of the page for light and dark: the reader's system decides, or a button of the page."""
    light, dark = variables(), variables(dark=True)
    return (
        f":root {{ color-scheme: light dark; {light} }}\n"
        f'@media screen and (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) {{ {dark} }} }}\n'
        f'@media screen {{ :root[data-theme="dark"] {{ color-scheme: dark; {dark} }} }}\n'
        ':root[data-theme="light"] { color-scheme: light; }\n'
    )
