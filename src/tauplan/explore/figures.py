"""What a study can want or bound: each figure with its unit, the side that is better, and how to read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tauplan.catalog.lookup import Catalog
from tauplan.cost.ownership import per_million_tokens
from tauplan.errors import InputError, Problem
from tauplan.evaluate.case import TrainingTask
from tauplan.evaluate.resolve import Resolved
from tauplan.evaluate.solve import Result
from tauplan.evaluate.supply_odds import Chains, cost_at
from tauplan.explore.bounds import DAY, Bound, read_bound
from tauplan.spec.study import StudyFile
from tauplan.spec.system import Accelerator
from tauplan.supply.lead_times import P90
from tauplan.tau import Number
from tauplan.tau import arrays as np

SAME_FOR_ALL_PLANS = ("supply", "capital", "accelerators", "vendors", "die_area")
"""Figures that a parallel plan does not move: no inner search can be made by them."""

Read = Callable[[Resolved, Result], Number]


@dataclass(frozen=True)
class Figure:
    """One figure of a design in SI units; ``sign`` is 1 where less is better and −1 where more is."""

    name: str
    label: str
    unit: str
    read: Read
    sign: float = 1.0


def _tokens(resolved: Resolved, result: Result) -> Number:
    """Tokens of the whole job: trained, or generated."""
    del result
    task = resolved.case.task
    return task.tokens if isinstance(task, TrainingTask) else task.output * task.requests


def _rate(resolved: Resolved, result: Result) -> Number:
    task = resolved.case.task
    if isinstance(task, TrainingTask):
        return task.sequence * task.global_batch / _step(resolved, result)
    return task.output / _serving(result).request_s


def _step(resolved: Resolved, result: Result) -> Number:
    del resolved
    if result.step is None:
        raise InputError(Problem("a figure of training", expected="figures of serving, such as tpot"))
    return result.step.time


def _mfu(resolved: Resolved, result: Result) -> Number:
    step = _step(resolved, result)
    passes = 3.0  # forward and backward; recomputation does not count
    if result.step is None:
        return np.nan
    flops = passes * result.step.forward_stage.flops * result.step.micro_batches
    return flops / step * resolved.chip.peak_gemm_s


def _die(resolved: Resolved, result: Result) -> Number:
    """Area of one die of a designed chip."""
    del result
    chosen, drawn = resolved.scenario.system.accelerator, resolved.chip.design
    if drawn is None or not isinstance(chosen, Accelerator) or chosen.design is None:
        raise InputError(Problem("a figure of designed chips", expected="system.accelerator.design"))
    return drawn.footprint_m2 / chosen.design.chiplets


def _serving(result: Result) -> Number:
    if result.serving is None:
        raise InputError(Problem("a figure of serving", expected="figures of training, such as step"))
    return result.serving


def vendors(resolved: Resolved, catalog: Catalog) -> float:
    """Return how many makers a system is bought from: of accelerators, servers, links and switches."""
    system = resolved.scenario.system
    names = [resolved.chip.part, resolved.server, system.scale_out.switch]
    parts = [catalog.find(name) for name in names if name]
    return float(len({part.vendor for part in parts if part is not None and part.vendor}))


def known_figures(catalog: Catalog, due_s: float | None) -> dict[str, Figure]:
    """Return all figures; ``due_s`` is the time from the order to the deadline [s]."""

    def due(resolved: Resolved) -> Number:
        limit = resolved.scenario.supply.due_s if due_s is None else due_s
        if limit is None:
            raise InputError(
                Problem("lateness without a deadline", expected="the study's ordered and deadline")
            )
        return limit

    def late(resolved: Resolved, result: Result) -> Number:
        return np.maximum(result.time_to_result - due(resolved), 0.0)

    def left(resolved: Resolved, result: Result) -> tuple[Chains, Number]:
        return Chains.of(resolved.waits), due(resolved) - np.asarray(result.run)

    def chance(resolved: Resolved, result: Result) -> Number:
        chains, limit = left(resolved, result)
        return chains.chance_late(limit)

    def lateness(resolved: Resolved, result: Result) -> Number:
        chains, limit = left(resolved, result)
        return chains.expected_lateness(limit)

    def p90(resolved: Resolved, result: Result) -> Number:
        return Chains.of(resolved.waits).finish(P90) + result.run

    def price(resolved: Resolved, result: Result) -> Number:
        return per_million_tokens(result.cost_USD, _tokens(resolved, result))

    table = (
        Figure("time_to_result", "time to result", "s", lambda _, r: r.time_to_result),
        Figure("supply", "supply", "s", lambda _, r: r.supply),
        Figure("run", "run", "s", lambda _, r: r.run),
        Figure("lateness", "lateness", "s", late),
        Figure("time_to_result_p90", "time to result, P90", "s", p90),
        Figure("chance_late", "chance of being late", "1", chance),
        Figure("expected_lateness", "expected lateness", "s", lateness),
        Figure("energy", "energy", "J", lambda _, r: r.energy_J),
        Figure("power", "mean power", "W", lambda _, r: r.power_W),
        Figure("cost", "cost", "USD", lambda _, r: r.cost_USD),
        Figure("cost_p90", "cost, P90", "USD", lambda x, r: cost_at(x, r, P90)),
        Figure("capital", "capital", "USD", lambda x, _: x.case.facility.capital_USD),
        Figure("cost_per_million_tokens", "cost per million tokens", "USD", price),
        Figure("memory", "memory per accelerator", "B", lambda _, r: r.footprint.total),
        Figure("goodput", "goodput", "1", lambda _, r: r.goodput, -1.0),
        Figure("accelerators", "accelerators", "1", lambda x, _: x.case.count),
        Figure("vendors", "vendors", "1", lambda x, _: vendors(x, catalog)),
        Figure("tokens_per_s", "tokens per second", "1/s", _rate, -1.0),
        Figure("step", "time per step", "s", _step),
        Figure("mfu", "model FLOP/s utilisation", "1", _mfu, -1.0),
        Figure("die_area", "area of a die", "m2", _die),
        Figure("ttft", "time to first token", "s", lambda _, r: _serving(r).ttft),
        Figure("tpot", "time per output token", "s", lambda _, r: _serving(r).tpot),
    )
    return {figure.name: figure for figure in table}


@dataclass(frozen=True)
class Wanted:
    """A study's objectives, the figure of its inner search, and its constraints."""

    objectives: tuple[Figure, ...]
    best: Figure
    constraints: tuple[tuple[Figure, Bound], ...]

    @property
    def first(self) -> Figure:
        """The objective that designs are ranked by."""
        return self.objectives[0]

    @property
    def reasons(self) -> tuple[str, ...]:
        """What a design breaks, constraint by constraint."""
        return tuple(f"{figure.label} {_sign(bound)}" for figure, bound in self.constraints)


