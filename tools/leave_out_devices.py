"""How much wider the errors of networks lie on chips that nothing was fitted on.

    python tools/leave_out_devices.py TABLE.csv

Per suite whose calibration rows are of several chips, each chip in turn loses its rows: what runtimes do with
the classes of networks is fitted again on the others, and its rows are predicted with that. The band of the rows as
fitted, both ends taken to the power λ ≥ 1, holds on average 90 % of a chip's rows when it is left out; λ is the
least that does. Parts of one generation with as many units are one chip, whatever their clock, memory or slice.
Rows of calibration alone are read. Writes the claim that ``tools/residuals.py`` widens bands by.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from calibrate_networks import Cases, claims, fit
from numpy.typing import NDArray

from tauplan import units
from tauplan.catalog.location import data_root
from tauplan.catalog.lookup import Catalog
from tauplan.evaluate.net_runtime import class_part
from tauplan.validate.devices import Devices
from tauplan.validate.interval import least_power
from tauplan.validate.nets.case import NetCase, predicted
from tauplan.validate.table import UnansweredError, number, read_table
from tauplan.validate.vision_rows import net_cases, suite_of

Array = NDArray[np.float64]
Groups = Mapping[tuple[str, str], Cases]
LEAST = 10  # fewer rows of a chip say nothing of it
HEADER = "part,field,value,unit,low,high,source,locator,grade,date,note\n"


def main(table: Path) -> None:
    """Leave every chip of every suite out, print both errors, write the power that the suites need together."""
    devices = Devices(Catalog.load())
    suites: dict[str, dict[tuple[str, str], Cases]] = defaultdict(lambda: defaultdict(list))
    for _, row, case in net_cases(read_table(table).rows, devices):
        if isinstance(case, NetCase) and row["split_hint"] == "calibration" and number(row, "value", 0.0) > 0:
            suite = suite_of(row)
            suites[suite][case.runtime, case.kind].append((case, number(row, "value"), suite))
    inside, unseen = dict[str, list[Array]](), list[tuple[str, Array]]()
    for suite, groups in suites.items():
        chips = sorted({chip(case, devices) for cases in groups.values() for case, _, _ in cases})
        if len(chips) < 2:
            continue
        own = errors(groups, groups, devices)
        for left in chips:
            without = {
                key: [c for c in cases if chip(c[0], devices) != left] for key, cases in groups.items()
            }
            of_chip = {key: [c for c in cases if chip(c[0], devices) == left] for key, cases in groups.items()}
            known = {key: cases for key, cases in without.items() if cases and of_chip[key]}
            found = errors(known, of_chip, devices)
            if len(found) >= LEAST:
                inside.setdefault(suite, []).append(own)
                unseen.append((suite, found))
                print(f"{suite:20} {left!s:30} {len(found):5} rows {shown(found)}; as fitted {shown(own)}", flush=True)
    power = least_power([(inside[suite][0], found) for suite, found in unseen])
    print(f"power {power:.2f} of {len(unseen)} chips")
    note = f"{len(unseen)} chips, each left out of the fit of its suite"
    row = f'residual networks,left_out_power,{power:.3g},1,,,tauplan-validation,,measured,,"{note}"\n'
    (data_root() / "claims" / "left_out_devices.csv").write_text(HEADER + row, encoding="utf-8")


def chip(case: NetCase, devices: Devices) -> tuple[str, int]:
    """Return what tells one chip from another: its generation and the units of a whole part."""
    part = devices.catalog.resolve(case.device.part)
    return part.generation, int(devices.units(case.device.part))


def errors(known: Groups, asked: Groups, devices: Devices) -> Array:
    """Return ln(measured/predicted time) of the cases that are asked for, with what those that are known tell."""
    given: dict[tuple[str, str], float] = {}
    for key, cases in known.items():
        part = class_part(*key)
        for row in claims(part, cases, fit(key, cases, devices), devices):
            given[part, str(row[1])] = units.to_si(float(str(row[2])), str(row[3]))
    trial = Devices(devices.catalog, given)
    found: list[float] = []
    for key in known:
        for case, value, _ in asked[key]:
            try:
                ratio = value / predicted(case, trial)
            except UnansweredError:
                continue
            found.append(float(np.log(ratio if case.figure == "time" else 1.0 / ratio)))
    return np.array(found)


def shown(logs: Array) -> str:
    """Return median and quantiles of the errors in words."""
    low, high = np.exp(np.quantile(logs, (0.05, 0.95)))
    return f"median {np.median(np.abs(np.expm1(logs))):.1%}, {low:.2f} to {high:.2f}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
