"""A network on batches of samples: latency, throughput, energy and what binds it, by batch."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import Policy
from tauplan.chip.network import BINDS, layer_times
from tauplan.chip.power import activity_energy
from tauplan.evaluate.answer import Metric
from tauplan.evaluate.book import Book
from tauplan.evaluate.chip_rates import ChipFacts, resolve_chip
from tauplan.evaluate.findings import Column, Findings, Grid, claims_used
from tauplan.evaluate.net_timer import LayeredNet, ListedNet, net_timer
from tauplan.spec.device import DeviceScenario, Infer
from tauplan.spec.workload import Precision
from tauplan.workload.net.layer import stack
from tauplan.workload.net.totals import GIGA

SHOWN = 8  # definition: layers of the short list
Net = LayeredNet | ListedNet


def infer(scenario: DeviceScenario, task: Infer, catalog: Catalog, folder: Path) -> Findings:
    """Return what a network takes on a device for all powers of two up to its batch.

    Accelerators and instances work on batches of their own: throughput grows with accelerators, latency with the
    instances that share one. Errors: :class:`InputError` for an unknown network or part, or an unreadable file.
    """
    book = Book(catalog, Policy())
    facts = device_facts(book, scenario.system.accelerator, task.precision, scenario.system.power_cap)
    dims = tuple(f"{name}={value}" for name, value in task.dims.items())
    net = net_timer(book, facts, task.model, task.precision, folder, task.size, dims, task.training)
    batches = ladder(task.batch)
    count, share = scenario.system.count, task.instances
    rows = [_row(net, facts, batch, count, share, task) for batch in batches]
    fine = [row for row in rows if row[-1] == "yes"]
    best = max(fine or rows, key=lambda row: float(row[2] or 0.0))
    batch, latency, rate, joules, power, held, _ = (
        float(cell) if not isinstance(cell, str) and cell is not None else 0.0 for cell in best
    )
    reason = "" if fine else _reason(task, facts)
    figures = (
        Metric("batch", "batch", batch, "1"),
        Metric("latency", "latency of a batch", latency, "s"),
        Metric("throughput", "samples per second, all accelerators", rate, "1/s"),
        Metric("energy", "energy per sample", joules, "J"),
        Metric("power", "power of one accelerator", power, "W"),
        Metric("memory", "memory of one instance", held, "B"),
    )
    grids = [
        Grid(
            "By batch",
            (
                Column("batch", "1"),
                Column("latency", "s"),
                Column("samples/s", "1/s"),
                Column("per sample", "J"),
                Column("power", "W"),
                Column("memory", "B"),
                Column("allowed"),
            ),
            tuple(rows),
            "of one instance; samples per second of all",
            ("batch", "samples/s"),
        )
    ]
    if isinstance(net, LayeredNet):
        grids += _layers(net, facts, int(batch))
    said = (
        f"{net.name} on {count:,} x {facts.part} in {task.precision}: {rate:,.0f} samples per second at batch "
        f"{batch:g}"
    )
    return Findings(
        scenario.name,
        "training" if task.training else "inference",
        "ok" if fine else "infeasible",
        reason,
        said,
        figures,
        tuple(grids),
        tuple(book.notes),
        claims_used(book),
        catalog.hash,
    )


def ladder(most: int) -> list[int]:
    """Return the powers of two up to a batch, and the batch itself [1]."""
    return sorted({1 << i for i in range(most.bit_length()) if 1 << i <= most} | {most})


def device_facts(book: Book, part: str, number_format: str, cap_W: float | None = None) -> ChipFacts:
    """Return the rates of an accelerator for networks in one number format."""
    precision = Precision.model_validate({"weights": number_format, "activations": number_format})
    return resolve_chip(book, book.catalog.resolve(part).name, precision, cap_W)


def job_energy(facts: ChipFacts, net: Net, batch: int, seconds: float) -> float:
    """Return the energy of one accelerator over a batch that takes some time [J]."""
    flops, moved = net.work(batch)
    return float(activity_energy(facts.energy, seconds, flops, moved, 0.0))


def _row(
    net: Net, facts: ChipFacts, batch: int, count: int, share: int, task: Infer
) -> tuple[str | float | None, ...]:
    seconds = net.time(batch)
    latency, rate = seconds * share, batch / seconds * count
    joules = job_energy(facts, net, batch, seconds)
    held = net.held_B(batch)
    fits = held * share <= float(facts.usable_B)
    late = task.latency_limit is not None and latency > task.latency_limit
    slow = task.rate is not None and rate < task.rate
    allowed = "no: memory" if not fits else "no: latency" if late else "no: rate" if slow else "yes"
    return (float(batch), latency, rate, joules / batch, joules / seconds, held, allowed)


def _reason(task: Infer, facts: ChipFacts) -> str:
    limits = [f"memory of {facts.part}"]
    if task.latency_limit is not None:
        limits.append(f"a latency of {task.latency_limit:g} s")
    if task.rate is not None:
        limits.append(f"{task.rate:g} samples per second")
    return "no batch keeps " + " and ".join(limits)


def _layers(net: LayeredNet, facts: ChipFacts, batch: int) -> list[Grid]:
    layers = net.layers(batch)
    sizes = stack(layers)
    times = layer_times(sizes, facts.rates, net.element_B, net.element_B)
    seconds, binds = np.asarray(times.time, dtype=float), np.asarray(times.binds)
    order: list[int] = np.argsort(-seconds)[:SHOWN].tolist()
    whole = float(seconds.sum())
    macs = np.asarray(sizes.macs, dtype=float)
    slow = tuple(
        (
            layers[i].name,
            layers[i].kind,
            float(macs[i]) / GIGA,
            float(seconds[i]),
            float(seconds[i]) / whole,
            BINDS[int(binds[i])],
        )
        for i in order
    )
    bound = tuple((name, value, value / whole) for name, value in net.bound(batch).items() if value > 0)
    return [
        Grid("What binds it", (Column("resource"), Column("time", "s"), Column("share", "%")), bound, "",
             ("resource", "time")),
        Grid(
            "Slowest layers",
            (Column("layer"), Column("kind"), Column("GMACs", "1"), Column("time", "s"), Column("share", "%"),
             Column("bound by")),
            slow,
            f"{len(slow)} of {len(layers)}; tauplan inspect lists all",
            ("layer", "time"),
        ),
    ]  # fmt: skip
