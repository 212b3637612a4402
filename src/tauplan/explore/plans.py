"""The parallel plans worth trying: every way of splitting that the model and the system allow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import DEFAULT
from tauplan.cluster.layout import RECOMPUTE
from tauplan.explore.space import Axis
from tauplan.spec.scenario import Scenario
from tauplan.spec.workload import Train
from tauplan.workload.llm.catalogued import model_shape

MOST_TENSOR = 64
MOST_PIPELINE = 64
MOST_CONTEXT = 16
MOST_MICRO_BATCH = 16
MOST_BATCH = 4096
LONG_SEQUENCE = 32_768  # from here sequences are worth splitting over accelerators


def plan_axes(
    scenario: Scenario, catalog: Catalog, folder: Path | None, counts: Sequence[int], *, options: bool = False
) -> list[Axis]:
    """Return axes over all parallel plans of a model.

    Tensor ways: divisors of the attention heads; pipeline stages: powers of two and divisors of the layers;
    chunks per stage: divisors of the layers; expert ways: divisors of the experts; micro-batches (training) or
    batches (serving): powers of two; recomputation and ZeRO: every choice; shares of the replicas that only
    prefill (serving). Ways that divide none of the ``counts`` of accelerators are left out, since no design could
    have them; what does not divide the accelerators of one design is infeasible there. With ``options`` every
    option of a training run joins: sequence parallelism, overlap of tensor and data traffic, and what host memory
    keeps.
    """
    workload = scenario.workload
    shape = model_shape(workload.model, catalog, DEFAULT, folder)
    heads, layers = shape.heads, int(shape.layers)
    stages = {*_powers(min(MOST_PIPELINE, layers)), *(d for d in _divisors(layers) if d <= MOST_PIPELINE)}
    tensor = [d for d in _divisors(heads) if d <= MOST_TENSOR]
    axes = [
        _axis("plan.tensor", _dividing(tensor, counts)),
        _axis("plan.pipeline", _dividing(sorted(stages), counts)),
    ]
    if shape.experts:
        axes.append(_axis("plan.expert", _divisors(int(shape.experts))))
    if not isinstance(workload, Train):
        return [*axes, _axis("workload.batch", _powers(MOST_BATCH)), _axis("workload.prefill_share", PREFILL)]
    if workload.sequence >= LONG_SEQUENCE:
        axes.append(_axis("plan.context", _powers(MOST_CONTEXT)))
    chunks = [d for d in _divisors(layers) if d <= layers // 2]
    axes += [
        _axis("plan.micro_batch", _powers(MOST_MICRO_BATCH)),
        _axis("plan.interleave", chunks),
        _axis("plan.recompute", list(RECOMPUTE)),
        _axis("plan.zero", [0, 1, 2, 3]),
    ]
    return [*axes, *(_axis(path, values) for path, values in OPTIONS.items())] if options else axes


PREFILL = [None, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75]
"""Shares of the replicas that only prefill; none: all do both."""

OPTIONS: dict[str, list[Any]] = {
    "plan.sequence_parallel": [False, True],
    "plan.overlap_data": [0.0, 0.9],
    "plan.overlap_tensor": [0.0, 0.5, 0.9],
    "plan.offload_optimizer": [0.0, 0.5, 1.0],
    "plan.offload_activations": [0.0, 0.5, 1.0],
    "plan.offload_weights": [0.0, 0.5, 1.0],
}
"""Options of a training run beyond how it is split, and their values."""


def _dividing(ways: Sequence[int], counts: Sequence[int]) -> list[int]:
    return [way for way in ways if any(count % way == 0 for count in counts)]


def _axis(path: str, values: list[Any]) -> Axis:
    labels = tuple("none" if value is None else str(value).lower() for value in values)
    return Axis(path, labels, tuple(((path, value),) for value in values), vector=True)


def _powers(most: int) -> list[int]:
    return [1 << exponent for exponent in range(most.bit_length()) if 1 << exponent <= most]


def _divisors(number: int) -> list[int]:
    return [d for d in range(1, number + 1) if number % d == 0]
