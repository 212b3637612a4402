"""What an accelerator does in a measured run: times and events, from which its power follows."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from tauplan.catalog.policy import Policy
from tauplan.chip.power import ChipEnergy, activity_energy
from tauplan.cluster.issue import HostIssue
from tauplan.cluster.simulate.closed_form import prompt_cost
from tauplan.evaluate.book import Book
from tauplan.evaluate.chip_rates import ChipFacts
from tauplan.evaluate.denoise import FRAMEWORK as PIPELINES
from tauplan.evaluate.denoise import Canvas, Pipeline, denoise, resolve_denoiser
from tauplan.evaluate.eager_job import FRAMEWORK as EAGER
from tauplan.evaluate.eager_job import eager_step, resolve_job
from tauplan.evaluate.engine import OTHER_ENGINE, worker_scheduler, worker_steps
from tauplan.evaluate.resolve import resolve
from tauplan.evaluate.solve import solve
from tauplan.spec.scenario import scenario_from
from tauplan.validate.devices import Devices
from tauplan.validate.serving_setup import Setup, Ways
from tauplan.validate.table import Row, UnansweredError, positive, whole

PLAN = re.compile(r"TP(\d+) DP(\d+) EP(\d+)")
OUTPUT = re.compile(r"avg_output_len=([\d.]+)")
ROUNDS = 64.0  # requests per slot: the steady pace is what counts
ENGINE = "vLLM"
EAGER_FORMAT = "fp32"  # definition: what a training script runs in that says nothing of formats
MATRIX_FORMAT = (
    "tf32"  # definition: and what the products of such a script run in where there is hardware for it
)


@dataclass(frozen=True)
class Draw:
    """Work of one accelerator over ``time`` [s]: ``busy`` with kernels [s], ``flops`` [FLOP], bytes of memory and
    of links [B]; the energies of the accelerator, how many of them there are, and the pace of items [1/s].
    """

    energy: ChipEnergy
    count: float
    time: float
    busy: float
    flops: float
    memory_B: float
    link_B: float
    items_per_s: float = float("nan")

    @property
    def watts(self) -> float:
        """Mean power of all accelerators [W]."""
        work = (self.time, self.flops, self.memory_B, self.link_B)
        return self.count * float(activity_energy(self.energy, *work, busy_s=self.busy)) / self.time


def unit_energy() -> ChipEnergy:
    """Return energies that count along an axis: time, FLOPs, memory bytes, link bytes, busy time."""
    nothing, unlimited = np.zeros(5), np.full(5, np.inf)
    time, flops, memory, link, busy = np.eye(5)
    return ChipEnergy(nothing, time + busy, unlimited, flops, memory, link, awake_W=time)


def serving_draw(row: Row, devices: Devices, setup: Setup) -> Draw:
    """Return what accelerators do that serve a language model at a stated batch; items are output tokens."""
    plan, output = PLAN.search(row["config"]), OUTPUT.search(row.get("notes", ""))
    if plan is None or output is None:
        raise UnansweredError("no mean output length")
    tensor, _, expert = (max(int(ways), 1) for ways in plan.groups())
    count = whole(row, "n_device", 1)
    batch = max(1, round(positive(row, "batch") * tensor / count))
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
    case = resolve(scenario_from(parts), devices.catalog).case
    busy, flops, memory, link, _ = np.asarray(solve(replace(case, energy=unit_energy())).device_J) / count
    tokens = ROUNDS * batch * count / tensor * max(1, round(float(output[1])))
    time = tokens / _token_rate(row, parts["workload"]["model"], tensor, float(output[1]), setup)
    return Draw(
        case.energy,
        count,
        time,
        min(float(busy), time),
        float(flops),
        float(memory),
        float(link),
        items_per_s=tokens / time,
    )


def _token_rate(row: Row, model: str, tensor: int, output: float, setup: Setup) -> float:
    """Return the output tokens per second of all accelerators at the stated batch [1/s].

    Prompts delay decode steps, and the host handles sequences one by one between them.
    """
    book = Book(setup.devices.catalog, Policy(), given=setup.devices.given)
    engine = setup.engine(ENGINE)
    prompt = float(book.number(f"requests {row['mode']}", "prompt_tokens"))
    count, batch = whole(row, "n_device", 1), max(1, round(positive(row, "batch")))
    formats = setup.devices.precision(row["precision"])
    shape = setup.case(model, row["device"], formats, Ways(), engine).shape
    expert = count if shape.experts and shape.experts % count == 0 else 1
    ways = Ways(tensor=tensor, ranks=count // tensor, expert=expert if count > tensor else 1)
    case = setup.case(model, row["device"], formats, ways, engine)
    steps = worker_steps(case, engine, ways.ranks)
    context = prompt + output / 2.0
    rules = worker_scheduler(case, engine, context, ways.ranks)
    own = prompt_cost(steps, rules, batch, context, prompt, max(batch / output, 1.0))
    host_s = float(book.number(engine.name, "host_sequence_time", (OTHER_ENGINE, "host_sequence_time")))
    step = steps.decode_s(batch, context) + host_s * batch / ways.ranks
    return output / (own + output / batch * step)


def image_draw(row: Row, devices: Devices) -> Draw:
    """Return what accelerators do that make images or clips; items are those."""
    book = Book(devices.catalog, Policy(), given=devices.given)
    words = {name.strip(): value for name, _, value in (w.partition("=") for w in row["config"].split(";"))}
    kind = "video" if "num_frames" in words else "image"
    canvas = Canvas(
        width=whole(words, f"{kind}_width"),
        height=whole(words, f"{kind}_height"),
        frames=whole(words, "num_frames", 1),
        steps=whole(words, "inference_steps"),
        batch=positive(row, "batch"),
    )
    chip = devices.facts(row["device"], row["precision"])
    tiers = tuple(tier.tier for tier in devices.network(row["device"]))
    count = whole(row, "n_device", 1)
    pipeline = Pipeline(
        HostIssue(book.number(PIPELINES, "issue_time")),
        book.number(PIPELINES, "layer_passes"),
        book.number(PIPELINES, "pixel_time"),
    )
    counted = replace(chip, energy=unit_energy())
    made = denoise(resolve_denoiser(book, row["model"]), canvas, count, counted, tiers, pipeline)
    time, flops, memory, link, busy = np.asarray(made.energy_J) / count
    pace = canvas.batch / float(made.time)
    return Draw(chip.energy, count, float(time), float(busy), float(flops), float(memory), float(link), pace)


def job_draw(row: Row, devices: Devices) -> Draw:
    """Return what an accelerator does that trains a small network under the power limit that the row states."""
    book = Book(devices.catalog, Policy(), given=devices.given)
    job = resolve_job(book, row["model"])
    has_matrix_units = devices.figure(row["device"], f"peak_{MATRIX_FORMAT}") is not None
    chip = devices.facts(row["device"], MATRIX_FORMAT if has_matrix_units else EAGER_FORMAT)
    counted = replace(chip, energy=unit_energy())
    step = eager_step(job, positive(row, "batch"), counted, book.number(EAGER, "issue_time"), EAGER_FORMAT)
    time, flops, memory, link, busy = np.asarray(step.energy_J)
    limited = replace(chip.energy, limit_W=min(float(chip.energy.limit_W), _power_limit(row)))
    return Draw(limited, 1.0, float(time), float(busy), float(flops), float(memory), float(link))


def _power_limit(row: Row) -> float:
    """Return the power limit that a row's configuration states [W]; infinite where it states none."""
    try:
        found: object = json.loads(row.get("config", "") or "{}")
    except json.JSONDecodeError:
        return float("inf")
    limit = cast("dict[str, object]", found).get("power_limit") if isinstance(found, dict) else None
    return float(limit) if isinstance(limit, int | float) else float("inf")


def benchmark_chip(names: str, devices: Devices) -> ChipFacts:
    """Return the chip of the first of several names, separated by slashes, that the catalogue knows."""
    for name in names.split("/"):
        if devices.catalog.find(name.strip()) is not None:
            return devices.facts(name.strip(), "bf16")
    raise UnansweredError(f"unknown device {names!r}")
