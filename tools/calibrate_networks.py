"""Fit how runtimes execute classes of networks on calibration rows and write their claims and parts.

    python tools/calibrate_networks.py TABLE.csv data

Per runtime and class: share of the peak in narrow and in wide formats, passes of activations, time per product on
the device and on the host, training over inference. Only what the rows of a class can tell is fitted, the rest
keeps the prior; errors are logarithmic and robust.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.optimize import least_squares

from tauplan.catalog.lookup import Catalog
from tauplan.chip.activations import BACKWARD
from tauplan.evaluate.net_runtime import ANY, class_part
from tauplan.validate.devices import Devices
from tauplan.validate.nets.case import NetCase, predicted, share_field
from tauplan.validate.nets.horizon import RUNTIME, horizon_values, zoo_kind
from tauplan.validate.table import Row, UnansweredError, number, read_table
from tauplan.validate.vision_rows import ZOO, net_cases, suite_of

PRIOR = {  # value and spread of its logarithm
    "peak_share": (0.5, 0.6),
    "peak_share_tf32": (0.6, 0.6),
    "peak_share_fp32": (0.7, 0.4),
    "passes": (4.0, 0.9),
    "cycles": (1.0, 0.7),
    "launch": (4e-6, 1.2),
    "host": (20e-6, 1.2),
    "host_sample": (1e-4, 2.0),
    "training_ratio": (3.3, 0.25),
}
CORE = {"peak_share": (0.6, 0.5), "passes": (2.0, 0.7), "launch": (2e-6, 1.0), "around": (1e-3, 1.0)}
FUSED = {"passes": (1.5, 0.7), "cycles": (0.2, 1.0), "peak_share": (0.7, 0.4)}
"""Priors of runtimes that run work per element inside the products."""
STEPS = "step by step"
"""Class whose kernels are too short for the host to keep up with."""
OWN = ("host_sample",)
"""Coefficients that no other class takes over."""
EVEN = ("plain convolution", "detector")
"""Classes whose samples are all alike, so that a quantile of latency is its mean."""
MOST = {"peak_share": 1.0, "peak_share_tf32": 1.0, "peak_share_fp32": 1.0}
UNITS = {"launch": "s", "host": "s", "host_sample": "s", "around": "s"}
LOOSE = 0.15  # logarithmic error from which a row counts less
SMALL = 16.0  # samples per device below which a batch tells what no sample pays for
HOSTED = ("detector", "two-stage detector")
"""Classes whose samples the host prepares and whose boxes it sorts."""
SOURCES = {
    "timm": "timm-benchmarks",
    "mlperf-inference": "mlperf-inference-results",
    "mlperf-training": "mlperf-training-results",
    "nvidia-dle": "nvidia-dle",
    "flagperf-training": "flagperf",
    "flagperf-inference": "flagperf",
}
Cases = list[tuple[NetCase, float, str]]


def main(table: Path, data: Path) -> None:
    """Fit every group and write ``claims/networks.csv`` and the parts of the classes."""
    devices = Devices(Catalog.load())
    groups: dict[tuple[str, str], Cases] = defaultdict(list)
    for _, row, case in net_cases(read_table(table).rows, devices):
        if isinstance(case, NetCase) and row["split_hint"] == "calibration" and number(row, "value", 0.0) > 0:
            groups[case.runtime, case.kind].append((case, number(row, "value"), suite_of(row)))
    fits = {key: fit(key, cases, devices) for key, cases in groups.items()}
    rows: list[list[object]] = []
    for (runtime, kind), found in fits.items():
        rows += claims(class_part(runtime, kind), groups[runtime, kind], found, devices)
    rows += neural_core(read_table(table).rows, devices)
    for runtime in dict.fromkeys(runtime for runtime, _ in fits):
        rows += typical(runtime, {kind: found for (r, kind), found in fits.items() if r == runtime})
    write(data, rows)


def fit(key: tuple[str, str], cases: Cases, devices: Devices) -> dict[str, float]:
    """Return the coefficients of one group."""
    names = told(cases, devices)
    prior = PRIOR | (FUSED if "TensorRT" in key[0] else {})
    start = np.log([prior[name][0] for name in names])
    spread = np.array([prior[name][1] for name in names])
    part = class_part(*key)
    plain = [c for c in cases if is_plain(c[0])] or cases

    def left(logs: np.ndarray) -> np.ndarray:
        trial = tried(devices, part, dict(zip(names, np.exp(logs).tolist(), strict=True)))
        errors = [np.log(predicted(case, trial) / value) for case, value, _ in plain]
        return np.concatenate([np.array(errors) / LOOSE, (logs - start) / spread])

    upper = np.log([MOST.get(name, np.inf) for name in names])
    found = [
        least_squares(left, np.minimum(first, upper - 1e-6), bounds=(-np.inf, upper), loss="soft_l1")
        for first in starts(names, start)
    ]
    best = min(found, key=lambda one: one.cost)
    return dict(zip(names, np.exp(best.x).tolist(), strict=True))


def starts(names: list[str], start: np.ndarray) -> list[np.ndarray]:
    """Return where to begin: with the host in the background, and with the host in the way."""
    busy = start.copy()
    for i, name in enumerate(names):
        busy[i] += {"host": np.log(10.0), "host_sample": np.log(100.0)}.get(name, 0.0)
    return [start] if np.array_equal(busy, start) else [start, busy]


def tried(devices: Devices, part: str, values: dict[str, float]) -> Devices:
    """Return devices with coefficients on trial; what is not on trial has no value, whatever the claims say."""
    absent = {
        "launch": 0.0,
        "host": 0.0,
        "host_sample": 0.0,
        "cycles": 0.0,
        "training_ratio": BACKWARD,
        "group_share": 1.0,
    }
    shares = {name: values.get("peak_share", PRIOR["peak_share"][0]) for name in MOST}
    trial = Devices(devices.catalog, {(part, name): v for name, v in (absent | shares | values).items()})
    trial.facts, trial.units = devices.facts, devices.units
    trial.saving_clock, trial.figure = devices.saving_clock, devices.figure
    return trial


def is_plain(case: NetCase) -> bool:
    """Tell whether a case is one device at work without waiting for requests or for others."""
    alone = not (case.training and case.count > 1)
    return alone and (not case.scenario or (case.figure == "time" and case.kind in EVEN))


def told(cases: Cases, devices: Devices) -> list[str]:
    """Return the coefficients that the cases of a group can tell."""
    shares = {share_field(case, devices) for case, _, _ in cases}
    names = ["passes", "cycles", *sorted(shares | {"peak_share"})]
    if any(0 < case.batch < SMALL or case.kind == STEPS for case, _, _ in cases):
        names += ["launch", "host"]
    if any(case.kind in HOSTED for case, _, _ in cases):
        names.append("host_sample")
    if len({case.training for case, _, _ in cases}) == 2:
        names.append("training_ratio")
    return names


def claims(part: str, cases: Cases, found: dict[str, float], devices: Devices) -> list[list[object]]:
    """Return the claims of one group: the fit, and medians of what arrives otherwise or runs together."""
    trial = tried(devices, part, found)
    ratios: dict[str, list[float]] = defaultdict(list)
    errors: list[float] = []
    for case, value, _ in cases:
        try:
            plain = predicted(replace(case, scenario=""), trial)
        except UnansweredError:
            continue
        if is_plain(case):
            errors.append(abs(plain / value - 1.0))
        elif case.scenario:
            ratios[f"{case.scenario}_{'ratio' if case.figure == 'time' else 'share'}"].append(value / plain)
        elif case.count > 1 and case.training and case.figure == "rate":
            ratios["group_share"].append(value / plain)
    suites = sorted({suite for _, _, suite in cases})
    named = sorted({case.device.part for case, _, _ in cases})
    off = np.median(errors) if errors else np.nan
    note = f"fitted on {len(cases)} rows of {len(named)} devices, median error left {off:.1%}"
    source = SOURCES[suites[0]]
    rows = [claim(part, name, value, source, note) for name, value in found.items()]
    for name, values in ratios.items():
        low, middle, high = np.quantile(values, (0.1, 0.5, 0.9))
        told_by = f"median of {len(values)} rows"
        rows.append(
            [
                part,
                name,
                f"{middle:.3g}",
                "1",
                f"{low:.3g}",
                f"{high:.3g}",
                source,
                "",
                "measured",
                "",
                told_by,
            ]
        )
    return rows


def neural_core(rows: Sequence[Row], devices: Devices) -> list[list[object]]:
    """Return the claims of the zoo on a neural core, both classes fitted on all their rows."""
    zoo = [row for row in rows if suite_of(row).startswith(ZOO) and row["split_hint"] == "calibration"]
    return [
        claim
        for kind in ("detector", "classifier")
        for claim in core_class(kind, [row for row in zoo if zoo_kind(row) == kind], devices)
    ]


def core_class(kind: str, rows: list[Row], devices: Devices) -> list[list[object]]:
    """Return the claims of one class on a neural core."""
    part, names = class_part(RUNTIME, kind), list(CORE)
    start = np.log([value for value, _ in CORE.values()])
    spread = np.array([width for _, width in CORE.values()])

    def errors(logs: np.ndarray) -> np.ndarray:
        trial = tried(devices, part, dict(zip(names, np.exp(logs).tolist(), strict=True)))
        pairs = zip(rows, horizon_values(rows, trial), strict=True)
        return np.array(
            [np.log(v / number(row, "value")) for row, v in pairs if not isinstance(v, UnansweredError)]
        )

    def left(logs: np.ndarray) -> np.ndarray:
        return np.concatenate([errors(logs) / LOOSE, (logs - start) / spread])

    upper = np.log([MOST.get(name, np.inf) for name in names])
    best = least_squares(left, start, bounds=(-np.inf, upper), loss="soft_l1")
    off = np.abs(np.expm1(errors(best.x)))
    note = f"fitted on {len(off)} rows of 1 device, median error left {np.median(off):.1%}"
    values = zip(names, np.exp(best.x).tolist(), strict=True)
    return [claim(part, name, value, "rdk-model-zoo", note) for name, value in values]


def claim(part: str, name: str, value: float, source: str, note: str) -> list[object]:
    """Return one measured claim as a row."""
    return [part, name, f"{value:.3g}", UNITS.get(name, "1"), "", "", source, "", "measured", "", note]


def typical(runtime: str, fits: dict[str, dict[str, float]]) -> list[list[object]]:
    """Return the claims that stand in for a class without rows: the median over the classes of a runtime."""
    rows: list[list[object]] = []
    for name in [name for name in PRIOR if name not in OWN]:
        values = [found[name] for found in fits.values() if name in found]
        if values:
            low, high = min(values), max(values)
            note = f"median of {len(values)} classes"
            rows.append(
                [
                    class_part(runtime, ANY),
                    name,
                    f"{np.median(values):.3g}",
                    UNITS.get(name, "1"),
                    f"{low:.3g}",
                    f"{high:.3g}",
                    "tauplan-estimates",
                    "",
                    "estimate",
                    "",
                    note,
                ]
            )
    return rows


def write(data: Path, rows: list[list[object]]) -> None:
    """Write claims, and the parts that they are on."""
    head = ["part", "field", "value", "unit", "low", "high", "source", "locator", "grade", "date", "note"]
    with (data / "claims" / "networks.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *rows])
    parts = [
        [name, "net class", "", "", "", "how a runtime executes a class of networks"]
        for name in dict.fromkeys(str(row[0]) for row in rows)
    ]
    head = ["part", "kind", "vendor", "country", "generation", "description"]
    with (data / "parts_runtimes.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *parts])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
