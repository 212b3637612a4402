"""Lead times as distributions, and a chain of them drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import Any
from zlib import crc32

import numpy as np

from tauplan.supply.chain import Stage, finish_times
from tauplan.supply.scientific import normal_cdf, normal_quantile
from tauplan.tau import Number

P90 = 0.9  # definition: nine in ten
P90_Z = NormalDist().inv_cdf(P90)  # definition: its standard normal quantile


@dataclass(frozen=True)
class Wait:
    """A link of a supply chain: median and P90 of its wait [s], what it waits for, and who owns it."""

    median_s: Number
    p90_s: Number
    after: tuple[str, ...] = ()
    vendor: str = ""


def quantile(median: Number, p90: Number, chance: Number) -> Number:
    """Return the lead time [s] that is kept with this chance: median (P90 / median)^(z / z90), log-normal."""
    return median * (p90 / median) ** (normal_quantile(chance) / P90_Z)


def chance_within(median: Number, p90: Number, limit: Number) -> Number:
    """Return the chance, a ratio, that a log-normal lead time keeps a limit; p90 above median."""
    return normal_cdf(np.log(limit / median) / np.log(p90 / median) * P90_Z)


@dataclass(frozen=True)
class ChainOutcome:
    """Finish of a chain over draws [s], and the weeks in the mean that each link and each vendor owns."""

    finish_s: Any
    by_link: dict[str, float]
    by_vendor: dict[str, float]

    def chance_late(self, limit_s: float) -> float:
        """Return the share of draws that end after a limit."""
        return float((self.finish_s > limit_s).mean())


DRAWS = 4000  # definition: chances within some one per cent


@cache
def _normal_strata(draws: int) -> Any:
    """Return the standard normal quantiles in the middle of ``draws`` strata of equal chance."""
    normal = NormalDist()
    return np.array([normal.inv_cdf((stratum + 0.5) / draws) for stratum in range(draws)])


def draw_chain(waits: Mapping[str, Wait], draws: int = DRAWS, seed: int = 1) -> ChainOutcome:
    """Return when a chain of uncertain waits ends and who holds it back.

    Each wait is log-normal between median and P90, independent of the others. In each draw the links of the
    longest path own their waits in full, all others nothing; by_link and by_vendor are means [s] that sum to the
    mean finish. Each link takes every quantile of its law once, in an order
    of its own that is the same in every chain (Latin hypercube): chains differ by their waits alone.
    """
    strata = _normal_strata(draws)
    normal = [np.random.default_rng([seed, crc32(name.encode())]).permutation(strata) for name in waits]
    spreads = {
        n: np.log(max(w.p90_s, w.median_s) / w.median_s) / P90_Z if w.median_s else 0.0
        for n, w in waits.items()
    }
    drawn = {n: waits[n].median_s * np.exp(spreads[n] * normal[i]) for i, n in enumerate(waits)}
    ends: dict[str, Any] = finish_times({n: Stage(drawn[n], waits[n].after) for n in waits})
    finish = np.max([*ends.values()], axis=0)
    owned = dict.fromkeys(waits, 0.0)
    names = list(waits)
    current = np.argmax([ends[name] for name in names], axis=0)
    going = np.ones(draws, bool)
    while going.any():
        following = current.copy()
        still = np.zeros(draws, bool)
        for place, name in enumerate(names):
            here = going & (current == place)
            owned[name] += float(drawn[name][here].sum()) / draws
            before = waits[name].after
            if before and here.any():
                last = np.argmax([ends[b] for b in before], axis=0)
                following[here] = np.array([names.index(b) for b in before])[last[here]]
                still |= here
        current, going = following, still
    by_vendor: dict[str, float] = {}
    for name, seconds in owned.items():
        by_vendor[waits[name].vendor] = by_vendor.get(waits[name].vendor, 0.0) + seconds
    return ChainOutcome(finish, owned, by_vendor)
