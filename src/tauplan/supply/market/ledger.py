"""The ledger: identities between stated figures, each evaluated to a verdict with its arithmetic."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tauplan.catalog.location import data_root
from tauplan.errors import InputError, Problem
from tauplan.supply.market.expression import evaluate, names, with_numbers
from tauplan.supply.market.interval import Interval, interval_of
from tauplan.supply.market.series import Figure

CONSISTENT, CONTRADICTION, SCOPE, IMPLAUSIBLE = "consistent", "contradiction", "scope conflict", "implausible"
VERDICTS = (CONTRADICTION, IMPLAUSIBLE, SCOPE, CONSISTENT)
RELATIONS = ("=", ">=", "<=")
HOLDS = {"=": "=", ">=": "≥", "<=": "≤"}
FAILS = {"=": "≠", ">=": "≱", "<=": "≰"}
COLUMNS = ("check", "title", "left", "relation", "right", "otherwise", "about", "note")


@dataclass(frozen=True)
class Check:
    """A relation that should hold between two expressions; ``otherwise`` is the verdict where it cannot.

    ``about`` names claims in words that the check bears on though no number of theirs enters.
    """

    name: str
    title: str
    left: str
    relation: str
    right: str
    otherwise: str
    about: str
    note: str
    place: str


@dataclass(frozen=True)
class Finding:
    """A check with its verdict: both sides as intervals, and the arithmetic with numbers in place of names."""

    check: Check
    verdict: str
    left: Interval
    right: Interval
    arithmetic: str
    figures: tuple[Figure, ...]


def shipped_checks() -> tuple[Check, ...]:
    """Return the checks that ship with tauplan."""
    return read_checks(data_root() / "market" / "checks.csv")


def read_checks(path: Path) -> tuple[Check, ...]:
    """Read a table of checks. Errors: :class:`InputError` for every bad row at once."""
    problems: list[Problem] = []
    checks: list[Check] = []
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        for row in reader:
            place = f"{path}:{reader.line_num}"
            cells = {name: row.get(name) or "" for name in COLUMNS}
            if row.get("relation") not in RELATIONS:
                problems.append(
                    Problem(
                        "unknown relation", place=place, value=row.get("relation") or "", expected="= >= <="
                    )
                )
            elif row.get("otherwise") not in VERDICTS:
                problems.append(
                    Problem(
                        "unknown verdict",
                        place=place,
                        value=row.get("otherwise") or "",
                        expected=", ".join(VERDICTS),
                    )
                )
            else:
                checks.append(Check(name=cells.pop("check"), **cells, place=place))
    if problems:
        raise InputError(problems)
    return tuple(checks)


def run_checks(checks: Sequence[Check], figures: Sequence[Figure]) -> tuple[Finding, ...]:
    """Evaluate checks over figures by their ids. Errors: :class:`InputError` for names that are not there.

    A relation holds where rounding and qualifiers leave room for it: equality where both intervals meet. Only
    what cannot be true under any reading of the printed digits is called a contradiction.
    """
    known = {figure.id: figure for figure in figures if figure.id}
    values = {name: interval_of(figure) for name, figure in known.items()}
    problems: list[Problem] = []
    found: list[Finding] = []
    for check in checks:
        try:
            found.append(_run(check, known, values))
        except ValueError as error:
            problems.append(Problem(f"check {check.name}: {error}", place=check.place))
    if problems:
        raise InputError(problems)
    return tuple(found)


def _run(check: Check, known: Mapping[str, Figure], values: Mapping[str, Interval]) -> Finding:
    left, right = evaluate(check.left, values), evaluate(check.right, values)
    if check.relation == "=":
        holds = left.meets(right)
    elif check.relation == ">=":
        holds = left.high >= right.low
    else:
        holds = left.low <= right.high
    about = check.about.split()
    unknown = [name for name in about if name not in known]
    if unknown:
        raise ValueError(f"unknown figure {unknown[0]}")
    used = tuple(known[name] for name in dict.fromkeys([*names(f"({check.left}) + ({check.right})"), *about]))
    shown = {figure.id: _printed(figure) for figure in used}
    sign = (HOLDS if holds else FAILS)[check.relation]
    said = f"{_side(check.left, left, shown)} {sign} {_side(check.right, right, shown)}"
    return Finding(check, CONSISTENT if holds else check.otherwise, left, right, said, used)


def _printed(figure: Figure) -> str:
    words = {"more than": ">", "at least": "≥", "less than": "<", "at most": "≤", "about": "~", "almost": "≲"}
    value = figure.text if figure.value is None else f"{figure.value:.10g}"
    return f"{words.get(figure.qualifier, '')}{value}"


def _side(text: str, value: Interval, shown: Mapping[str, str]) -> str:
    """Return one side with its numbers, and its value where there was something to work out."""
    if not names(text):
        return range_text(value)
    numbers = with_numbers(text, shown)
    return numbers if text.strip() in shown else f"{numbers} → {range_text(value)}"


def range_text(value: Interval) -> str:
    """Return an interval with as many digits as tell its ends apart.

    >>> range_text(Interval(9.64, 9.76))
    '9.64..9.76'
    """
    if value.low == value.high:
        return f"{value.low:.4g}"
    if not math.isfinite(value.low):
        return "any" if not math.isfinite(value.high) else f"up to {value.high:.4g}"
    if not math.isfinite(value.high):
        return f"{value.low:.4g} or more"
    low, high = f"{value.low:.4g}", f"{value.high:.4g}"
    return low if low == high else f"{low}..{high}"


def unchecked(figures: Sequence[Figure], findings: Sequence[Finding]) -> tuple[Figure, ...]:
    """Return the claims that no check reaches: there is no second figure to hold them against."""
    used = {figure.id for finding in findings for figure in finding.figures}
    return tuple(figure for figure in figures if figure.id.startswith("S") and figure.id not in used)


def verdict_of(figure: Figure, findings: Sequence[Finding]) -> str:
    """Return the worst verdict among the checks that use a figure, or "unchecked"."""
    about = [finding.verdict for finding in findings if any(f.id == figure.id for f in finding.figures)]
    return next((verdict for verdict in VERDICTS if verdict in about), "unchecked")


def doubted(figures: Sequence[Figure]) -> frozenset[str]:
    """Return the ids of claims that no reading of their digits reconciles with another figure of their period."""
    others: dict[tuple[str, ...], list[Figure]] = {}
    for figure in figures:
        if not figure.id.startswith("S") and figure.kind != "forecast":
            others.setdefault((figure.series, figure.entity, figure.period, figure.unit), []).append(figure)
    return frozenset(
        claim.id
        for claim in figures
        if claim.id.startswith("S")
        for rivals in [others.get((claim.series, claim.entity, claim.period, claim.unit), [])]
        if rivals and not any(interval_of(claim).meets(interval_of(rival)) for rival in rivals)
    )


def settled(figures: Sequence[Figure]) -> tuple[Figure, ...]:
    """Return the figures to reckon with: a doubted claim gives way to the others of its period."""
    wrong = doubted(figures)
    return tuple(figure for figure in figures if figure.id not in wrong)
