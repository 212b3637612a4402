"""Every level of an answer to unfold: its primitives, claims and head-room, and what a better part would do."""

from __future__ import annotations

from collections.abc import Iterator

from tauplan.evaluate.answer import Answer
from tauplan.language import _, told
from tauplan.report.elements import Html, datum, element, markup_table, paragraph, quoted, raw, table, text
from tauplan.report.palette import token
from tauplan.report.text import percent, ratio, share, time

BETTER = (1.25, 2.0, 4.0)  # how many times faster the parts of a level are made, to see what that does

FIELDS: dict[str, tuple[str, ...]] = {
    "transistor": ("peak", "gemm", "attention", "fo4", "clock", "core"),
    "wire": ("peak", "wire"),
    "fold": ("fold",),
    "sram": ("sram", "cache"),
    "noc": ("noc",),
    "memory": ("memory", "hbm", "dram"),
    "package": ("package", "interposer"),
    "link": ("link", "bandwidth", "scale_", "reach", "fec"),
    "switch": ("switch", "hop", "latency", "oversubscription"),
    "software": ("kernel", "launch", "host", "step_", "message", "overhead"),
    "schedule": ("imbalance", "interleave"),
    "failures": ("mtbf", "restart", "checkpoint"),
    "supply": ("lead_time", "installation", "assembly", "burn_in"),
}
"""How the fields begin whose claims set the times of a level."""


def levels(answer: Answer, level: int) -> Html:
    """Return the levels that own time, the largest first; ``level`` is that of their common heading."""
    owned = sorted(answer.owned_s.items(), key=lambda pair: -pair[1])
    rows = [_level(answer, name, seconds) for name, seconds in owned if seconds > 0]
    heading = element(f"h{level}", text("Level by level"))
    said = paragraph("Open a level for its primitives, its claims and what a better part does.", "reading")
    return raw(heading, said, *rows)


def _level(answer: Answer, name: str, seconds: float) -> Html:
    part = share(seconds, answer.time_to_result_s)
    square = raw(f'<i class="swatch" style="background:{token(name)}"></i>')
    said = _("{level}: owns {time}, {share} of the result").format(
        level=told(name), time=time(seconds), share=percent(part)
    )
    body = raw(*_body(answer, name, seconds))
    summary = element("summary", square, text(said))
    return element("details", summary, body, attributes=f'class="level" data-details="{name}"')


def _body(answer: Answer, name: str, seconds: float) -> Iterator[Html]:
    rungs = [(r.event, time(r.seconds), r.source) for r in answer.ladder if r.level == name]
    if rungs:
        yield table(("event", "time", "of"), rungs, "lrl", told("Primitives"))
    room = next((row for row in answer.headroom if row.level == name), None)
    if room is not None:
        yield paragraph(
            _("Head-room: {share} could go, at most {bound} sooner; solved again {solved} ({floor}).").format(
                share=percent(room.headroom),
                bound=ratio(room.speedup_bound),
                solved=ratio(room.confirmed_speedup),
                floor=told(room.floor),
            )
        )
    whole = answer.time_to_result_s
    rows = [
        (
            ratio(factor),
            time(whole - seconds * (1.0 - 1.0 / factor)),
            ratio(whole / (whole - seconds * (1.0 - 1.0 / factor))),
        )
        for factor in BETTER
    ]
    yield table(
        ("parts so much faster", "time to result", "sooner"),
        rows,
        "rrr",
        told("What better parts do, to first order"),
    )
    claims = [
        [
            raw(datum(c.part), ", ", datum(c.field.replace("_", " "))),
            datum(c.value),
            text(c.grade),
            quoted(c.source),
        ]
        for c in answer.claims
        if c.field.startswith(FIELDS[name])
    ]
    if claims:
        yield markup_table(("claim", "value used", "grade", "source"), claims, "lrll", "Claims")
