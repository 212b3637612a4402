"""Rows of runs on a named task at an average batch: the time between tokens."""

from __future__ import annotations

from tauplan.cluster.simulate.closed_form import prompt_cost
from tauplan.evaluate.engine import worker_scheduler, worker_steps
from tauplan.validate.serving_setup import NODE, Setup, Ways
from tauplan.validate.table import Row, number


def pace_of_task(row: Row, setup: Setup) -> float:
    """Return the median time between tokens at the stated average of sequences in flight [s].

    While less than half of the passes carry a prompt, the median is a decode step; beyond, a pass with as many
    prompts as requests end per step. Accelerators beyond the tensor ways hold attention ranks that share the
    experts.
    """
    engine = setup.engine(row.get("backend", ""))
    prompt, output = setup.benchmark(row.get("scenario", ""), "prompt_tokens"), number(row, "osl")
    count, tensor = max(int(number(row, "n_accel", 1.0)), 1), max(int(number(row, "tp", 1.0)), 1)
    formats = setup.precision(row)
    shape = setup.case(row["model"], row["system"], formats, Ways(), engine).shape
    expert = count if shape.experts and shape.experts % count == 0 else 1
    if tensor < count <= NODE and not shape.experts:
        tensor = count
    ways = Ways(tensor=tensor, ranks=count // tensor, expert=expert if count > tensor else 1)
    case = setup.case(row["model"], row["system"], formats, ways, engine)
    batch = max(round(number(row, "concurrency_or_batch")), 1)
    steps = worker_steps(case, engine, ways.ranks)
    context, ending = prompt + output / 2.0, batch / output
    alone = steps.decode_s(batch, context)
    if ending <= OFTEN:
        return alone
    rules = worker_scheduler(case, engine, context, ways.ranks)
    return alone + ending * prompt_cost(steps, rules, batch, context, prompt, 1.0)


OFTEN = 0.5  # definition of the median: more than this share of the passes
