"""The whole answer of one scenario: evaluate, explain, cite."""

from __future__ import annotations

import functools
import hashlib
import itertools
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from tauplan import __version__, units
from tauplan.catalog.lookup import Catalog
from tauplan.evaluate.answer import Answer, ClaimUse, Headroom, Identity, Metric, Part, Rival, SupplyLink
from tauplan.evaluate.breakdown import operator_rows, time_parts
from tauplan.evaluate.case import Case
from tauplan.evaluate.headroom import head_room
from tauplan.evaluate.ladder import ladder
from tauplan.evaluate.link_budgets import link_blocks
from tauplan.evaluate.metrics import Row, metrics
from tauplan.evaluate.resolve import Resolved, resolve
from tauplan.evaluate.sensitivity import Sensitivity, sensitivity
from tauplan.evaluate.solve import OK, REASONS, Result, solve
from tauplan.evaluate.supply_odds import supply_odds
from tauplan.evaluate.under_load import load_metrics
from tauplan.spec.scenario import Scenario
from tauplan.spec.workload import Train
from tauplan.supply.chain import critical_path, finish_times
from tauplan.tau import LEVELS, Number
from tauplan.workload.llm.catalogued import shape_choices

NAN = float("nan")


Parts = Literal["all", "answer"]
"""All of an answer, or what is there first: without interval, rivals, head-room and odds."""

KEPT = (
    8  # definition: scenarios whose solution is kept, for the parts of their answer that are asked for next
)


@dataclass(frozen=True)
class _Asked:
    """A scenario by its text, the catalogue and the folder of its files."""

    text: str
    catalog: Catalog
    folder: Path | None
    scenario: Scenario = field(compare=False)


@dataclass(frozen=True)
class _Solved:
    """A scenario resolved, and solved in plain seconds and in owned ones (where it can work)."""

    resolved: Resolved
    explained: Case
    plain: Result
    owned: Result | None


def evaluate(
    scenario: Scenario,
    catalog: Catalog | None = None,
    folder: Path | None = None,
    command: str = "",
    parts: Parts = "all",
) -> Answer:
    """Evaluate a scenario and explain the answer.

    ``folder`` is where relative paths of model files start; ``command`` is the line that asked, kept in the
    answer's identity; with ``parts="answer"`` the interval, the effect of rivals, head-room and odds are left out,
    which take as long as all the rest. Errors: :class:`InputError` for what cannot be read, found or planned. A
    design that cannot work (memory, failures, latency limit) is an answer with ``status="infeasible"``.
    """
    catalog = catalog or Catalog.load()
    asked = _Asked(scenario.model_dump_json(exclude_none=True), catalog, folder, scenario)
    from_file = scenario.workload.model.lower().endswith(".json")  # which may change
    solved = _solved.__wrapped__(asked) if from_file else _solved(asked)
    known = solved.resolved.book
    book = replace(known, uses=dict(known.uses), notes=list(known.notes))
    resolved, plain, owned = replace(solved.resolved, book=book), solved.plain, solved.owned
    if owned is None:
        return _answer(asked, resolved, plain, command, reason=_reason(resolved, plain))
    owned_s = {level: float(value) for level, value in owned.time_to_result.by_level().items()}
    unit = owned.step.time if owned.step is not None else (owned.serving.tpot if owned.serving else None)
    step_owned = {} if unit is None else {k: float(v) for k, v in unit.by_level().items()}
    moved, rooms = None, ()
    if parts == "all":
        moved = sensitivity(scenario, catalog, folder, book, float(plain.time_to_result))
        rooms = head_room(resolved, solved.explained, owned_s)
    return _answer(
        asked,
        resolved,
        plain,
        command,
        owned_s=owned_s,
        step_owned_s=step_owned,
        headroom=rooms,
        moved=moved,
        whole=parts == "all",
    )


@functools.lru_cache(maxsize=KEPT)
def _solved(asked: _Asked) -> _Solved:
    resolved = resolve(asked.scenario, asked.catalog, asked.folder)
    explained = resolved.explained()
    plain = solve(resolved.case)
    return _Solved(resolved, explained, plain, solve(explained) if int(plain.status) == OK else None)


def _reason(resolved: Resolved, result: Result) -> str:
    text = REASONS[int(result.status)]
    if "memory" in text:
        need, have = float(result.footprint.total), float(resolved.case.usable_B)
        text += (
            f": {units.format(need, 'B')} needed, {units.format(have, 'B')} usable on {resolved.chip.part}"
        )
    if result.serving is not None and "limit" in text:
        text += f": {units.format(float(result.serving.tpot), 's')} at batch {float(result.batch):g}"
    return text


