"""One self-contained HTML page: charts, the data under each of them, claims with their sources.

The page asks nobody for anything: style, script and the chart library are in it, and its security policy forbids
requests. The tables are plain HTML, so that they are there without a script and when a chart cannot be drawn.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from importlib import resources

from tauplan.errors import InputError, Problem
from tauplan.evaluate.answer import Answer
from tauplan.language import _, current
from tauplan.report.article import article
from tauplan.report.compared import compared
from tauplan.report.elements import Charts, Html, raw, text
from tauplan.report.export import finite
from tauplan.report.palette import variables

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)


def page(answers: Sequence[Answer]) -> str:
    """Return an HTML document of one answer, or of several side by side; the same answers give the same bytes.

    Errors: :class:`InputError` if there is no answer, or if the chart library of the ``report`` extra is not
    installed.
    """
    if not answers:
        raise InputError(Problem("no answer to report", expected="one or more answers"))
    place = Charts()
    if len(answers) == 1:
        title = answers[0].name
        body = article(answers[0], place, "answer-1", top=1)
    else:
        title = _("Side by side") + ": " + ", ".join(answer.name for answer in answers)
        together = compared(answers, place)
        body = raw(
            together, *(article(a, place, f"answer-{i}", top=2) for i, a in enumerate(answers, start=1))
        )
    return document(title, body, place)


def document(title: str, body: Html, place: Charts) -> str:
    """Return a whole HTML document around a body and its charts."""
    # inside a script element only these two sequences end or suspend the script; in strings, where they would
    # stand, a backslash changes nothing
    library = chart_library().replace("</script", "<\\/script").replace("<!--", "<\\!--")
    light, dark = variables(), variables(dark=True)
    style = (
        f":root {{ color-scheme: light dark; {light} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n{_resource('page.css')}"
    )
    return (
        "<!DOCTYPE html>\n"
        f'<html lang="{current()}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#main">{text(_("Skip to the answer"))}</a>\n<main id="main">\n{body}</main>\n'
        f'<script type="application/json" id="charts">{_json(place)}</script>\n'
        f"<script>{library}</script>\n<script>\n{_resource('page.js')}</script>\n</body>\n</html>\n"
    )


def _json(place: Charts) -> str:
    """Return the specifications as JSON that cannot end the script element it stands in."""
    data = json.dumps(finite(place.specs), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return data.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _resource(name: str) -> str:
    return resources.files("tauplan.report").joinpath(name).read_text(encoding="utf-8")


@functools.cache
def chart_library() -> str:
    """Return the chart library as one script that sets ``window.vegaEmbed``, from the package that carries it.

    Errors: :class:`InputError` if the ``report`` extra is not installed.
    """
    try:
        from vl_convert import javascript_bundle
    except ImportError:
        raise InputError(
            Problem(
                "the HTML report needs its chart library",
                expected="the package vl-convert-python",
                hint="install the extra: pip install 'tauplan[report]'",
            )
        ) from None
    return javascript_bundle("window.vegaEmbed = vegaEmbed;")
