"""The composition: a case becomes times, energy, money and feasibility. Pure; scalars or arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from tauplan import tau
from tauplan.chip.power import activity_energy
from tauplan.cluster.drives import step_transfers
from tauplan.cluster.failures import Goodput, job_time
from tauplan.cluster.footprint import Footprint, serving_footprint, stage_activations, training_footprint
from tauplan.cluster.layout import divides, groups
from tauplan.cluster.offload import offload
from tauplan.cluster.serving import Serving, Streamed, serving
from tauplan.cluster.training import TrainingStep, training_step
from tauplan.cluster.weights import local_weights, trained_weights
from tauplan.cost.ownership import capital_charge, energy_charge, facility_energy
from tauplan.evaluate.case import Case, ServingTask, TrainingTask, map_times
from tauplan.supply.chain import supply_time
from tauplan.tau import Number
from tauplan.tau import arrays as np

OK, MEMORY, FAILURES, LATENCY, PLAN = 0, 1, 2, 3, 4
REASONS = {
    OK: "",
    MEMORY: "does not fit in memory",
    FAILURES: "failures come faster than the job restarts",
    LATENCY: "the time per output token is over its limit",
    PLAN: "the plan does not divide what it splits",
}
"""Why a design is infeasible, by status code."""


@dataclass(frozen=True)
class Result:
    """What comes out: times [s], energies [J], powers [W], money [USD], bytes [B], status code.

    ``checkpoint_s``: standstill of one checkpoint; ``start_s``: to load weights and state from the drives;
    ``fetch_s``: to fetch the kept cache of one prompt [s].
    """

    status: Number
    time_to_result: Number
    supply: Number
    run: Number
    goodput: Number
    energy_J: Number
    device_J: Number
    power_W: Number
    cost_USD: Number
    energy_USD: Number
    capital_USD: Number
    footprint: Footprint
    steps: Number
    step: TrainingStep | None = None
    serving: Serving | None = None
    batch: Number = 0.0
    checkpoint_interval: Number = 0.0
    checkpoint_s: Number = 0.0
    start_s: Number = 0.0
    fetch_s: Number = 0.0


def solve(case: Case) -> Result:
    """Evaluate a case: training or serving, supply, energy and cost.

    Time to result = supply time + run time (useful time over goodput), in seconds. Infeasible designs keep
    their numbers; ``status`` tells (codes of :data:`REASONS`).
    """
    if isinstance(case.task, TrainingTask):
        return _train(case, case.task)
    task = _with_largest_batch(case, case.task) if case.task.largest_batch else case.task
    return _serve(case, task)


def ordered_anew(result: Result, case: Case) -> Result:
    """Return the result of a case that differs from the result's own by its supply chain alone."""
    supply = supply_time(case.supply)
    return replace(result, supply=supply, time_to_result=result.run + supply)


def _train(case: Case, task: TrainingTask) -> Result:
    layout, element = case.layout, case.element
    local, trained = local_weights(case.size, layout), trained_weights(case.size, layout)
    moved = None
    if case.memory is not None:
        kept = stage_activations(case.shape, layout, element, task.sequence, task.materialised)
        sizes = (element.weight, task.gradient_B, task.optimizer_traffic_B)
        moved = offload(layout, local, trained, kept, *sizes)
    step = training_step(
        case.shape,
        task.sequence,
        task.global_batch,
        layout,
        groups(layout, case.tiers),
        local,
        trained,
        case.chip,
        element,
        task.gradient_B,
        task.optimizer_traffic_B,
        case.host_s,
        host=case.issue,
        materialised=task.materialised,
        fused_accumulation=task.fused_accumulation,
        moved=moved,
        memory=case.memory,
    )
    footprint = training_footprint(
        case.shape,
        local,
        trained,
        layout,
        element,
        task.sequence,
        step.micro_batches,
        task.gradient_B,
        task.optimizer_state_B,
        task.materialised,
    )
    step, footprint = _beside_drives(case, task, step, footprint)
    steps = np.ceil(task.tokens / (task.sequence * task.global_batch))
    state_B = trained.total * (element.weight + task.optimizer_state_B) / layout.gradient_group
    rely, drives = case.reliability, case.drives
    checkpoint_s = state_B * drives.write_s if rely.checkpoint_s is None else rely.checkpoint_s
    start_s = state_B * drives.read_s
    useful = step.time * steps * case.residual + start_s
    restart_s = rely.restart_s + tau.seconds(start_s)
    job = job_time(useful, case.count, rely.mtbf_s, checkpoint_s, restart_s)
    device_J = activity_energy(case.energy, tau.seconds(step.time), step.flops, step.bytes, step.link_bytes)
    waste = 1.0 / np.where(job.goodput > 0, job.goodput, 1.0)
    result = _result(case, footprint, job, device_J * case.count * steps * waste, steps, step=step)
    return replace(result, checkpoint_s=tau.seconds(checkpoint_s), start_s=tau.seconds(start_s))


