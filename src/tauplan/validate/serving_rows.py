"""Tables of measured serving runs: latencies under load, highest throughput, single requests."""

from __future__ import annotations

from dataclasses import replace

from tauplan.errors import InputError
from tauplan.validate.devices import Devices
from tauplan.validate.prediction import Prediction
from tauplan.validate.serving_load import Loads
from tauplan.validate.serving_offline import highest_rate
from tauplan.validate.serving_setup import Setup, answerable
from tauplan.validate.serving_single import single_speed
from tauplan.validate.serving_task import pace_of_task
from tauplan.validate.table import Row, Table, UnansweredError, number

MILLI = 1e-3
OPEN = " of open size"  # how many workers, and whether they draft, is not stated
POOLS = " of pools"  # kinds of residuals: prompts and decoding on workers of their own


def serving_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict a table of serving runs, and a row's time to first token where it states one."""
    setup = Setup(devices)
    loads = Loads(setup)
    return [_predict(i, row, setup, loads) for i, row in enumerate(table.rows)]


def _predict(index: int, row: Row, setup: Setup, loads: Loads) -> Prediction:
    mode = row.get("mode", "").split(" ")[0]
    family = f"serving, {row.get('family', '')}, {mode}"
    found = Prediction(
        row.get("case_id") or str(index + 1),
        family,
        row.get("system", ""),
        row.get("metric", ""),
        float("nan"),
        use=row.get("split_hint", ""),
    )
    try:
        found = replace(found, measured=number(row, "value"))
        answerable(row)
        return _answer(found, row, setup, loads)
    except InputError as error:
        return replace(found, reason=error.problems[0].message)
    except UnansweredError as reason:
        return replace(found, reason=str(reason))


def _answer(found: Prediction, row: Row, setup: Setup, loads: Loads) -> Prediction:
    """Return the prediction of the row's metric in the row's unit."""
    metric, unit = row["metric"].casefold(), row.get("unit", "").casefold()
    if metric == "tpot":
        seen = loads.means(row)
        scale = MILLI if unit == "ms" else 1.0
        pools = POOLS if row["mode"].startswith("disagg") else ""
        left = OPEN if pools and not row.get("decode_workers", "").strip() else ""
        first = replace(found, predicted=seen.tpot_s / scale, kind=f"serving TPOT{pools}{left}")
        if row.get("second_metric", "").casefold() != "ttft ms":
            return first
        second = replace(found, metric="TTFT", family=f"{found.family}, TTFT", kind=f"serving TTFT{pools}")
        second = replace(second, measured=number(row, "second_value"), predicted=seen.ttft_s / MILLI)
        return replace(first, second=second)
    if metric.endswith("itl"):
        pace_s = pace_of_task(row, setup)
        return replace(found, predicted=pace_s / (MILLI if unit == "ms" else 1.0), kind="serving TPOT")
    if metric.endswith("speed"):
        what = metric.split()[0]
        return replace(
            found,
            predicted=single_speed(row, setup),
            family=f"{found.family}, {what}",
            kind=f"serving {what} speed",
        )
    if "throughput" in metric:
        rate = highest_rate(row, setup)
        per_s = rate.requests_per_s * (rate.output if "token" in unit else 1.0)
        return replace(found, predicted=per_s / (rate.accelerators if "gpu" in f"{metric} {unit}" else 1))
    raise UnansweredError(f"the metric {row['metric']!r} is not predicted")
