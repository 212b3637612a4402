"""How much wider errors of networks lie on chips that nothing was fitted on.

    python tools/leave_out_networks.py TABLE.csv

Calibration rows alone. In every suite that measured several chips, each in turn is left out of the fit of how
runtimes execute networks, and predicted with what the others tell. Parts of one generation with as many units are
one chip, whatever their clock, memory or slice. Writes the claims that ``tools/residuals.py`` makes bands from:

- of a suite, the reach: the factor around one that holds 90 % of the rows of the chip that lies worst; a further
  chip needs no more with a probability of K/(K + 1), where K were left out;
- of suites with a single chip, the power: of the band as fitted, both ends taken to the power λ hold on average
  90 % of a chip left out; the median of the suites that can tell.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from calibrate_networks import Cases, claims, fit, typical
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
Key = tuple[str, str]
Groups = Mapping[Key, Cases]
LEAST = 10  # fewer rows of a chip say nothing of it
HELD = 0.9  # share of the rows of a chip that a band is to hold
HEADER = "part,field,value,unit,low,high,source,locator,grade,date,note\n"


def main(table: Path) -> None:
    """Leave every chip out once, print the errors, write reaches and power."""
    devices = Devices(Catalog.load())
    rows, powers = list[str](), list[float]()
    with tempfile.TemporaryDirectory() as folder:
        blank = Devices(unfitted(Path(folder) / "data"))
        for suite, groups in sorted(measured(table, devices).items()):
            left_out = left_out_chips(groups, devices, blank)
            if len(left_out) < 2:
                continue
            own = errors(groups, fitted(groups, devices), groups, blank)
            powers.append(least_power([(own, left) for left in left_out]))
            reach = max(float(np.exp(np.quantile(np.abs(left), HELD))) for left in left_out)
            print(f"{suite}: reach {reach:.2f}, power {powers[-1]:.2f} of {len(left_out)} chips", flush=True)
            note = f"worst of {len(left_out)} chips, each left out of the fit"
            rows.append(claim(f"residual networks {suite}", "left_out_reach", reach, note))
    note = f"median of {len(powers)} suites, their chips left out in turn"
    rows.append(claim("residual networks", "left_out_power", float(np.median(powers)), note))
    path = data_root() / "claims" / "left_out_networks.csv"
    path.write_text(HEADER + "".join(sorted(rows)), encoding="utf-8")


def measured(table: Path, devices: Devices) -> dict[str, dict[Key, Cases]]:
    """Return the calibration rows by suite, runtime and class."""
    suites: dict[str, dict[Key, Cases]] = defaultdict(lambda: defaultdict(list))
    for _, row, case in net_cases(read_table(table).rows, devices):
        if isinstance(case, NetCase) and row["split_hint"] == "calibration" and number(row, "value", 0.0) > 0:
            suite = suite_of(row)
            suites[suite][case.runtime, case.kind].append((case, number(row, "value"), suite))
    return suites


def unfitted(root: Path) -> Catalog:
    """Return a catalogue that knows nothing of how runtimes execute networks."""
    shutil.copytree(data_root(), root)
    (root / "claims" / "networks.csv").write_text(HEADER, encoding="utf-8")
    return Catalog(root)


def fitted(groups: Groups, devices: Devices) -> dict[Key, dict[str, float]]:
    """Return the coefficients of every runtime and class."""
    return {key: fit(key, cases, devices) for key, cases in groups.items()}


def left_out_chips(groups: Groups, devices: Devices, blank: Devices) -> list[Array]:
    """Return the errors of each chip with what the others tell, where its rows are enough to tell."""
    found: list[Array] = []
    for left in sorted({chip(case, devices) for cases in groups.values() for case, _, _ in cases}):
        others = {key: [c for c in cases if chip(c[0], devices) != left] for key, cases in groups.items()}
        others = {key: cases for key, cases in others.items() if cases}
        asked = {key: [c for c in groups[key] if chip(c[0], devices) == left] for key in others}
        if sum(len(cases) for cases in asked.values()) < LEAST:
            continue
        found.append(errors(others, fitted(others, devices), asked, blank))
        print(f"  without {left[0]} of {left[1]} units: {shown(found[-1])}", flush=True)
    return found


def chip(case: NetCase, devices: Devices) -> tuple[str, int]:
    """Return what tells one chip from another: its generation and the units of a whole part."""
    part = devices.catalog.resolve(case.device.part)
    return part.generation, int(devices.units(case.device.part))


def errors(known: Groups, fits: Mapping[Key, dict[str, float]], asked: Groups, blank: Devices) -> Array:
    """Return ln(measured/predicted time) of the cases that are asked for, with what known ones tell."""
    rows = [row for key, cases in known.items() for row in claims(class_part(*key), cases, fits[key], blank)]
    for runtime in dict.fromkeys(runtime for runtime, _ in known):
        rows += typical(runtime, {kind: fits[r, kind] for r, kind in known if r == runtime})
    given = {(str(part), str(f)): units.to_si(float(str(v)), str(u)) for part, f, v, u, *_ in rows}
    trial = Devices(blank.catalog, given)
    found: list[float] = []
    for case, value, _ in (each for cases in asked.values() for each in cases):
        try:
            ratio = value / predicted(case, trial)
        except UnansweredError:
            continue
        found.append(float(np.log(ratio if case.figure == "time" else 1.0 / ratio)))
    return np.array(found)


def shown(logs: Array) -> str:
    """Return the number of errors, their median and quantiles in words."""
    low, high = np.exp(np.quantile(logs, (0.05, 0.95)))
    return f"{len(logs)} rows, median {np.median(np.abs(np.expm1(logs))):.1%}, {low:.2f} to {high:.2f}"


def claim(part: str, field: str, value: float, note: str) -> str:
    """Return a claim as a line."""
    return f'{part},{field},{value:.3g},1,,,tauplan-validation,,measured,,"{note}"\n'


if __name__ == "__main__":
    main(Path(sys.argv[1]))
