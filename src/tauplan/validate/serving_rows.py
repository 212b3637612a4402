"""Tables of measured serving runs: time per output token at a concurrency, and highest throughput."""

from __future__ import annotations

import re
from typing import Any

from tauplan.errors import InputError
from tauplan.evaluate.resolve import resolve
from tauplan.evaluate.solve import BATCH_LADDER, OK, solve
from tauplan.spec.scenario import scenario_from
from tauplan.validate.devices import Devices
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row, Table, UnansweredError, number

MILLI = 1e-3
ROUNDS = 4.0  # requests per slot: enough for a steady pace
PARALLEL = re.compile(r"(bs|tp|pp|adp|moetp|moeep)(\d+)")


def serving_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict TPOT and throughput rows; a user's TPOT includes the prefills of others."""
    return [_predict(i, row, devices) for i, row in enumerate(table.rows)]


def _predict(index: int, row: Row, devices: Devices) -> Prediction:
    mode = row.get("mode", "").split(" ")[0]
    family = f"serving, {row.get('family', '')}, {mode}"
    head = (row.get("case_id") or str(index + 1), family, row.get("system", ""), row.get("metric", ""))
    use, measured = row.get("split_hint", ""), float("nan")
    try:
        measured = number(row, "value")
        predicted = _answer(row, devices)
    except InputError as error:
        return Prediction(*head, measured, reason=error.problems[0].message, use=use)
    except UnansweredError as reason:
        return Prediction(*head, measured, reason=str(reason), use=use)
    return Prediction(*head, measured, predicted, use=use)


def _answer(row: Row, devices: Devices) -> float:
    """Return the row's metric in the row's unit."""
    metric, unit = row["metric"].casefold(), row.get("unit", "").casefold()
    if metric == "tpot":
        return _tpot(row, devices) / (MILLI if unit == "ms" else 1.0)
    if "output throughput" in metric:
        rate, count = _throughput(row, devices)
        return rate / count if "per gpu" in metric or "gpu" in unit else rate
    raise UnansweredError(f"the metric {row['metric']!r} is not predicted")


def _tpot(row: Row, devices: Devices) -> float:
    if row["mode"].startswith("disagg"):
        ways = {name: int(value) for name, value in PARALLEL.findall(row.get("decode_parallel", ""))}
        workers = max(number(row, "decode_workers", 1.0), 1.0)
        shared = number(row, "concurrency_or_batch") / (workers * ways.get("adp", 1))
        batch, apart = float(ways.get("bs", shared)), True
    else:
        names = {"tp": "tp", "pp": "pp", "adp": "attention_dp", "moeep": "moe_ep"}
        ways = {name: max(int(number(row, column, 1.0)), 1) for name, column in names.items()}
        batch, apart = number(row, "concurrency_or_batch") / ways["adp"], False
    result = solve(resolve(scenario_from(_parts(row, devices, ways, max(batch, 1.0))), devices.catalog).case)
    if result.serving is None:
        raise UnansweredError("not a serving run")
    return float(result.serving.decode_s if apart else result.serving.tpot)


def _throughput(row: Row, devices: Devices) -> tuple[float, int]:
    """Return the highest output rate over the batches that fit, and the accelerators it takes."""
    ways = {"tp": int(number(row, "tp", 1.0)), "pp": int(number(row, "pp", 1.0))}
    ways["moeep"] = int(number(row, "moe_ep", 1.0))
    best = 0.0
    for batch in BATCH_LADDER:
        result = solve(resolve(scenario_from(_parts(row, devices, ways, batch)), devices.catalog).case)
        if int(result.status) != OK or result.serving is None:
            break
        best = max(best, number(row, "osl") / float(result.serving.request_s))
    if not best:
        raise UnansweredError("does not fit in memory")
    return best, ways["tp"] * ways["pp"]


def _format(row: Row, devices: Devices) -> str:
    """Return the row's number format, or that of the model's published weights."""
    named = row["precision"].strip().split(" ")[0]
    if named and "=" not in named:
        return named
    model = devices.catalog.find(row["model"])
    choice = devices.catalog.choose(model.name, "dtype") if model else None
    return str(choice.value) if choice else "bf16"


def _parts(row: Row, devices: Devices, ways: dict[str, int], batch: float) -> dict[str, Any]:
    replica = ways.get("tp", 1) * ways.get("pp", 1)
    ranks = ways.get("adp", 1)
    whole = max(round(batch), 1)
    precision = devices.precision(_format(row, devices))
    cache = "bf16" if precision.weights == "bf16" else "fp8"
    formats = precision.model_dump(exclude_none=True) | {"kv_cache": cache}
    return {
        "name": row.get("case_id", ""),
        "workload": {
            "task": "serve",
            "model": row["model"],
            "prompt": int(number(row, "isl")),
            "output": int(number(row, "osl")),
            "batch": whole,
            "requests": ROUNDS * whole * ranks,
            "precision": formats,
        },
        "system": {"accelerator": devices.part(row["system"]), "count": replica * ranks},
        "plan": {
            "tensor": ways.get("tp", 1),
            "pipeline": ways.get("pp", 1),
            "expert": ways.get("moeep", 1),
            "sequence_parallel": False,
        },
        "supply": {"in_hand": True},
    }
