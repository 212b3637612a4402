"""Recipes of a public serving sweep: how many workers a measured run had, of which plans, and what it drafted.

Tables of the sweep's results leave this out of many rows; its published lists of runs hold it. The compiled lists
are the file ``cases/serving_recipes.csv``: settings of runs and the dates of their listing, no measured figures.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

FILE = "serving_recipes.csv"
NOT_STATED = -1  # definition: drafted tokens where a recipe drafts without saying how many


@dataclass(frozen=True)
class Side:
    """Workers of one kind: how many, their tensor ways, attention ranks and expert ways.

    ``tokens`` of a pass and sequences (``batch``) of an attention rank, 0 where not stated.
    """

    workers: int
    tensor: int
    ranks: int
    expert: int
    tokens: int = 0
    batch: int = 0

    @property
    def wide(self) -> int:
        """Accelerators of one worker."""
        return self.tensor * self.ranks

    @property
    def accelerators(self) -> int:
        """Accelerators of all workers."""
        return self.workers * self.wide


@dataclass(frozen=True)
class Recipe:
    """A run as listed: engine, model, device, number format, tokens of prompts and answers, numbers of clients.

    ``front`` workers read prompts and ``back`` workers decode, drafting ``drafts`` tokens per step.
    """

    engine: str
    model: str
    device: str
    precision: str
    prompt: int
    output: int
    clients: tuple[int, ...]
    front: Side
    back: Side
    drafts: int

    def cells(self) -> dict[str, str | int]:
        """Return the recipe as cells of the table."""
        named: dict[str, str | int] = {name: getattr(self, name) for name in PLAIN}
        named["clients"] = " ".join(str(count) for count in self.clients)
        for kind in KINDS:
            side: Side = getattr(self, kind)
            named |= {f"{kind}_{name}": getattr(side, name) for name in SIZES}
        return named | {"drafts": self.drafts}


PLAIN = ("engine", "model", "device", "precision", "prompt", "output")
KINDS = ("front", "back")
SIZES = ("workers", "tensor", "ranks", "expert", "tokens", "batch")


@dataclass(frozen=True)
class Listed:
    """A recipe and the dates between which it was listed."""

    recipe: Recipe
    since: date
    until: date

    def days_from(self, day: date | None) -> int:
        """Return the days between a date and the time of the listing, 0 inside it or for an unknown date."""
        if day is None:
            return 0
        return max((self.since - day).days, (day - self.until).days, 0)


def listed(row: Mapping[str, str]) -> Listed:
    """Return a row of the table as a recipe."""
    whole = {name: int(row[name]) for name in ("prompt", "output", "drafts")}
    front, back = (Side(*(int(row[f"{kind}_{name}"]) for name in SIZES)) for kind in KINDS)
    recipe = Recipe(
        row["engine"],
        row["model"],
        row["device"],
        row["precision"],
        whole["prompt"],
        whole["output"],
        tuple(int(count) for count in row["clients"].split()),
        front,
        back,
        whole["drafts"],
    )
    return Listed(recipe, date.fromisoformat(row["since"]), date.fromisoformat(row["until"]))


@functools.cache
def read(root: Path) -> tuple[Listed, ...]:
    """Return the recipes of the catalogue under ``root``."""
    with (root / "cases" / FILE).open(newline="", encoding="utf-8") as file:
        return tuple(listed(row) for row in csv.DictReader(file))


@dataclass(frozen=True)
class Named:
    """What a row names: accelerators of a prompt worker and of a decoding one, and how many workers, 0 if open.

    Both widths are those of all workers together in tables that know no more.
    """

    front: int
    back: int
    fronts: int = 0
    backs: int = 0

    def fit(self, recipe: Recipe) -> bool:
        """Tell whether a recipe has workers of these widths, or pools that are as wide together, and as many.

        One accelerator where a model needs more stands for a plan that the table does not know.
        """
        counts = (self.fronts, recipe.front.workers), (self.backs, recipe.back.workers)
        if any(named and named != listed for named, listed in counts):
            return False
        system = recipe.front.accelerators + recipe.back.accelerators
        if self.front == self.back == system:
            return True
        return self.front in (1, recipe.front.wide) and self.back in (1, recipe.back.wide)


LATE_DAYS = 1  # definition: a run of the evening is dated by the next day, when it is published


def matching(found: tuple[Listed, ...], named: Named, day: date | None) -> list[Recipe]:
    """Return the different recipes that a row may be of: they fit what it names and were
    listed at its date, or nearest to it."""
    fit = [one for one in found if named.fit(one.recipe)]
    nearest = min((one.days_from(day) for one in fit), default=0)
    runs = (one.recipe for one in fit if one.days_from(day) <= max(nearest, LATE_DAYS))
    return list(dict.fromkeys(replace(run, clients=(), model="") for run in runs))
