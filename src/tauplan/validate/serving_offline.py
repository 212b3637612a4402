"""Rows of highest throughput: all requests queued, the best batch that fits, the best plan where none is stated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tauplan.cluster.simulate.closed_form import saturated
from tauplan.evaluate.engine import worker_scheduler, worker_steps
from tauplan.evaluate.solve import BATCH_LADDER
from tauplan.validate.serving_setup import Setup, Ways
from tauplan.validate.table import Row, UnansweredError, number

MEAN_IN = re.compile(r"mean ~([\d.]+)(k?)")
MEAN_OUT = re.compile(r"([\d.]+) out\b")
WIDTHS = (1, 2, 4, 8)
KILO = 1e3  # definition: a "k" in a count of tokens
UNLIMITED = float("inf")


@dataclass(frozen=True)
class Rate:
    """Requests per second of all accelerators [1/s], tokens of an answer and accelerators [1]."""

    requests_per_s: float
    output: float
    accelerators: int


def highest_rate(row: Row, setup: Setup) -> Rate:
    """Return the highest rate of a row's system: over batches that fit and, where open, over plans."""
    prompt, output = _lengths(row, setup)
    limit_s = _pace(row, setup)
    count = max(int(number(row, "n_accel", number(row, "tp", 1.0) * number(row, "pp", 1.0))), 1)
    best = 0.0
    beams = setup.benchmark(f"MLPerf {_model(row, setup)}", "beams", 1.0)
    for ways, replicas in _plans(row, count, setup):
        rate = _replica(row, setup, ways, (prompt, output, beams), limit_s) / beams * replicas
        best = max(best, rate)
    if not best:
        raise UnansweredError("no plan fits in memory")
    return Rate(best, output, count)


def _replica(row: Row, setup: Setup, ways: Ways, tokens: tuple[float, float, float], limit_s: float) -> float:
    """Return the most sequences per second of one replica [1/s] over the batches that fit its cache."""
    prompt, output, beams = tokens
    engine = setup.engine(row.get("backend", ""))
    case = setup.case(row["model"], row["system"], setup.precision(row), ways, engine)
    steps = worker_steps(case, engine, ways.ranks)
    rules = worker_scheduler(case, engine, prompt + output, ways.ranks)
    best = 0.0
    for batch in BATCH_LADDER:
        whole = int(batch) * ways.ranks
        if whole * (prompt / beams + output) > rules.cache_tokens or whole > rules.slots:
            break
        rate = saturated(steps, rules, whole, prompt, output, beams)
        if whole / (rate * output) <= limit_s:
            best = max(best, rate)
    return best


def _plans(row: Row, count: int, setup: Setup) -> Iterator[tuple[Ways, int]]:
    """Yield plans that a row allows, with the replicas that the accelerators hold."""
    engine = setup.engine(row.get("backend", ""))
    shape = setup.case(row["model"], row["system"], setup.precision(row), Ways(), engine).shape
    heads = shape.heads
    stated = row.get("tp", "").strip()
    single = bool(stated) or "per gpu" in row.get("metric", "").casefold()
    widths = (int(number(row, "tp", float(count))),) if single else WIDTHS
    for width in widths:
        if width > count:
            continue
        replicas = count // width
        if heads % width == 0:
            yield Ways(tensor=width), replicas
        if shape.experts and width > 1 and shape.experts % width == 0:
            yield Ways(ranks=width, expert=width), replicas
            if heads % width == 0:
                yield Ways(tensor=width, expert=width), replicas


def _lengths(row: Row, setup: Setup) -> tuple[float, float]:
    """Return mean tokens of prompts and answers [1]: stated as numbers, in words, or by the benchmark."""
    words = row.get("isl", "")
    found = MEAN_IN.search(words)
    try:
        prompt = float(words)
    except ValueError:
        if found:
            prompt = float(found[1]) * (KILO if found[2] else 1.0)
        else:
            prompt = setup.benchmark(words, "prompt_tokens")
    out = MEAN_OUT.search(words)
    if row.get("osl", "").strip():
        return prompt, number(row, "osl")
    if out:
        return prompt, float(out[1])
    raise UnansweredError("osl is missing")


def _pace(row: Row, setup: Setup) -> float:
    """Return the time per output token that the row's scenario allows [s]."""
    scenario = row.get("scenario", "")
    if scenario not in ("Server", "Interactive"):
        return UNLIMITED
    return setup.benchmark(f"MLPerf {scenario} {_model(row, setup)}", "tpot_limit", UNLIMITED)


def _model(row: Row, setup: Setup) -> str:
    part = setup.devices.catalog.find(row["model"])
    return part.name if part else row["model"]
