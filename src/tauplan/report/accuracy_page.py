"""Measured cases beside their predictions for a page: one chart of all, errors by kind, device and case."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from tauplan.language import _
from tauplan.report.elements import Charts, Html, element, paragraph, raw, table, text
from tauplan.report.marks import Row, Spec, spec, tooltip
from tauplan.report.palette import token
from tauplan.report.text import percent
from tauplan.validate.prediction import Prediction, Summary, summarise

MOST_CASES = 400
GOLDEN = (5.0**0.5 - 1.0) / 2.0
"""Steps of this share spread dots evenly over a band."""
COLOURS = (
    "accent",
    "later",
    "good",
    "failures",
    "switch",
    "wire",
    "schedule",
    "noc",
    "memory",
    "quiet",
    "supply",
)
ROW = 44
WIDEST_RATIO = 4.0
TICKS = (0.25, 0.5, 0.8, 1.0, 1.25, 2.0, 4.0)


def accuracy_article(title: str, found: Sequence[Prediction], place: Charts) -> Html:
    """Return the errors of predictions: chart, summaries by family and by device, every case."""
    whole = summarise("all", found)
    said = _("{cases} cases, {coverage} answered; median error {median}, nine in ten within {p90}.").format(
        cases=f"{whole.cases:,}",
        coverage=percent(whole.coverage),
        median=percent(whole.median_abs),
        p90=percent(whole.p90_abs),
    )
    parts = [element("h1", text(title)), paragraph(said, "verdict")]
    answered = [p for p in found if p.answered and p.measured > 0 and p.predicted > 0]
    if answered:
        parts.append(place.figure(scatter(answered), _cases(found), 2))
    parts.append(element("h2", text("By family"), attributes='class="section"'))
    parts.append(_summaries("family", _groups(found, lambda p: p.family)))
    parts.append(element("h2", text("By device"), attributes='class="section"'))
    parts.append(_summaries("device", _groups(found, lambda p: p.device)))
    reasons: dict[str, int] = {}
    for p in found:
        if not p.answered:
            reasons[p.reason or "no measured value"] = reasons.get(p.reason or "no measured value", 0) + 1
    if reasons:
        parts.append(element("h2", text("Not answered"), attributes='class="section"'))
        rows = [(reason, f"{count:,}") for reason, count in sorted(reasons.items(), key=lambda i: -i[1])]
        parts.append(table(("reason", "cases"), rows, "lr"))
    return raw("<article>", *parts, "</article>\n")


def scatter(found: Sequence[Prediction]) -> Spec:
    """Return predicted over measured against measured, on logarithmic axes; one dot per case."""
    families = list(dict.fromkeys(p.family for p in found))
    rows: list[Row] = [
        {
            "ratio": p.predicted / p.measured,
            "case": p.case,
            "family": p.family,
            "device": p.device,
            "error": f"{100 * p.error:+.1f} %",
            "spread": (place * GOLDEN)
            % 1.0,  # by number, not by chance: the same cases give the same picture
            "colour": token(COLOURS[families.index(p.family) % len(COLOURS)]),
        }
        for place, p in enumerate(found)
    ]
    x: Spec = {
        "field": "ratio",
        "type": "quantitative",
        "scale": {"type": "log", "clamp": True, "domain": [1.0 / WIDEST_RATIO, WIDEST_RATIO], "nice": False},
        "axis": {
            "title": "predicted over measured",
            "values": list(TICKS),
            "labelExpr": "'× ' + datum.label",
            "grid": True,
        },
    }
    y: Spec = {"field": "family", "type": "nominal", "sort": None, "axis": {"title": None}}
    tips = tooltip(("case", "case"), ("device", "device"), ("family", "family"), ("error", "error"))
    dots: Spec = {
        "mark": {"type": "circle", "size": 42, "opacity": 0.6},
        "encoding": {
            "x": x,
            "y": y,
            "yOffset": {"field": "spread", "type": "quantitative", "scale": {"domain": [-0.3, 1.3]}},
            "color": {"field": "colour", "type": "nominal", "scale": None},
            "tooltip": tips,
        },
    }
    one: Spec = {"mark": {"type": "rule", "strokeWidth": 1.5}, "encoding": {"x": {"datum": 1}}}
    note = "one dot per case; left of 1 the prediction is too low, right of it too high"
    return spec("Predicted over measured", note, rows, ROW * len(families), len(families), layer=[one, dots])


def _groups(found: Sequence[Prediction], key: Callable[[Prediction], str]) -> list[Summary]:
    groups: dict[str, list[Prediction]] = {}
    for p in found:
        groups.setdefault(key(p) or "–", []).append(p)
    return [summarise(name, members) for name, members in groups.items()]


def _summaries(head: str, rows: Sequence[Summary]) -> Html:
    def shown(value: float) -> str:
        return percent(value) if math.isfinite(value) else "–"

    cells = [
        (
            s.group,
            f"{s.cases:,}",
            shown(s.coverage),
            shown(s.median_abs),
            shown(s.p90_abs),
            f"{100 * s.median_signed:+.1f} %" if math.isfinite(s.median_signed) else "–",
            shown(s.inside),
        )
        for s in sorted(rows, key=lambda s: -s.cases)
    ]
    columns = (
        head,
        "cases",
        "answered",
        "median error",
        "nine in ten within",
        "median, signed",
        "inside the interval",
    )
    return table(columns, cells, "lrrrrrr")


def _cases(found: Sequence[Prediction]) -> Html:
    rows = [
        (
            p.case,
            p.family,
            p.device,
            p.metric.replace("_", " "),
            f"{p.measured:.4g}",
            f"{p.predicted:.4g}" if p.answered else "–",
            f"{100 * p.error:+.1f} %" if p.answered else p.reason,
        )
        for p in found[:MOST_CASES]
    ]
    columns = ("case", "family", "device", "metric", "measured", "predicted", "error")
    caption = (
        _("the first {count} of {all}").format(count=f"{MOST_CASES:,}", all=f"{len(found):,}")
        if len(found) > MOST_CASES
        else ""
    )
    return table(columns, rows, "llllrrr", caption)
