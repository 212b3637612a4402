"""One measured case of a network, whatever suite it comes from, and its predicted value."""

from __future__ import annotations

import csv
import functools
import re
from dataclasses import dataclass, replace
from pathlib import Path

from tauplan.chip.activations import ChipPeaks, RuntimeRates, batch_time, sample_time
from tauplan.errors import InputError
from tauplan.evaluate.net_runtime import Coefficients
from tauplan.tau import Number
from tauplan.validate.devices import Devices
from tauplan.validate.table import UnansweredError
from tauplan.workload.formats import BYTES
from tauplan.workload.net.totals import NetTotals

EAGER, CONVOLUTION, LAYOUT = "PyTorch eager {}", "plain convolution", "nhwc"
"""Runtime and class that have rows in both layouts, and the layout that matrix units take."""
CONVOLUTIONAL = frozenset({"plain convolution", "detector"})
"""Classes of networks of the suites that engines for convolutions can run."""
WIDE = frozenset({"fp32", "tf32"})
"""Formats whose products run at their own share of the peak."""


@dataclass(frozen=True)
class Slice:
    """A device, or a share of one, behind the words of a table: ``compute`` and ``memory`` share [1].

    ``saving``: it runs in its power-saving mode.
    """

    part: str
    compute: float = 1.0
    memory: float = 1.0
    saving: bool = False


@dataclass(frozen=True)
class NetCase:
    """A network in a runtime on ``count`` devices, ``batch`` samples on each; 0: as many as fill it.

    ``layout``: of images in memory where it is not that of the runtime's other rows;
    ``figure``: "time" of a batch, "rate" of all devices, or "rate of one"; ``unit``: SI value of one unit of the
    table; ``scenario``: how requests arrive, "" for back to back.
    """

    runtime: str
    kind: str
    totals: NetTotals
    device: Slice
    number_format: str
    figure: str
    unit: float = 1.0
    batch: float = 0.0
    count: float = 1.0
    training: bool = False
    scenario: str = ""
    layout: str = ""


def predicted(case: NetCase, devices: Devices) -> float:
    """Return the predicted value of a case in the unit of its table."""
    seconds, samples = step(case, devices)
    look = coefficients(devices, case.runtime, case.kind)
    if case.figure == "time":
        return seconds * look.number(f"{case.scenario}_ratio", 1.0) / case.unit
    rate = samples / seconds
    if case.figure == "rate":
        together = look.number("group_share", 1.0) if case.count > 1 and case.training else 1.0
        rate *= case.count * together
    return rate * look.number(f"{case.scenario}_share", 1.0) / case.unit


def step(case: NetCase, devices: Devices) -> tuple[float, float]:
    """Return the time of one step of one device [s] and the samples it makes [1]."""
    chip = chip_peaks(case, devices)
    rates = runtime_rates(case, devices)
    if not case.batch:
        one = float(sample_time(case.totals, rates, chip)) * float(rates.training if case.training else 1.0)
        return max(one, float(rates.host_sample_s)), 1.0
    return float(batch_time(case.totals, case.batch, rates, chip, float(case.training))), case.batch


def chip_peaks(case: NetCase, devices: Devices) -> ChipPeaks:
    """Return the peaks of the case's device, or of its slice of one."""
    device = case.device
    facts = devices.facts(device.part, case.number_format)
    share = device.compute * clock_of(case, devices)
    return ChipPeaks(
        flop_s=float(facts.peak_gemm_s) / (share * _matrix_share(case, devices)),
        byte_s=float(facts.peak_memory_s) / device.memory,
        cycle_s=float(facts.period_s) / (devices.units(device.part) * share),
        element_B=float(BYTES[case.number_format]),
    )


def _matrix_share(case: NetCase, devices: Devices) -> float:
    """Return the share of a part's integer rate that a case can use [1].

    Engines for convolutions beside the processor work on batches of their own: they take whole samples of
    convolutional networks where samples queue, nothing of a single stream and of other networks.
    """
    engines = devices.figure(case.device.part, "convolution_engines")
    if engines is None or case.number_format != "int8":
        return 1.0
    queued = case.scenario == "" and case.kind in CONVOLUTIONAL
    return 1.0 if queued else 1.0 - float(engines)


def clock_of(case: NetCase, devices: Devices) -> float:
    """Return the clock of a case's device over that at full power [1]."""
    return float(devices.saving_clock(case.device.part)) if case.device.saving else 1.0


def coefficients(devices: Devices, runtime: str, kind: str) -> Coefficients:
    """Return the coefficients of a class in a runtime, with what is on trial in the place of claims."""

    def look(part: str, field: str) -> str | Number | None:
        if (part, field) in devices.given:
            return devices.given[part, field]
        if devices.catalog.find(part) is None:
            return None
        choice = devices.catalog.choose(part, field)
        return None if choice is None else choice.value

    return Coefficients(look, runtime, kind)


def runtime_rates(case: NetCase, devices: Devices) -> RuntimeRates:
    """Return how the case's runtime executes its class of networks; errors: :class:`UnansweredError`."""
    try:
        rates = coefficients(devices, case.runtime, case.kind).rates(share_field(case, devices))
        clock = clock_of(case, devices)
        rates = replace(rates, launch_s=rates.launch_s / clock, host_s=rates.host_s / clock)
        if not case.layout:
            return rates
        passes, cycles = (layout_ratio(devices, case.layout, field) for field in ("passes", "cycles"))
    except InputError as error:
        raise UnansweredError(error.problems[0].message) from None
    return replace(rates, passes=rates.passes * passes, cycles=rates.cycles * cycles)


def layout_ratio(devices: Devices, layout: str, field: str) -> float:
    """Return a coefficient of convolutions in a layout over that in the layout that matrix units take [1].

    Other layouts are turned around at each product; one framework has rows of both.
    """
    here, there = (coefficients(devices, EAGER.format(name), CONVOLUTION) for name in (layout, LAYOUT))
    return here.number(field) / there.number(field)


def share_field(case: NetCase, devices: Devices) -> str:
    """Return the field of the share that a case's products run at: vector units do 32 bits where no others can."""
    if case.number_format == "tf32" and devices.figure(case.device.part, "peak_tf32") is not None:
        return "peak_share_tf32"
    return "peak_share_fp32" if case.number_format in WIDE else "peak_share"


def find_slice(root: Path, text: str) -> Slice:
    """Return the device behind a table's words by the first pattern that fits; errors: unknown device."""
    for pattern, found in _patterns(root):
        if pattern.search(text.casefold()):
            return found
    raise UnansweredError(f"unknown device {text!r}")


@functools.cache
def _patterns(root: Path) -> tuple[tuple[re.Pattern[str], Slice], ...]:
    with (root / "nets" / "devices.csv").open(newline="", encoding="utf-8") as file:
        return tuple(
            (
                re.compile(row["pattern"]),
                Slice(row["part"], float(row["compute_share"]), float(row["memory_share"])),
            )
            for row in csv.DictReader(file)
        )