def _answer(
    asked: _Asked,
    resolved: Resolved,
    result: Result,
    command: str,
    *,
    reason: str = "",
    owned_s: dict[str, float] | None = None,
    step_owned_s: dict[str, float] | None = None,
    headroom: tuple[Headroom, ...] = (),
    moved: Sensitivity | None = None,
    whole: bool = False,
) -> Answer:
    scenario, catalog = asked.scenario, asked.catalog
    fine = not reason
    serving = result.serving

    def known(value: Number) -> float:
        return float(value) if fine else NAN

    owned = owned_s or dict.fromkeys(LEVELS, NAN)
    return Answer(
        name=scenario.name,
        kind="training" if isinstance(scenario.workload, Train) else "serving",
        status="ok" if fine else "infeasible",
        reason=reason,
        identity=_identity(asked, command),
        summary=_summary(resolved),
        time_to_result_s=known(result.time_to_result),
        supply_s=known(result.supply),
        run_s=known(result.run),
        owned_s=owned,
        step_owned_s=step_owned_s or dict.fromkeys(LEVELS, NAN),
        step_s=known(result.step.time) if result.step is not None else None,
        ttft_s=known(serving.ttft) if serving is not None else None,
        tpot_s=known(serving.tpot) if serving is not None else None,
        energy_J=known(result.energy_J),
        power_W=known(result.power_W),
        cost_USD=known(result.cost_USD),
        bound_by=max(owned, key=lambda level: owned[level]) if fine else "",
        metrics=tuple(Metric(*row) for row in _figures(resolved, result)) if fine else (),
        ladder=ladder(resolved, result) if fine else (),
        time_parts=time_parts(resolved.case, result) if fine else (),
        energy_parts=_energy_parts(resolved, result) if fine else (),
        cost_parts=_cost_parts(resolved, result) if fine else (),
        memory_parts=tuple(Part(k, float(v)) for k, v in result.footprint.parts().items() if float(v) > 0),
        memory_capacity_B=float(resolved.case.usable_B),
        operators=operator_rows(resolved.case, result) if fine else (),
        headroom=headroom,
        supply_chain=_supply_chain(resolved),
        supply_odds=supply_odds(resolved, result) if whole else None,
        claims=_claims(resolved, catalog, moved),
        interval=moved.interval() if moved is not None else None,
        links=link_blocks(resolved, catalog) if whole else (),
        warnings=tuple(resolved.book.notes),
    )


def _figures(resolved: Resolved, result: Result) -> Iterator[Row]:
    yield from metrics(resolved, result)
    yield from load_metrics(resolved)


def _identity(asked: _Asked, command: str) -> Identity:
    whole = hashlib.sha256(asked.text.encode()).hexdigest()
    digest = whole[:12]  # definition: letters that tell scenarios apart
    python = _python(command)
    return Identity(digest, asked.catalog.hash, __version__, command, python)


def _python(command: str) -> str:
    """Return the Python call that gives the same answer as a command line."""
    words = shlex.split(command)
    path = next((word for word in words if word.endswith((".yaml", ".yml"))), "scenario.yaml")
    changes = [word for before, word in itertools.pairwise(words) if before == "--set"]
    arguments = f"Path({path!r})" + (f", {tuple(changes)!r}" if changes else "")
    return f"tauplan.answer(tauplan.read_scenario({arguments}))"


def _summary(resolved: Resolved) -> str:
    scenario, case = resolved.scenario, resolved.case
    workload = scenario.workload
    count = f"{scenario.system.count:,} x {resolved.chip.part}"
    if resolved.chip.design is not None:
        count += f" with a chip designed in {resolved.chip.node}"
    if isinstance(workload, Train):
        return (
            f"train {case.shape.name} on {units.format(workload.tokens, '1')} tokens, sequence "
            f"{workload.sequence:,}, batch {workload.global_batch:,}, on {count}"
        )
    return (
        f"serve {case.shape.name}, prompt {workload.prompt:,}, output {workload.output:,}, "
        f"{units.format(workload.requests, '1')} requests, on {count}"
    )


def _energy_parts(resolved: Resolved, result: Result) -> tuple[Part, ...]:
    facility = resolved.case.facility
    hosts = float(facility.host_W * resolved.case.count * result.run)
    devices = float(result.device_J)
    cooling = (devices + hosts) * (float(facility.pue) - 1.0)
    return (Part("accelerators", devices), Part("hosts", hosts), Part("cooling and losses", cooling))


def _cost_parts(resolved: Resolved, result: Result) -> tuple[Part, ...]:
    facility = resolved.case.facility
    share = float(result.capital_USD) / float(facility.capital_USD) if float(facility.capital_USD) else 0.0
    return (
        Part("accelerators, written off", share * float(facility.accelerators_USD)),
        Part("servers, written off", share * float(facility.servers_USD)),
        Part("network, written off", share * float(facility.network_USD)),
        Part("drives, written off", share * float(facility.storage_USD)),
        Part("energy", float(result.energy_USD)),
    )


def _supply_chain(resolved: Resolved) -> tuple[SupplyLink, ...]:
    stages = resolved.case.supply
    ends = {name: float(end) for name, end in finish_times(stages).items()}
    critical = set(critical_path(stages))
    return tuple(
        SupplyLink(
            name,
            ends[name] - float(stage.lead_s),
            ends[name],
            name in critical,
            "catalogue",
            resolved.waits[name].vendor,
            float(resolved.waits[name].p90_s),
        )
        for name, stage in stages.items()
    )


def _claims(resolved: Resolved, catalog: Catalog, moved: Sensitivity | None) -> tuple[ClaimUse, ...]:
    rows = [
        ClaimUse(
            part,
            field,
            choice.claim.text,
            choice.claim.source,
            choice.claim.grade,
            choice.claim.date,
            tuple(
                Rival(r.text, r.source, r.grade, moved.rival_ratio(r) if moved else None)
                for r in choice.rivals
            ),
        )
        for (part, field), choice in resolved.book.uses.items()
    ]
    model = resolved.scenario.workload.model
    part = catalog.find(model)
    if part is not None:
        claim = next(iter(shape_choices(model, catalog).values())).claim
        rows.append(ClaimUse(part.name, "shape", part.description, claim.source, claim.grade, claim.date))
    return tuple(rows)
