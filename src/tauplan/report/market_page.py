"""The market for a page: series with their sources and vintages, the ledger with its arithmetic, projections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from tauplan.catalog.lookup import Catalog
from tauplan.language import _, told
from tauplan.report.claims_table import source_link
from tauplan.report.elements import Charts, Html, element, markup_table, paragraph, quoted, raw, table, text
from tauplan.report.marks import Row, Spec, spec, tooltip
from tauplan.report.palette import token
from tauplan.supply.market.ledger import CONSISTENT, VERDICTS, Finding, unchecked, verdict_of
from tauplan.supply.market.series import Figure, grain_of, latest, time_of
from tauplan.supply.market.timeline import Timeline
from tauplan.supply.price.forecast import Projection, Score

HEIGHT = 300
DECADES = 30.0
LEAST_POINTS = 2
PALETTE = ("accent", "later", "good", "failures", "memory", "switch", "noc", "schedule", "wire", "quiet")


def series_article(
    series: str,
    figures: Sequence[Figure],
    findings: Sequence[Finding],
    place: Charts,
    ahead: Projected | None,
) -> Html:
    """Return one series: its line, every vintage with source, and what a projection would say."""
    parts = [element("h1", text(series_name(series)))]
    about = ", ".join(dict.fromkeys(figure.entity for figure in figures))
    parts.append(element("p", quoted(f"{about}; {figures[0].unit}"), attributes='class="summary"'))
    points = [f for f in latest(figures) if f.value is not None and time_of(f.period) is not None]
    data = _vintages(figures, findings)
    if len({f.period for f in points}) >= LEAST_POINTS:
        parts.append(place.figure(line_chart(series, points, ahead), data, 2))
        parts.append(element("h2", text("Every figure, with who said it and when")))
        parts.append(data)
    else:
        parts.append(data)
    if ahead is not None:
        parts += _projection(ahead)
    return raw("<article>", *parts, "</article>\n")


class Projected:
    """A projection of a series with its score."""

    def __init__(
        self, line: Timeline, ahead: Sequence[Projection], scores: Sequence[Score], unit: str
    ) -> None:
        self.line, self.ahead, self.scores, self.unit = line, ahead, scores, unit

    def rows(self) -> Iterator[tuple[str, Projection]]:
        """Yield each projection with the name of its period."""
        last = len(self.line.values) - 1
        for one in self.ahead:
            yield self.line.name(last + one.horizon), one


def series_name(series: str) -> str:
    """Return the name of a series in words."""
    return told(series_title(series))


def _at(period: str) -> float:
    """Return where a period stands on the axis of years."""
    return time_of(period) or 0.0


def series_title(series: str) -> str:
    """Return the name of a series in English words.

    >>> series_title("ic_exports"), series_title("ddr5_contract_price")
    ('IC exports', 'DDR5 contract price')
    """
    words = [ACRONYMS.get(word, word) for word in series.split("_")]
    return " ".join((words[0][:1].upper() + words[0][1:], *words[1:]))


ACRONYMS = {
    word.casefold(): word
    for word in ("IC", "DRAM", "NAND", "AI", "SoC", "DDR4", "DDR5", "HBM", "CNY", "USD", "QoQ", "INT8", "PC")
}


def line_chart(series: str, points: Sequence[Figure], ahead: Projected | None) -> Spec:
    """Return a series over time: a line for each that it is about, the band of its projection behind it."""
    entities = list(dict.fromkeys(f.entity for f in points))
    rows: list[Row] = [
        {
            "time": _at(f.period),
            "period": f.period,
            "value": f.value,
            "text": f"{told(f.qualifier)} {f.text} {f.unit}".strip(),
            "entity": f.entity,
            "kind": f.kind,
            "source": f.source,
            "vintage": f.vintage,
            "step": grain_of(f.period),  # a year is not joined to a month
        }
        for f in sorted(points, key=lambda f: (f.entity, _at(f.period)))
    ]
    values = [f.value for f in points if f.value is not None]
    log = min(values) > 0 and max(values) > DECADES * min(values)
    x: Spec = {
        "field": "time",
        "type": "quantitative",
        "scale": {"zero": False, "nice": False, "padding": 14},
        "axis": {"title": None, "labelExpr": "format(datum.value, '~d')", "tickMinStep": 1, "grid": False},
    }
    y: Spec = {
        "field": "value",
        "type": "quantitative",
        "scale": {"type": "log"} if log else {"zero": False},
        "axis": {"title": points[0].unit, "grid": True, "tickCount": 6},
    }
    colour: Spec = {
        "field": "entity",
        "type": "nominal",
        "scale": {
            "domain": entities,
            "range": [token(PALETTE[i % len(PALETTE)]) for i in range(len(entities))],
        },
        "legend": {"title": None, "columns": 3, "symbolType": "circle"} if len(entities) > 1 else None,
    }
    tips = tooltip(
        ("period", "period"), ("text", "value"), ("entity", "subject"), ("kind", "kind"),
        ("vintage", "said"), ("source", "source"),
    )  # fmt: skip
    layers: list[Spec] = []
    if ahead is not None and len(entities) == 1:
        layers.append(_band(ahead, x, y))
    step: Spec = {"field": "step", "type": "nominal"}
    layers.append({"mark": {"type": "line"}, "encoding": {"x": x, "y": y, "color": colour, "detail": step}})
    dots: Spec = {
        "mark": {"type": "point", "filled": True, "size": 55, "opacity": 1},
        "encoding": {"x": x, "y": y, "color": colour, "tooltip": tips},
    }
    layers.append(dots)
    note = "the newest vintage of each period"
    if len(layers) > len(("line", "dots")):
        note = told(note) + "; " + told("shaded: an 80 % band from the series' own past errors")
    return spec(series_name(series), note, rows, HEIGHT, layer=layers)


def _band(ahead: Projected, x: Spec, y: Spec) -> Spec:
    rows = [{"time": _at(name), "low": one.low, "high": one.high} for name, one in ahead.rows()]
    return {
        "data": {"values": rows},
        "mark": {"type": "area", "opacity": 0.25, "color": token("accent")},
        "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
    }


def _vintages(figures: Sequence[Figure], findings: Sequence[Finding]) -> Html:
    newest = {id(figure) for figure in latest(figures)}
    rows = [
        [
            quoted(f.period),
            element(
                "strong" if id(f) in newest else "span",
                text(f"{told(f.qualifier)} {f.text} {f.unit}".strip()),
            ),
            quoted(f.entity),
            text(f.kind),
            text(f.vintage),
            _source(f.source),
            text(f.grade),
            _verdict(verdict_of(f, findings) if f.id else ""),
            quoted("; ".join(word for word in (f.id, f.scope, f.note) if word)),
        ]
        for f in sorted(figures, key=lambda f: (f.entity, f.period, f.vintage))
    ]
    columns = ("period", "value", "about", "kind", "said", "source", "grade", "ledger", "note")
    return markup_table(columns, rows, "nnllnllll")


def _source(name: str) -> Html:
    """Return a source as a link: by its title, or by the host of its address."""
    if name.startswith(("https://", "http://")):
        host = name.split("/")[2].removeprefix("www.")
        return element("a", quoted(host), attributes=f'href="{text(name)}" rel="noreferrer"')
    return source_link(name, Catalog.load().sources)


def _sources(finding: Finding) -> Html:
    names = dict.fromkeys(figure.source for figure in finding.figures)
    return raw(", ".join(_source(name) for name in names))


def _verdict(verdict: str) -> Html:
    kind = "good" if verdict == CONSISTENT else "quiet" if verdict not in VERDICTS else "bad"
    return element("span", text(verdict), attributes=f'class="mark {kind}"') if verdict else raw()


def _projection(ahead: Projected) -> Iterator[Html]:
    yield element("h2", text("Projection"))
    yield paragraph(
        "The band holds eight in ten past errors at the same distance; no-change is the forecast to beat.",
        "reading",
    )
    rows = [
        (
            name,
            f"{p.value:.4g}",
            f"{p.low:.4g}",
            f"{p.high:.4g}",
            p.model,
            "–" if p.ratio != p.ratio else f"{p.ratio:.2f}",
        )
        for name, p in ahead.rows()
    ]
    yield table(("period", ahead.unit, "low", "high", "model", "error ratio"), rows, "nrrrlr")
    scored = [
        (s.model, str(s.horizon), f"{s.ratio:.2f}" if s.ratio == s.ratio else "–", str(s.count))
        for s in ahead.scores
        if s.model != "no change" and s.count
    ]
    if scored:
        yield element("h3", text("Scoreboard"))
        yield paragraph("Mean squared log error over that of no-change; below 1 beats it.", "reading")
        yield table(("model", "periods ahead", "error ratio", "forecasts"), scored, "lrrr")


def ledger_article(figures: Sequence[Figure], findings: Sequence[Finding]) -> Html:
    """Return the ledger: what fails first, each check with its arithmetic, then what holds."""
    counts = Counter(finding.verdict for finding in findings)
    said = ", ".join(f"{counts[verdict]} {told(verdict)}" for verdict in VERDICTS if counts[verdict])
    parts = [
        element("h1", text("The ledger: what adds up")),
        paragraph(
            _("{count} checks hold stated figures against each other").format(count=len(findings))
            + f": {said}.",
            "summary",
        ),
    ]
    for verdict in VERDICTS:
        found = [finding for finding in findings if finding.verdict == verdict]
        if not found:
            continue
        heading = element("h2", text(f"{told(verdict)} ({len(found)})"), attributes='class="section"')
        rows = [
            [
                text(f.check.name),
                quoted(f.check.title),
                element("code", quoted(f.arithmetic)),
                _sources(f),
                quoted(f.check.note),
            ]
            for f in found
        ]
        columns = ("check", "what", "arithmetic", "sources", "note")
        parts += [heading, markup_table(columns, rows, "nllll")]
    alone = unchecked(figures, findings)
    parts.append(
        paragraph(
            _("{count} claims stand alone, with no second figure to hold them against.").format(
                count=len(alone)
            ),
            "note",
        )
    )
    return raw("<article>", *parts, "</article>\n")
