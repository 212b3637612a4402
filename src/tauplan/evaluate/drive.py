"""Nets of a car behind its sensors: distribution of end-to-end latency, deadline misses, load and power."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import Policy
from tauplan.errors import InputError, Problem, did_you_mean
from tauplan.evaluate.answer import Metric
from tauplan.evaluate.book import Book
from tauplan.evaluate.findings import Column, Findings, Grid, claims_used
from tauplan.evaluate.infer import device_facts, job_energy
from tauplan.evaluate.net_timer import net_timer
from tauplan.evaluate.pipeline import Outcome, Stage, simulate
from tauplan.spec.device import DeviceScenario, Drive, Net

HALF, TAIL = 0.5, 0.99  # definition: median and 99th percentile
QUANTILES = (HALF, 0.9, TAIL)  # definition: quantiles that people of the field quote
PER_MILLE = 1e3  # definition: milliseconds in a second
ROUND = 1e-9  # definition: shares that sum to one but for rounding


def drive(scenario: DeviceScenario, task: Drive, catalog: Catalog, folder: Path) -> Findings:
    """Return how a pipeline of nets runs on one system on chip and, where named, on its peers.

    Errors: :class:`InputError` for nets that read what nobody makes, unknown lanes, networks or parts.
    """
    order = _checked(task)
    book = Book(catalog, Policy())
    parts = (scenario.system.accelerator, *scenario.system.peers)
    found = [_on_part(scenario, task, order, part, book, folder) for part in parts]
    name, stages, outcome, power_W = found[0]
    rows = tuple(_net_row(stage, outcome, task.drive) for stage in stages)
    last = _sinks(order)
    ages = np.concatenate([outcome.ages[net] for net in last]) if last else np.array([])
    missed, results = sum(outcome.missed.values()), sum(len(a) for a in outcome.ages.values())
    quantiles = ((f"{q:.0%}".rstrip("%"), _quantile(ages, q)) for q in QUANTILES)
    figures = (
        *(Metric(f"latency_p{q}", f"end-to-end latency P{q}", value, "s") for q, value in quantiles),
        Metric("missed", "results after their deadline", missed / max(results, 1), "%"),
        Metric("dropped", "frames overtaken by newer ones", float(sum(outcome.dropped.values())), "1"),
        Metric("power", "power", power_W, "W"),
    )
    grids = [
        Grid(
            "Nets",
            (
                Column("net"),
                Column("lane"),
                Column("time alone", "s"),
                Column("results", "1/s"),
                Column("P50", "s"),
                Column("P99", "s"),
                Column("deadline", "s"),
                Column("missed", "%"),
                Column("dropped", "1"),
            ),
            rows,
            "latency from the oldest frame a result rests on",
            ("net", "P99"),
        ),
        Grid(
            "Lanes",
            (Column("lane"), Column("share", "%"), Column("busy", "%")),
            tuple((lane, share, outcome.busy[lane] / task.drive) for lane, share in task.lanes.items()),
            "",
            ("lane", "busy"),
        ),
    ]
    if len(found) > 1:
        grids.append(_peers(found, last))
    return Findings(
        scenario.name,
        "driving",
        "ok",
        "",
        f"{len(order)} nets on {name} for {task.drive:g} s: P99 {_quantile(ages, TAIL) * PER_MILLE:.1f} ms "
        f"end to end, {missed:,} of {results:,} results late, {power_W:.1f} W",
        figures,
        tuple(grids),
        tuple(book.notes),
        claims_used(book),
        catalog.hash,
    )


def _on_part(
    scenario: DeviceScenario, task: Drive, order: Sequence[Net], part: str, book: Book, folder: Path
) -> tuple[str, list[Stage], Outcome, float]:
    facts = device_facts(book, part, task.precision, scenario.system.power_cap)
    stages: list[Stage] = []
    joules: dict[str, float] = {}
    for net in order:
        timer = net_timer(book, facts, net.model, task.precision, folder, net.size)
        alone = timer.time(net.batch)
        joules[net.name] = job_energy(facts, timer, net.batch, alone) - float(facts.energy.idle_W) * alone
        deadline = float("inf") if net.deadline is None else net.deadline
        stages.append(Stage(net.name, net.after, net.lane, alone / task.lanes[net.lane], deadline))
    sensors = {sensor.name: sensor.rate for sensor in task.sensors}
    outcome = simulate(sensors, stages, task.drive, task.jitter, task.seed)
    spent = sum(joules[name] * runs for name, runs in outcome.runs.items())
    power_W = min(float(facts.energy.idle_W) + spent / task.drive, float(facts.energy.limit_W))
    alone = [replace(stage, seconds=stage.seconds * task.lanes[stage.lane]) for stage in stages]
    return facts.part, alone, outcome, power_W


def _checked(task: Drive) -> list[Net]:
    """Return the nets in an order in which each follows what it reads."""
    made = [sensor.name for sensor in task.sensors]
    names = made + [net.name for net in task.nets]
    bad = [
        Problem("two of one name", path="workload", value=name, expected="a name of its own for each")
        for name, times in Counter(names).items()
        if times > 1
    ]
    for i, net in enumerate(task.nets):
        bad += [
            Problem(
                "a net reads what nobody makes",
                path=f"workload.nets[{i}].after",
                value=source,
                expected=", ".join(n for n in names if n != net.name),
                hint=did_you_mean(source, names),
            )
            for source in net.after
            if source not in names or source == net.name
        ]
        if net.lane not in task.lanes:
            bad.append(
                Problem(
                    "an unknown lane",
                    path=f"workload.nets[{i}].lane",
                    value=net.lane,
                    expected=", ".join(task.lanes),
                )
            )
    if sum(task.lanes.values()) > 1.0 + ROUND or not all(share > 0 for share in task.lanes.values()):
        bad.append(
            Problem(
                "lanes share one chip", path="workload.lanes", expected="shares over 0 that sum to at most 1"
            )
        )
    if bad:
        raise InputError(bad)
    left, order = list(task.nets), list[Net]()
    while left:
        ready = [net for net in left if all(source in made for source in net.after)]
        if not ready:
            cycle = ", ".join(net.name for net in left)
            raise InputError(Problem("nets wait for each other", path="workload.nets", value=cycle))
        order += ready
        made += [net.name for net in ready]
        left = [net for net in left if net not in ready]
    return order


def _sinks(order: Sequence[Net]) -> list[str]:
    read = {source for net in order for source in net.after}
    return [net.name for net in order if net.name not in read]


def _net_row(stage: Stage, outcome: Outcome, drive_s: float) -> tuple[str | float | None, ...]:
    ages = outcome.ages[stage.name]
    limit = stage.deadline if np.isfinite(stage.deadline) else None
    return (
        stage.name,
        stage.lane,
        stage.seconds,
        len(ages) / drive_s,
        _quantile(ages, HALF),
        _quantile(ages, TAIL),
        limit,
        outcome.missed[stage.name] / max(len(ages), 1),
        float(outcome.dropped[stage.name]),
    )


def _peers(found: Sequence[tuple[str, list[Stage], Outcome, float]], last: Sequence[str]) -> Grid:
    rows: list[tuple[str | float | None, ...]] = []
    for part, _, outcome, power_W in found:
        ages = np.concatenate([outcome.ages[net] for net in last]) if last else np.array([])
        results = sum(len(a) for a in outcome.ages.values())
        late = sum(outcome.missed.values()) / max(results, 1)
        busy = max(outcome.busy.values()) / outcome.seconds
        rows.append((part, _quantile(ages, HALF), _quantile(ages, TAIL), late, busy, power_W))
    heads = (
        Column("P50", "s"),
        Column("P99", "s"),
        Column("late", "%"),
        Column("busy", "%"),
        Column("power", "W"),
    )
    return Grid("Beside its peers", (Column("part"), *heads), tuple(rows), "", ("part", "P99"))


def _quantile(values: np.ndarray, q: float) -> float:
    return float(np.quantile(values, q)) if len(values) else float("nan")
