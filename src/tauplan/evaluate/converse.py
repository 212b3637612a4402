"""Answers on a phone: which unit does what, how fast at first and once warm, how many on one battery."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import Policy
from tauplan.chip.housing import paced_time, skin_temperature, sustained_power
from tauplan.chip.power import activity_energy
from tauplan.chip.rates import ChipRates
from tauplan.cluster.layout import groups
from tauplan.cluster.serving import Serving, serving
from tauplan.errors import InputError
from tauplan.evaluate.answer import Metric
from tauplan.evaluate.book import Book
from tauplan.evaluate.case import Case, ServingTask
from tauplan.evaluate.findings import Cell, Column, Findings, Grid, claims_used
from tauplan.evaluate.resolve import resolve
from tauplan.evaluate.solve import solve
from tauplan.spec.device import Converse, DeviceScenario, Phone
from tauplan.spec.scenario import scenario_from

UNITS = {"NPU": "int8", "GPU": "fp16", "CPU": "fp32"}
"""Units of a phone's chip by the format of their products; all read the same memory."""
MARKS = (60.0, 300.0, 600.0, 900.0, 1800.0, 3600.0)  # definition: times of a session that are shown


@dataclass(frozen=True)
class Placed:
    """One phase on one unit: time [s] and energy [J] of the chip."""

    unit: str
    seconds: float
    joules: float


@dataclass(frozen=True)
class Answering:
    """A phone's chip that answers: prefill and one output token on every unit, the base power, memory."""

    part: str
    prefill: tuple[Placed, ...]
    token: tuple[Placed, ...]
    base_W: float
    held_B: float
    usable_B: float
    book: Book

    def best(self, phase: tuple[Placed, ...]) -> Placed:
        """Return the fastest unit of a phase, the thriftier one of those within a few per cent."""
        fastest = min(one.seconds for one in phase)
        return min((one for one in phase if one.seconds <= fastest * CLOSE), key=lambda one: one.joules)


CLOSE = 1.05  # definition: paces this close are the same to a person


def converse(scenario: DeviceScenario, task: Converse, catalog: Catalog, folder: Path) -> Findings:
    """Return answers of a language model on a phone and its peers: pace, heat over a session, battery.

    Each phase runs on the unit that is fastest; all units share the memory. Errors: :class:`InputError` for
    unknown parts and models.
    """
    phone = scenario.system.phone
    names = (scenario.system.accelerator, *scenario.system.peers)
    found = [answering(name, task, catalog, folder) for name in names]
    chip = found[0]
    fits = chip.held_B <= chip.usable_B
    rows = tuple(_peer_row(one, task, phone) for one in found)
    prefill, token = chip.best(chip.prefill), chip.best(chip.token)
    session = run_session(chip, task, phone)
    joules = prefill.joules + task.output * token.joules
    seconds = prefill.seconds + task.output * token.seconds
    whole = joules + phone.rest * seconds
    figures = (
        Metric("ttft", "time to first token (TTFT)", prefill.seconds, "s"),
        Metric("tpot", "time per output token (TPOT), cold", token.seconds, "s"),
        Metric("tokens", "output tokens per second, cold", 1.0 / token.seconds, "1/s"),
        Metric("warm", "output tokens per second, warm", 1.0 / session[-1][2], "1/s"),
        Metric("answer", "energy of one answer, chip and rest", whole, "J"),
        Metric("answers", "answers on one battery", phone.battery / whole, "1"),
    )
    grids = (
        Grid(
            "Where the phases run",
            (
                Column("phase"),
                Column("unit"),
                Column("time", "s"),
                Column("energy", "J"),
                Column("power", "W"),
            ),
            tuple(
                (phase, one.unit, one.seconds, one.joules, one.joules / one.seconds)
                for phase, units in (("prefill", chip.prefill), ("one token", chip.token))
                for one in units
            ),
            f"taken: prefill on the {prefill.unit}, tokens on the {token.unit}",
        ),
        Grid(
            "A session without a pause",
            (Column("after", "s"), Column("skin", "C"), Column("tokens/s", "1/s"), Column("power", "W")),
            tuple((at, skin, 1.0 / pace, power) for at, skin, pace, power in session),
            f"the skin may reach {phone.skin_C:g} °C in air of {phone.ambient_C:g} °C",
            ("after", "tokens/s"),
        ),
        Grid(
            "Beside its peers",
            (
                Column("part"),
                Column("memory", "B/s"),
                Column("TTFT", "s"),
                Column("cold", "1/s"),
                Column("warm", "1/s"),
                Column("answer", "J"),
                Column("answers", "1"),
                Column("fits"),
            ),
            rows,
            "tokens per second; answers on one battery",
            ("part", "warm"),
        ),
    )
    said = (
        f"{task.model} in {task.precision} on {chip.part}: {1.0 / token.seconds:.1f} tokens per second cold, "
        f"{1.0 / session[-1][2]:.1f} warm, {phone.battery / whole:,.0f} answers on one battery"
    )
    reason = "" if fits else f"the model does not fit in the memory of {chip.part}"
    return Findings(
        scenario.name,
        "phone",
        "ok" if fits else "infeasible",
        reason,
        said,
        figures,
        grids,
        tuple(dict.fromkeys(note for one in found for note in one.book.notes)),
        claims_used(chip.book),
        catalog.hash,
    )


