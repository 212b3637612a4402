"""Tables of measured power: language models being served, micro-benchmarks, whole servers at the wall."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tauplan.catalog.policy import Policy
from tauplan.chip.power import activity_energy
from tauplan.errors import InputError
from tauplan.evaluate.book import Book
from tauplan.evaluate.chip_rates import OTHER, ChipFacts
from tauplan.evaluate.resolve import resolve
from tauplan.evaluate.solve import solve
from tauplan.spec.scenario import scenario_from
from tauplan.validate.devices import Devices
from tauplan.validate.prediction import Prediction
from tauplan.validate.table import Row, Table, UnansweredError, number

PLAN = re.compile(r"TP(\d+) DP(\d+) EP(\d+)")
OUTPUT = re.compile(r"avg_output_len=([\d.]+)")
SOCKETS = re.compile(r" x(\d+)$")
EMBEDDED = re.compile(r"\b(arm|cortex)", re.IGNORECASE)
"""Processors of a module that the thermal design power of its accelerator covers."""
ROUNDS = 64.0  # requests per slot: the steady pace is what counts


def power_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict mean power rows [W]: of accelerators, or of a server where the scope says so."""
    return [_predict(i, row, devices) for i, row in enumerate(table.rows)]


def _predict(index: int, row: Row, devices: Devices) -> Prediction:
    head = (row.get("case_id") or str(index + 1), f"power, {row.get('family', '')}", row.get("device", ""))
    use, measured = row.get("split_hint", ""), float("nan")
    try:
        measured = number(row, "value")
        predicted = _model(row)(row, devices)
    except InputError as error:
        return Prediction(*head, row["metric"], measured, reason=error.problems[0].message, use=use)
    except UnansweredError as reason:
        return Prediction(*head, row["metric"], measured, reason=str(reason), use=use)
    return Prediction(*head, row["metric"], measured, predicted, use=use)


def _model(row: Row) -> Callable[[Row, Devices], float]:
    if row["mode"] == "micro-benchmark":
        return _benchmark
    if "wall" in row.get("scope", ""):
        return _wall
    if PLAN.search(row.get("config", "")):
        return _serving
    raise UnansweredError(f"no operators are known for {row['model']!r}")


def _serving(row: Row, devices: Devices) -> float:
    """Return the power of all accelerators that serve a language model [W]."""
    plan, output = PLAN.search(row["config"]), OUTPUT.search(row.get("notes", ""))
    if plan is None or output is None:
        raise UnansweredError("no mean output length")
    tensor, _, expert = (int(ways) for ways in plan.groups())
    count = int(number(row, "n_device", 1.0))
    batch = max(1, round(number(row, "batch") * tensor / count))
    prompt = devices.catalog.choose(f"requests {row['mode']}", "prompt_tokens")
    if prompt is None or isinstance(prompt.value, str):
        raise UnansweredError(f"unknown kind of requests {row['mode']!r}")
    parts: dict[str, Any] = {
        "name": row.get("case_id", ""),
        "workload": {
            "task": "serve",
            "model": row["model"].rpartition("/")[2],
            "prompt": int(prompt.value),
            "output": max(1, round(float(output[1]))),
            "batch": batch,
            "requests": ROUNDS * batch * count / tensor,
            "precision": devices.precision(row["precision"]).model_dump(exclude_none=True),
        },
        "system": {"accelerator": devices.part(row["device"]), "count": count},
        "plan": {"tensor": tensor, "expert": expert},
        "supply": {"in_hand": True},
    }
    result = solve(resolve(scenario_from(parts), devices.catalog).case)
    return float(result.device_J) / float(result.run)


def _benchmark(row: Row, devices: Devices) -> float:
    """Return the power of one accelerator that runs long products, a memory copy or messages alone [W]."""
    kind, _, what = row["model"].partition("-")
    name = row["device"].partition("/")[2].strip() or row["device"]
    facts = _first_known(name, devices)
    energy = facts.energy
    if kind == "computation":
        flops = 1.0 / float(facts.rates.gemm_flop_s)  # in any format: the wider, the fewer and the dearer
        return float(activity_energy(energy, 1.0, flops, 0.0, 0.0))
    if kind == "main_memory":
        return float(activity_energy(energy, 1.0, 0.0, 1.0 / float(facts.rates.memory_byte_s), 0.0))
    book = Book(devices.catalog, Policy())
    generation = devices.catalog.resolve(facts.part).generation or OTHER
    awake = float(book.number(generation, "awake_share", (OTHER, "awake_share"))) * float(facts.tdp_W)
    rate = book.optional(facts.part, "scale_up_bandwidth")
    sent_B = float(rate or 0.0) if what.endswith("intraserver") else 0.0
    return awake + sent_B * float(energy.link_J + energy.byte_J)


def _first_known(names: str, devices: Devices) -> ChipFacts:
    """Return the chip of the first of several names, separated by slashes, that the catalogue knows."""
    for name in names.split("/"):
        if devices.catalog.find(name.strip()) is not None:
            return devices.facts(name.strip(), "bf16")
    raise UnansweredError(f"unknown device {names!r}")


def _wall(row: Row, devices: Devices) -> float:
    """Return the power of a server whose accelerators are busy [W]: hosts + accelerators at their limit.

    Submissions tuned for efficiency run their accelerators below the thermal design power.
    """
    part = devices.catalog.resolve(devices.part(row["device"]))
    book = Book(devices.catalog, Policy())
    tdp_W, generation = float(book.number(part.name, "tdp")), part.generation or OTHER
    tuned = "maxq" in row.get("notes", "").casefold()
    shared = ((generation, "efficient_share"), (OTHER, "efficient_share"))
    share = float(book.number(part.name, "efficient_share", *shared)) if tuned else 1.0
    hosts = SOCKETS.search(row.get("config", ""))
    board = EMBEDDED.search(row.get("config", ""))
    sockets = float(hosts[1]) if hosts and not board else 0.0
    return sockets * float(book.number("processor socket", "power")) + number(row, "n_device") * share * tdp_W
