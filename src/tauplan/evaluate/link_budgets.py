"""The links of a scenario block by block: latency and energy, and where light carries them its loss budget."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

from tauplan.catalog.lookup import Catalog
from tauplan.evaluate.answer import LightBudget, LinkBlocks
from tauplan.evaluate.resolve import Resolved

if TYPE_CHECKING:
    from tauplan.evaluate.link_answer import LinkView

OPTICAL = "optical"
KEPT = 64  # definition: links whose blocks are kept


def link_blocks(resolved: Resolved, catalog: Catalog) -> tuple[LinkBlocks, ...]:
    """Return the blocks of the links that join the accelerators, as far as the catalogue knows them.

    A link of light gets the loss budget of the photonic platform that is nearest to its lanes in rate.
    """
    if float(resolved.case.count) <= 1.0:
        return ()
    from tauplan.evaluate.link_parts import has_chain  # its receivers need more than NumPy

    used = dict.fromkeys(tier.name for tier in resolved.network)
    parts = (catalog.find(name) for name in used)
    return tuple(_blocks(catalog, part.name) for part in parts if part and has_chain(catalog, part.name))


@functools.lru_cache(maxsize=KEPT)
def _blocks(catalog: Catalog, name: str) -> LinkBlocks:
    from tauplan.evaluate.link_answer import view_link

    view = view_link(catalog, name)
    return LinkBlocks(
        link=name,
        length_m=view.length_m,
        latency_parts_s=view.latency_parts_s,
        energy_parts_J=view.energy_parts_J,
        energy_boundary=view.energy_boundary,
        light=_light(catalog, view) if view.medium == OPTICAL else None,
    )


def _light(catalog: Catalog, view: LinkView) -> LightBudget:
    """Return the budget of the platform nearest in rate: the least |ln(rate of a wavelength / rate of a lane)|."""
    from tauplan.evaluate.link_answer import view_budget

    budgets = [view_budget(catalog, part.name) for part in catalog.parts("photonics")]
    nearest = min(budgets, key=lambda one: abs(math.log(one.rate_Bps / view.lane_Bps)))
    return LightBudget(
        platform=nearest.platform,
        laser_dBm=nearest.laser_dBm,
        sensitivity_dBm=nearest.sensitivity_dBm,
        losses_dB=nearest.losses_dB,
        channels=nearest.channels,
        rate_Bps=nearest.rate_Bps,
        slack_dB=nearest.slack_dB,
    )
