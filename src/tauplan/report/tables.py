"""An answer as tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tauplan import units
from tauplan.evaluate.answer import Answer, Part
from tauplan.report.palette import COLOURS
from tauplan.report.text import bar, percent, rail, ratio, time

COMPACT_OPERATORS = 6
COMPACT_CLAIMS = 6
COMPACT_DRIVERS = 5
BAR = 24


def answer_view(answer: Answer, full: bool = False) -> Group:
    """Return the whole answer; ``full`` keeps every operator, claim and driver."""
    if answer.status != "ok":
        return Group(*_infeasible(answer))
    return Group(*_sections(answer, full))


def _sections(answer: Answer, full: bool) -> Iterator[RenderableType]:
    yield from _headline(answer)
    yield _ladder(answer)
    yield _owned(answer)
    yield _parts("One output token" if answer.kind == "serving" else "One step", answer.time_parts, "s")
    yield _operators(answer, None if full else COMPACT_OPERATORS)
    yield _memory(answer)
    yield _parts("Energy of the run", answer.energy_parts, "J")
    yield _parts("Cost of the run", answer.cost_parts, "USD")
    if answer.supply_chain:
        yield _supply(answer)
    yield _headroom(answer)
    yield _claims(answer, None if full else COMPACT_CLAIMS)
    yield from _drivers(answer, None if full else COMPACT_DRIVERS)
    yield from _warnings(answer)
    yield from _identity(answer)


def _headline(answer: Answer) -> Iterator[RenderableType]:
    yield Text(answer.name, style="bold")
    yield Text(answer.summary)
    interval = answer.interval
    band = f"  (claims span {time(interval.low_s)} to {time(interval.high_s)})" if interval else ""
    yield Text("")
    ready = f"Ready in {time(answer.time_to_result_s)}"
    split = f" = {time(answer.supply_s)} supply + {time(answer.run_s)} run"
    yield Text.assemble((ready, "bold green"), split, (band, "dim"))
    pace = (
        f"step {time(answer.step_s)}"
        if answer.kind == "training"
        else f"TTFT {time(answer.ttft_s)}, TPOT {time(answer.tpot_s)}"
    )
    yield Text(
        f"{pace} · energy {units.format(answer.energy_J, 'J')} · power {units.format(answer.power_W, 'W')}"
        f" · cost {units.format(answer.cost_USD, 'USD')} · bound by {answer.bound_by}"
    )
    yield _metrics(answer)


def _metrics(answer: Answer) -> RenderableType:
    table = _grid()
    for justify in ("left", "right", "left", "right"):
        table.add_column(justify=justify, no_wrap=True)  # type: ignore[arg-type]
    cells = [(metric.label, units.format(metric.value, metric.unit)) for metric in answer.metrics]
    half = (len(cells) + 1) // 2
    for left, right in zip(cells[:half], [*cells[half:], ("", "")], strict=False):
        table.add_row(*left, *right, style="dim")
    return table


def _grid() -> Table:
    return Table(box=None, pad_edge=False, padding=(0, 1))


def _under(title: str, table: Table) -> RenderableType:
    """Put a heading above a table, so that a long heading is not folded to the table's width."""
    return Group(Text(f"\n{title}", style="bold"), table)


def _ladder(answer: Answer) -> RenderableType:
    table = _grid()
    table.add_column("level", no_wrap=True)
    table.add_column("event", no_wrap=True, overflow="ellipsis", max_width=44)
    table.add_column("", no_wrap=True)
    table.add_column("time", justify="right", no_wrap=True, min_width=10)
    for rung in answer.ladder:
        colour = COLOURS[rung.level]
        event = f"{rung.event}, {rung.source}" if rung.source else rung.event
        table.add_row(rung.level, Text(event), Text(rail(rung.seconds, 27), style=colour), time(rung.seconds))
    return _under("τ ladder: one event of each level, picoseconds to years, log scale", table)


