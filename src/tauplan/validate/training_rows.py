"""Tables of measured training runs: one scenario per row, from the row's own words."""

from __future__ import annotations

from typing import Any

from tauplan.cluster.training import TrainingStep
from tauplan.errors import InputError
from tauplan.evaluate.resolve import Resolved, resolve
from tauplan.evaluate.solve import solve
from tauplan.spec.scenario import Scenario, scenario_from
from tauplan.spec.workload import Train
from tauplan.validate.devices import Devices
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row, Table, UnansweredError, number
from tauplan.workload.llm.shape import Attention, Ffn, LayerGroup, ModelShape

TERA = 1e12
WAYS = {
    "tensor": "tp",
    "pipeline": "pp",
    "interleave": "vpp",
    "context": "cp",
    "expert": "ep",
    "micro_batch": "mbs",
}
"""Plan field by the column that gives it."""
SOFTWARE = (("sc21", "2021-04"), ("ptd-p", "2021-04"), ("deepspeed", "2022-06"))
"""Words of a framework column that date it, where the row has no date; all others count as today's."""


def training_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict a table of training runs: step time, tokens per second, FLOP/s or MFU."""
    return [_predict(i, row, devices) for i, row in enumerate(table.rows)]


def _predict(index: int, row: Row, devices: Devices) -> Prediction:
    case, family = row.get("case_id") or str(index + 1), f"training, {row.get('family', '')}"
    device, metric, use = row.get("accel", ""), row.get("metric", ""), row.get("split_hint", "")
    measured = float("nan")
    try:
        measured = number(row, "value")
        scenario = _scenario(row, devices)
        resolved = resolve(scenario, devices.catalog, shape=_shape(row))
        result = solve(resolved.case)
        if result.step is None:
            raise UnansweredError("not a training step")
        predicted = _metric(row, scenario, resolved, result.step)
    except InputError as error:
        reason = error.problems[0].message
        return Prediction(case, family, device, metric, measured, reason=reason, use=use)
    except UnansweredError as reason:
        return Prediction(case, family, device, metric, measured, reason=str(reason), use=use)
    return Prediction(case, family, device, metric, measured, predicted, use=use)


def _scenario(row: Row, devices: Devices) -> Scenario:
    sequence, batch = number(row, "seq_len"), number(row, "gbs")
    workload: dict[str, Any] = {
        "task": "train",
        "model": row["model"],
        "sequence": int(sequence),
        "global_batch": int(batch),
        "tokens": sequence * batch,
        "precision": _training_precision(row, devices),
    }
    framework = row.get("framework", "").casefold()
    dated = next((date for word, date in SOFTWARE if word in framework), None)
    if dated:
        workload["software"] = dated
    plan: dict[str, Any] = {name: int(number(row, column, 1.0)) for name, column in WAYS.items()}
    recompute = row.get("recompute", "").casefold()
    plan["recompute"] = next((word for word in ("full", "selective") if word in recompute), "none")
    parallel = row.get("dp_or_fsdp", "").casefold()
    plan["zero"] = 3 if "fsdp" in parallel or "zero-3" in parallel else (0 if dated else 1)
    plan["sequence_parallel"] = not dated
    if dated:
        plan["overlap_data"] = 0
    system = {"accelerator": devices.part(row["accel"]), "count": int(number(row, "n_accel"))}
    parts = {"workload": workload, "system": system, "plan": plan, "supply": {"in_hand": True}}
    return scenario_from({"name": row.get("case_id", ""), **parts})


def _training_precision(row: Row, devices: Devices) -> str:
    """Return the preset of a row's format: the one its products run in."""
    formats = devices.precision(row.get("precision", "") or "bf16")
    return formats.products or formats.activations


def _shape(row: Row) -> ModelShape | None:
    """Return the shape that a row spells out; None where the model's name has to do."""
    if not row.get("layers", "").strip():
        return None
    hidden, heads = int(number(row, "hidden")), int(number(row, "heads"))
    if hidden % heads:
        raise UnansweredError(f"{heads} heads do not divide the hidden size {hidden}")
    size = hidden // heads
    attention = Attention("gqa", heads, int(number(row, "kv_heads", heads)), size, size)
    ffn = Ffn("dense", int(number(row, "ffn", 4.0 * hidden)), gated=False)
    vocabulary = int(number(row, "vocab", 51200.0))  # the GPT vocabulary padded to a multiple of 1024
    group = LayerGroup(int(number(row, "layers")), attention, ffn)
    return ModelShape(
        row["model"], hidden, vocabulary, (group,), tied=True, positions=int(number(row, "seq_len"))
    )


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
    if unit == "s" and "time-to-train" not in metric:
        return seconds
    if unit == "ms":
        return 1e3 * seconds
    executed = "recompute" in metric
    flops = float(step.flops) if executed else 3.0 * float(step.forward_stage.flops * step.micro_batches)
    if "tflop" in unit:
        return flops / seconds / TERA
    if "mfu" in metric:
        share = flops / seconds * float(resolved.chip.peak_gemm_s)
        return 100.0 * share if "%" in metric or "%" in unit else share
    raise UnansweredError(f"the metric {row['metric']!r} is not predicted")
