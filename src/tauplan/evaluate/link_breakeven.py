"""Where light overtakes copper: the message size, the domain and the price per port."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tauplan.catalog.lookup import Catalog
from tauplan.cluster.layout import groups
from tauplan.evaluate.link_study import Option, Setting, variant
from tauplan.evaluate.resolve import Resolved
from tauplan.link.collectives import all_reduce, all_to_all
from tauplan.link.tier import members
from tauplan.spec.scenario import Scenario

SIZES = np.geomspace(1e3, 1e10, 141)  # definition: message sizes tried, twenty a decade
DOMAINS = (8, 16, 32, 64, 128, 256, 512, 1024)  # definition: domains tried


@dataclass(frozen=True)
class Breakeven:
    """Where one class of link overtakes the baseline; None where it does nowhere.

    ``all_to_all_B``, ``all_reduce_B``: smallest buffer from which on every larger one is faster too [B], among the
    ``ranks`` of the scenario's largest group; the smallest size tried means that it is faster throughout.
    ``faster_domain``, ``cheaper_domain``: smallest domain with a shorter, or a cheaper, step. ``par_USD``: price
    per port at which a step costs the same; below zero no price is low enough.
    """

    link: str
    ranks: float
    all_to_all_B: float | None
    all_reduce_B: float | None
    faster_domain: int | None
    cheaper_domain: int | None
    par_USD: float
    price_USD: float


def break_evens(
    scenario: Scenario,
    catalog: Catalog,
    names: Sequence[str],
    setting: Setting,
    folder: Path | None = None,
) -> list[Breakeven]:
    """Return where each class of ``names`` but the first overtakes the first, each with the domain it reaches."""
    base, copper = variant(scenario, catalog, names[0], setting, folder)
    return [_against(base, copper, scenario, catalog, name, setting, folder) for name in names[1:]]


def _against(
    base: Option,
    copper: Resolved,
    scenario: Scenario,
    catalog: Catalog,
    name: str,
    setting: Setting,
    folder: Path | None,
) -> Breakeven:
    option, light = variant(scenario, catalog, name, setting, folder)
    ranks = _largest_group(copper)
    ladder = [
        variant(scenario, catalog, name, _matched(setting, option.bandwidth_Bps, float(domain)), folder)[0]
        for domain in DOMAINS
        if domain <= scenario.system.count
    ]
    faster = (round(one.domain) for one in ladder if one.feasible and one.pace_s < base.pace_s * _TIE)
    cheaper = (round(one.domain) for one in ladder if one.feasible and one.step_USD < base.step_USD)
    free, _ = variant(scenario, catalog, name, replace(setting, price_USD=0.0), folder)
    dear, _ = variant(scenario, catalog, name, replace(setting, price_USD=_PROBE), folder)
    slope = (dear.step_USD - free.step_USD) / _PROBE
    return Breakeven(
        link=option.link,
        ranks=ranks,
        all_to_all_B=_crossing(all_to_all, ranks, copper, light),
        all_reduce_B=_crossing(all_reduce, ranks, copper, light),
        faster_domain=next(faster, None),
        cheaper_domain=next(cheaper, None),
        par_USD=(base.step_USD - free.step_USD) / slope,
        price_USD=_price(catalog, option.link) if setting.price_USD is None else setting.price_USD,
    )


_TIE = 1.0 - 1e-3  # definition: a thousandth faster is faster
_PROBE = 1e3  # definition: a price to measure the slope of the cost with


def _price(catalog: Catalog, link: str) -> float:
    choice = catalog.choose(link, "price")
    return choice.value if choice is not None and isinstance(choice.value, float) else 0.0


def _matched(setting: Setting, bandwidth_Bps: float, domain: float) -> Setting:
    return replace(setting, edge_m=None, bandwidth_Bps=bandwidth_Bps, domain=domain)


def _largest_group(resolved: Resolved) -> float:
    """Return the ranks of the largest group that exchanges data inside a step: experts or tensor."""
    found = groups(resolved.case.layout, resolved.case.tiers)
    return max(float(np.prod([float(n) for n in counts])) for counts in (found.expert, found.tensor))


def _crossing(
    collective: Callable[..., Any], ranks: float, copper: Resolved, light: Resolved
) -> float | None:
    """Return the smallest size from which on the second system is faster at every size [B]."""
    times = [
        np.asarray(collective(SIZES, members(ranks, 1.0, r.case.tiers), r.case.tiers))
        for r in (copper, light)
    ]
    wins = times[1] < times[0] * _TIE
    if not wins[-1]:
        return None
    lost = np.flatnonzero(~wins)
    return float(SIZES[0] if lost.size == 0 else SIZES[lost[-1] + 1])
