"""Which inputs of a design would turn a comparison round, and how far each would have to move."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError, Problem, did_you_mean
from tauplan.evaluate.batch import put
from tauplan.evaluate.book import Key
from tauplan.evaluate.resolve import Resolved, resolve
from tauplan.evaluate.solve import OK, solve
from tauplan.explore.flip import crossings
from tauplan.spec.scenario import Scenario

FIGURES = {"time_to_result": "s", "run": "s", "energy_J": "J", "cost_USD": "USD"}
SPANS = (64.0, 8.0, 2.0, 1.25)
"""Factors up and down that a lever is moved by; the first that makes a chip at all its values."""

STEPS = 97  # definition: values of a lever from one end to the other, evenly in its logarithm
FINE = 17  # definition: values of a stretch in which a figure turns
PRICE = "system.accelerator.price"


@dataclass(frozen=True)
class Lever:
    """One input: a scenario field by its path, or a claim by (part, field); its value today and its unit.

    ``ends``: band that it stays in, where it is a share or an exponent that means nothing beyond.
    """

    name: str
    vary: str | Key
    value: float
    unit: str
    ends: tuple[float, float] | None = None

    def moved(self, reach: float) -> NDArray[np.float64]:
        """Return the values to try, evenly in their logarithm: the band, or ``reach`` times up and down."""
        low, high = self.ends or (self.value / reach, self.value * reach)
        return np.geomspace(low, high, STEPS)


@dataclass(frozen=True)
class Turn:
    """Where one lever turns one figure round against one rival.

    ``lead``: rival over the first design, less one, above zero where the first leads [1]; ``at``: the value at
    which they are equal, nearest to today's, or None; ``reach``: largest factor that was tried [1].
    """

    rival: str
    figure: str
    lead: float
    lever: Lever
    at: float | None
    reach: float

    @property
    def factor(self) -> float:
        """Value at the turn over today's [1], infinite where there is none."""
        return math.inf if self.at is None else self.at / self.lever.value

    @property
    def distance(self) -> float:
        """How far the lever must move, as a logarithm [1]."""
        return abs(math.log(self.factor)) if self.factor > 0 else math.inf


def turns(
    scenarios: Sequence[Scenario],
    folders: Sequence[Path | None],
    catalog: Catalog | None = None,
    named: Sequence[str] = (),
) -> tuple[Turn, ...]:
    """Return where the first design's figures pass those of each other one, over all levers.

    Levers are the claims that the first design alone rests on, the numbers of its scenario that no rival has, the
    price of an accelerator, and those ``named``: a dotted path, or 'part: field'. Each moves alone.
    Errors: :class:`InputError` for a name that the first design does not use.
    """
    catalog = catalog or Catalog.load()
    known = [resolve(one, catalog, folder) for one, folder in zip(scenarios, folders, strict=True)]
    ours, *rivals = known
    theirs = [solve(rival.case) for rival in rivals]
    base = solve(ours.case)
    found: list[Turn] = []
    goals = [{figure: float(getattr(other, figure)) for figure in FIGURES} for other in theirs]
    for lever in (*_own_levers(ours, rivals), *(_named(ours, name) for name in named)):
        coarse = _sweep(ours, lever, catalog, folders[0])
        if coarse is None:
            continue
        fine = _closer(ours, lever, catalog, folders[0], coarse, goals)
        reach = float(coarse.values[-1] / lever.value)
        for rival, goal in zip(rivals, goals, strict=True):
            for figure, wanted in goal.items():
                turns = [at for sweep in fine for at in crossings(sweep.values, sweep[figure] - wanted)]
                at = min(turns, key=lambda turn: abs(math.log(turn / lever.value)), default=None)
                lead = wanted / float(getattr(base, figure)) - 1.0
                found.append(Turn(rival.scenario.name, figure, lead, lever, at, reach))
    return tuple(found)


@dataclass(frozen=True)
class _Sweep:
    """The first design's figures over values of one lever; NaN where it is infeasible."""

    values: NDArray[np.float64]
    figures: dict[str, NDArray[np.float64]]

    def __getitem__(self, figure: str) -> NDArray[np.float64]:
        return self.figures[figure]

    def part(self, rows: slice) -> _Sweep:
        """Return a stretch of it."""
        return _Sweep(self.values[rows], {name: column[rows] for name, column in self.figures.items()})


def _sweep(ours: Resolved, lever: Lever, catalog: Catalog, folder: Path | None) -> _Sweep | None:
    """Return the figures over a lever, as far up and down as a chip can be made of it; None if nowhere."""
    for reach in SPANS:
        try:
            return _solved(ours, lever, catalog, folder, lever.moved(reach))
        except InputError:
            continue
    return None


