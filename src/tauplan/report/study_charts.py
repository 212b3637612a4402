"""Charts of a study: designs across all axes, how often each stays on the front, what the figures hang on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tauplan.explore.findings import Findings
from tauplan.explore.rows import Row as DesignRow
from tauplan.explore.sensitivity import Hangs
from tauplan.explore.space import Axis
from tauplan.explore.uncertainty import Stand
from tauplan.report.decides import deciding, weight
from tauplan.report.marks import BAR, FIFTHS, STEP, Row, Spec, end_label, over, rows_axis, spec, tooltip
from tauplan.report.palette import token
from tauplan.report.study import words
from tauplan.report.study_hangs import hangs_title, input_name, shown_shares
from tauplan.report.text import quantity

LINES = 150
"""Designs drawn as lines, evenly from end to end of the front."""

LANE = 46
"""Pixels between two axes of the parallel chart."""

MOST_LABELS = 7
"""Values of an axis that are all written out; of more, the ends."""

HUES = tuple(token(name) for name in ("accent", "later", "sram", "package", "failures", "link"))
"""Colours that tell the values of one axis apart; they mean nothing else here."""


def parallel_chart(found: Findings) -> Spec:
    """Return the front as lines across the axes and the objectives, one row each.

    Values of an axis stand in their order from left to right, objectives from their best to their worst on the
    front. Colours tell the values of the axis that decides most.
    """
    drawn = _evenly(found.front)
    axes = [axis for axis in found.prepared.space.outer if len(axis) > 1]
    coloured = _coloured(found, axes)
    names = [axis.name.rpartition(".")[2].replace("_", " ") for axis in axes]
    rows: list[Row] = []
    for place, (axis, name) in enumerate(zip(axes, names, strict=True)):
        last = max(len(axis) - 1, 1)
        digits = {label: digit for digit, label in enumerate(axis.labels)}
        for row in drawn:
            label = row.labels[axis.name]
            rows.append(_point(found, row, name, place, digits[label] / last, label, coloured))
        rows += _labels(name, [(digit / last, axis.labels[digit]) for digit in _written(axis)])
    for place, figure in enumerate(found.prepared.wanted.objectives, len(axes)):
        values = [row.figures[figure.name] for row in drawn]
        best, worst = sorted((min(values), max(values)), key=lambda value: figure.sign * value)
        for row, value in zip(drawn, values, strict=True):
            at = (value - best) / (worst - best) if worst != best else 0.0
            rows.append(_point(found, row, figure.label, place, at, quantity(value, figure.unit), coloured))
        rows += _labels(
            figure.label, [(0.0, quantity(best, figure.unit)), (1.0, quantity(worst, figure.unit))]
        )
    order = [*names, *(figure.label for figure in found.prepared.wanted.objectives)]
    y = rows_axis("axis") | {"sort": order, "scale": {"paddingInner": 0.0}}
    x: Spec = {
        "field": "at",
        "type": "quantitative",
        "scale": {"domain": [-0.02, 1.02], "nice": False},
        "axis": None,
    }
    tips = tooltip(("design", "design"), ("axis", "axis"), ("label", "value"), ("what", "made of"))
    lines: Spec = {
        "transform": [{"filter": "datum.line"}],
        "mark": {"type": "line", "opacity": 0.35, "strokeWidth": 1.5, "interpolate": "monotone"},
        "encoding": {
            "x": x,
            "y": y,
            "detail": {"field": "design"},
            "order": {"field": "place"},
            "color": _colour(coloured),
            "tooltip": tips,
        },
    }
    text: Spec = {
        "transform": [{"filter": "!datum.line"}],
        "mark": {"type": "text", "dy": 15, "fontSize": 11, "color": token("soft")},
        "encoding": {
            "x": x,
            "y": y,
            "text": {"field": "label"},
        },
    }
    aligned = [
        {**text, "transform": [{"filter": f"!datum.line && {test}"}], "mark": text["mark"] | {"align": align}}
        for test, align in (
            ("datum.at < 0.05", "left"),
            ("datum.at >= 0.05 && datum.at <= 0.95", "center"),
            ("datum.at > 0.95", "right"),
        )
    ]
    layers = [lines, *(part for one in aligned for part in over(one))]
    note = f"{len(drawn):,} designs, one line each; objectives have their best on the left"
    return spec("The front across all axes", note, rows, LANE * len(order), layer=layers)


def _evenly(front: Sequence[DesignRow]) -> list[DesignRow]:
    if len(front) <= LINES:
        return list(front)
    return [front[round(step * (len(front) - 1) / (LINES - 1))] for step in range(LINES)]


def _coloured(found: Findings, axes: Sequence[Axis]) -> Axis | None:
    """Return the axis of few values that decides most, of those whose values differ along the front."""
    decides = deciding(found.prepared, found.outcome)
    able = [
        axis
        for axis in axes
        if len(axis) <= len(HUES) and len({row.labels[axis.name] for row in found.front}) > 1
    ]
    return max(able, key=lambda axis: weight(decides.get(axis.name, ())), default=None)


def _colour(axis: Axis | None) -> Spec:
    if axis is None:
        return {"value": token("accent")}
    return {
        "field": "group",
        "type": "nominal",
        "scale": {"domain": list(axis.labels), "range": list(HUES[: len(axis)])},
        "legend": {"title": axis.name.rpartition(".")[2], "orient": "top", "columns": 3, "labelLimit": 260},
    }


def _point(
    found: Findings, row: DesignRow, axis: str, place: int, at: float, label: str, coloured: Axis | None
) -> Row:
    return {
        "line": True,
        "design": str(row.design),
        "axis": axis,
        "place": place,
        "at": at,
        "label": label,
        "group": row.labels[coloured.name] if coloured else "",
        "what": words(found.prepared, row),
    }


def _labels(axis: str, told: Sequence[tuple[float, str]]) -> Iterator[Row]:
    for at, label in told:
        yield {"line": False, "axis": axis, "at": at, "label": label}


def _written(axis: Axis) -> list[int]:
    return list(range(len(axis))) if len(axis) <= MOST_LABELS else [0, len(axis) - 1]


MOST_STANDS = 15


def stability_chart(found: Findings) -> Spec:
    """Return the designs of the front by the share of draws in which each stays there."""
    stands = sorted(found.sure, key=lambda stand: -stand.share)[:MOST_STANDS]
    made = {row.design: words(found.prepared, row) for row in found.front}
    rows = [_stand(stand, made.get(stand.design, "")) for stand in stands]
    y = rows_axis("design")
    draws = found.prepared.file.study.uncertainty
    note = (
        f"share of {draws.draws if draws else 0:,} draws of all claims in which a design stays on the front"
    )
    tips = tooltip(
        ("design", "design"), ("text", "on the front"), ("feasible", "feasible"), ("what", "made of")
    )
    return _shares("How sure the front is", note, rows, y, tips)


def _stand(stand: Stand, made_of: str) -> Row:
    text = f"{stand.share:.0%}"
    return {
        "design": str(stand.design),
        "share": stand.share,
        "text": text,
        "feasible": f"{stand.feasible:.0%}",
        "what": made_of,
    }


def hangs_chart(found: Findings, hangs: Hangs) -> Spec:
    """Return first-order and total Sobol indices of each objective over one set of inputs."""
    rows: list[Row] = []
    for figure in found.prepared.wanted.objectives:
        for share in shown_shares(hangs, figure.name):
            name = f"{input_name(hangs, share)} → {figure.label}"
            text = f"{share.total:.2f}"
            rows.append(
                {
                    "input": name,
                    "share": min(share.total, 1.0),
                    "alone": min(max(share.first, 0.0), 1.0),
                    "text": text,
                    "first": f"{share.first:.2f} alone, {text} ± {share.error:.2f} in all",
                }
            )
    note = (
        f"Sobol indices over {hangs_title(hangs)}: the bar is what stays of the variance when all else is known, "
        "its dark part what goes when the input alone is"
    )
    tips = tooltip(("input", "input"), ("first", "share of the variance"))
    chart = _shares("What the figures hang on", note, rows, rows_axis("input"), tips)
    bar = chart["layer"][0]
    alone = {**bar, "encoding": bar["encoding"] | {"x": bar["encoding"]["x"] | {"field": "alone"}}}
    bar["mark"] = bar["mark"] | {"opacity": 0.4}
    chart["layer"].insert(1, alone)
    return chart


def _shares(title: str, note: str, rows: list[Row], y: Spec, tips: list[Spec]) -> Spec:
    x: Spec = {
        "field": "share",
        "type": "quantitative",
        "scale": {"domain": [0.0, 1.1], "nice": False},
        "axis": {"title": None, "format": ".0%", "values": FIFTHS},
    }
    bar: Spec = {
        "mark": {"type": "bar", "height": BAR, "color": token("accent"), "cornerRadius": 0},
        "encoding": {"x": x, "y": y, "tooltip": tips},
    }
    return spec(title, note, rows, STEP * len(rows), len(rows), layer=[bar, end_label("share", y)])
