"""Tables of measured training runs: one scenario per row, from the row's own words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any

from tauplan.cluster.training import TrainingStep
from tauplan.errors import InputError
from tauplan.evaluate.book import Key
from tauplan.evaluate.residual import training_kind
from tauplan.evaluate.resolve import Resolved, resolve
from tauplan.evaluate.solve import MEMORY, OK, Result, solve
from tauplan.spec.scenario import Scenario, scenario_from
from tauplan.spec.workload import Train
from tauplan.tau import Number
from tauplan.validate.devices import Devices
from tauplan.validate.prediction import Prediction
from tauplan.validate.row_shapes import ADAPTER, row_model, row_shape
from tauplan.validate.table import Row, Table, UnansweredError, positive, whole
from tauplan.workload.llm.catalogued import catalogued_shape
from tauplan.workload.llm.shape import ModelShape

TERA = 1e12
MINUTE = 60.0
WAYS = {
    "tensor": "tp",
    "pipeline": "pp",
    "interleave": "vpp",
    "context": "cp",
    "expert": "ep",
    "micro_batch": "mbs",
}
"""Plan field by the column that gives it."""
TENSOR_WAYS, PIPELINE_WAYS = (1, 2, 4, 8), (1, 2, 4, 6, 8, 12, 16)
"""Plans tried for a row that names none."""
RELEASE = re.compile(r"\b(2\d)\.(0[1-9]|1[0-2])\b")
"""A container's release inside a framework's name: 25.09 is September 2025."""
ADAPTER_RANK = 32  # definition: the usual rank where a row names adapters but no rank
PORTS = re.compile(r"(\d+)x [\w -]*?(\d+) ?Gb/s per node", re.IGNORECASE)
"""Network ports of a server inside an interconnect's description: number and rate."""
SEQUENCE, TOKENS, PIPELINE_FILL = 2048, 8192, 4
"""Tokens of a sequence, of an accelerator's step, and micro-batches per stage where a row leaves them open."""
NO_RECOMPUTE = ("", "none", "no", "nan")


