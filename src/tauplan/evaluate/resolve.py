"""From a scenario and the catalogue to a case: every claim looked up, every default filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import Policy
from tauplan.cluster.drives import Drives
from tauplan.cluster.issue import CAPTURED, HostIssue
from tauplan.cluster.layout import RECOMPUTE, Layout
from tauplan.cluster.weights import ModelSize
from tauplan.evaluate.book import Book, Key
from tauplan.evaluate.case import Case, Reliability, ServingTask, TrainingTask
from tauplan.evaluate.chip_rates import OTHER, ChipFacts, resolve_chip
from tauplan.evaluate.design_notes import note_design
from tauplan.evaluate.designed_chip import resolve_design
from tauplan.evaluate.facility import default_server, resolve_facility
from tauplan.evaluate.framework import Framework, aged, resolve_framework, steady
from tauplan.evaluate.host_memory import owned, resolve_host_memory
from tauplan.evaluate.network import NetworkTier, resolve_network
from tauplan.evaluate.plan_check import check_plan
from tauplan.evaluate.residual import scenario_kind
from tauplan.evaluate.storage import StorageFacts, on_drives, resolve_storage
from tauplan.evaluate.supply_waits import resolve_waits, stages
from tauplan.spec.scenario import Scenario
from tauplan.spec.system import Accelerator
from tauplan.spec.workload import Format, Precision, Serve, Train
from tauplan.supply.lead_times import Wait
from tauplan.tau import Number, Time
from tauplan.workload.formats import BYTES
from tauplan.workload.llm.adapter import adapter_parameters
from tauplan.workload.llm.catalogued import model_shape
from tauplan.workload.llm.parameters import count_parameters
from tauplan.workload.llm.shape import Adapter, ModelShape
from tauplan.workload.llm.step import ElementBytes

OUTPUT_B = 2.0  # definition: activations leave a kernel in a 16-bit format
WHOLE = ("q8_0", "q4_0", "q4_k_m")
"""Formats of files whose embedding and head are quantised as well."""
STORED = ("int4", *WHOLE)
"""Formats that only store weights."""
OPTIMIZER_STATE_B = {"adam": 12.0, "adam-bf16": 6.0, "sgd": 8.0}  # definition: master copy and moments
ACCELERATORS = ("accelerator", "soc")


@dataclass(frozen=True)
class Resolved:
    """A case with what it was made from: chip, network, server and the book of claims."""

    scenario: Scenario
    case: Case
    chip: ChipFacts
    network: tuple[NetworkTier, ...]
    server: str | None
    precision: Precision
    book: Book
    waits: Mapping[str, Wait]
    storage: StorageFacts | None = None

    def _owned_drives(self) -> Drives:
        """Drives own what is written to them; where none are named, checkpoints are lost to failures."""
        if self.storage is not None:
            return self.storage.owned()
        plain = self.case.drives
        return Drives(Time.of("memory", plain.read_s), Time.of("failures", plain.write_s))

    def _owned_reliability(self) -> Reliability:
        stated = self.case.reliability.checkpoint_s
        owned = None if stated is None else Time.of("failures", stated)
        return replace(self.case.reliability, checkpoint_s=owned)

    def explained(self) -> Case:
        """Return the case with owned times in place of plain ones."""
        return replace(
            self.case,
            chip=self.chip.owned(),
            tiers=tuple(tier.owned() for tier in self.network),
            host_s=Time.of("software", self.case.host_s),
            issue=self.case.issue.owned(),
            memory=owned(self.case.memory),
            drives=self._owned_drives(),
            reliability=self._owned_reliability(),
            supply={
                name: replace(stage, lead_s=Time.of("supply", stage.lead_s))
                for name, stage in self.case.supply.items()
            },
        )


def resolve(
    scenario: Scenario,
    catalog: Catalog,
    folder: Path | None = None,
    substitutes: Mapping[Key, Number] | None = None,
    shape: ModelShape | None = None,
) -> Resolved:
    """Return the numbers of a scenario.

    Numeric fields of the scenario, and ``substitutes`` for claims, may be arrays; the case is then a batch.
    ``folder`` is where relative paths of model files start; ``shape`` stands in for the model's name.
    Errors: :class:`InputError` for unknown parts and plans that cannot be.
    """
    policy = Policy({(pin.part, pin.field): pin.source for pin in scenario.pins})
    chosen = scenario.system.accelerator
    name = chosen.part if isinstance(chosen, Accelerator) else chosen
    part = catalog.resolve(name, ACCELERATORS)
    changes = chosen.changes() if isinstance(chosen, Accelerator) else {}
    given = {(part.name, field): value for field, value in changes.items()}
    book = Book(catalog, policy, given, substitutes or {})
    designed = chosen.design if isinstance(chosen, Accelerator) else None
    drawn = None if designed is None else resolve_design(book, part.name, designed)
    if designed is not None and drawn is not None:
        # what the scenario sets itself stands above what the design gives
        book.given = {**{(part.name, field): value for field, value in drawn.given.items()}, **given}
        book.words = {(part.name, field): word for field, word in drawn.words.items()}
        note_design(book, designed, drawn)

    workload = scenario.workload
    shape = shape or model_shape(workload.model, catalog, policy, folder)
    precision = _precision(workload)
    server = default_server(catalog, part.name, scenario.system.server)
    chip = replace(resolve_chip(book, part.name, precision, scenario.system.power_cap), design=drawn)
    issue: HostIssue = CAPTURED
    layout = _layout(scenario)
    if isinstance(workload, Train):
        framework = resolve_framework(book, catalog, workload.framework, server, workload.software)
        generation = part.generation or OTHER
        chip = steady(aged(chip, book, generation, framework), book, generation, precision)
        shape = _with_adapter(shape, workload)
        task: TrainingTask | ServingTask = _training_task(workload, precision, framework)
        issue = framework.issue
        layout = replace(layout, flat_data=framework.flat_data)
    else:
        task = _serving_task(workload)
        if workload.framework is not None:
            framework = resolve_framework(book, catalog, workload.framework, server)
            issue, task = framework.issue, replace(task, unfused=framework.unfused)
    network = resolve_network(book, scenario.system, part.name, server)
    check_plan(scenario, shape, layout)
    residual = book.optional(f"residual {scenario_kind(workload, part, shape, precision)}", "ratio")
    waits = resolve_waits(book, scenario, part, server, drawn)
    link_J = network[0].energy_J
    storage = resolve_storage(book, scenario, server)
    facility = resolve_facility(book, scenario, part.name, server, network)
    if storage is not None:
        powered = facility.host_W + storage.power_W
        facility = replace(facility, host_W=powered, storage_USD=storage.price_USD)
    output_B = OUTPUT_B if BYTES[precision.activations] < BYTES["fp32"] else BYTES["fp32"]
    case = Case(
        shape=shape,
        size=model_size(shape),
        layout=layout,
        chip=chip.rates,
        tiers=tuple(tier.tier for tier in network),
        element=ElementBytes(
            weight=BYTES[precision.weights],
            input=BYTES[precision.activations],
            output=output_B,
            attention=BYTES[precision.attention],
            cache=BYTES[precision.kv_cache],
            head=BYTES[precision.weights] if precision.weights in WHOLE else output_B,
        ),
        energy=replace(chip.energy, link_J=link_J),
        count=scenario.system.count * 1.0,
        usable_B=chip.usable_B,
        host_s=_host_time(book, part.generation or OTHER, workload),
        issue=issue,
        facility=facility,
        reliability=_reliability(book, scenario),
        supply=stages(waits),
        task=task,
        memory=resolve_host_memory(book, scenario, server),
        drives=_drives(book, scenario, storage),
        on_drives=on_drives(scenario),
        residual=1.0 if residual is None else residual,
    )
    return Resolved(scenario, case, chip, network, server, precision, book, waits, storage)


def _precision(workload: Train | Serve) -> Precision:
    chosen = workload.precision
    if not isinstance(chosen, Precision):
        return _of_one_format(chosen, workload)
    if chosen.format is None:
        return chosen
    given = {name: getattr(chosen, name) for name in chosen.model_fields_set - {"format"}}
    return _of_one_format(chosen.format, workload).model_copy(update=given)


def _of_one_format(chosen: Format, workload: Train | Serve) -> Precision:
    """Return the formats that frameworks take for each part where one format is named."""
    if chosen in STORED:  # weights alone: products and cache stay in 16 bits
        return Precision(weights=chosen)
    wide = "fp32" if chosen in ("fp32", "tf32") else ("fp16" if chosen == "fp16" else "bf16")
    cache = "fp8" if chosen in ("fp8", "fp4", "nvfp4") and isinstance(workload, Serve) else wide
    if isinstance(workload, Train):  # master weights and reductions stay wide while GEMMs narrow
        stored = wide if chosen in ("fp8", "int8", "fp4", "nvfp4") else chosen
        return Precision(
            weights=stored,
            activations=chosen,
            products=chosen,
            attention=wide,
            kv_cache=wide,
            gradients=wide,
        )
    return Precision(weights=chosen, activations=chosen, attention=wide, kv_cache=cache, gradients=wide)


def model_size(shape: ModelShape) -> ModelSize:
    """Return the parameters of a model by how a plan splits them [1]."""
    counts = count_parameters(shape)
    expert = sum(
        group.count
        * group.ffn.experts
        * group.ffn.matrices
        * group.ffn.expert_hidden(shape.hidden)
        * group.ffn.width
        for group in shape.groups
        if group.ffn.kind == "moe"
    )
    table = (shape.vocab + shape.positions) * shape.hidden
    head = shape.vocab * shape.hidden
    stored_head = 0 if shape.tied else head
    dense = counts.total - expert - table - stored_head
    sizes = (shape.layers, dense, expert, table, stored_head, adapter_parameters(shape))
    return ModelSize(*(size * 1.0 for size in sizes))


def _layout(scenario: Scenario) -> Layout:
    plan = scenario.plan
    data = plan.data
    if data is None:
        data = scenario.system.count / (plan.tensor * plan.pipeline * plan.context)
    return Layout(
        tensor=plan.tensor * 1.0,
        context=plan.context * 1.0,
        data=data * 1.0,
        pipeline=plan.pipeline * 1.0,
        expert=plan.expert * 1.0,
        interleave=plan.interleave * 1.0,
        micro_batch=plan.micro_batch * 1.0,
        sequence_parallel=plan.sequence_parallel,
        recompute=_recompute(plan.recompute),
        zero=plan.zero,
        overlap_data=plan.overlap_data,
        overlap_tensor=plan.overlap_tensor,
        overlap_expert=plan.overlap_expert,
        expert_imbalance=scenario.workload.expert_imbalance,
        offload_optimizer=plan.offload_optimizer,
        offload_activations=plan.offload_activations,
        offload_weights=plan.offload_weights,
    )


def _recompute(chosen: Any) -> Number:
    """Return the code of a recompute choice; a batch holds codes already."""
    return RECOMPUTE[chosen] if isinstance(chosen, str) else chosen


def _host_time(book: Book, generation: str, workload: Train | Serve) -> Number:
    if isinstance(workload, Train):
        return book.number(generation, "step_time", (OTHER, "step_time"))
    if workload.software_overhead is not None:
        return workload.software_overhead
    return book.number(generation, "host_time", (OTHER, "host_time"))


def _reliability(book: Book, scenario: Scenario) -> Reliability:
    own = scenario.reliability
    return Reliability(
        mtbf_s=book.number("reliability", "mtbf") if own.mtbf is None else own.mtbf,
        restart_s=book.number("reliability", "restart") if own.restart is None else own.restart,
        checkpoint_s=own.checkpoint,
    )


def _drives(book: Book, scenario: Scenario, storage: StorageFacts | None) -> Drives:
    """Return the drives named, or the class's rate of checkpoints where these are not stated; nothing of reads."""
    if storage is not None:
        return storage.drives
    if scenario.reliability.checkpoint is not None:
        return Drives(0.0, 0.0)
    return Drives(0.0, 1.0 / book.number("reliability", "checkpoint_bandwidth"))


