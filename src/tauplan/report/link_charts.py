"""Charts of links: the waterfall of a loss budget, stacks of energy and latency, classes side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tauplan.evaluate.link_answer import LinkView
from tauplan.evaluate.link_study import Option
from tauplan.report.marks import (
    STEP,
    Row,
    Spec,
    amount_axis,
    direct_colour,
    end_label,
    rows_axis,
    spec,
    tooltip,
)
from tauplan.report.palette import token
from tauplan.report.text import percent, quantity, share, time

ROOM_FOR_TEXT = 1.3  # the axis beyond the longest bar, for its label
SCALED = ("ns", "pJ/bit")
PICOJOULE = 8e-12  # joules per byte of a picojoule per bit


def loss_chart(title: str, laser_dBm: float, need_dBm: float, losses: Mapping[str, float]) -> Spec:
    """Return the waterfall from the laser down to what the receiver needs, in dBm."""
    rows: list[Row] = [
        _fall(
            "laser, per wavelength", laser_dBm, laser_dBm, f"{laser_dBm:.1f} dBm".replace("-", "−"), "accent"
        )
    ]
    level = laser_dBm
    for name, loss in losses.items():
        if loss < 0.005:  # invisible, and a row each
            continue
        rows.append(_fall(name, level, level - loss, f"−{loss:.2f} dB", "later"))
        level -= loss
    rows.append(_fall("receiver needs", need_dBm, need_dBm, f"{need_dBm:.1f} dBm".replace("-", "−"), "good"))
    low = min(level, need_dBm)
    room = 0.25 * (laser_dBm - low)
    axis: Spec = {
        "field": "from",
        "type": "quantitative",
        "scale": {"domain": [low - 0.05 * room, laser_dBm + room], "nice": False},
        "axis": {"title": "light [dBm]", "tickCount": 6, "grid": True},
    }
    y = rows_axis("part")
    encoding: Spec = {
        "x": axis,
        "y": y,
        "color": direct_colour(),
        "tooltip": tooltip(("part", "part"), ("text", "")),
    }
    bar: Spec = {"mark": {"type": "bar"}, "encoding": {**encoding, "x2": {"field": "to"}}}
    mark: Spec = {
        "transform": [{"filter": "datum.from == datum.to"}],
        "mark": {"type": "point", "filled": True, "size": 120, "shape": "diamond"},
        "encoding": encoding,
    }
    note = f"{laser_dBm - need_dBm:.1f} dB between laser and receiver"
    layers = [bar, mark, end_label("from", y)]
    return spec(title, note, rows, STEP * len(rows), len(rows), layer=layers)


def _fall(part: str, start: float, end: float, text: str, colour: str) -> Row:
    return {"part": part, "from": start, "to": end, "text": text, "colour": token(colour)}


def stack_chart(title: str, parts: Mapping[str, float], unit: str) -> Spec:
    """Return the blocks of an energy [J/B] or a latency [s] as bars, the empty ones left out."""
    shown = {name: value for name, value in parts.items() if value > 0}
    whole = sum(shown.values())

    def words(value: float) -> str:
        return time(value) if unit == "s" else quantity(value, unit)

    scale, name = (1e-9, "ns") if unit == "s" else (PICOJOULE, "pJ/bit")
    rows: list[Row] = [
        {
            "label": label,
            "value": value / scale,
            "text": f"{words(value)} · {percent(share(value, whole))}",
            "colour": token("link" if unit == "s" else "accent"),
        }
        for label, value in shown.items()
    ]
    return _bars(title, f"{words(whole)} in all", rows, name)


def classes_chart(title: str, note: str, options: Sequence[Option], field: str, unit: str) -> Spec:
    """Return one figure of all classes of link as bars; the first, the baseline, in another colour."""
    rows: list[Row] = []
    for place, option in enumerate(options):
        value = float(getattr(option, field))
        text = time(value) if unit == "s" else quantity(value, unit)
        if place:
            text += f" · × {value / float(getattr(options[0], field)):.3g}"
        colour = token("quiet" if place == 0 else "accent")
        rows.append({"label": option.link, "value": value, "text": text, "colour": colour})
    return _bars(title, note, rows, unit)


def _bars(title: str, note: str, rows: Sequence[Row], unit: str) -> Spec:
    longest = max((row["value"] for row in rows), default=1.0) or 1.0
    y = rows_axis("label")
    bar: Spec = {
        "mark": {"type": "bar"},
        "encoding": {
            "x": _axis(unit, longest * (ROOM_FOR_TEXT + 0.15)),
            "y": y,
            "color": direct_colour(),
            "tooltip": tooltip(("label", "part"), ("text", "amount")),
        },
    }
    return spec(title, note, rows, STEP * len(rows), len(rows), layer=[bar, end_label("value", y)])


def _axis(unit: str, top: float) -> Spec:
    """Return the axis of an amount; numbers that were scaled already have their unit as its title."""
    if unit in SCALED:
        return amount_axis("value", "", top, title=unit)
    return amount_axis("value", unit, top)


_BLOCK_COLOURS = {
    "serdes": "memory",
    "dsp": "noc",
    "fec": "switch",
    "driver": "wire",
    "laser": "failures",
    "receiver": "link",
    "tuning": "software",
    "wire": "transistor",
}


def energies_chart(views: Sequence[LinkView]) -> Spec:
    """Return the energy of several classes of link, stacked by block, in pJ/bit."""
    rows: list[Row] = [
        {"link": view.link, "block": block, "value": value / PICOJOULE, "text": quantity(value, "J/B")}
        for view in views
        for block, value in view.energy_parts_J.items()
        if value > 0
    ]
    ends: list[Row] = [
        {"link": view.link, "value": view.energy_J / PICOJOULE, "text": quantity(view.energy_J, "J/B")}
        for view in views
    ]
    used = [block for block in _BLOCK_COLOURS if any(row["block"] == block for row in rows)]
    colours = [token(_BLOCK_COLOURS[block]) for block in used]
    y = rows_axis("link")
    longest = max(row["value"] for row in ends)
    bar: Spec = {
        "mark": {"type": "bar"},
        "encoding": {
            "x": amount_axis("value", "pJ/bit", longest * ROOM_FOR_TEXT),
            "y": y,
            "color": {
                "field": "block",
                "type": "nominal",
                "scale": {"domain": used, "range": colours},
                "legend": {"title": None, "columns": len(used)},
            },
            "order": {"field": "order", "type": "quantitative"},
            "tooltip": tooltip(("link", "link"), ("block", "block"), ("text", "energy")),
        },
    }
    for row in rows:
        row["order"] = used.index(row["block"])
    label: Spec = {**end_label("value", y), "data": {"values": ends}}
    title = "Energy per bit, both ends"
    return spec(title, "by block of the link", rows, STEP * len(views), len(views), layer=[bar, label])
