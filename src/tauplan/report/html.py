"""One self-contained page: charts, the data under each of them, claims with their sources, no request to anyone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from html import escape

from tauplan import units
from tauplan.catalog.claims import Source
from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError, Problem
from tauplan.evaluate.answer import Answer, ClaimUse, Part
from tauplan.report import charts
from tauplan.report.comparison import verdicts
from tauplan.report.style import DRAW, STYLE
from tauplan.report.text import percent, ratio, time

Rows = Sequence[Sequence[str]]


def page(answers: Sequence[Answer]) -> str:
    """Return an HTML document of one answer, or of several side by side; the same answers give the same bytes.

    Errors: :class:`InputError` if the chart library of the ``report`` extra is not installed.
    """
    title = answers[0].name if len(answers) == 1 else "Comparison: " + ", ".join(a.name for a in answers)
    body: list[str] = []
    specs: list[charts.Spec] = []
    if len(answers) > 1:
        body += _comparison(answers, specs)
    for answer in answers:
        body += _answer(answer, specs)
    data = json.dumps(specs, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c")
    return (
        "<!DOCTYPE html>\n"
        f'<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{STYLE}</style></head>\n<body>\n"
        '<a class="skip" href="#main">Skip to the answer</a>\n'
        f'<main id="main">\n{"".join(body)}</main>\n'
        f"<script>{_bundle()}</script>\n"
        f'<script type="application/json" id="specs">{data}</script>\n<script>{DRAW}</script>\n</body></html>\n'
    )


def _bundle() -> str:
    """Return the chart library as one script, from the wheel that carries it."""
    try:
        import vl_convert
    except ImportError:
        raise InputError(
            Problem(
                "the HTML report needs its chart library",
                hint="install the extra: pip install 'tauplan[report]'",
            )
        ) from None
    return vl_convert.javascript_bundle().replace("</script", "<\\/script")


def _comparison(answers: Sequence[Answer], specs: list[charts.Spec]) -> Iterator[str]:
    fine = [answer for answer in answers if answer.status == "ok"]
    yield "<h1>Side by side</h1>\n"
    yield from (f"<p>{escape(sentence.strip())}</p>\n" for sentence in verdicts(answers))
    if fine:
        rows = [(a.name, *(time(v) for v in a.owned_s.values())) for a in fine]
        yield _figure(specs, charts.comparison_chart(fine), ("design", *fine[0].owned_s), rows)


def _answer(answer: Answer, specs: list[charts.Spec]) -> Iterator[str]:
    yield f"<h1>{escape(answer.name)}</h1>\n<p class=summary>{escape(answer.summary)}</p>\n"
    if answer.status != "ok":
        yield f'<p class="headline bad">Infeasible: {escape(answer.reason)}</p>\n'
        yield from _memory(answer, specs)
        yield from _identity(answer)
        return
    yield from _headline(answer)
    yield "<h2>Time</h2>\n"
    rungs = [(r.level, r.event, r.source, time(r.seconds)) for r in answer.ladder]
    yield _figure(specs, charts.ladder_chart(answer), ("level", "event", "of", "time"), rungs)
    owned = [
        (level, time(s), percent(s / answer.time_to_result_s), time(answer.step_owned_s.get(level, 0.0)))
        for level, s in answer.owned_s.items()
    ]
    yield _figure(
        specs, charts.owned_chart(answer), ("level", "time to result", "share", "step or token"), owned
    )
    unit = "One output token" if answer.kind == "serving" else "One step"
    yield _waterfall(specs, unit, answer.time_parts, "s")
    operators = [
        (
            o.name,
            o.phase,
            time(o.seconds),
            units.format(o.flops, "FLOP"),
            units.format(o.bytes, "B"),
            o.bound_by,
        )
        for o in answer.operators
    ]
    columns = ("operator", "pass", "time", "FLOPs", "memory traffic", "bound by")
    yield _figure(specs, charts.operators_chart(answer), columns, operators)
    yield "<h2>What to invest in</h2>\n"
    rooms = [
        (
            h.level,
            time(h.owned_s),
            percent(h.headroom),
            ratio(h.speedup_bound),
            ratio(h.confirmed_speedup),
            h.floor,
        )
        for h in answer.headroom
    ]
    yield _table(("level", "owned", "removable", "bound of speed-up", "solved again", "with"), rooms)
    yield "<h2>Memory, energy, cost</h2>\n"
    yield from _memory(answer, specs)
    yield _waterfall(specs, "Energy of the run", answer.energy_parts, "J")
    yield _waterfall(specs, "Cost of the run", answer.cost_parts, "USD")
    if answer.supply_chain:
        yield "<h2>Supply</h2>\n"
        waits = [
            (s.name, time(s.start_s), time(s.end_s), "critical" if s.critical else "")
            for s in answer.supply_chain
        ]
        yield _figure(specs, charts.supply_chart(answer), ("item", "ordered", "arrives", "path"), waits)
    yield from _claims(answer, specs)
    yield from _identity(answer)


def _headline(answer: Answer) -> Iterator[str]:
    band = ""
    if answer.interval is not None:
        band = f" <small>claims span {time(answer.interval.low_s)} to {time(answer.interval.high_s)}</small>"
    split = f"{time(answer.supply_s)} supply + {time(answer.run_s)} run"
    yield f'<p class="headline">Ready in <b>{time(answer.time_to_result_s)}</b> = {split}{band}</p>\n'
    tiles = [("step", time(answer.step_s))]
    if answer.kind == "serving":
        tiles = [("TTFT", time(answer.ttft_s)), ("TPOT", time(answer.tpot_s))]
    tiles += [
        ("energy", units.format(answer.energy_J, "J")),
        ("power", units.format(answer.power_W, "W")),
        ("cost of the run", units.format(answer.cost_USD, "USD")),
        ("bound by", answer.bound_by),
    ]
    tiles += [(metric.label, units.format(metric.value, metric.unit)) for metric in answer.metrics]
    cells = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in tiles)
    yield f'<dl class="tiles">{cells}</dl>\n'
    yield from (f'<p class="note">{escape(text)}</p>\n' for text in answer.warnings)


def _waterfall(specs: list[charts.Spec], title: str, parts: Sequence[Part], unit: str) -> str:
    total = sum(part.amount for part in parts)
    rows = [
        (p.label, units.format(p.amount, unit), percent(p.amount / total if total else 0.0)) for p in parts
    ]
    return _figure(specs, charts.parts_chart(title, parts, unit), ("part", "amount", "share"), rows)


def _memory(answer: Answer, specs: list[charts.Spec]) -> Iterator[str]:
    if answer.memory_parts:
        rows = [
            (p.label, units.format(p.amount, "B"), percent(p.amount / answer.memory_capacity_B))
            for p in answer.memory_parts
        ]
        yield _figure(specs, charts.memory_chart(answer), ("holds", "amount", "of usable"), rows)


def _claims(answer: Answer, specs: list[charts.Spec]) -> Iterator[str]:
    yield "<h2>Claims</h2>\n"
    if answer.interval is not None and answer.interval.drivers:
        rows = [(claim, time(low), time(high)) for claim, low, high in answer.interval.drivers]
        yield _figure(
            specs, charts.drivers_chart(answer), ("claim", "at its low end", "at its high end"), rows
        )
    sources = Catalog.load().sources
    contested = sorted(answer.claims, key=lambda claim: not claim.rivals)
    yield (
        '<div class="scroll"><table><thead><tr><th>part</th><th>field</th><th>used</th><th>grade</th>'
        "<th>source</th><th>rivals, and the time to result with them</th></tr></thead>\n<tbody>"
    )
    yield from (_claim_row(claim, sources) for claim in contested)
    yield "</tbody></table></div>\n"


def _claim_row(claim: ClaimUse, sources: dict[str, Source]) -> str:
    rivals = "<br>".join(
        f"{escape(r.value)} ({escape(r.grade)}, {escape(r.source)}): {ratio(r.time_ratio)}"
        for r in claim.rivals
    )
    source = sources.get(claim.source)
    origin = escape(source.title if source else claim.source)
    if source and source.url.startswith("https://"):
        origin = f'<a href="{escape(source.url)}" rel="noreferrer">{origin}</a>'
    cells = (
        escape(claim.part),
        escape(claim.field),
        escape(claim.value),
        escape(claim.grade),
        origin,
        rivals,
    )
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>\n"


def _identity(answer: Answer) -> Iterator[str]:
    i = answer.identity
    yield "<h2>Again</h2>\n"
    if i.command:
        yield f"<pre><code>{escape(i.command)}</code></pre>\n<pre><code>{escape(i.python)}</code></pre>\n"
    yield (
        f'<p class="stamp">scenario {i.scenario_hash} · catalogue {i.catalogue_hash} · '
        f"tauplan {escape(i.version)}</p>\n"
    )


def _figure(specs: list[charts.Spec], spec: charts.Spec, columns: Sequence[str], rows: Rows) -> str:
    """Return a chart's place with its data beneath; the chart is drawn from ``specs`` by its number."""
    specs.append(spec)
    label = escape(spec["title"]["text"])
    return (
        f'<figure><div class="chart" data-spec="{len(specs) - 1}" role="img" aria-label="{label}"></div>\n'
        f"<details><summary>Data: {label}</summary>{_table(columns, rows)}</details></figure>\n"
    )


def _table(columns: Sequence[str], rows: Rows) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>\n'