def answering(part: str, task: Converse, catalog: Catalog, folder: Path) -> Answering:
    """Return the phases of an answer on every unit that a part has a rate for."""
    prefill: list[Placed] = []
    token: list[Placed] = []
    base_W = held_B = usable_B = 0.0
    name, book = part, Book(catalog, Policy())
    for unit, products in UNITS.items():
        try:
            case, name, book = _case(part, task, catalog, folder, unit, products)
        except InputError:
            if products == UNITS["GPU"]:  # without a plain rate nothing is known of the part
                raise
            continue
        served = _served(case, case.chip)
        work = ((served.prefill, served.ttft, prefill), (served.decode, served.tpot, token))
        for one, seconds, phase in work:
            joules = activity_energy(case.energy, seconds, one.flops, one.bytes, 0.0)
            phase.append(Placed(unit, float(seconds), float(joules)))
        base_W = float(case.energy.running_W)
        held_B, usable_B = float(solve(case).footprint.total), float(case.usable_B)
    return Answering(name, tuple(prefill), tuple(token), base_W, held_B, usable_B, book)


def run_session(chip: Answering, task: Converse, phone: Phone) -> list[tuple[float, float, float, float]]:
    """Return (time [s], skin [°C], time per token [s], power [W]) over a session of answers."""
    prefill, token = chip.best(chip.prefill), chip.best(chip.token)
    seconds = prefill.seconds + task.output * token.seconds
    joules = prefill.joules + task.output * token.joules
    free_W = joules / seconds + phone.rest
    held_W = float(sustained_power(phone.ambient_C, phone.skin_C, phone.resistance_K_per_W))
    slowed = float(paced_time(seconds, joules, chip.base_W, held_W - phone.rest))
    marks = [mark for mark in MARKS if mark < task.session] + [task.session]
    rows: list[tuple[float, float, float, float]] = []
    for mark in marks:
        skin = float(
            skin_temperature(
                phone.ambient_C,
                phone.ambient_C,
                free_W,
                phone.resistance_K_per_W,
                phone.heat_J_per_K,
                mark,
            )
        )
        hot = skin > phone.skin_C
        stretch = slowed / seconds if hot else 1.0
        power = held_W if hot else free_W
        rows.append((mark, min(skin, phone.skin_C), token.seconds * stretch, power))
    return rows


def _case(
    part: str, task: Converse, catalog: Catalog, folder: Path, unit: str, products: str
) -> tuple[Case, str, Book]:
    """Return the case of one answer with its products on one unit; errors where the part has no rate for it."""
    found = catalog.resolve(part, ("accelerator", "soc"))
    if unit == "NPU" and catalog.choose(found.name, "peak_int8") is None:
        raise InputError([])
    scenario = scenario_from(
        {
            "workload": {
                "task": "serve",
                "model": task.model,
                "prompt": task.prompt,
                "output": task.output,
                "precision": {"weights": task.precision, "activations": "fp16", "products": products,
                              "attention": "fp16", "kv_cache": "fp16"},
            },
            "system": {"accelerator": found.name, "count": 1},
            "supply": {"in_hand": True},
        }
    )  # fmt: skip
    substitutes = {}
    if unit == "CPU":
        known = catalog.choose(found.name, "peak_cpu")
        if known is None or isinstance(known.value, str):
            raise InputError([])
        substitutes = {(found.name, "peak_fp32"): known.value}
    resolved = resolve(scenario, catalog, folder, substitutes)
    return resolved.case, found.name, resolved.book


def _served(case: Case, chip: ChipRates) -> Serving:
    task = case.task
    if not isinstance(task, ServingTask):
        raise InputError([])
    return serving(
        case.shape,
        task.prompt,
        task.output,
        1.0,
        task.chunk,
        1.0,
        0.0,
        case.layout,
        groups(case.layout, case.tiers),
        chip,
        case.element,
        case.host_s,
    )


def _peer_row(one: Answering, task: Converse, phone: Phone) -> tuple[Cell, ...]:
    prefill, token = one.best(one.prefill), one.best(one.token)
    joules = prefill.joules + task.output * token.joules
    whole = joules + phone.rest * (prefill.seconds + task.output * token.seconds)
    warm = run_session(one, task, phone)[-1][2]
    choice = one.book.catalog.choose(one.part, "memory_bandwidth")
    rate = float(choice.value) if choice is not None and not isinstance(choice.value, str) else None
    fits = "yes" if one.held_B <= one.usable_B else "no"
    return (
        one.part, rate, prefill.seconds, 1.0 / token.seconds, 1.0 / warm, whole, phone.battery / whole, fits
    )  # fmt: skip