def _sign(bound: Bound) -> str:
    return bound.text if bound.text[0] in "<>" else f"is not {bound.text}"


def wanted(file: StudyFile, catalog: Catalog) -> Wanted:
    """Return what a study wants. Errors: :class:`InputError` with every bound that cannot be read."""
    study = file.study
    due = (
        None
        if study.deadline is None or study.ordered is None
        else (study.deadline - study.ordered).days * DAY
    )
    figures = known_figures(catalog, due)
    found: list[Problem] = []
    constraints: list[tuple[Figure, Bound]] = []
    for name, text in study.constraints.items():
        figure = figures["time_to_result" if name == "ready" else name]
        try:
            bound = read_bound(text, "date" if name == "ready" else figure.unit, study.ordered)
            constraints.append((figure, bound))
        except InputError as error:
            place = file.place("constraints", name)
            found += [
                Problem(p.message, place, f"constraints.{name}", p.value, p.expected, p.hint)
                for p in error.problems
            ]
    if found:
        raise InputError(found)
    objectives = tuple(figures[name] for name in dict.fromkeys(study.objectives))
    moved = (figure for figure in objectives if figure.name not in SAME_FOR_ALL_PLANS)
    best = next(moved, figures["time_to_result"]) if study.best is None else figures[study.best]
    return Wanted(objectives, best, tuple(constraints))
