"""Price scenarios as data: those that ship, and a user's own of the same columns."""

from __future__ import annotations

import csv
from pathlib import Path

from tauplan.catalog.location import data_root
from tauplan.errors import InputError, Problem, did_you_mean
from tauplan.supply.price.paths import Regime, Terms

COLUMNS = (
    "scenario",
    "regime",
    "drift_per_year",
    "volatility",
    "stay_weeks",
    "start",
    "until_week",
    "source",
    "grade",
    "note",
)


def price_scenarios(path: Path | None = None) -> dict[str, tuple[Regime, ...]]:
    """Return scenarios by name. Errors: :class:`InputError` with every bad row at once."""
    path = path or data_root() / "price_scenarios.csv"
    problems: list[Problem] = []
    found: dict[str, list[Regime]] = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                named = ",".join(reader.fieldnames or ())
                raise InputError(
                    Problem("wrong columns", place=f"{path}:1", value=named, expected=",".join(COLUMNS))
                )
            for row in reader:
                place = f"{path}:{reader.line_num}"
                try:
                    regime = Regime(
                        float(row["drift_per_year"]),
                        float(row["volatility"]),
                        float(row["stay_weeks"]),
                        float(row["start"]),
                        int(row["until_week"]) if row["until_week"] else None,
                    )
                except ValueError as error:
                    problems.append(
                        Problem("not a number", place=place, value=str(error).rpartition(":")[2].strip())
                    )
                    continue
                if regime.volatility < 0 or regime.stay_weeks < 1 or regime.start < 0:
                    expected = "volatility and start from 0, stay_weeks from 1"
                    problems.append(
                        Problem("out of range", place=place, value=row["scenario"], expected=expected)
                    )
                found.setdefault(row["scenario"], []).append(regime)
    except OSError as error:
        raise InputError(Problem(f"cannot read the scenarios: {error.strerror}", place=str(path))) from None
    for name, regimes in found.items():
        if not sum(regime.start for regime in regimes):
            problems.append(
                Problem("no regime to start in", place=str(path), value=name, expected="start above 0")
            )
    if problems:
        raise InputError(problems)
    return {name: tuple(regimes) for name, regimes in found.items()}


def price_scenario(name: str, path: Path | None = None) -> tuple[Regime, ...]:
    """Return the regimes of a scenario by name. Errors: :class:`InputError` for a name that is not there."""
    known = price_scenarios(path)
    if name not in known:
        raise InputError(
            Problem(
                "no such price scenario",
                value=name,
                expected=", ".join(known),
                hint=did_you_mean(name, known),
            )
        )
    return known[name]


def shipped_terms() -> Terms:
    """Return how contract and spot prices follow the market, from the catalogue's figures."""
    with (data_root() / "price_terms.csv").open(newline="", encoding="utf-8") as file:
        values = {row["term"]: float(row["value"]) for row in csv.DictReader(file)}
    return Terms(int(values.pop("reset_weeks")), **values)
