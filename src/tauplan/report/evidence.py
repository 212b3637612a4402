"""Sections of the terminal view that say why to believe the answer: claims, interval, warnings, identity."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from tauplan.evaluate.answer import Answer, ClaimUse, Interval, Rival
from tauplan.language import _, marked, told
from tauplan.report.blocks import Bar, cut, grid, section
from tauplan.report.palette import BAR_STYLE
from tauplan.report.text import claim_name, ratio, share, time

COMPACT_CLAIMS = 3
COMPACT_DRIVERS = 2
NO_CHANGE = 5e-4  # ratios of time this near to 1 print as "no change"


def contested(answer: Answer) -> list[ClaimUse]:
    """Return the claims with rivals, those whose rivals move the time to result most first."""
    return sorted((claim for claim in answer.claims if claim.rivals), key=_stake, reverse=True)


def claim_sentence(claim: ClaimUse, full: bool = True) -> str:
    """Return a claim with its rivals as one sentence; without ``full`` the sources are left out.

    >>> rival = Rival("384 TOP/s", "eet-china.com", "estimate", 0.62)
    >>> claim = ClaimUse("Kunlun 3", "peak_int8", "256 TOP/s", "report", "press", "2025", (rival,))
    >>> claim_sentence(claim)
    '256 TOP/s used (press, report); rival 384 TOP/s (estimate, eet-china.com): time to result × 0.62'
    >>> claim_sentence(claim, full=False)
    '256 TOP/s used (press); rival 384 TOP/s (estimate): time to result × 0.62'
    """
    origin = _origin(told(claim.grade), claim.source if full else "")
    used = _("{value} used ({origin})").format(value=told(claim.value), origin=origin)
    return "; ".join([used, *(_rival(rival, full) for rival in claim.rivals)])


def effect(time_ratio: float | None) -> str:
    """Return what a rival claim would change."""
    if time_ratio is None:
        return marked("effect not known")
    return "no change" if abs(time_ratio - 1) < NO_CHANGE else f"time to result {ratio(time_ratio)}"


def claims_section(answer: Answer, full: bool) -> RenderableType:
    """Return the contested claims, and with ``full`` every other one too."""
    fought = contested(answer)
    shown = fought if full else fought[:COMPACT_CLAIMS]
    rows: list[RenderableType] = []
    for claim in shown:
        rows.append(Text.assemble((f"{claim.part}, {claim.field}: ", "bold"), claim_sentence(claim, full)))
    if full:
        rows.append(_uncontested(answer))
    note = f"{len(answer.claims)} used, {len(fought)} with rivals"
    return section("Claims", Group(*rows), note)


def interval_section(answer: Answer, interval: Interval, full: bool) -> RenderableType:
    """Return the range of the time to result and the claims that drive it, as a tornado."""
    drivers = interval.drivers if full else interval.drivers[:COMPACT_DRIVERS]
    lowest = min([interval.low_s, *(low for _, low, _ in drivers)])
    highest = max([interval.high_s, *(high for _, _, high in drivers)])
    span = highest - lowest
    base = share(answer.time_to_result_s - lowest, span)
    table = grid("lrrl", bar=3)
    rows = [("all claims together", interval.low_s, interval.high_s), *drivers]
    for claim, low, high in rows:
        bar = Bar(share(high - lowest, span), BAR_STYLE, start=share(low - lowest, span), mark=base)
        table.add_row(cut(claim_name(claim) if "." in claim else claim), time(low), time(high), bar)
    title = f"Interval: {time(interval.low_s)} to {time(interval.high_s)}"
    return section(title, table, f"┃ {time(answer.time_to_result_s)}, the answer")


def warning_lines(answer: Answer) -> Iterator[RenderableType]:
    """Yield one line per warning."""
    if answer.warnings:
        yield Text("")
    for warning in answer.warnings:
        yield Text.assemble((told("note: "), "yellow"), told(warning))


def identity_lines(answer: Answer, full: bool) -> Iterator[RenderableType]:
    """Yield what reproduces the answer: hashes, version, command and, with ``full``, the Python call."""
    identity = answer.identity
    yield Text(
        f"\nscenario {identity.scenario_hash} · catalogue {identity.catalogue_hash} · tauplan {identity.version}",
        style="dim",
    )
    if identity.command:
        yield Text(_("again: {command}").format(command=identity.command), style="dim")
    if full and identity.python:
        yield Text(f"Python: {identity.python}", style="dim")


def _uncontested(answer: Answer) -> RenderableType:
    table = grid("llll", shrink=0, header=("part and field", "value", "grade", "source"))
    for claim in answer.claims:
        if not claim.rivals:
            where = f"{claim.source}, {claim.date}" if claim.date else claim.source
            table.add_row(f"{claim.part}, {claim.field}", cut(claim.value), claim.grade, cut(where))
    return table


def _stake(claim: ClaimUse) -> float:
    """Say how far the rivals of a claim move the time to result."""
    return max((abs(r.time_ratio - 1) for r in claim.rivals if r.time_ratio is not None), default=0.0)


def _rival(rival: Rival, full: bool) -> str:
    origin = _origin(told(rival.grade), rival.source if full else "")
    return _("rival {value} ({origin}): {effect}").format(
        value=told(rival.value), origin=origin, effect=told(effect(rival.time_ratio))
    )


def _origin(grade: str, source: str) -> str:
    return ", ".join(word for word in (grade, source) if word)
