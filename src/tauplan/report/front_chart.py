"""The chart of a front: two objectives, with a sample of the designs that the front dominates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tauplan.explore.figures import Figure
from tauplan.explore.outcome import Outcome
from tauplan.explore.prepared import Prepared
from tauplan.explore.rows import Row as DesignRow
from tauplan.report.marks import Row, Spec, engineering, spec, time_unit, tooltip
from tauplan.report.palette import HUES, token
from tauplan.report.study import words
from tauplan.report.text import quantity

HEIGHT = 380
LARGE, SMALL, MANY = 70, 24, 300  # square pixels of a mark, fewer where there are many
MOST_DOTS = 500
DECADES = 30.0  # from this span an axis is logarithmic


def front_chart(
    prepared: Prepared, outcome: Outcome, front: Sequence[DesignRow], x: int = 0, y: int = 1
) -> Spec:
    """Return the front over the objectives number ``x`` and ``y``; faint dots are a sample of the rest."""
    objectives = prepared.wanted.objectives
    across, up = objectives[x], objectives[y]
    scale = {figure.name: _scale(figure, outcome, place) for place, figure in enumerate(objectives)}
    rows = [*_dots(prepared, outcome, scale), *_front(prepared, front, scale)]
    tips = [("design", "design"), ("what", "made of"), *((f"{f.name}_text", f.label) for f in objectives)]
    encoding = {
        "x": _axis(across, scale[across.name], outcome, x),
        "y": _axis(up, scale[up.name], outcome, y),
        "tooltip": tooltip(*tips),
    }
    rest: Spec = {
        "transform": [{"filter": "!datum.front"}],
        "mark": {"type": "circle", "size": 14, "opacity": 0.45, "color": token("quiet")},
        "encoding": encoding,
    }
    best: Spec = {
        "transform": [{"filter": "datum.front"}],
        "mark": {
            "type": "point",
            "filled": True,
            "size": LARGE if len(front) < MANY else SMALL,
            "color": token("accent"),
        },
        "encoding": encoding | _apart(prepared, front),
    }
    others = [figure.label for place, figure in enumerate(objectives) if place not in (x, y)]
    also = f" (a front over {' and '.join(others)} too)" if others else ""
    note = f"large: the front{also}, {len(front):,} designs; small: some of the {outcome.feasible:,} feasible"
    return spec(f"Front: {across.label} and {up.label}", note, rows, HEIGHT, layer=[rest, best])


def _apart(prepared: Prepared, front: Sequence[DesignRow]) -> Spec:
    """Return the colours that tell apart the fronts of given axes, or none."""
    groups = list(dict.fromkeys(_group(prepared, row) for row in front))
    if not prepared.space.given or len(groups) > len(HUES):
        return {}
    scale = {"domain": sorted(groups), "range": list(HUES[: len(groups)])}
    legend = {"title": " · ".join(prepared.space.given), "orient": "top", "symbolOpacity": 1}
    return {"color": {"field": "group", "type": "nominal", "scale": scale, "legend": legend}}


def _group(prepared: Prepared, row: DesignRow) -> str:
    return " · ".join(row.labels[name] for name in prepared.space.given)


def _dots(prepared: Prepared, outcome: Outcome, scale: dict[str, tuple[str, float]]) -> Iterator[Row]:
    designs, table = outcome.sample
    for design, values in zip(designs[:MOST_DOTS].tolist(), table[:MOST_DOTS].tolist(), strict=True):
        figures = {f.name: f.sign * v for f, v in zip(prepared.wanted.objectives, values, strict=True)}
        yield {"front": False, "design": str(design), "what": ""} | _cells(prepared, figures, scale)


def _front(
    prepared: Prepared, front: Sequence[DesignRow], scale: dict[str, tuple[str, float]]
) -> Iterator[Row]:
    for row in front:
        said = {"front": True, "design": str(row.design), "what": words(prepared, row)}
        said |= {"group": _group(prepared, row)}
        yield said | _cells(prepared, row.figures, scale)


def _cells(prepared: Prepared, figures: dict[str, float], scale: dict[str, tuple[str, float]]) -> Row:
    cells: Row = {}
    for figure in prepared.wanted.objectives:
        value = figures[figure.name]
        cells[figure.name] = value / scale[figure.name][1]
        cells[f"{figure.name}_text"] = quantity(value, figure.unit)
    return cells


def _scale(figure: Figure, outcome: Outcome, place: int) -> tuple[str, float]:
    """Return the unit that a figure is drawn in, and its length in SI."""
    if figure.unit != "s":
        return figure.unit, 1.0
    return time_unit(abs(float(outcome.high[place])))


def _axis(figure: Figure, scale: tuple[str, float], outcome: Outcome, place: int) -> Spec:
    unit = scale[0]
    low, high = sorted(figure.sign * float(end[place]) for end in (outcome.low, outcome.high))
    wide = low > 0 and high > DECADES * low
    if figure.unit == "s":
        title, label = f"{figure.label}, {unit}", None
    elif figure.unit == "USD":
        title, label = figure.label, "'$' + replace(format(datum.value, '~s'), 'G', 'B')"
    else:
        title, label = figure.label, engineering("" if unit == "1" else unit)
    axis: Spec = {"title": title, "grid": True, "tickCount": 6} | ({"labelExpr": label} if label else {})
    return {
        "field": figure.name,
        "type": "quantitative",
        "scale": {"type": "log"} if wide else {"zero": False},
        "axis": axis,
    }
