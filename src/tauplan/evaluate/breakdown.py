"""Where one step, or one output token, goes: waterfall, operators, memory."""

from __future__ import annotations

from collections.abc import Iterator

from tauplan.chip.kernels import bound_by, operator_time
from tauplan.cluster.layout import Layout
from tauplan.cluster.serving import ForwardPass
from tauplan.cluster.stage import StageTime, device_body, stage_body
from tauplan.cluster.training import TrainingStep
from tauplan.cluster.weights import stage_share
from tauplan.evaluate.answer import OperatorRow, Part
from tauplan.evaluate.case import Case, TrainingTask
from tauplan.evaluate.solve import Result
from tauplan.workload.llm.layer import head_operators, model_layer
from tauplan.workload.llm.step import Pass
from tauplan.workload.operators import Operator, backward


def time_parts(case: Case, result: Result) -> tuple[Part, ...]:
    """Return the waterfall of one step (training) or one output token (serving), in seconds that add up."""
    if result.step is not None:
        return tuple(part for part in _training(case.layout, result.step) if part.amount > 0)
    if result.serving is None:
        return ()
    others = float(result.serving.interference)
    waits = (Part("prefills of other requests", others),) if others > 0 else ()
    return (*_token(case, result.serving.decode), *waits)


def _exposed(stage: StageTime, layout: Layout, repeats: float) -> Iterator[Part]:
    """Split what collectives add to the kernels by cause, in proportion to their whole time."""
    causes = {
        "tensor-parallel collectives": float(stage.tensor),
        "expert all-to-all": float(stage.expert),
        "context-parallel gather": float(stage.context),
    }
    added = float(device_body(stage, layout)) - float(stage.kernels)
    whole = sum(causes.values())
    for label, amount in causes.items():
        yield Part(label, repeats * added * amount / whole if whole else 0.0)


def _training(layout: Layout, step: TrainingStep) -> Iterator[Part]:
    count = float(step.micro_batches)
    both = step.forward_stage.plus(step.backward_stage)
    yield Part("forward kernels", count * float(step.forward_stage.kernels))
    yield Part("backward kernels", count * float(step.backward_stage.kernels))
    yield from _exposed(both, layout, count)
    directions = (step.forward_stage, step.backward_stage)
    plain = sum(float(stage_body(stage, layout)) for stage in directions)
    device = sum(float(device_body(stage, layout)) for stage in directions)
    bodies = float(step.forward) + float(step.backward)
    whole_kernels = count * float(both.kernels) + sum(p.amount for p in _exposed(both, layout, count))
    yield Part("weights gathered (ZeRO 3)", count * (bodies - plain))
    yield Part("overlap of both directions", count * device - whole_kernels)
    yield Part("kernels issued late by the host", count * (plain - device))
    yield Part("vocabulary: embedding, head, loss", count * float(step.head))
    yield Part("transfer between stages", count * float(step.transfer))
    yield Part("pipeline bubble", float(step.bubble))
    yield Part("data-parallel reduction, exposed", float(step.data))
    yield Part("optimizer", float(step.optimizer))
    yield Part("host", float(step.host))
    yield Part("drives, exposed", float(step.drives))


def _token(case: Case, decode: ForwardPass) -> Iterator[Part]:
    stages = float(case.layout.pipeline)
    stage = decode.stage
    yield Part("kernels", stages * float(stage.kernels))
    yield from (part for part in _exposed(stage, case.layout, stages) if part.amount > 0)
    late = stages * (float(stage_body(stage, case.layout)) - float(device_body(stage, case.layout)))
    if late > 0:
        yield Part("kernels issued late by the host", late)
    yield Part("vocabulary: embedding, head, sampling", float(stage.head))
    rest = float(decode.time) - stages * float(stage_body(stage, case.layout)) - float(stage.head)
    waits = float(decode.drives)
    between = rest - float(case.host_s) - waits
    if between > 0:
        yield Part("transfer between stages", between)
    yield Part("host", float(case.host_s))
    if waits > 0:
        yield Part("drives, exposed", waits)


def operator_rows(case: Case, result: Result) -> tuple[OperatorRow, ...]:
    """Return the operators of one step or one token on one accelerator, longest first."""
    layout, shape = case.layout, case.shape
    if isinstance(case.task, TrainingTask):
        task = case.task
        work = Pass(layout.micro_batch, task.sequence, materialised=task.materialised)
        repeats, directions = (
            float(result.step.micro_batches) if result.step else 1.0,
            ("forward", "backward"),
        )
        head_tokens = layout.micro_batch * task.sequence / layout.context
    else:
        task = case.task
        in_stage = max(float(result.batch) / float(layout.pipeline), 1.0)
        work = Pass(
            in_stage,
            1.0,
            task.prompt + task.output / 2.0,
            decode=True,
            last_token_only=True,
            unfused=task.unfused,
        )
        repeats, directions, head_tokens = float(layout.pipeline), ("decode",), in_stage
    share = float(stage_share(shape.layers, layout.pipeline))
    rows: list[OperatorRow] = []
    for group in shape.groups:
        forward = model_layer(shape, group, work, layout.split, case.element)
        rows += _rows(case, forward, directions, repeats * group.count * share)
    head = head_operators(shape.hidden, shape.vocab, head_tokens, layout.split, case.element)
    rows += _rows(case, head, directions, repeats)
    return tuple(sorted(_merged(rows), key=lambda row: -row.seconds))


def _rows(
    case: Case, forward: tuple[Operator, ...], directions: tuple[str, ...], count: float
) -> Iterator[OperatorRow]:
    for direction in directions:
        for op in forward:
            for one in backward(op) if direction == "backward" else (op,):
                seconds = float(operator_time(one, case.chip))
                bound = bound_by(one, case.chip, seconds)
                yield OperatorRow(
                    op.name,
                    direction,
                    count,
                    float(one.flops) * count,
                    float(one.bytes) * count,
                    seconds * count,
                    bound,
                )


def _merged(rows: list[OperatorRow]) -> Iterator[OperatorRow]:
    """Join rows of one operator and direction; the longest of them says what binds."""
    names = dict.fromkeys((row.name, row.phase) for row in rows)
    for name, phase in names:
        same = [row for row in rows if (row.name, row.phase) == (name, phase)]
        longest = max(same, key=lambda row: row.seconds)
        yield OperatorRow(
            name,
            phase,
            sum(row.count for row in same),
            sum(row.flops for row in same),
            sum(row.bytes for row in same),
            sum(row.seconds for row in same),
            longest.bound_by,
        )
