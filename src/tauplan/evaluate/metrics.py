"""Figures that people of the field quote: MFU, tokens per second, cost per million tokens."""

from __future__ import annotations

from collections.abc import Iterator

from tauplan.cost.ownership import per_million_tokens
from tauplan.evaluate.case import ServingTask, TrainingTask
from tauplan.evaluate.resolve import Resolved
from tauplan.evaluate.solve import Result
from tauplan.workload.llm.parameters import count_parameters

Row = tuple[str, str, float, str]  # key, label, SI value, unit

FORWARD_AND_BACKWARD = (
    3.0  # definition: model FLOPs of a step are three forward passes; recompute does not count
)


def metrics(resolved: Resolved, result: Result) -> Iterator[Row]:
    """Yield (key, label, SI value, unit) for a feasible scalar result."""
    case = resolved.case
    count = float(case.count)
    if result.step is not None and isinstance(case.task, TrainingTask):
        step = result.step
        tokens = float(case.task.sequence * case.task.global_batch)
        seconds = float(step.time)
        flops = FORWARD_AND_BACKWARD * float(step.forward_stage.flops * step.micro_batches)
        yield "mfu", "model FLOP/s utilisation (MFU)", flops / seconds * float(resolved.chip.peak_gemm_s), "1"
        yield "model_flops_per_s", "model FLOP/s per accelerator", flops / seconds, "FLOP/s"
        yield "tokens_per_s", "tokens per second", tokens / seconds, "1/s"
        yield "tokens_per_s_per_device", "tokens per second and accelerator", tokens / seconds / count, "1/s"
        yield "steps", "optimizer steps", float(result.steps), "1"
        yield "micro_batches", "micro-batches per step and replica", float(step.micro_batches), "1"
        yield "goodput", "goodput (useful share of the run)", float(result.goodput), "1"
        yield from _drives(resolved, result)
        yield from _money(resolved, result, float(case.task.tokens))
    elif result.serving is not None and isinstance(case.task, ServingTask):
        rate = float(case.task.output / result.serving.request_s)
        replicas = count / float(case.layout.replica)
        yield "batch", "sequences in flight per replica", float(result.batch), "1"
        yield "replicas", "replicas", replicas, "1"
        yield "tokens_per_s", "output tokens per second", rate, "1/s"
        yield "tokens_per_s_per_device", "output tokens per second and accelerator", rate / count, "1/s"
        yield (
            "tokens_per_s_per_user",
            "output tokens per second and user",
            1.0 / float(result.serving.tpot),
            "1/s",
        )
        yield "decode_step_s", "decode step, undisturbed", float(result.serving.decode_s), "s"
        prefill = float(case.task.prompt / result.serving.ttft / case.layout.replica)
        yield "prefill_tokens_per_s_per_device", "prompt tokens per second and accelerator", prefill, "1/s"
        yield from _drives(resolved, result)
        yield from _money(resolved, result, float(case.task.output * case.task.requests))


def _drives(resolved: Resolved, result: Result) -> Iterator[Row]:
    """Yield what the drives named in the scenario take; nothing where there are none."""
    if resolved.storage is None:
        return
    drives = resolved.case.drives
    yield "drive_read_Bps", "read from drives, per accelerator", float(1.0 / drives.read_s), "B/s"
    yield "drive_write_Bps", "written to drives, per accelerator", float(1.0 / drives.write_s), "B/s"
    yield "drive_capacity_B", "capacity of all drives", float(resolved.storage.capacity_B), "B"
    yield "start_s", "weights and state loaded from drives", float(result.start_s), "s"
    if result.step is not None:
        yield "checkpoint_s", "standstill of one checkpoint", float(result.checkpoint_s), "s"
        yield "drive_wait_s", "wait for drives in one step", float(result.step.drives), "s"
    elif float(result.fetch_s) > 0:
        yield "fetch_s", "kept cache of one prompt fetched", float(result.fetch_s), "s"


def _money(resolved: Resolved, result: Result, tokens: float) -> Iterator[Row]:
    yield (
        "cost_per_million_tokens",
        "cost per million tokens",
        float(per_million_tokens(result.cost_USD, tokens)),
        "USD",
    )
    yield "energy_per_token", "energy per token, at the meter", float(result.energy_J) / tokens, "J"
    yield "capital_USD", "capital", float(resolved.case.facility.capital_USD), "USD"
    yield "parameters", "parameters", float(count_parameters(resolved.case.shape).total), "1"
    power = float(result.device_J / result.run / resolved.case.count)
    yield "device_power_W", "mean power of one accelerator", power, "W"
