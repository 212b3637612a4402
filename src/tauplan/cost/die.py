"""What a good die costs: wafer, lithography fields, test, yield."""

from __future__ import annotations

from tauplan.tau import Number
from tauplan.tau import arrays as np


def raw_die_cost(wafer_USD: Number, gross_dies: Number) -> Number:
    """Return the price of a die before test [USD]: price of a wafer [USD] over its gross dies [count]."""
    return wafer_USD / gross_dies


def field_factor(area_m2: Number, field_m2: Number, litho_share: Number) -> Number:
    """Return the factor on a wafer's cost for lithography fields that are not full [ratio].

    f = (1 − s) + s / u, with s the share of lithography in the cost [1] and u the used share of as many
    fields of ``field_m2`` as one die needs [1]; a die of ``area_m2`` [m2] larger than a field takes several.
    Source: CATCH (Graening, Pal, Gupta, 2023).
    """
    fields = np.ceil(area_m2 / field_m2) * field_m2
    used = np.floor(fields / area_m2) * area_m2 / fields
    return 1.0 - litho_share + litho_share / used


def good_die_cost(raw_USD: Number, good: Number, probe_USD: Number = 0.0) -> Number:
    """Return the cost of a known good die [USD]: (raw die + probe of every die [USD]) / yield [1]."""
    return (raw_USD + probe_USD) / good


def design_share(
    design_USD: Number, masks_USD: Number, units: Number, respins: Number = 0.0, respin_share: Number = 0.0
) -> Number:
    """Return non-recurring cost per unit [USD]: design, mask sets and expected respins over units [count].

    (design + masks + respins · (share of the design done again · design + masks)) / units, money in [USD].
    """
    again = respins * (respin_share * design_USD + masks_USD)
    return (design_USD + masks_USD + again) / units


def probing_cost(seconds: Number, cell_USD_per_s: Number, sites: Number = 1.0) -> Number:
    """Return the cost of one test [USD]: time [s] · price of a test cell [USD/s] / dies tested at once."""
    return seconds * cell_USD_per_s / sites