def _owned(answer: Answer) -> RenderableType:
    table = _grid()
    table.add_column("level", no_wrap=True)
    table.add_column("time to result", justify="right", no_wrap=True)
    table.add_column("share", justify="right", no_wrap=True)
    table.add_column("")
    step = "one token" if answer.kind == "serving" else "one step"
    table.add_column(step, justify="right", no_wrap=True)
    table.add_column("share", justify="right", no_wrap=True)
    per_step = sum(answer.step_owned_s.values())
    for level, seconds in answer.owned_s.items():
        own = answer.step_owned_s.get(level, 0.0)
        if seconds <= 0.0 and own <= 0.0:
            continue
        share = seconds / answer.time_to_result_s
        drawn = Text(bar(share, BAR), style=COLOURS[level])
        in_step = (time(own), percent(own / per_step)) if own > 0 else ("", "")
        table.add_row(level, time(seconds), percent(share), drawn, *in_step)
    return _under("Who owns the time: seconds of the result, and of one step, by level", table)


def _parts(title: str, parts: tuple[Part, ...], unit: str) -> RenderableType:
    total = sum(part.amount for part in parts)
    table = _grid()
    table.add_column("part", no_wrap=True, overflow="ellipsis")
    table.add_column("amount", justify="right", no_wrap=True)
    table.add_column("share", justify="right", no_wrap=True)
    table.add_column("")
    for part in parts:
        share = part.amount / total if total else 0.0
        table.add_row(part.label, units.format(part.amount, unit), percent(share), bar(share, BAR))
    return _under(f"{title}: {units.format(total, unit)}", table)


