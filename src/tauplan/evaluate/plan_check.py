"""Plans that cannot be: every fault of a parallel plan at once, in the scenario's own words."""

from __future__ import annotations

from collections.abc import Iterator

from tauplan.cluster.layout import Layout
from tauplan.errors import InputError, Problem
from tauplan.evaluate.host_memory import offloads
from tauplan.spec.scenario import Scenario
from tauplan.spec.workload import Train
from tauplan.tau import Number
from tauplan.tau import arrays as np
from tauplan.workload.llm.shape import ModelShape


def check_plan(scenario: Scenario, shape: ModelShape, layout: Layout) -> None:
    """Refuse a plan that does not divide what it splits.

    Errors: :class:`InputError` with all faults. In a batch, arrays are left to the models: a plan that does
    not divide evenly is then rounded up to its fullest rank.
    """
    if not isinstance(scenario.workload, Train) and offloads(scenario.plan):
        raise InputError(
            Problem(
                "offloading to host memory is for training", path="plan", expected="no offload_* when serving"
            )
        )
    numbers = [scenario.system.count, layout.tensor, layout.pipeline, layout.context, layout.expert]
    numbers += [layout.data, layout.interleave, layout.micro_batch]
    if isinstance(scenario.workload, Train):
        numbers += [scenario.workload.global_batch, scenario.workload.sequence]
    if any(np.ndim(number) for number in numbers):
        return
    found = [*_ways(scenario, shape, layout), *_batch(scenario, layout)]
    if found:
        raise InputError(found)


def _ways(scenario: Scenario, shape: ModelShape, layout: Layout) -> Iterator[Problem]:
    plan = scenario.plan
    ways = plan.tensor * plan.pipeline * plan.context
    if plan.data is None and scenario.system.count % ways:
        yield Problem(
            "the plan does not divide the accelerators",
            path="plan",
            value=f"{scenario.system.count} accelerators over {plan.tensor} x {plan.pipeline} x {plan.context}",
            expected="count = tensor x pipeline x context x data",
        )
    elif plan.data is not None and ways * plan.data != scenario.system.count:
        yield Problem(
            "the plan does not use the accelerators",
            path="plan.data",
            value=f"{plan.tensor} x {plan.pipeline} x {plan.context} x {plan.data} = {ways * plan.data}",
            expected=f"{scenario.system.count}, the count of the system",
            hint="leave out plan.data to use what is left",
        )
    if shape.heads % plan.tensor:
        divisors = [str(d) for d in range(1, shape.heads + 1) if shape.heads % d == 0]
        yield Problem(
            f"tensor parallelism does not divide the {shape.heads} heads of {shape.name}",
            path="plan.tensor",
            value=str(plan.tensor),
            expected=f"one of {', '.join(divisors)}",
        )
    if plan.pipeline * plan.interleave > shape.layers:
        yield Problem(
            f"more pipeline stages than {shape.name} has layers",
            path="plan.pipeline",
            value=f"{plan.pipeline} stages x {plan.interleave} chunks",
            expected=f"at most {shape.layers} layers",
        )
    yield from _experts(plan.expert, plan.tensor, layout, shape)


def _experts(expert: int, tensor: int, layout: Layout, shape: ModelShape) -> Iterator[Problem]:
    if expert == 1:
        return
    ranks = layout.tensor * layout.context * layout.data
    if not shape.experts:
        yield Problem(f"{shape.name} has no experts", path="plan.expert", value=str(expert), expected="1")
    elif shape.experts % expert:
        yield Problem(
            f"expert parallelism does not divide the {shape.experts} experts of {shape.name}",
            path="plan.expert",
            value=str(expert),
            expected=f"a divisor of {shape.experts}",
        )
    if expert > ranks or ranks % max(expert, tensor):
        yield Problem(
            "expert parallelism does not fit into tensor x context x data",
            path="plan.expert",
            value=str(expert),
            expected=f"a divisor of {ranks:g}",
        )


def _batch(scenario: Scenario, layout: Layout) -> Iterator[Problem]:
    workload, plan = scenario.workload, scenario.plan
    if not isinstance(workload, Train):
        return
    per_step: Number = layout.data * layout.micro_batch
    if workload.global_batch % per_step:
        yield Problem(
            "the global batch is not a multiple of data ways x micro-batch",
            path="workload.global_batch",
            value=str(workload.global_batch),
            expected=f"a multiple of {layout.data:g} x {plan.micro_batch} = {per_step:g}",
        )
    elif plan.interleave > 1 and (workload.global_batch / per_step) % plan.pipeline:
        yield Problem(
            "interleaving needs micro-batches in multiples of the stages",
            path="plan.interleave",
            value=f"{workload.global_batch / per_step:g} micro-batches",
            expected=f"a multiple of {plan.pipeline}",
        )
    if workload.sequence % plan.context:
        yield Problem(
            "context parallelism does not divide the sequence",
            path="plan.context",
            value=str(plan.context),
            expected=f"a divisor of {workload.sequence}",
        )
