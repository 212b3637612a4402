"""One answer as a part of an HTML page: headline, then where time, memory, energy and money go, then why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from tauplan.evaluate.answer import Answer, Part, SupplyOdds
from tauplan.language import _, told
from tauplan.report import charts
from tauplan.report.claims_table import claims_table
from tauplan.report.elements import Charts, Html, element, filled, paragraph, raw, table, text
from tauplan.report.hints import hints
from tauplan.report.level_details import levels
from tauplan.report.link_section import links_section
from tauplan.report.palette import token
from tauplan.report.sections import odds_lines
from tauplan.report.text import claim_name, energy, percent, quantity, ratio, share, time, unit_name

LEAST_NAMED = 0.01  # levels below this share are in the bar but not in its key
LEAST_DRAWN = 0.0015  # below it a level is no pixel of the bar; the chart and the table have it


def article(answer: Answer, place: Charts, anchor: str, top: int, later: bool = False) -> Html:
    """Return one answer; ``top`` is the level of its heading, and its charts are added to ``place``.

    With ``later`` the parts of :func:`following` are left empty, for whoever fills them in.
    """
    said = told(answer.summary)
    summary = f"{said[:1].upper()}{said[1:]}{_('.')}"
    head = raw(element(f"h{top}", text(answer.name)), paragraph(summary, "summary"), "\n")
    if answer.status == "ok":
        body = _feasible(answer, place, top + 1, dict.fromkeys(PARTS, raw()) if later else None)
    else:
        body = _infeasible(answer, place, top + 1)
    return raw(f'<article id="{anchor}">\n', head, *body, _identity(answer, top + 1), "</article>\n")


PARTS = ("interval", "headroom", "odds", "links", "claims")
"""Parts of a page that rest on evaluations beyond that of the scenario itself, in their order."""


def following(answer: Answer, place: Charts, top: int) -> dict[str, Html]:
    """Return the parts of a feasible answer that may follow it, by name; ``top`` is as for :func:`article`."""
    return {
        "interval": _band(answer),
        "headroom": raw(_headroom(answer), levels(answer, top + 2)),
        "odds": raw(*_odds(answer.supply_odds)) if answer.supply_odds is not None else raw(),
        "links": links_section(answer.links, place, top + 1),
        "claims": _claims(answer, place, top + 2),
    }


def _part(name: str, made: Mapping[str, Html] | None, content: Callable[[], Html]) -> Html:
    inner = content() if made is None else made[name]
    return raw(f'<div data-part="{name}">', inner, "</div>\n")


def _feasible(answer: Answer, place: Charts, top: int, made: Mapping[str, Html] | None) -> Iterator[Html]:
    """Yield what there is to say; parts that are ``made`` already stand as they are."""
    yield _verdict(answer)
    yield _part("interval", made, lambda: _band(answer))
    yield _share_bar(answer)
    yield from (paragraph(warning, "warning") for warning in answer.warnings)
    yield _tiles(answer)
    yield _heading(top, "Time")
    if answer.ladder:
        rungs = [(r.event, r.level, time(r.seconds), r.source) for r in answer.ladder]
        data = table(("event", "level", "time", "of"), rungs, "llrl")
        hint = "Drag to move along the axis; Ctrl and the wheel zoom; a double click goes back."
        yield place.figure(charts.ladder_chart(answer), data, top + 1, hint)
    yield _pair(_owned(answer, place, top + 1))
    if answer.time_parts:
        yield _parts(place, charts.waterfall_chart(answer), answer.time_parts, "s", top + 1)
    if answer.operators:
        yield _operators(answer, place, top + 1)
    yield _heading(top, "What to improve")
    yield _part("headroom", made, lambda: raw(_headroom(answer), levels(answer, top + 1)))
    yield _heading(top, "Memory, energy and cost")
    yield _resources(answer, place, top + 1)
    if answer.supply_chain:
        yield _heading(top, "Supply")
        yield _supply(answer, place, top + 1)
        odds = answer.supply_odds
        yield _part("odds", made, lambda: raw(*_odds(odds)) if odds is not None else raw())
    yield _part("links", made, lambda: links_section(answer.links, place, top))
    yield _heading(top, "Claims")
    yield _part("claims", made, lambda: _claims(answer, place, top + 1))


def _claims(answer: Answer, place: Charts, level: int) -> Html:
    if answer.interval is None or not answer.interval.drivers:
        return claims_table(answer)
    drivers = [(claim_name(claim), time(low), time(high)) for claim, low, high in answer.interval.drivers]
    data = table(("claim", "at its best end", "at its worst end"), drivers, "lrr")
    return raw(place.figure(charts.drivers_chart(answer), data, level), claims_table(answer))


def _infeasible(answer: Answer, place: Charts, top: int) -> Iterator[Html]:
    said = raw(element("strong", text("Infeasible: ")), text(answer.reason), text("."))
    yield element("p", said, attributes='class="verdict bad"')
    yield from (paragraph(warning, "warning") for warning in answer.warnings)
    ways = hints(answer)
    if ways:
        yield _heading(top, "What could help")
        yield element("ul", *(element("li", text(way)) for way in ways))
    if answer.memory_parts:
        yield _heading(top, "Memory")
        yield _memory(answer, place, top + 1)
    yield _heading(top, "Claims")
    yield claims_table(answer)


def _verdict(answer: Answer) -> Html:
    whole = _(
        "Ready in {time}, for {cost} and {energy} at a mean of {power}. Most of it is owned by {level}."
    )
    split = _(
        "Ready in {time} = {supply} supply + {run} run, for {cost} and {energy} at a mean of {power}. "
        "The level that holds it back most is {level}."
    )
    said = filled(
        split if answer.supply_s > 0 else whole,
        time=element("strong", text(time(answer.time_to_result_s))),
        supply=text(time(answer.supply_s)),
        run=text(time(answer.run_s)),
        cost=text(quantity(answer.cost_USD, "USD")),
        energy=text(energy(answer.energy_J)),
        power=text(quantity(answer.power_W, "W")),
        level=element("strong", text(answer.bound_by)),
    )
    return raw(element("p", said, attributes='class="verdict"'), "\n")


def _band(answer: Answer) -> Html:
    if answer.interval is None:
        return raw()
    low, high = time(answer.interval.low_s), time(answer.interval.high_s)
    return paragraph(_("The claims it rests on allow {low} to {high}.").format(low=low, high=high), "note")


def _share_bar(answer: Answer) -> Html:
    """Return one bar of the whole time, split by level in the order of the stack, supply first."""
    shares = ((level, share(s, answer.time_to_result_s)) for level, s in reversed(answer.owned_s.items()))
    owned = [(level, part) for level, part in shares if part >= LEAST_DRAWN]
    spans = raw(
        *(
            f'<span style="flex-grow:{100 * part:.4f};background:{token(level)}"></span>'
            for level, part in owned
        )
    )
    keys = raw(
        *(
            element(
                "li",
                element(
                    "button",
                    raw(f'<i style="background:{token(level)}"></i>'),
                    text(f"{told(level)} {percent(part)}"),
                    attributes=f'type="button" data-level="{level}"',
                ),
            )
            for level, part in owned
            if part >= LEAST_NAMED
        )
    )
    return raw(
        f'<div class="share" aria-hidden="true">{spans}</div>\n',
        element("ul", keys, attributes='class="keys"'),
    )


def _tiles(answer: Answer) -> Html:
    rows = [
        ("cost", quantity(answer.cost_USD, "USD")),
        ("energy", quantity(answer.energy_J, "J")),
        ("mean power", quantity(answer.power_W, "W")),
        ("time per step", time(answer.step_s) if answer.step_s is not None else ""),
        ("time to first token (TTFT)", time(answer.ttft_s) if answer.ttft_s is not None else ""),
        ("time per output token (TPOT)", time(answer.tpot_s) if answer.tpot_s is not None else ""),
        *((metric.label, quantity(metric.value, metric.unit)) for metric in answer.metrics),
    ]
    tiles = (
        element("div", element("dt", text(label)), element("dd", text(shown)))
        for label, shown in rows
        if shown
    )
    return raw(element("dl", *tiles, attributes='class="tiles"'), "\n")


def _owned(answer: Answer, place: Charts, level: int) -> Iterator[Html]:
    step = _("one {thing}").format(thing=told(unit_name(answer.kind)))
    unit, whole = sum(answer.step_owned_s.values()), answer.time_to_result_s
    rows = [
        (name, time(s), percent(share(s, whole)), time(own), percent(share(own, unit)))
        for name, s, own in ((n, s, answer.step_owned_s.get(n, 0.0)) for n, s in answer.owned_s.items())
    ]
    data = table(
        ("level", "of the result", "share", _("of {thing}").format(thing=step), "share"), rows, "lrrrr"
    )
    yield place.figure(charts.owned_chart(answer), data, level)
    if unit > 0:
        yield place.figure(charts.owned_chart(answer, of_step=True), data, level)


def _parts(place: Charts, spec: charts.Spec, parts: Sequence[Part], unit: str, level: int) -> Html:
    whole = sum(part.amount for part in parts)
    rows = [(part.label, quantity(part.amount, unit), percent(share(part.amount, whole))) for part in parts]
    data = table(("part", "amount", "share"), [*rows, ("whole", quantity(whole, unit), "")], "lrr")
    return place.figure(spec, data, level)


def _operators(answer: Answer, place: Charts, level: int) -> Html:
    rows = [
        (
            row.name,
            row.phase,
            f"{row.count:,.0f}",
            time(row.seconds),
            quantity(share(row.flops, row.seconds), "FLOP/s"),
            quantity(share(row.bytes, row.seconds), "B/s"),
            row.bound_by,
        )
        for row in answer.operators
    ]
    columns = ("operator", "pass", "count", "time", "rate", "memory traffic", "bound by")
    return place.figure(charts.operators_chart(answer), table(columns, rows, "llrrrrl"), level)


def _headroom(answer: Answer) -> Html:
    if not answer.headroom:
        return paragraph("No head-room was computed.", "note")
    rows = [
        (
            row.level,
            time(row.owned_s),
            percent(row.headroom),
            ratio(row.speedup_bound),
            ratio(row.confirmed_speedup),
            row.floor,
        )
        for row in answer.headroom
    ]
    first = answer.headroom[0]
    said = _(
        "Next investment: {level}, which could make the result at most {ratio} sooner ({floor})."
    ).format(level=told(first.level), ratio=ratio(first.speedup_bound), floor=told(first.floor))
    columns = ("level", "owns", "removable", "bound of speed-up", "solved again", "floor")
    return raw(paragraph(said), table(columns, rows, "lrrrrl"))


def _resources(answer: Answer, place: Charts, level: int) -> Html:
    memory = _memory(answer, place, level)
    figures: list[Html] = []
    for title, parts, unit in (("Cost", answer.cost_parts, "USD"), ("Energy", answer.energy_parts, "J")):
        if parts:
            figures.append(_parts(place, charts.parts_chart(title, parts, unit), parts, unit, level))
    return raw(memory, _pair(figures))


def _memory(answer: Answer, place: Charts, level: int) -> Html:
    have = answer.memory_capacity_B
    rows = [(p.label, quantity(p.amount, "B"), percent(share(p.amount, have))) for p in answer.memory_parts]
    need = sum(part.amount for part in answer.memory_parts)
    rows += [
        ("needed", quantity(need, "B"), percent(share(need, have))),
        ("usable", quantity(have, "B"), "100 %"),
    ]
    return place.figure(
        charts.memory_chart(answer), table(("part", "amount", "share of usable"), rows, "lrr"), level
    )


def _supply(answer: Answer, place: Charts, level: int) -> Html:
    rows = [
        (
            link.name,
            time(link.start_s),
            time(link.end_s),
            "critical" if link.critical else "slack",
            link.vendor,
            time(link.p90_s),
            link.source,
        )
        for link in answer.supply_chain
    ]
    columns = ("item", "starts", "arrives", "path", "vendor", "P90 of the wait", "source")
    return place.figure(charts.supply_chart(answer), table(columns, rows, "lrrllrl"), level)


def _odds(odds: SupplyOdds) -> Iterator[Html]:
    lines = "; ".join(told(line) for line in odds_lines(odds))
    yield paragraph(_("Over lead times that fall as they may: {lines}.").format(lines=lines))
    whole = sum(odds.by_vendor_s.values())
    owners = sorted(odds.by_vendor_s.items(), key=lambda pair: -pair[1])
    rows = [(vendor, time(seconds), percent(share(seconds, whole))) for vendor, seconds in owners]
    yield table(("vendor", "mean wait owned", "share"), rows, "lrr")


def _identity(answer: Answer, level: int) -> Html:
    identity = answer.identity
    rows = [("command", identity.command), ("Python", identity.python)]
    calls = (
        raw(element("dt", text(label)), element("dd", element("pre", element("code", text(words)))))
        for label, words in rows
        if words
    )
    stamp = _("scenario {scenario} · catalogue {catalogue} · tauplan {version}").format(
        scenario=identity.scenario_hash, catalogue=identity.catalogue_hash, version=identity.version
    )
    made = raw(element("dt", text("identity")), element("dd", element("code", text(stamp))))
    return raw(
        _heading(level, "The same answer again"),
        element("dl", *calls, made, attributes='class="identity"'),
        "\n",
    )


def _heading(level: int, words: str) -> Html:
    return raw(element(f"h{level}", text(words), attributes='class="section"'), "\n")


def _pair(figures: Iterator[Html] | Sequence[Html]) -> Html:
    return raw('<div class="pair">\n', *figures, "</div>\n")