def _operators(answer: Answer, most: int | None) -> RenderableType:
    table = _grid()
    for name, justify in (("operator", "left"), ("pass", "left"), ("time", "right"), ("FLOP/s", "right")):
        table.add_column(name, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    table.add_column("memory", justify="right", no_wrap=True)
    table.add_column("bound by", no_wrap=True)
    for row in answer.operators[:most]:
        rate, moved = row.flops / row.seconds, row.bytes / row.seconds
        table.add_row(
            row.name,
            row.phase,
            time(row.seconds),
            units.format(rate, "FLOP/s"),
            units.format(moved, "B/s"),
            row.bound_by,
        )
    hidden = len(answer.operators) - len(answer.operators[:most])
    if hidden > 0:
        table.add_row(Text(f"and {hidden} more", style="dim"), "", "", "", "", "")
    return _under("Operators on one accelerator, longest first", table)


def _memory(answer: Answer) -> RenderableType:
    used = sum(part.amount for part in answer.memory_parts)
    capacity = answer.memory_capacity_B
    fill = f"{units.format(used, 'B')} of {units.format(capacity, 'B')} usable"
    table = _grid()
    table.add_column("holds", no_wrap=True)
    table.add_column("amount", justify="right", no_wrap=True)
    table.add_column("of usable", justify="right", no_wrap=True)
    table.add_column("")
    for part in answer.memory_parts:
        share = part.amount / capacity
        table.add_row(part.label, units.format(part.amount, "B"), percent(share), bar(share, BAR))
    return _under(f"Memory of the fullest accelerator: {fill}", table)


def _supply(answer: Answer) -> RenderableType:
    whole = max(link.end_s for link in answer.supply_chain)
    table = _grid()
    table.add_column("item", no_wrap=True)
    table.add_column("")
    table.add_column("arrives after", justify="right", no_wrap=True)
    table.add_column("")
    for link in answer.supply_chain:
        start = round(link.start_s / whole * BAR) if whole else 0
        length = max(round((link.end_s - link.start_s) / whole * BAR), 1) if whole else 0
        drawn = " " * start + ("█" if link.critical else "▒") * length
        table.add_row(link.name, drawn.ljust(BAR), time(link.end_s), "critical" if link.critical else "")
    return _under("Supply: from order to acceptance", table)


def _headroom(answer: Answer) -> RenderableType:
    table = _grid()
    table.add_column("level", no_wrap=True)
    table.add_column("owned", justify="right", no_wrap=True)
    table.add_column("removable", justify="right", no_wrap=True)
    table.add_column("bound", justify="right", no_wrap=True)
    table.add_column("solved again", justify="right", no_wrap=True)
    table.add_column("with", overflow="ellipsis", no_wrap=True)
    for row in answer.headroom:
        again = ratio(row.confirmed_speedup)
        table.add_row(
            row.level, time(row.owned_s), percent(row.headroom), ratio(row.speedup_bound), again, row.floor
        )
    return _under("Head-room: what a level could still give, the next investment first", table)


def _claims(answer: Answer, most: int | None) -> RenderableType:
    contested = [claim for claim in answer.claims if claim.rivals]
    rest = [claim for claim in answer.claims if not claim.rivals]
    shown = contested[:most] if most is not None else [*contested, *rest]
    count = len(answer.claims)
    table = _grid()
    table.add_column("claim", overflow="fold", ratio=3)
    table.add_column("used", overflow="fold", ratio=3)
    table.add_column("rivals, and the time to result with them", overflow="fold", ratio=5)
    for claim in shown:
        rivals = "; ".join(f"{r.value} ({r.grade}, {r.source}): {ratio(r.time_ratio)}" for r in claim.rivals)
        used = f"{claim.value} ({claim.grade}, {claim.source})"
        table.add_row(escape(f"{claim.part}: {claim.field}"), escape(used), escape(rivals))
    return _under(f"Claims: {count} used, {len(contested)} contested", table)


def _drivers(answer: Answer, most: int | None) -> Iterator[RenderableType]:
    if answer.interval is None or not answer.interval.drivers:
        return
    table = _grid()
    table.add_column("claim", overflow="fold")
    table.add_column("low", justify="right", no_wrap=True)
    table.add_column("high", justify="right", no_wrap=True)
    for claim, low, high in answer.interval.drivers[:most]:
        table.add_row(escape(claim), time(low), time(high))
    yield _under("What the interval comes from: time to result at the ends of a claim's band", table)


def _warnings(answer: Answer) -> Iterator[RenderableType]:
    for warning in answer.warnings:
        yield Text(f"\nnote: {warning}", style="yellow")


def _identity(answer: Answer) -> Iterator[RenderableType]:
    identity = answer.identity
    stamp = f"scenario {identity.scenario_hash} · catalogue {identity.catalogue_hash} · tauplan {identity.version}"
    yield Text(f"\n{stamp}", style="dim")
    if identity.command:
        yield Text(f"again: {identity.command}", style="dim")


def _infeasible(answer: Answer) -> Iterator[RenderableType]:
    yield Text(answer.name, style="bold")
    yield Text(answer.summary)
    yield Text.assemble(("\nInfeasible: ", "bold red"), answer.reason)
    if answer.memory_parts:
        yield _memory(answer)
    hints = _hints(answer)
    if hints:
        yield Padding(Text("\n".join(("What could help:", *hints))), (1, 0, 0, 0))
    yield from _warnings(answer)
    yield from _identity(answer)


def _hints(answer: Answer) -> list[str]:
    if "memory" in answer.reason:
        largest = max(answer.memory_parts, key=lambda part: part.amount).label
        ways = {
            "weights": "more tensor or pipeline ways, a narrower weight format, ZeRO 3",
            "gradients": "more tensor or pipeline ways, plan.zero=2",
            "optimizer": "plan.zero=1, more data-parallel ways, optimizer adam-bf16",
            "activations": "plan.recompute=full, a smaller plan.micro_batch, more tensor or context ways",
            "KV cache": "a smaller batch or context, kv_cache in fp8, more tensor ways",
        }
        return [f"  {largest} take the most: {ways[largest]}"]
    if "limit" in answer.reason:
        return ["  workload.batch=max finds the largest batch inside the limit"]
    if "failures" in answer.reason:
        return ["  a longer reliability.mtbf, a shorter reliability.restart, fewer accelerators"]
    return []
