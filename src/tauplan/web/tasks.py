"""What workers do: the bytes of answers and pages, packed as they are sent."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from typing import Any

from tauplan.language import use
from tauplan.report.export import FOLLOWING, finite, to_json_dict
from tauplan.report.findings import findings_data
from tauplan.web.pages import VIEWS, Asked, Page
from tauplan.web.questions import Wanted

PACKING = 3


def packed(data: Any) -> bytes:
    """Return plain data as compressed JSON; what is no number is null, text that is not Unicode a question mark."""
    try:
        text = _json(data)
    except ValueError:  # looked through only where there is something to find
        text = _json(finite(data))
    return gzip.compress(text.encode("utf-8", "replace"), PACKING, mtime=0)


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def answer(asked: Asked, parts: Wanted = "all") -> bytes:
    """Return an answer as `tauplan evaluate --json` prints it, or the part of it that is wanted."""
    if asked.base.kind == "device":
        return packed({} if parts == "rest" else findings_data(asked.findings()))
    data = to_json_dict(asked.answer("answer" if parts == "answer" else "all"))
    if parts == "answer":
        data = {key: value for key, value in data.items() if key not in FOLLOWING}
    elif parts == "rest":
        data = {key: data[key] for key in FOLLOWING}
    return packed(data)


def page(view: str, language: str, arguments: Mapping[str, Any], whole: bool = False) -> bytes:
    """Return a view's page as data, or as a whole document that stands alone."""
    with use(language):
        made = VIEWS[view](**arguments)
        return document(made) if whole else packed(made.plain())


def document(made: Page) -> bytes:
    """Return a page as one HTML file."""
    from tauplan.report.html import document as html

    return gzip.compress(
        html(made.title, made.html, made.charts).encode("utf-8", "replace"), PACKING, mtime=0
    )


TASKS: dict[str, Callable[..., bytes]] = {"answer": answer, "page": page}