def _solved(
    ours: Resolved, lever: Lever, catalog: Catalog, folder: Path | None, values: NDArray[np.float64]
) -> _Sweep:
    with np.errstate(all="ignore"):
        if isinstance(lever.vary, str):
            case = resolve(put(ours.scenario, lever.vary, values), catalog, folder).case
        else:
            case = resolve(ours.scenario, catalog, folder, {lever.vary: values}).case
        result = solve(case)
    fine = np.broadcast_to(result.status, values.shape) == OK
    return _Sweep(
        values, {name: np.where(fine, getattr(result, name), np.nan) + 0.0 * values for name in FIGURES}
    )


def _closer(
    ours: Resolved,
    lever: Lever,
    catalog: Catalog,
    folder: Path | None,
    coarse: _Sweep,
    goals: Sequence[Mapping[str, float]],
) -> list[_Sweep]:
    """Return finer sweeps of the stretches in which any figure crosses any goal, all solved in one call."""
    gaps = (coarse[figure] - wanted for goal in goals for figure, wanted in goal.items())
    crossed = sorted({int(row) for gap in gaps for row in np.flatnonzero(gap[:-1] * gap[1:] < 0)})
    if not crossed:
        return []
    ends = coarse.values.tolist()
    stretches = [np.linspace(ends[row], ends[row + 1], FINE, dtype=np.float64) for row in crossed]
    whole = _solved(ours, lever, catalog, folder, np.concatenate(stretches))
    return [whole.part(slice(start, start + FINE)) for start in range(0, len(whole.values), FINE)]


def _own_levers(ours: Resolved, rivals: Sequence[Resolved]) -> Iterator[Lever]:
    shared = {key for rival in rivals for key in rival.book.uses}
    fields = dict(_numbers(ours.scenario.model_dump()))
    others = [dict(_numbers(rival.scenario.model_dump())) for rival in rivals]
    for path, value in fields.items():
        if path.startswith("system.") and all(other.get(path) != value for other in others):
            yield _field(path, *value)
    if PRICE not in fields:
        count = float(ours.case.count)
        yield Lever(PRICE, PRICE, float(ours.case.facility.accelerators_USD) / count, "USD")
    for key, choice in ours.book.uses.items():
        if key not in shared and not isinstance(choice.claim.value, str) and choice.claim.value:
            yield _claim(ours, key)


def _named(ours: Resolved, name: str) -> Lever:
    fields = dict(_numbers(ours.scenario.model_dump()))
    if name in fields:
        return _field(name, *fields[name])
    part, _, field = (piece.strip() for piece in name.rpartition(":"))
    for key, choice in ours.book.uses.items():
        if key == (part, field) and not isinstance(choice.claim.value, str):
            return _claim(ours, key)
    known = [*fields, *(f"{part}: {field}" for part, field in ours.book.uses)]
    raise InputError(
        Problem(
            "nothing of that name to move",
            path="--lever",
            value=name,
            expected="a number of the first scenario by its path, or 'part: field' of a claim it uses",
            hint=did_you_mean(name, known),
        )
    )


def _field(path: str, value: float, unit: str) -> Lever:
    ends = (value / SPANS[-1], min(value * SPANS[-1], 1.0)) if unit == "1" and value <= 1.0 else None
    return Lever(path, path, value, unit, ends)


def _claim(ours: Resolved, key: Key) -> Lever:
    claim = ours.book.uses[key].claim
    value, ends = float(claim.value), None
    if claim.unit == "1":
        ends = (claim.low or value / SPANS[-1], claim.high or value * SPANS[-1])
    return Lever(f"{key[0]}: {key[1]}", key, value, claim.unit, ends)


def _numbers(node: Mapping[str, Any], head: str = "") -> Iterator[tuple[str, tuple[float, str]]]:
    """Yield path, value and unit of every quantity above zero in a scenario; counts stay as they are."""
    for name, value in node.items():
        path = f"{head}{name}"
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{path}.")  # pyright: ignore[reportUnknownArgumentType]
            continue
        written = QUANTITY.fullmatch(value) if isinstance(value, str) else None
        if written is not None and float(written[1]) > 0:
            yield path, (float(written[1]), str(written[2]))
        elif isinstance(value, float) and value > 0:
            yield path, (value, "1")


QUANTITY = re.compile(r"(\d[\d.]*(?:e[+-]?\d+)?) (\S+)")
"""A quantity as a scenario writes it: a number and its unit."""
