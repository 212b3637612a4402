"""Networks by the names that suites of benchmarks use for them."""

from __future__ import annotations

import csv
import functools
import re
from dataclasses import dataclass, replace
from pathlib import Path

from tauplan.errors import InputError
from tauplan.validate.table import UnansweredError
from tauplan.workload.net.layer import stack
from tauplan.workload.net.totals import NetTotals, find_totals, listed, plain_net, totals_of
from tauplan.workload.net.zoo import find_net, net_layers


@dataclass(frozen=True)
class Recipe:
    """A named workload: its network, class and size; ``work`` passes of the network make one sample [1].

    ``per_device``: the suite's rates are those of one accelerator; ``float8``: 16-bit submissions run in FP8 where
    the part has such a rate; ``batch``: samples on one device where a row tells none, 0 for as many as fill it.
    """

    pattern: re.Pattern[str]
    net: str
    kind: str
    size: int
    work: float
    per_device: bool
    float8: bool
    batch: float


def find_recipe(root: Path, suite: str, text: str) -> Recipe:
    """Return the first recipe of a suite whose pattern fits; errors: :class:`UnansweredError`."""
    for recipe in _recipes(root).get(suite, ()):
        if recipe.pattern.search(text.casefold()):
            return recipe
    raise UnansweredError(f"no network is known as {text!r}")


def recipe_totals(root: Path, recipe: Recipe, size: int | None = None) -> NetTotals:
    """Return the totals of one sample of a recipe at a size [count]: from its layers, or as listed."""
    chosen = size or recipe.size
    totals = net_totals(root, recipe.net, chosen)
    if totals is None:
        raise UnansweredError(f"no totals of {recipe.net}")
    return replace(totals, macs=totals.macs * recipe.work, activations=totals.activations * recipe.work)


@functools.cache
def net_totals(root: Path, name: str, size: int | None) -> NetTotals | None:
    """Return totals of a network at a size [count], None if unknown: as listed for that size, else from its layers.

    What only lists know is scaled to the size.
    """
    known = listed(root).get(plain_net(name))
    if known is not None and size in (None, known.size):
        return known.totals
    try:
        net = find_net(root, name)
    except InputError:
        return find_totals(root, name, size)
    return totals_of(stack(net_layers(net, 1.0, size)))


@functools.cache
def _recipes(root: Path) -> dict[str, list[Recipe]]:
    found: dict[str, list[Recipe]] = {}
    with (root / "nets" / "recipes.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["suite"], []).append(
                Recipe(
                    re.compile(row["pattern"]),
                    row["net"],
                    row["class"],
                    int(row["size"]),
                    float(row["work"]),
                    row["per_device"] == "1",
                    row["float8"] == "1",
                    float(row["batch"] or 0.0),
                )
            )
    return found
