"""Published figures of links against what the link models give for the same inputs.

Each case names its inputs, what was reported and where. ``closed`` cases follow from their inputs alone; ``energy``
cases depend on circuits and carry the band that the inputs imply; ``budget`` cases are losses in decibels;
``implied`` cases lack an input of the study: the prediction is the range that the missing input spans.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tauplan.catalog.lookup import Catalog
from tauplan.validate.link_case import LinkCase
from tauplan.validate.link_electrical import electrical, modules, systems
from tauplan.validate.link_optical import budgets, transmitters


def link_cases(catalog: Catalog | None = None) -> list[LinkCase]:
    """Return every case with its prediction."""
    catalog = catalog or Catalog.load()
    groups: tuple[Callable[[Catalog], Iterator[LinkCase]], ...] = (
        transmitters,
        budgets,
        modules,
        electrical,
        systems,
    )
    return [found for group in groups for found in group(catalog)]