def _with_adapter(shape: ModelShape, workload: Train) -> ModelShape:
    chosen = workload.adapter
    if chosen is None:
        return shape
    return replace(shape, adapter=Adapter(chosen.rank, chosen.targets))


def _training_task(workload: Train, precision: Precision, framework: Framework) -> TrainingTask:
    preset = not isinstance(workload.precision, Precision)
    gradient_B = BYTES[(framework.gradients if preset else None) or precision.gradients]
    state_B = OPTIMIZER_STATE_B[workload.optimizer]
    return TrainingTask(
        sequence=workload.sequence * 1.0,
        global_batch=workload.global_batch * 1.0,
        tokens=workload.tokens,
        gradient_B=gradient_B,
        # read gradient and state, write state and the working copy of the weights
        optimizer_traffic_B=gradient_B + 2.0 * state_B + BYTES[precision.weights],
        optimizer_state_B=state_B,
        materialised=framework.materialised,
        fused_accumulation=framework.fused_accumulation,
    )


def _serving_task(workload: Serve) -> ServingTask:
    return ServingTask(
        prompt=workload.prompt * 1.0,
        output=workload.output * 1.0,
        batch=1.0 if isinstance(workload.batch, str) else workload.batch * 1.0,
        chunk=workload.prompt * 1.0 if workload.prefill_chunk is None else workload.prefill_chunk * 1.0,
        requests=workload.requests,
        prefill_share=0.0 if workload.prefill_share is None else workload.prefill_share,
        tpot_limit_s=float("inf") if workload.tpot_limit is None else workload.tpot_limit,
        largest_batch=isinstance(workload.batch, str),
    )
