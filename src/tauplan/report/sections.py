"""Sections of the terminal view: what came out, and where time, memory, energy and money go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from tauplan.evaluate.answer import Answer, Part, SupplyOdds
from tauplan.language import _, told
from tauplan.report.blocks import Bar, Beside, Scale, Track, cut, filled_text, grid, section
from tauplan.report.ladder import axis_of
from tauplan.report.palette import BAR_STYLE, CRITICAL_STYLE, style
from tauplan.report.text import percent, quantity, ratio, share, time, unit_name

COMPACT_FIGURES = 6
COMPACT_PARTS = 5
COMPACT_MEMORY = 4
COMPACT_OPERATORS = 6
COMPACT_HEADROOM = 3
SMALL = 0.01  # levels below this share of both splits are named, not drawn, in the compact view


def headline(answer: Answer) -> Group:
    """Return the answer in one sentence, with what was evaluated above it."""
    alone = _("Ready in {time} for {cost}, {energy}, {power}; bound by {level}")
    split = _("Ready in {time} = {supply} supply + {run} run for {cost}, {energy}, {power}; bound by {level}")
    said = filled_text(
        split if answer.supply_s > 0 else alone,
        time=(time(answer.time_to_result_s), "bold green"),
        supply=(time(answer.supply_s), ""),
        run=(time(answer.run_s), ""),
        cost=(quantity(answer.cost_USD, "USD"), "bold"),
        energy=(quantity(answer.energy_J, "J"), ""),
        power=(quantity(answer.power_W, "W"), ""),
        level=(told(answer.bound_by), f"bold {style(answer.bound_by)}"),
    )
    return Group(Text(answer.name, style="bold"), Text(told(answer.summary), style="dim"), said)


def pace(answer: Answer) -> Iterator[tuple[str, str]]:
    """Yield (label, text) of the step or token times that the answer has."""
    for label, seconds in (
        ("time per step", answer.step_s),
        ("time to first token (TTFT)", answer.ttft_s),
        ("time per output token (TPOT)", answer.tpot_s),
    ):
        if seconds is not None:
            yield label, time(seconds)


def figures_section(answer: Answer, full: bool) -> RenderableType:
    """Return the figures that people of the field quote, in two columns where there is room."""
    asked = [
        m for m in answer.metrics if m.key.startswith("load_")
    ]  # there because the scenario asks for them
    rest = [m for m in answer.metrics if m not in asked]
    rows = [*pace(answer), *((m.label, quantity(m.value, m.unit)) for m in rest)]
    rows = rows if full else rows[:COMPACT_FIGURES]
    rows += [(m.label, quantity(m.value, m.unit)) for m in asked]
    half = (len(rows) + 1) // 2
    tables = [grid("lr", bar=0), grid("lr", bar=0)]
    for place, (label, shown) in enumerate(rows):
        tables[place // half].add_row(cut(label, "dim"), shown)
    return Beside(*tables)


def ladder_section(answer: Answer) -> RenderableType:
    """Return the τ ladder: one rung per row, marked on a log axis from picoseconds to a year."""
    axis = axis_of(answer.ladder)
    ticks = [(label, axis.position(at)) for label, at in axis.ticks()]
    guides = [position for _, position in ticks]
    table = grid("llrl", bar=3, shrink=1)
    table.add_row(Text("τ ladder", style="bold"), cut("one event of each level", "dim"), "", Scale(ticks))
    for rung in answer.ladder:
        mark = Track(axis.position(rung.seconds), guides, style(rung.level))
        table.add_row(Text(rung.level, style=style(rung.level)), cut(rung.event), time(rung.seconds), mark)
    return Group(Text(""), table)


def owned_section(answer: Answer, full: bool) -> RenderableType:
    """Return owned seconds of the result per level, with the split of one step or token beside them."""
    whole, unit = answer.time_to_result_s, sum(answer.step_owned_s.values())
    header = ("Who owns the time", "seconds of result", "share", "", f"one {unit_name(answer.kind)}", "share")
    table = grid("lrrlrr", bar=3, header=header, titled=True)
    small: list[str] = []
    for level, seconds in answer.owned_s.items():
        in_step = answer.step_owned_s.get(level, 0.0)
        part, part_of_step = share(seconds, whole), share(in_step, unit)
        if not full and max(part, part_of_step) < SMALL:
            small += [level] if seconds > 0 else []
            continue
        table.add_row(
            Text(level, style=style(level)),
            time(seconds),
            percent(part),
            Bar(part, style(level)),
            time(in_step),
            percent(part_of_step),
        )
    below: list[RenderableType] = [Text(_below(small), style="dim")] if small else []
    return Group(Text(""), table, *below)


def _below(small: Sequence[str]) -> str:
    names = ", ".join(told(level) for level in small)
    return _("below {share}: {levels}").format(share=percent(SMALL), levels=names)


def waterfall_section(answer: Answer, full: bool) -> RenderableType:
    """Return the parts of one step or token, each bar beginning where the last one ended."""
    parts, whole = _largest(answer.time_parts, None if full else COMPACT_PARTS), _sum(answer.time_parts)
    table = grid("lrl", bar=2)
    start = 0.0
    for part in parts:
        end = start + share(part.amount, whole)
        table.add_row(cut(part.label), time(part.amount), Bar(end, BAR_STYLE, start=start))
        start = end
    return section(f"One {unit_name(answer.kind)}: {time(whole)}", table)


def parts_section(title: str, parts: Sequence[Part], unit: str) -> RenderableType:
    """Return parts of an amount as bars of their share."""
    whole = _sum(parts)
    table = grid("lrrl", bar=3)
    for part in parts:
        amount = share(part.amount, whole)
        table.add_row(cut(part.label), quantity(part.amount, unit), percent(amount), Bar(amount, BAR_STYLE))
    return section(f"{title}: {quantity(whole, unit)}", table)


def memory_section(answer: Answer, full: bool = True) -> RenderableType:
    """Return what fills the memory of one accelerator, against its capacity."""
    need, have = _sum(answer.memory_parts), answer.memory_capacity_B
    table = grid("lrrl", bar=3)
    start = 0.0
    for part in answer.memory_parts if full else _largest(answer.memory_parts, COMPACT_MEMORY):
        end = start + share(part.amount, max(need, have))
        bar = Bar(end, BAR_STYLE, start=start, mark=share(have, need) if need > have else None)
        table.add_row(cut(part.label), quantity(part.amount, "B"), percent(share(part.amount, have)), bar)
        start = end
    rest, label = (need - have, "over") if need > have else (have - need, "free")
    colour = "bold red" if need > have else "dim"
    free = Bar(1.0, colour, start=share(min(need, have), max(need, have)), glyph="░")
    table.add_row(
        Text(label, style=colour), Text(quantity(rest, "B"), style=colour), percent(share(rest, have)), free
    )
    return section(f"Memory: {quantity(need, 'B')} of {quantity(have, 'B')}", table, "one accelerator")


def operators_section(answer: Answer, full: bool) -> RenderableType:
    """Return the operators that take longest, with what binds them and, with ``full``, their rates."""
    rows = answer.operators if full else answer.operators[:COMPACT_OPERATORS]
    table = grid("llrlrr" if full else "llrl", shrink=0)
    for row in rows:
        cells = [cut(row.name), row.phase, time(row.seconds), row.bound_by]
        if full:
            cells += [
                quantity(share(row.flops, row.seconds), "FLOP/s"),
                quantity(share(row.bytes, row.seconds), "B/s"),
            ]
        table.add_row(*cells)
    hidden = len(answer.operators) - len(rows)
    note = f"the longest of {len(answer.operators)}" if hidden else "longest first"
    return section("Operators", table, note)


def supply_section(answer: Answer) -> RenderableType:
    """Return the supply chain as a small Gantt chart; full blocks are on the critical path."""
    whole = max(link.end_s for link in answer.supply_chain)
    table = grid("lrl", bar=2)
    for link in answer.supply_chain:
        glyph = "█" if link.critical else "░"
        colour = CRITICAL_STYLE if link.critical else "dim"
        span = Bar(share(link.end_s, whole), colour, share(link.start_s, whole), glyph)
        table.add_row(Text(link.name, style="bold" if link.critical else ""), time(link.end_s), span)
    return section("Supply: order to acceptance", table, "█ critical path")


def odds_section(odds: SupplyOdds) -> RenderableType:
    """Return who owns the wait in the mean, and what time and cost come to at P50 and P90."""
    table = grid("lrl", bar=2)
    whole = sum(odds.by_vendor_s.values())
    for vendor, seconds in sorted(odds.by_vendor_s.items(), key=lambda pair: -pair[1]):
        if share(seconds, whole) >= SMALL:
            table.add_row(cut(vendor), time(seconds), Bar(share(seconds, whole), style("supply")))
    said = [Text(told(line)) for line in odds_lines(odds)]
    return section("Supply owned by vendor", Group(table, *said), "mean of all draws")


def odds_lines(odds: SupplyOdds) -> Iterator[str]:
    """Yield percentiles of time and cost, and the chance of being late, in words."""
    yield f"ready P50 {time(odds.p50_s)}, P90 {time(odds.p90_s)}"
    if odds.prices:
        costs = f"P50 {quantity(odds.cost_p50_USD, 'USD')}, P90 {quantity(odds.cost_p90_USD, 'USD')}"
        yield f"cost {costs} ({odds.prices})"
    if odds.due_s is not None and odds.chance_late is not None:
        yield f"due in {time(odds.due_s)}: late with {percent(odds.chance_late)} chance"


def headroom_section(answer: Answer, full: bool) -> RenderableType:
    """Return what each level could still give, the next investment first.

    The bound is that of the speed-up with the level at its floor; "solved" is the speed-up found by solving again.
    """
    rows = answer.headroom if full else answer.headroom[:COMPACT_HEADROOM]
    header = ("level", "removable", "bound", "solved") + (("floor",) if full else ())
    table = grid("lrrrl"[: len(header)], shrink=len(header) - 1 if full else 0, header=header)
    for row in rows:
        cells: list[RenderableType] = [Text(row.level, style=style(row.level)), percent(row.headroom)]
        cells += [ratio(row.speedup_bound), ratio(row.confirmed_speedup)]
        table.add_row(*cells, *([cut(row.floor)] if full else []))
    return section("Head-room", table, f"next investment: {rows[0].level}" if rows else "")


def _sum(parts: Sequence[Part]) -> float:
    return sum(part.amount for part in parts)


def _largest(parts: Sequence[Part], most: int | None) -> list[Part]:
    """Keep the largest parts in their order; the others become one."""
    if most is None or len(parts) <= most:
        return list(parts)
    kept = sorted(parts, key=lambda part: -part.amount)[: most - 1]
    rest = [part for part in parts if part not in kept]
    return [part for part in parts if part in kept] + [Part(f"{len(rest)} smaller parts", _sum(rest))]
