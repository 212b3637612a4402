"""What the charts share: the skeleton of a specification, axes, bars with labels, tooltips."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tauplan import units
from tauplan.report.palette import token

Spec = dict[str, Any]
Row = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
STEP = 30  # pixels per row of a bar chart
BAR = 16  # pixels of a bar's height
ROOM = 1.22  # share of the axis that is kept free beyond the longest bar, for its label
PLAIN = (
    "format(datum.value, ',.12~g')"  # a given precision keeps D3 from writing 20 as 2e+1 where ticks are tens
)
FIFTHS = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
TENTHS = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]

SPOKEN_TIMES = ("year", "week", "day", "h", "min", "s", "ms", "us", "ns", "ps")
_NAMES = {"year": "years", "week": "weeks", "day": "days", "us": "µs"}


def spec(title: str, note: str, rows: Sequence[Row], height: int, lines: int = 0, **body: Any) -> Spec:
    """Return a Vega-Lite specification that takes the width of its place.

    ``lines`` is the number of rows that a narrow page may make higher, to put their labels above the marks. What
    a narrow page needs to know stands in ``usermeta``: that number, the height of a bar, and where
    :func:`narrow_span` gave one, the span of the horizontal axis.
    """
    return {
        "$schema": SCHEMA,
        "title": {"text": title, "subtitle": note},
        "description": f"{title}: {note}",
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"values": list(rows)},
        "usermeta": {"lines": lines, "bar": BAR},
        **body,
        "config": config(),
    }


def config() -> Spec:
    """Return the look of all charts; colours are tokens of the page."""
    ink, soft, line = token("ink"), token("soft"), token("line")
    return {
        "font": "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', sans-serif",
        "background": "transparent",
        "view": {"stroke": None},
        "title": {
            "color": ink,
            "subtitleColor": soft,
            "anchor": "start",
            "fontSize": 15,
            "subtitleFontSize": 12,
        },
        "axis": {
            "labelColor": soft,
            "titleColor": soft,
            "gridColor": line,
            "gridOpacity": 0.8,
            "domainColor": line,
            "tickColor": line,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
        },
        "axisYBand": {
            "labelColor": ink,
            "ticks": False,
            "domain": False,
            "labelPadding": 8,
            "labelLimit": 250,
        },
        "axisYPoint": {
            "labelColor": ink,
            "ticks": False,
            "domain": False,
            "labelPadding": 8,
            "labelLimit": 290,
        },
        "axisXQuantitative": {"domain": False, "ticks": False, "labelFlush": False},
        "axisYQuantitative": {"domain": False, "ticks": False},
        "legend": {
            "labelColor": ink,
            "titleColor": soft,
            "labelFontSize": 12,
            "titleFontWeight": "normal",
            "orient": "bottom",
            "columns": 5,
            "symbolType": "square",
        },
        "bar": {"height": BAR, "cornerRadius": 2},
        "text": {"color": ink, "fontSize": 12},
        "rule": {"color": ink},
    }


def tooltip(*fields: tuple[str, str]) -> list[Spec]:
    """Return a tooltip of text fields: (field, label)."""
    return [{"field": field, "title": label, "type": "nominal"} for field, label in fields]


def rows_axis(field: str) -> Spec:
    """Return the vertical channel of one row per item, in the order of the data."""
    return {"field": field, "type": "nominal", "sort": None, "axis": {"title": None}}


def amount_axis(field: str, unit: str, top: float, low: float = 0.0, title: str | None = None) -> Spec:
    """Return the horizontal channel of an amount in SI ``unit``, with ticks in engineering units."""
    label = {
        "1": "format(datum.value, '.0%')",
        "USD": "'$' + replace(format(datum.value, '~s'), 'G', 'B')",
    }.get(unit, engineering(unit))
    axis: Spec = {"title": title, "labelExpr": label, "grid": True}
    if unit == "1":  # room for a label may reach beyond the whole, ticks do not
        axis["values"] = [tick for tick in (TENTHS if top < 0.7 else FIFTHS) if tick <= top]
    else:
        axis["tickCount"] = 5
    return {"field": field, "type": "quantitative", "scale": _span(low, top), "axis": axis}


def engineering(unit: str) -> str:
    """Return the expression that writes an axis label with a prefix and a unit, such as "20 GB"."""
    if not unit:
        return PLAIN
    return f"replace(format(datum.value, '~s'), regexp('([A-Za-zµ]?)$'), ' $1{unit}')"


def decade_axis(field: str, title: str, unit: str, values: Sequence[float]) -> Spec:
    """Return a log channel that holds all values, with a line and a label at each power of ten."""
    low, high = (math.log10(edge(values or (1.0,))) for edge in (min, max))
    margin = 0.08 * (high - low) + 0.15
    ticks = [10.0**power for power in range(math.ceil(low - margin), math.floor(high + margin) + 1)]
    return {
        "field": field,
        "type": "quantitative",
        "scale": {"type": "log", "domain": [10 ** (low - margin), 10 ** (high + margin)], "nice": False},
        "axis": {"title": title, "values": ticks, "labelExpr": engineering(unit), "grid": True},
    }


def time_unit(seconds: float) -> tuple[str, float]:
    """Return the name and the length [s] of the unit that a time is best drawn in.

    >>> time_unit(20.0)
    ('s', 1.0)
    """
    for unit in SPOKEN_TIMES:
        length = float(units.to_si(1.0, unit))
        if seconds >= length * (2 if unit in ("year", "week", "day") else 1):
            return _NAMES.get(unit, unit), length
    return "ps", float(units.to_si(1.0, "ps"))


def time_axis(field: str, low: float, high: float, unit: str, title: str) -> Spec:
    """Return the horizontal channel of times that were divided by the length of ``unit``."""
    return {
        "field": field,
        "type": "quantitative",
        "scale": _span(low, high),
        "axis": {"title": f"{title}, {unit}", "labelExpr": PLAIN, "grid": True, "tickCount": 8},
    }


def _span(low: float, high: float) -> Spec:
    """Return a linear scale; one without extent gets some, since nothing can be drawn on it."""
    return {"domain": [low, high if high > low else low + 1.0], "nice": False}


def narrow_span(chart: Spec, low: float, high: float) -> Spec:
    """Return the chart with the span of its horizontal axis on a narrow page, where labels take more of it."""
    return {**chart, "usermeta": chart["usermeta"] | {"span": [low, high]}}


def direct_colour(field: str = "colour") -> Spec:
    """Return the colour channel that takes each row's own token; such marks need no legend."""
    return {"field": field, "type": "nominal", "scale": None}


def beside(test: str, pixels: int) -> Spec:
    """Return the placing of text on the left of its mark where ``test`` holds, else on the right."""
    return {
        "align": {"expr": f"{test} ? 'right' : 'left'"},
        "dx": {"expr": f"{test} ? {-pixels} : {pixels}"},
    }


def over(text: Spec) -> list[Spec]:
    """Return a layer of text with a rim in the page's colour below it, so that lines do not cross the letters."""
    rim = {"stroke": token("ground"), "strokeWidth": 4, "strokeJoin": "round", "color": token("ground")}
    return [{**text, "mark": text["mark"] | rim}, text]


def end_label(x: str, y: Spec, text: str = "text", align: str = "left") -> Spec:
    """Return a layer that writes a text beside the end of each bar."""
    return {
        "mark": {"type": "text", "align": align, "dx": 6 if align == "left" else -6, "baseline": "middle"},
        "encoding": {
            "x": {"field": x, "type": "quantitative"},
            "y": y,
            "text": {"field": text, "type": "nominal"},
        },
    }
