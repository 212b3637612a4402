"""Tables of measured power: models being served or trained, images made, micro-benchmarks, servers at the wall."""

from __future__ import annotations

import re
from dataclasses import replace

from tauplan.catalog.policy import Policy
from tauplan.chip.power import activity_energy
from tauplan.errors import InputError
from tauplan.evaluate.book import Book
from tauplan.evaluate.chip_rates import OTHER
from tauplan.evaluate.facility import default_server
from tauplan.validate.devices import Devices
from tauplan.validate.power_draw import (
    PLAN,
    Draw,
    benchmark_chip,
    image_draw,
    job_draw,
    serving_draw,
)
from tauplan.validate.prediction import Prediction
from tauplan.validate.serving_setup import Setup
from tauplan.validate.table import Row, Table, UnansweredError, positive, whole

SOCKETS = re.compile(r" x(\d+)$")
BOARD, HOST_BUS = "server board", "host bus"
MARKS = re.compile(r"\((?:R|TM)\)", re.IGNORECASE)
EMBEDDED = re.compile(r"\b(arm|cortex)", re.IGNORECASE)
"""Processors of a module that the thermal design power of its accelerator covers."""


def power_rows(table: Table, devices: Devices) -> list[Prediction]:
    """Predict mean power rows [W], and the energy of an item where a row tells it and its pace is predicted [J]."""
    setup = Setup(devices)
    return [_predict(i, row, devices, setup) for i, row in enumerate(table.rows)]


def _predict(index: int, row: Row, devices: Devices, setup: Setup) -> Prediction:
    head = (row.get("case_id") or str(index + 1), f"power, {row.get('family', '')}", row.get("device", ""))
    found = Prediction(*head, row["metric"], float("nan"), use=row.get("split_hint", ""))
    try:
        found = replace(found, measured=positive(row, "value"), kind=_kind(row, devices))
        draw = row_draw(row, devices, setup)
        if draw is None:
            return replace(found, predicted=_direct(row, devices))
        return _with_item(replace(found, predicted=draw.watts), row, draw)
    except InputError as error:
        return replace(found, reason=error.problems[0].message)
    except UnansweredError as reason:
        return replace(found, reason=str(reason))


def row_draw(row: Row, devices: Devices, setup: Setup) -> Draw | None:
    """Return what the accelerators of a row do, or None where its power is found in another way."""
    if row["mode"] == "micro-benchmark" or "wall" in row.get("scope", ""):
        return None
    if PLAN.search(row.get("config", "")):
        return serving_draw(row, devices, setup)
    if "inference_steps" in row.get("config", ""):
        return image_draw(row, devices)
    if row["mode"] == "training":
        return job_draw(row, devices)
    raise UnansweredError(f"no operators are known for {row['model']!r}")


def _with_item(found: Prediction, row: Row, draw: Draw) -> Prediction:
    """Return the prediction with the energy of an item [J] beside it, where the row has one."""
    if not row.get("energy_per_item_J", "").strip() or draw.items_per_s != draw.items_per_s:
        return found
    item = replace(
        found,
        family=found.family.replace("power", "energy", 1),
        kind=found.kind.replace("power", "energy", 1),
        metric=f"J per {row.get('item', 'item')}",
        measured=positive(row, "energy_per_item_J"),
        predicted=draw.watts / draw.items_per_s,
    )
    return replace(found, second=item)


def _kind(row: Row, devices: Devices) -> str:
    """Return the kind of residuals: servers at the wall; devices whose generation has shares of its own; others."""
    if "wall" in row.get("scope", ""):
        return "power at the wall"
    part = devices.catalog.resolve(_device(row, devices))
    own = part.generation not in ("", OTHER) and devices.catalog.choose(part.generation, "running_share")
    return "power" if own else "power of other generations"


def _device(row: Row, devices: Devices) -> str:
    return benchmark_chip(row["device"].partition("/")[2].strip() or row["device"], devices).part


def _direct(row: Row, devices: Devices) -> float:
    return _wall(row, devices) if "wall" in row.get("scope", "") else _benchmark(row, devices)


def _benchmark(row: Row, devices: Devices) -> float:
    """Return the power of one accelerator that runs long products, a memory copy or messages alone [W]."""
    kind, _, what = row["model"].partition("-")
    facts = devices.facts(_device(row, devices), "bf16")
    energy = facts.energy
    if kind == "computation":
        flops = 1.0 / float(facts.rates.gemm_flop_s)  # in any format: the wider, the fewer and the dearer
        return float(activity_energy(energy, 1.0, flops, 0.0, 0.0))
    if kind == "main_memory":
        return float(activity_energy(energy, 1.0, 0.0, 1.0 / float(facts.rates.memory_byte_s), 0.0))
    rate = Book(devices.catalog, Policy()).optional(facts.part, "scale_up_bandwidth")
    sent_B = float(rate or 0.0) if what.endswith("intraserver") else 0.0
    return float(energy.awake_W) + sent_B * float(energy.link_J + energy.byte_J)


def _wall(row: Row, devices: Devices) -> float:
    """Return the power of a server whose accelerators are busy [W]: accelerators at their limit, and the host.

    Submissions tuned for efficiency run their accelerators below the thermal design power. The host: processors
    at a share of theirs, what stands beside each socket, and the switches between accelerators of a full server.
    """
    part = devices.catalog.resolve(devices.part(row["device"]))
    book = Book(devices.catalog, Policy())
    tdp_W, generation = float(book.number(part.name, "tdp")), part.generation or OTHER
    tuned = "maxq" in row.get("notes", "").casefold()
    shared = ((generation, "efficient_share"), (OTHER, "efficient_share"))
    share = float(book.number(part.name, "efficient_share", *shared)) if tuned else 1.0
    devices_in_use = whole(row, "n_device")
    return devices_in_use * (share * tdp_W + _switch_power(book, part.name, devices_in_use)) + _host_power(
        book, row
    )


def _host_power(book: Book, row: Row) -> float:
    """Return the power of the sockets that a row's configuration names [W]; none on modules."""
    hosts = SOCKETS.search(row.get("config", ""))
    if hosts is None or EMBEDDED.search(row["config"]):
        return 0.0
    known = book.catalog.mentioned(MARKS.sub("", row["config"]), "processor")
    processor_W = book.number(BOARD, "processor_tdp") if known is None else book.number(known.name, "tdp")
    each_W = book.number(BOARD, "socket_power") + book.number(BOARD, "load_share") * processor_W
    return float(hosts[1]) * float(each_W)


def _switch_power(book: Book, accelerator: str, in_use: float) -> float:
    """Return the power per accelerator of switches between those of a full server [W]; a host bus has none."""
    server = default_server(book.catalog, accelerator, None)
    if server is None or in_use < float(book.number(server, "scale_up_domain")):
        return 0.0
    link = book.text(server, "scale_up_link") or ""
    on_bus = (book.text(link, "collective_class") or "").startswith(HOST_BUS)
    return 0.0 if on_bus else float(book.number(BOARD, "switch_power"))
