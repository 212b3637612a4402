"""What a network asks for in all, for networks whose layers are not described: totals per sample."""

from __future__ import annotations

import csv
import functools
import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tauplan.tau import Number
from tauplan.workload.net.layer import Sizes

GIGA, MEGA = 1e9, 1e6  # definition: SI prefixes
NEAR = 0.01  # definition: published counts of parameters agree within this share


@dataclass(frozen=True)
class NetTotals:
    """Totals of one sample: multiply-adds, activations that products write, parameters, products [count]."""

    macs: Number
    activations: Number
    parameters: Number
    products: Number

    def scaled(self, area: Number) -> NetTotals:
        """Return the totals at ``area`` times as many positions [1]; parameters and products stay."""
        return replace(self, macs=self.macs * area, activations=self.activations * area)


def totals_of(sizes: Sizes) -> NetTotals:
    """Return the totals of a batch of one from its layers, stacked along the first axis [count]."""
    products = sizes.groups > 0
    return NetTotals(
        np.sum(sizes.macs, axis=0),
        np.sum(np.where(products, sizes.outputs, 0.0), axis=0),
        np.sum(sizes.parameters, axis=0),
        np.sum(products, axis=0),
    )


@dataclass(frozen=True)
class Listed:
    """A listed network: its totals at images of side, or sequences of tokens, ``size`` [1]."""

    net: str
    size: int
    totals: NetTotals
    source: str


def listed(root: Path) -> dict[str, Listed]:
    """Return the listed networks by plain name [count], read once per catalogue folder."""
    return _listed(root)


def find_totals(root: Path, name: str, size: int | None = None) -> NetTotals | None:
    """Return the totals of a listed network at a size, or None for an unknown one [count].

    Convolutions do work in proportion to the image's area; so do transformers but for the attention core.
    """
    found = _listed(root).get(plain_net(name))
    if found is None:
        return None
    return found.totals if size is None else found.totals.scaled((size / found.size) ** 2)


def named_by_parameters(root: Path, millions: float, tolerance: float = NEAR) -> Listed | None:
    """Return the listed network whose parameters [M] are nearest, or None beyond ``tolerance`` [1]."""
    known = _listed(root).values()
    best = min(known, key=lambda one: abs(float(one.totals.parameters) / MEGA - millions), default=None)
    if best is None or abs(float(best.totals.parameters) / MEGA / millions - 1.0) > tolerance:
        return None
    return best


def plain_net(name: str) -> str:
    """Return a network's name without case, separators and the name of its weights.

    >>> plain_net("EfficientNet_B2"), plain_net("vit_base_patch16_224.augreg_in21k")
    ('efficientnetb2', 'vitbasepatch16224')
    """
    return re.sub(r"[\W_]+", "", name.partition(".")[0].casefold())


@functools.cache
def _listed(root: Path) -> dict[str, Listed]:
    with (root / "nets" / "totals.csv").open(newline="", encoding="utf-8") as file:
        return {
            plain_net(row["net"]): Listed(
                row["net"],
                int(row["size"]),
                NetTotals(
                    float(row["gmacs"]) * GIGA,
                    float(row["macts_M"]) * MEGA,
                    float(row["params_M"]) * MEGA,
                    float(row["products"]),
                ),
                row["source"],
            )
            for row in csv.DictReader(file)
        }
