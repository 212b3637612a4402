"""Rows of one request alone: speed of decoding and of reading a prompt."""

from __future__ import annotations

import re

from tauplan.evaluate.engine import cache_tokens, worker_steps
from tauplan.validate.serving_setup import Setup, Ways
from tauplan.validate.table import Row, UnansweredError, number

SEVERAL = re.compile(r"^(.*\S)\s{2,}(?:[x×]\s*)?(\d+)$")


def single_speed(row: Row, setup: Setup) -> float:
    """Return tokens per second of one request: ``osl`` answer tokens, or ``isl`` prompt tokens [1/s].

    Several accelerators hold the layers one after another: a token passes them all, prompts overlap.
    """
    device, count = _device(row["system"])
    engine = setup.engine(row.get("backend", ""))
    case = setup.case(row["model"], device, setup.precision(row), Ways(pipeline=count), engine)
    steps = worker_steps(case, engine)
    prompt, output = number(row, "isl", 0.0), number(row, "osl", 0.0)
    if cache_tokens(case, engine, max(prompt + output, 1.0)) < prompt + output:
        raise UnansweredError("the model does not fit in memory")
    if output > 0.0:
        return 1.0 / steps.decode_s(1, prompt + output / 2.0)
    pieces = max(round(prompt / engine.scheduler.budget), 1)
    size = prompt / pieces
    time = sum(steps.mixed_s(0, 0.0, [(size, i * size)]) for i in range(pieces))
    return prompt / (time * (pieces + count - 1) / pieces)


def _device(name: str) -> tuple[str, int]:
    """Return the accelerator and how many: "3090 24GB  4" are four."""
    several = SEVERAL.match(name.strip())
    return (several[1], int(several[2])) if several else (name, 1)
