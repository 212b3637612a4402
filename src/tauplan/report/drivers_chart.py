"""The chart of the claims that an answer hangs on."""

from __future__ import annotations

from tauplan.evaluate.answer import Answer
from tauplan.report.marks import (
    BAR,
    STEP,
    Row,
    Spec,
    direct_colour,
    end_label,
    narrow_span,
    rows_axis,
    spec,
    time_axis,
    time_unit,
    tooltip,
)
from tauplan.report.palette import token
from tauplan.report.text import claim_name, time

MOST_DRIVERS = 12
ROOM, ROOM_NARROW = 0.24, 0.5  # room for a label beyond a bar, as a share of the span of the bars


def drivers_chart(answer: Answer) -> Spec:
    """Return the claims whose bands move the time to result most, as a tornado around the answer."""
    interval, base = answer.interval, answer.time_to_result_s
    drivers = interval.drivers[:MOST_DRIVERS] if interval else ()
    ends = [base, *(end for _, low, high in drivers for end in (low, high))]
    unit, length = time_unit(base)
    rows: list[Row] = []
    for claim, low, high in drivers:
        band = {"claim": claim_name(claim), "sooner": time(low), "later": time(high)}
        rows.append(band | {"from": low / length, "to": base / length, "colour": token("sooner")})
        rows.append(band | {"from": base / length, "to": high / length, "colour": token("later")})
    span = max(ends) - min(ends)
    (low_s, high_s), narrow = (
        (max(min(ends) - m * span, 0.0), max(ends) + m * span) for m in (ROOM, ROOM_NARROW)
    )
    y = rows_axis("claim")
    x = time_axis("from", low_s / length, high_s / length, unit, "time to result")
    tips = tooltip(("claim", "claim"), ("sooner", "at its best end"), ("later", "at its worst end"))
    low_end, high_end = end_label("from", y, "sooner", "right"), end_label("to", y, "later")
    low_end["transform"] = [{"filter": f"datum.colour === '{token('sooner')}'"}]
    high_end["transform"] = [{"filter": f"datum.colour === '{token('later')}'"}]
    chart = spec(
        "Claims that the answer hangs on",
        f"time to result at the ends of each claim's band; the mark is the answer, {time(base)}",
        rows,
        STEP * len(drivers),
        len(drivers),
        layer=[
            {
                "mark": {"type": "bar", "cornerRadius": 0, "height": BAR},
                "encoding": {
                    "x": x,
                    "x2": {"field": "to"},
                    "y": y,
                    "color": direct_colour(),
                    "tooltip": tips,
                },
            },
            {
                "mark": {"type": "tick", "thickness": 2, "size": BAR + 8, "color": token("ink")},
                "encoding": {"x": {"datum": base / length}, "y": y},
            },
            low_end,
            high_end,
        ],
    )
    return narrow_span(chart, *(end / length for end in narrow))
