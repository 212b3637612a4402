"""One market series as a chart on a time axis, with its sources written under it."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from tauplan.errors import InputError, Problem
from tauplan.report.marks import PLAIN, SCHEMA, Spec, config
from tauplan.report.palette import literal, token
from tauplan.supply.market.ledger import doubted
from tauplan.supply.market.series import Figure, grain_of, latest, time_of

WIDE, HIGH = 640, 300
DECADES = 100.0  # from this span an axis is logarithmic
MOST_SOURCES = 10
LINE = 13  # pixels of a line of sources
LETTERS = 118  # letters of a line of sources
MOST_LINES = 10  # series of dots that colours tell apart


def chart(figures: Sequence[Figure], title: str) -> Spec:
    """Return the newest vintage of each figure over time; sources as a caption below.

    Years, quarters and months of one entity are lines of their own, for a month is no year; so are scopes. Of
    several units the commonest is drawn. Forecasts are dashed. A claim that another figure of its period
    contradicts is a cross that no line runs through.
    Errors: :class:`InputError` for a series without numbers on single periods.
    """
    units = Counter(f.unit for f in figures if f.value is not None and grain_of(f.period))
    unit = max(units, key=lambda name: units[name], default="")
    figures = [figure for figure in figures if figure.unit == unit]
    rows = list(_rows(figures))
    if not rows:
        raise InputError(
            Problem(
                "nothing to draw",
                value=title,
                expected="numbers about single days, months, quarters or years",
                hint="`tauplan market show` prints what is there",
            )
        )
    values = [row["value"] for row in rows]
    log = min(values) > 0 and max(values) / min(values) > DECADES
    lines = _caption(figures)
    first, last = min(row["time"] for row in rows), max(row["time"] for row in rows)
    x: Spec = {
        "field": "time",
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [int(first) - 0.25, last + 0.25], "nice": False},
        "axis": {"format": "d", "tickMinStep": 1, "grid": False},
    }
    y: Spec = {
        "field": "value",
        "type": "quantitative",
        "title": None,
        "scale": {"type": "log"} if log else {"zero": min(values) >= 0},
        "axis": {"labelExpr": "format(datum.value, '~s')" if log or max(values) >= MANY else PLAIN},
    }
    names = list(dict.fromkeys(row["line"] for row in rows))
    colour: Spec = {
        "field": "line",
        "type": "nominal",
        "title": None,
        "scale": {"scheme": "tableau10" if len(names) <= MOST_LINES else "tableau20"},
        "legend": {"orient": "right", "columns": 1, "labelLimit": 280} if len(names) > 1 else None,
    }
    drawn = {"width": WIDE, "height": HIGH, "layer": _layers(x, y, colour)}
    below: Spec = {
        "width": WIDE,
        "height": LINE * len(lines),
        "view": {"stroke": None},
        "data": {"values": [{"line": line, "row": row} for row, line in enumerate(lines)]},
        "mark": {"type": "text", "align": "left", "fontSize": 9.5, "color": token("soft")},
        "encoding": {
            "x": {"value": 0},
            "y": {"field": "row", "type": "ordinal", "axis": None},
            "text": {"field": "line"},
        },
    }
    whole = {
        "$schema": SCHEMA,
        "title": {"text": title, "subtitle": _subtitle(unit, len(units) - 1, rows)},
        "data": {"values": rows},
        "vconcat": [drawn, below],
        "config": config() | {"background": token("ground")},
    }
    return literal(whole)


MANY = 10_000.0  # from this value an axis counts in thousands and millions


def _layers(x: Spec, y: Spec, colour: Spec) -> list[Spec]:
    joined = {"test": "datum.shape == 'circle'"}
    line: Spec = {
        "transform": [{"filter": "datum.shape == 'circle'"}],
        "mark": {"type": "line", "strokeWidth": 1.5},
        "encoding": {
            "x": x,
            "y": y,
            "color": colour,
            "strokeDash": {"field": "dash", "type": "nominal", "scale": None, "legend": None},
            "detail": [{"field": "dash", "type": "nominal"}],
        },
    }
    dots: Spec = {
        "mark": {"type": "point", "size": 34, "strokeWidth": 1.5, "opacity": 1},
        "encoding": {
            "x": x,
            "y": y,
            "color": {"condition": {**joined, **colour}, "value": token("bad")},
            "fill": {"condition": {"test": "datum.said", **colour, "legend": None}, "value": None},
            "shape": {"field": "shape", "type": "nominal", "scale": None, "legend": None},
        },
    }
    return [line, dots]


def _rows(figures: Sequence[Figure]) -> Iterator[dict[str, Any]]:
    grains = {grain_of(f.period) for f in figures} - {None}
    scopes, wrong = {f.scope for f in figures}, doubted(figures)
    drawn = latest(f for f in figures if f.id not in wrong)
    for f in (*drawn, *(f for f in figures if f.id in wrong)):
        time, grain = time_of(f.period), grain_of(f.period)
        if f.value is None or time is None or grain is None:
            continue
        about = [f.entity, f.scope if len(scopes) > 1 else "", grain if len(grains) > 1 else ""]
        yield {
            "time": time,
            "value": f.value,
            "line": ", ".join(word for word in about if word),
            "dash": [4, 3] if f.kind == "forecast" else [1, 0],
            "said": f.kind != "forecast",
            "shape": "M-.7,-.7L.7,.7M.7,-.7L-.7,.7" if f.id in wrong else "circle",
        }


def _subtitle(unit: str, others: int, rows: Sequence[dict[str, Any]]) -> str:
    said = [unit, *(["figures in other units are left out"] if others > 0 else [])]
    if not all(row["said"] for row in rows):
        said.append("dashed, hollow: forecasts")
    if any(row["shape"] != "circle" for row in rows):
        said.append("crosses: contradicted by another figure")
    return "; ".join(said)


def _caption(figures: Sequence[Figure]) -> list[str]:
    sources = list(dict.fromkeys(f.source for f in figures))
    said = [
        f"Sources: {source}" if not place else source for place, source in enumerate(sources[:MOST_SOURCES])
    ]
    lines = [line for source in said for line in textwrap.wrap(source, LETTERS) or [source]]
    if len(sources) > MOST_SOURCES:
        lines.append(f"and {len(sources) - MOST_SOURCES} more; `tauplan market show` gives them all")
    return lines