def _beside_drives(
    case: Case, task: TrainingTask, step: TrainingStep, footprint: Footprint
) -> tuple[TrainingStep, Footprint]:
    """Return a step beside what its drives stream, and what then stays in memory."""
    shares = case.on_drives
    tokens = task.global_batch * task.sequence / case.count
    transfers = step_transfers(
        case.drives, shares, tokens, footprint.weights, step.micro_batches, footprint.optimizer
    )
    time = np.maximum(step.time, transfers)
    waited = tau.seconds(time) - tau.seconds(step.time)
    kept = replace(
        footprint,
        weights=footprint.weights * (1.0 - shares.weights),
        optimizer=footprint.optimizer * (1.0 - shares.optimizer),
    )
    return replace(step, time=time, drives=waited), kept


def _serve(case: Case, task: ServingTask) -> Result:
    local = local_weights(case.size, case.layout)
    replicas = np.maximum(case.count / case.layout.replica, 1.0)
    rounds = np.ceil(task.requests / replicas)
    batch = np.minimum(task.batch, rounds)
    largest_pass = np.maximum(np.minimum(task.chunk, task.prompt), batch)
    context = task.prompt + task.output
    footprint = serving_footprint(case.shape, local, case.layout, case.element, batch, context, largest_pass)
    shares, read_s = case.on_drives, case.drives.read_s
    prompt_B = footprint.cache * (
        task.prompt / (batch * context)
    )  # cache of one prompt, linear in its tokens
    streamed = Streamed(
        pass_s=read_s * (shares.weights * footprint.weights),
        prompt_s=read_s * (shares.cache * prompt_B),
        share=shares.cache,
    )
    served = serving(
        case.shape,
        task.prompt,
        task.output,
        batch,
        task.chunk,
        replicas,
        task.prefill_share,
        case.layout,
        groups(case.layout, case.tiers),
        case.chip,
        case.element,
        case.host_s,
        streamed,
        case.issue,
        unfused=task.unfused,
    )
    footprint = replace(footprint, weights=footprint.weights * (1.0 - case.on_drives.weights))
    # slots fill up, then requests leave at the steady pace, and the last one runs its whole course
    in_flight = batch * replicas * (1.0 - task.prefill_share)
    start_s = read_s * footprint.weights
    fill = np.maximum(served.fill_s, served.ttft) + start_s
    useful = served.request_s * np.maximum(task.requests - in_flight, 0.0) + fill
    useful = useful + served.tpot * task.output
    lost = np.minimum(case.reliability.restart_s * case.layout.replica / case.reliability.mtbf_s, 1.0)
    alive = lost < 1.0
    progress = np.where(alive, 1.0 - lost, 1.0)
    job = Goodput(
        tau.stretch(useful * case.residual, 1.0 / progress, "failures"), 0.0, np.where(alive, progress, 0.0)
    )
    prefill, decode = served.prefill, served.decode
    per_request = [
        prefill_work * served.chunks + decode_work * task.output / batch
        for prefill_work, decode_work in (
            (prefill.flops, decode.flops),
            (prefill.bytes, decode.bytes),
            (prefill.link_bytes, decode.link_bytes),
        )
    ]
    handled = task.requests * case.layout.replica / case.count
    work = (amount * handled for amount in per_request)
    device_J = activity_energy(case.energy, tau.seconds(job.time), *work) * case.count
    result = _result(case, footprint, job, device_J, rounds, served=served, batch=batch)
    fetch_s = tau.seconds(streamed.prompt_s) * case.layout.pipeline
    result = replace(result, start_s=tau.seconds(start_s), fetch_s=fetch_s)
    late = tau.seconds(served.tpot) > task.tpot_limit_s
    status = np.where((result.status == OK) & late, LATENCY, result.status)
    # pools that are apart hold whole replicas
    smaller = np.minimum(task.prefill_share, 1.0 - task.prefill_share) * replicas
    whole = (task.prefill_share <= 0.0) | (smaller >= 1.0)
    return replace(result, status=np.where(whole, status, PLAN))