def training_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict a table of training runs: step time, tokens per second, FLOP/s or MFU."""
    return [training_row(i, row, devices) for i, row in enumerate(table.rows)]


def training_row(index: int, row: Row, devices: Devices) -> Prediction:
    """Predict one row, whose case is named by its ``case_id`` or its number."""
    case, family = row.get("case_id") or str(index + 1), f"training, {row.get('family', '')}"
    head = (case, family, row.get("accel", ""), row.get("metric", ""))
    found = Prediction(*head, float("nan"), use=row.get("split_hint", ""), kind=row_kind(row, devices))
    try:
        found = replace(found, measured=positive(row, "value"))
        predicted, kind = predict_row(row, devices, {})
    except InputError as error:
        return replace(found, reason=error.problems[0].message)
    except UnansweredError as reason:
        return replace(found, reason=str(reason))
    return replace(found, predicted=predicted, kind=kind)


def row_kind(row: Row, devices: Devices) -> str:
    """Return the kind that a row would have, as far as its device, model and format are known; "" if not at all."""
    try:
        part = devices.catalog.resolve(devices.part(row.get("accel", "")))
        precision = devices.precision(row.get("precision", "") or "bf16")
    except (InputError, UnansweredError):
        return ""
    try:
        shape = row_shape(row, devices) or catalogued_shape(row_model(row), devices.catalog)
    except (InputError, UnansweredError):
        shape = ModelShape(row.get("model", ""), 1, 1, (), tied=True)
    return training_kind(part, shape, precision)


def predict_row(row: Row, devices: Devices, substitutes: Mapping[Key, Number]) -> tuple[float, str]:
    """Return the row's metric in its unit, and its kind; ``substitutes`` stand in for claims.

    Errors: :class:`InputError` or :class:`UnansweredError` for a row that cannot be predicted.
    """
    row = _completed(row)
    scenario = _scenario(row, devices)
    shape = row_shape(row, devices)
    open_plan = not row.get("tp", "").strip() and not row.get("pp", "").strip()
    try:
        resolved = resolve(scenario, devices.catalog, substitutes=substitutes, shape=shape)
        result = solve(resolved.case)
        unfit = open_plan and int(result.status) == MEMORY
        found = _fitting(scenario, devices, substitutes, shape) if unfit else None
        resolved, result = found or (resolved, result)
    except InputError:  # a plan that cannot be: the best that can
        found = _fitting(scenario, devices, substitutes, shape)
        if found is None:
            raise
        resolved, result = found
    if result.step is None:
        raise UnansweredError("not a training step")
    part = devices.catalog.resolve(resolved.chip.part)
    kind = training_kind(part, resolved.case.shape, resolved.precision)
    return _metric(row, scenario, resolved, result.step), kind


def _fitting(
    scenario: Scenario, devices: Devices, substitutes: Mapping[Key, Number], shape: ModelShape | None
) -> tuple[Resolved, Result] | None:
    """Return the fastest run among plans that fit in memory, for a row that leaves its plan open."""
    best: tuple[Resolved, Result] | None = None
    for tensor, pipeline in product(TENSOR_WAYS, PIPELINE_WAYS):
        plan = scenario.plan.model_copy(update={"tensor": tensor, "pipeline": pipeline, "context": 1})
        trial = scenario.model_copy(update={"plan": plan})
        try:
            resolved = resolve(trial, devices.catalog, substitutes=substitutes, shape=shape)
        except InputError:
            continue  # a plan that does not divide this system
        result = solve(resolved.case)
        if int(result.status) == OK and (best is None or float(result.run) < float(best[1].run)):
            best = resolved, result
    return best


def _scenario(row: Row, devices: Devices) -> Scenario:
    sequence, batch = whole(row, "seq_len"), whole(row, "gbs")
    framework = _framework(row, devices)
    workload: dict[str, Any] = {
        "task": "train",
        "model": row_model(row),
        "sequence": sequence,
        "global_batch": batch,
        "tokens": float(sequence * batch),
        "precision": _training_precision(row, devices),
        "framework": framework,
    }
    release = RELEASE.search(row.get("framework", ""))
    if release and devices.catalog.choose(framework, "release") is None:
        workload["software"] = f"20{release[1]}-{release[2]}"
    adapter = ADAPTER.search(row["model"] + " " + row.get("framework", ""))
    if adapter:
        workload["adapter"] = {"rank": int(adapter[1] or ADAPTER_RANK)}
    system: dict[str, Any] = {"accelerator": devices.part(row["accel"]), "count": whole(row, "n_accel")}
    ports = PORTS.search(row.get("interconnect", ""))
    if ports:
        per_accelerator = float(ports[1]) * float(ports[2]) / whole(row, "node_size", 8)
        system["scale_out"] = {"bandwidth": f"{per_accelerator:g} Gb/s"}
    parts = {"workload": workload, "system": system, "supply": {"in_hand": True}}
    plan = _plan(row, devices, framework)
    return scenario_from({"name": row.get("case_id", ""), **parts, "plan": plan})


def _completed(row: Row) -> Row:
    """Return the row with the sequence and batch that it leaves open, where it asks for a rate.

    Rates hardly depend on them: full pipelines and a usual load of tokens per accelerator.
    """
    if not _is_rate(row):
        return row
    sequence, micro_batch, pipeline = (
        whole(row, column, default) for column, default in (("seq_len", SEQUENCE), ("mbs", 1), ("pp", 1))
    )
    ways = whole(row, "tp", 1) * whole(row, "cp", 1) * pipeline
    fill = PIPELINE_FILL * pipeline if pipeline > 1 else 1
    each = max(TOKENS // sequence, 1) * micro_batch * fill
    batch = whole(row, "gbs", max(whole(row, "n_accel") // ways, 1) * each)
    return {**row, "seq_len": str(sequence), "gbs": str(batch)}


def _is_rate(row: Row) -> bool:
    words = f"{row.get('metric', '')} {row.get('unit', '')}".casefold()
    return "mfu" in words or "/s" in words


def _framework(row: Row, devices: Devices) -> str:
    """Return the catalogued framework that a row's family or framework column names; today's if none."""
    for text in (row.get("family", ""), row.get("framework", "")):
        part = devices.catalog.mentioned(text, "framework")
        if part is not None:
            return part.name
    return "Megatron"


def _plan(row: Row, devices: Devices, framework: str) -> dict[str, Any]:
    """Return the row's parallel plan; what it leaves open is what the framework does by default."""
    plan: dict[str, Any] = {name: whole(row, column, 1) for name, column in WAYS.items()}
    plan["context"] *= _spread(row, plan)
    recompute = row.get("recompute", "").casefold()
    plan["recompute"] = "none" if recompute in NO_RECOMPUTE else "full"
    if "selective" in recompute:
        plan["recompute"] = "selective"
    for name in ("zero", "overlap_data", "overlap_tensor", "overlap_expert"):
        choice = devices.catalog.choose(framework, name)
        if choice is not None:
            plan[name] = int(choice.value) if name == "zero" else choice.value
    parallel = row.get("dp_or_fsdp", "").casefold()
    if "fsdp" in parallel or "zero-3" in parallel:
        plan["zero"] = 3
    chunks = devices.catalog.choose(framework, "interleave")
    if chunks is not None and plan["pipeline"] > 1 and plan["interleave"] == 1:
        plan["interleave"] = int(chunks.value)
    follows = devices.catalog.choose(framework, "sequence_parallel")
    plan["sequence_parallel"] = follows is None or follows.value == "yes"
    return plan


