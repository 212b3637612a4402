"""Cost of dies in a package in five parts, for organic, fan-out, silicon-interposer and hybrid-bonded ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tauplan.chip.placement import Wafer, gross_dies_rim
from tauplan.chip.yields import faults, negative_binomial
from tauplan.tau import Number
from tauplan.tau import arrays as np


@dataclass(frozen=True)
class Dies:
    """Equal dies of a package: area of one [m2], cost before test and of its defects [USD], number [1]."""

    area_m2: Number
    raw_USD: Number
    defect_USD: Number
    count: Number


@dataclass(frozen=True)
class Organic:
    """A laminate substrate: price [USD/m2], area over die area [1], bump price [USD/m2], bond yield per die."""

    price_USD_per_m2: Number
    area_factor: Number
    bump_USD_per_m2: Number
    bond_yield: Number


@dataclass(frozen=True)
class Carrier:
    """A wafer-made layer between dies and substrate (fan-out, interposer, base die of a bonded stack).

    Wafer price [USD], defects [1/m2] with clustering [1], area over die area [1], price of the contacts to the
    dies [USD/m2], bond yield per die [1].
    """

    wafer_USD: Number
    defects_per_m2: Number
    clustering: Number
    area_factor: Number
    bump_USD_per_m2: Number
    bond_yield: Number


@dataclass(frozen=True)
class PackageCost:
    """Cost of one good package in five parts [USD]: dies, their defects, package, its defects, dies lost in it."""

    raw_dies: Number
    defective_dies: Number
    raw_package: Number
    defective_package: Number
    wasted_dies: Number

    @property
    def total(self) -> Number:
        """All parts [USD]."""
        return self.dies + self.raw_package + self.defective_package + self.wasted_dies

    @property
    def dies(self) -> Number:
        """Known good dies with their contacts [USD]."""
        return self.raw_dies + self.defective_dies


def routing_factor(area_m2: Number, dies: Number) -> Number:
    """Return the price factor of a laminate for several dies [ratio]: more layers the larger it is.

    1 for a single die; 1.5, 1.75 above 17 mm x 17 mm, 2 above 30 mm x 30 mm of substrate [m2].
    Source: Chiplet Actuary (DAC 2022).
    """
    steps = np.where(area_m2 > LARGE_M2, 2.0, np.where(area_m2 > MIDDLE_M2, MIDDLE_FACTOR, SMALL_FACTOR))
    return np.where(np.asarray(dies) > 1.0, steps, 1.0)


LARGE_M2 = 30e-3**2  # definition: large laminates begin at 30 mm x 30 mm
MIDDLE_M2 = 17e-3**2  # definition: middle ones at 17 mm x 17 mm
MIDDLE_FACTOR = 1.75  # definition: price step of middle laminates, see routing_factor
SMALL_FACTOR = 1.5  # definition: price step of small laminates with several dies


def organic_package(dies: Sequence[Dies], organic: Organic) -> PackageCost:
    """Return the cost of dies bonded to a laminate [USD]; one failed bond loses package and dies."""
    area, count, raw, defects = _totals(dies, organic.bump_USD_per_m2)
    substrate = area * organic.area_factor
    package = substrate * organic.price_USD_per_m2 * routing_factor(substrate, count)
    lost = 1.0 / organic.bond_yield**count - 1.0
    return PackageCost(raw, defects, package, package * lost, (raw + defects) * lost)


def carried_package(
    dies: Sequence[Dies], carrier: Carrier, organic: Organic, wafer: Wafer, *, chip_last: bool = True
) -> PackageCost:
    """Return the cost of dies on a carrier on a laminate [USD].

    Chip last: the carrier is tested before dies come onto it, so a bad one loses no dies. Chip first: dies are
    moulded in before the carrier is made, and a bad one loses them. Source: Chiplet Actuary (DAC 2022).
    """
    area, count, raw, defects = _totals(dies, carrier.bump_USD_per_m2)
    layer = area * carrier.area_factor
    contacts = layer * organic.bump_USD_per_m2
    between = carrier.wafer_USD / gross_dies_rim(layer, wafer) + contacts
    substrate = layer * organic.area_factor * organic.price_USD_per_m2
    made = negative_binomial(faults(layer, carrier.defects_per_m2), carrier.clustering)
    bonded, mounted = carrier.bond_yield**count, organic.bond_yield
    whole = made * bonded * mounted if chip_last else made * mounted
    survive = bonded * mounted if chip_last else made * mounted
    lost_package = between * (1.0 / whole - 1.0) + substrate * (1.0 / mounted - 1.0)
    lost_dies = (raw + defects) * (1.0 / survive - 1.0)
    return PackageCost(raw, defects, between + substrate, lost_package, lost_dies)


def _totals(dies: Sequence[Dies], bump_USD_per_m2: Number) -> tuple[Number, Number, Number, Number]:
    """Return area [m2], number [1], cost of raw dies with contacts and of defective dies [USD]."""
    area = sum(group.area_m2 * group.count for group in dies)
    count = sum(group.count for group in dies)
    raw = sum((group.raw_USD + group.area_m2 * bump_USD_per_m2) * group.count for group in dies)
    defects = sum(group.defect_USD * group.count for group in dies)
    return area, count, raw, defects
