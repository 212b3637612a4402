"""Rows of a vendor's model zoo on one neural core: latency and frame rate by threads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tauplan.validate.devices import Devices
from tauplan.validate.nets.case import NetCase, coefficients, find_slice, step
from tauplan.validate.nets.recipe import net_totals
from tauplan.validate.table import Row, UnansweredError
from tauplan.workload.net.totals import GIGA, MEGA, NetTotals, named_by_parameters

MILLI = 1e-3
THREADS = re.compile(r"(\d+) thread")
MANY = 4.0  # definition: "multi-threaded" is four threads in this zoo
RUNTIME = "OpenExplorer"
SIDE = 640  # definition: side of the image at which a YOLO's FLOPs are published
HEADS = ("-seg", "-pose", "-cls", " detect", " seg", " pose", " cls", "u")
"""Ends of a name that tell the task of a detector, not its body."""


def horizon_values(rows: list[Row], devices: Devices) -> Iterator[float | UnansweredError]:
    """Yield the predicted value of each row in its unit, or why there is none.

    One core works on one frame at a time, t_b; a thread also waits t_o around it. n threads make
    min(n/(t_b + t_o), 1/t_b) frames per second, and each frame takes n over that. A row of latencies that does not
    tell its threads is the next one of its table: one thread, two, three.
    """
    seen: dict[tuple[str, str, str], int] = {}
    for row in rows:
        key = (row["model"] + row["params_M"], row["metric"], row.get("notes", ""))
        if row["unit"] == "ms" and "single" not in row["metric"] and "multi" not in row["metric"]:
            seen[key] = seen.get(key, 0) + 1
        try:
            yield _value(row, seen.get(key, 1), devices)
        except UnansweredError as reason:
            yield reason


def _value(row: Row, order: int, devices: Devices) -> float:
    metric = row["metric"].casefold()
    if "post" in metric or "cpu" in metric:
        raise UnansweredError("work of the host's cores after the network: no model of its code")
    root = devices.catalog.root
    totals, kind = _totals(row, root)
    case = NetCase(
        RUNTIME, kind, totals, find_slice(root, row["device"]), "int8", figure="time", unit=MILLI, batch=1.0
    )
    busy, _ = step(case, devices)
    around = coefficients(devices, RUNTIME, kind).number("around", 0.0)
    threads = _threads(row, order)
    rate = min(threads / (busy + around), 1.0 / busy)
    return rate if row["unit"] == "FPS" else threads / rate / MILLI


def _threads(row: Row, order: int) -> float:
    metric = row["metric"].casefold()
    told = THREADS.search(row["mode"])
    if told:
        return float(told[1])
    if "single" in metric:
        return 1.0
    if row["unit"] == "FPS" or "multi" in metric:
        return MANY
    return float(order)


def _totals(row: Row, root: Path) -> tuple[NetTotals, str]:
    """Return totals and class of a row's network: by its name, else by its parameters and FLOPs."""
    side = _first_number(row["input_size"])
    size = None if side is None else int(side)
    name = row["model"].casefold().strip()
    found = net_totals(root, name, size)
    body = _body(name)
    if found is None and body != name:
        found = net_totals(root, body, size)
    kind = zoo_kind(row)
    params, gflops = _first_number(row["params_M"]), _first_number(row["gmacs"])
    if found is None and "yolo" in name and gflops and params and gflops > params:
        area = ((side or SIDE) / SIDE) ** 2
        return _from_flops(root, gflops * GIGA, params * MEGA).scaled(area), kind
    if found is None and params:
        near = named_by_parameters(root, params)
        found = None if near is None else near.totals.scaled(((side or near.size) / near.size) ** 2)
    if found is None:
        raise UnansweredError(f"no network is known as {row['model']!r} with {row['params_M']} M parameters")
    return found, kind


def zoo_kind(row: Row) -> str:
    """Return the class of a row's network."""
    name = row["model"].casefold()
    return "detector" if ("yolo" in name or "fcos" in name) and "cls" not in name else "classifier"


def _from_flops(root: Path, flops: float, parameters: float) -> NetTotals:
    """Return totals for published FLOPs and parameters, shaped as the nearest known detector's."""
    like = net_totals(root, "yolov8m", SIDE)
    if like is None:
        raise UnansweredError("no detector is listed whose shape could stand in")
    macs = flops / 2.0
    growth = (
        macs / float(like.macs)
    ) ** 0.5  # width and depth grow multiply-adds twice as fast as activations
    return replace(like, macs=macs, activations=like.activations * growth, parameters=parameters)


def _body(name: str) -> str:
    for end in HEADS:
        name = name.removesuffix(end)
    return name


def _first_number(text: str) -> float | None:
    found = re.search(r"\d+(\.\d+)?", text)
    return float(found[0]) if found else None