def _spread(row: Row, plan: dict[str, Any]) -> int:
    """Return the ways over which sequences must be split for the batch to reach all accelerators."""
    ways = plan["tensor"] * plan["pipeline"] * plan["context"] * plan["micro_batch"]
    idle = whole(row, "n_accel") / ways / whole(row, "gbs")
    return max(1, round(idle))


def _training_precision(row: Row, devices: Devices) -> str:
    """Return the preset of a row's format: the one its products run in."""
    formats = devices.precision(row.get("precision", "") or "bf16")
    return formats.products or formats.activations


def _metric(row: Row, scenario: Scenario, resolved: Resolved, step: TrainingStep) -> float:
    """Return the row's metric in the row's unit."""
    metric, unit = row["metric"].casefold(), row.get("unit", "").casefold()
    workload = scenario.workload
    if not isinstance(workload, Train):
        raise UnansweredError("not a training run")
    seconds, count = float(step.time), scenario.system.count
    if "tokens/s" in unit:
        rate = workload.sequence * workload.global_batch / seconds
        return rate if unit == "tokens/s" else rate / count
    if "time-to-train" in metric:
        tokens = resolved.book.optional(workload.framework, "tokens_to_quality")
        if tokens is None:
            raise UnansweredError(f"the metric {row['metric']!r} is not predicted")
        return seconds * float(tokens) / workload.tokens / (MINUTE if unit == "min" else 1.0)
    if unit == "s":
        return seconds
    if unit == "ms":
        return 1e3 * seconds
    counts = resolved.book.text(workload.framework, "counts_recompute") == "yes"
    executed = "recompute" in metric or counts
    flops = float(step.flops) if executed else 3.0 * float(step.forward_stage.flops * step.micro_batches)
    if "tflop" in unit:
        return flops / seconds / TERA
    if "mfu" in metric:
        share = flops / seconds * float(resolved.chip.peak_gemm_s)
        return 100.0 * share if "%" in metric or "%" in unit else share
    raise UnansweredError(f"the metric {row['metric']!r} is not predicted")