def _result(
    case: Case,
    footprint: Footprint,
    job: Goodput,
    device_J: Number,
    steps: Number,
    step: TrainingStep | None = None,
    served: Serving | None = None,
    batch: Number = 0.0,
) -> Result:
    ends = np.isfinite(tau.seconds(job.time))  # a job that never ends has no energy or cost worth a number
    run_s = np.where(ends, tau.seconds(job.time), 1.0)
    facility = case.facility
    energy_J = facility_energy(device_J, facility.host_W * case.count, run_s, facility.pue)
    energy_USD = energy_charge(energy_J, facility.electricity_USD_per_J)
    capital_USD = capital_charge(facility.capital_USD, run_s, facility.life_s)
    supply = supply_time(case.supply)
    fits = footprint.total <= case.usable_B
    if case.memory is not None:
        fits = fits & (footprint.host <= case.memory.memory_B)
    status = np.where(fits, np.where(job.goodput > 0, OK, FAILURES), MEMORY)
    task = case.task
    sizes = (task.global_batch, task.sequence) if isinstance(task, TrainingTask) else (None, None)
    whole = divides(case.layout, case.shape, case.count, *sizes)
    status = np.where(whole, status, PLAN)
    return Result(
        status=status,
        time_to_result=job.time + supply,
        supply=supply,
        run=job.time,
        goodput=job.goodput,
        energy_J=energy_J,
        device_J=device_J,
        power_W=energy_J / run_s,
        cost_USD=energy_USD + capital_USD,
        energy_USD=energy_USD,
        capital_USD=capital_USD,
        footprint=footprint,
        steps=steps,
        step=step,
        serving=served,
        batch=batch,
        checkpoint_interval=job.interval,
    )


# definition: batches tried for the largest one: powers of two and half-way between
BATCH_LADDER = tuple(float(b) for e in range(13) for b in ((1 << e), 3 << (e - 1) if e else 1))


CELLS = 4096  # definition: numbers of a trial; as many batches are tried at once as stay below it


def _with_largest_batch(case: Case, task: ServingTask) -> ServingTask:
    """Return the task with the largest batch that fits in memory and keeps TPOT within its limit."""
    plain = map_times(
        case, lambda time: time.seconds
    )  # who owns the seconds does not change whether they fit
    shape = np.shape(_serve(plain, replace(task, batch=BATCH_LADDER[0])).status)
    at_once = max(CELLS // math.prod(shape), 1)
    best: Number = 1.0
    for start in range(0, len(BATCH_LADDER), at_once):
        ladder = np.reshape(BATCH_LADDER[start : start + at_once], (-1, *(1 for _ in shape)))
        fits = _serve(plain, replace(task, batch=ladder)).status == OK
        best = np.maximum(best, np.max(np.where(fits, ladder, 1.0), axis=0))
    return replace(task, batch=best)
