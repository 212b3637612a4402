"""The compiled training cases that ship with the catalogue, against predictions."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tauplan import units
from tauplan.catalog.location import data_root
from tauplan.catalog.lookup import Catalog
from tauplan.evaluate.resolve import resolve
from tauplan.evaluate.solve import Result, solve
from tauplan.spec.scenario import Scenario, scenario_from
from tauplan.validate.prediction import Prediction


@dataclass(frozen=True)
class CaseError:
    """One measured case: name, whether it was used for fitting, measured and predicted value (SI)."""

    case: str
    use: str
    measured: float
    predicted: float

    @property
    def error(self) -> float:
        """Relative error of the prediction, positive when it is too high."""
        return self.predicted / self.measured - 1.0


def shipped_predictions(catalog: Catalog) -> list[Prediction]:
    """Return the compiled cases in the form that tables of any layout take."""
    cases = shipped_cases()
    rows = training_errors(cases, catalog)
    found: list[Prediction] = []
    for case, row in zip(cases, rows, strict=True):
        family = row.case.partition(" ")[0]
        pair = (row.measured, row.predicted)
        told = (row.case, family, case["accelerator"], case["metric"])
        found.append(Prediction(*told, *pair, use=row.use, kind="training dense"))
    return found


def shipped_cases() -> list[dict[str, str]]:
    """Read the compiled training cases."""
    with (data_root() / "cases" / "training.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def training_errors(cases: Iterable[dict[str, str]], catalog: Catalog | None = None) -> list[CaseError]:
    """Predict each case from its configuration alone and return measured beside predicted."""
    catalog = catalog or Catalog.load()
    return [_error(case, catalog) for case in cases]


def case_scenario(case: dict[str, str]) -> Scenario:
    """Return the scenario of a measured case: one step on a system that already stands."""
    whole = {name: int(case[name]) for name in ("tensor", "pipeline", "interleave", "micro_batch")}
    tokens = float(case["sequence"]) * float(case["global_batch"])
    return scenario_from(
        {
            "name": case["case"],
            "workload": {
                "task": "train",
                "model": case["model"],
                "sequence": int(case["sequence"]),
                "global_batch": int(case["global_batch"]),
                "tokens": tokens,
                "precision": case["precision"],
                "software": case["software"],
            },
            "system": {
                "accelerator": case["accelerator"],
                "count": int(case["count"]),
                "server": case["server"],
            },
            "plan": {
                **whole,
                "recompute": case["recompute"],
                "sequence_parallel": case["sequence_parallel"] == "yes",
                "zero": 0,
                "overlap_data": 0,
            },
            "supply": {"in_hand": True},
        }
    )


def _error(case: dict[str, str], catalog: Catalog) -> CaseError:
    result = solve(resolve(case_scenario(case), catalog, Path()).case)
    measured = units.to_si(float(case["value"]), case["unit"])
    return CaseError(case["case"], case["use"], measured, _predicted(case, result))


def _predicted(case: dict[str, str], result: Result) -> float:
    """Return the metric of a case: step time [s], or FLOP/s counted with recomputation [FLOP/s]."""
    step = result.step
    if step is None:
        return float("nan")
    if case["metric"] == "step_time":
        return float(step.time)
    return float(step.flops) / float(step.time)
