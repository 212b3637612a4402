"""Serving engines: from claims about their schedulers and overheads to the steps of one worker."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy
from numpy.typing import NDArray

from tauplan.catalog.lookup import Catalog
from tauplan.cluster.footprint import sequence_cache
from tauplan.cluster.layout import groups
from tauplan.cluster.serving import forward_pass
from tauplan.cluster.simulate.steps import NO_DRAFT, Draft, Kernels, Overheads, Steps, tabulate
from tauplan.cluster.simulate.worker import Scheduler
from tauplan.cluster.weights import local_weights
from tauplan.evaluate.book import Book
from tauplan.evaluate.case import Case, ServingTask
from tauplan.evaluate.chip_rates import OTHER
from tauplan.evaluate.expert_exchange import expert_exchange
from tauplan.evaluate.resolve import Resolved
from tauplan.tau import arrays as np
from tauplan.workload.formats import BYTES
from tauplan.workload.llm.parameters import state_cache_bytes
from tauplan.workload.llm.shape import ModelShape
from tauplan.workload.llm.step import Pass

BLOCKED = ("q4_k_m",)
"""Formats of super-blocks whose scales are packed themselves."""
OTHER_ENGINE = "other serving engine"
"""Engine whose figures stand in where one has none of its own."""


@dataclass(frozen=True)
class Engine:
    """A serving engine.

    ``step_s``: host work per pass; ``layer_s``: launch of one layer's kernels outside a recorded graph;
    ``decode_layer_s``: what a layer adds to a decode step; ``request_s``: per request before and after the
    scheduler; ``handoff_s``: what a first token waits where prompts have workers of their own: routing twice, the
    cache on its way, a place in the other pool [s].

    Times of passes over the sums of their kernels [1]: ``prompt_stretch`` with prompts, ``mixture_stretch`` those
    of mixtures, ``front_mixture_stretch`` on workers that only read prompts; ``decode_mixture_stretch``: steps of
    mixtures on workers that only decode; ``byte_mixture_stretch``: steps of mixtures with 8-bit weights.
    ``mixture_ageing``: logarithm of the time of mixtures per year before ``settled_year``, which these figures
    are of; ``slower``: what it comes to. ``routing_skew``: exponent of the power law of the experts' loads.
    ``draft_share``: of runs that may draft tokens, how many do where they do not say [1]. ``widest_batch``: most
    sequences that operators give an attention rank of decoding workers.

    ``simple``: kernels keep few memory requests in flight; ``decode_tile``: edge of the output tiles of decode
    steps, 0 for the part's own. A model with a head for it drafts ``draft_tokens`` per step, each right with
    probability ``draft_right`` [1]. ``workspace_B``: what buffers of a mixture's exchange take on each accelerator.
    """

    name: str
    step_s: float
    layer_s: float
    decode_layer_s: float
    simple: bool
    decode_tile: float
    request_s: float
    prompt_stretch: float
    mixture_stretch: float
    byte_mixture_stretch: float
    draft_tokens: int
    draft_right: float
    workspace_B: float
    routing_skew: float
    decode_mixture_stretch: float
    front_mixture_stretch: float
    mixture_ageing: float
    settled_year: float
    draft_share: float
    widest_batch: float
    handoff_s: float
    scheduler: Scheduler
    slower: float = 1.0


def resolve_engine(book: Book, name: str) -> Engine:
    """Return an engine by any of its names; an unknown one has the figures of the class."""
    part = find_engine(book.catalog, name)

    def figure(field: str) -> float:
        return float(book.number(part, field, (OTHER_ENGINE, field)))

    return Engine(
        part,
        figure("step_time"),
        figure("layer_time"),
        figure("decode_layer_time"),
        figure("simple_kernels") > 0,
        figure("decode_tile"),
        figure("request_time"),
        figure("prompt_stretch"),
        figure("mixture_stretch"),
        figure("fp8_mixture_stretch"),
        int(figure("draft_tokens")),
        figure("draft_right"),
        figure("mixture_workspace"),
        figure("routing_skew"),
        figure("decode_mixture_stretch"),
        figure("front_mixture_stretch"),
        figure("mixture_ageing"),
        figure("settled_year"),
        figure("draft_share"),
        figure("widest_batch"),
        figure("handoff_time"),
        Scheduler(
            budget=int(figure("token_budget")),
            chunked=figure("chunks_prompts") > 0,
            mixed=figure("mixes_passes") > 0,
            reserve=figure("reserves_answer") > 0,
            slots=int(figure("sequences")),
            poll=int(figure("poll_steps")),
        ),
    )


def aged(engine: Engine, year: float | None) -> Engine:
    """Return the engine as it was in a ``year`` (with its fraction), as now where that is later or not known [1].

    Kernels of mixtures get better from release to release: their times are exp(ageing · years) of today's.
    """
    if year is None or year >= engine.settled_year:
        return engine
    return replace(engine, slower=math.exp(engine.mixture_ageing * (engine.settled_year - year)))


def draft_of(engine: Engine, shape: ModelShape) -> Draft:
    """Return the drafts of a model whose own extra layer proposes tokens; none for models without such a layer.

    Drafting one token costs one of the model's layers.
    """
    if shape.draft_layers <= 0:
        return NO_DRAFT
    return Draft(engine.draft_tokens, engine.draft_right, 1.0 / shape.layers)


def find_engine(catalog: Catalog, name: str) -> str:
    """Return the engine behind a name, or behind its first word; the class of all engines otherwise."""
    for text in (name, name.partition(" ")[0], name.partition(",")[0]):
        part = catalog.find(text) if text else None
        if part is not None and part.kind == "engine":
            return part.name
    return OTHER_ENGINE


def with_engine(resolved: Resolved, engine: Engine) -> Case:
    """Return the case with the engine's exchange of experts, and the memory traffic that its kernels sustain.

    With simple kernels, seconds per byte are at least cycle / (units · bytes per unit and cycle): they do not fill
    the memory of a large chip. Weights in blocks of several scales take FLOPs of the vector units to unpack, which
    bound their reads: FLOPs per weight over its bytes.
    """
    case = resolved.case
    if case.shape.experts > 0:
        case = replace(case, exchange=expert_exchange(resolved, engine.routing_skew))
    if not engine.simple:
        return case
    chip, book = case.chip, resolved.book
    generation = book.catalog.resolve(resolved.chip.part).generation or OTHER
    unit_B = book.number(generation, "unit_stream", (OTHER, "unit_stream"))
    least = resolved.chip.period_s / (chip.units * unit_B)
    unpack = 0.0
    if resolved.precision.weights in BLOCKED:
        flops = book.number(generation, "unpack_flop", (OTHER, "unpack_flop"))
        unpack = flops * float(chip.vector_flop_s) / float(case.element.weight)
    return replace(
        case,
        chip=replace(
            chip,
            memory_byte_s=np.maximum(chip.memory_byte_s, max(least, unpack)),
            elementwise_byte_s=np.maximum(chip.elementwise_byte_s, least),
        ),
    )


def worker_kernels(case: Case, engine: Engine, draft: Draft = NO_DRAFT) -> Kernels:
    """Return the sums of kernels of one worker's passes [s], perhaps with a draft; costly, so keep them."""
    place = groups(case.layout, case.tiers, case.exchange)
    unfused = isinstance(case.task, ServingTask) and case.task.unfused
    narrow = replace(case.chip, tile=engine.decode_tile) if engine.decode_tile else case.chip

    def pass_s(work: Pass) -> tuple[NDArray[numpy.float64], NDArray[numpy.float64]]:
        chip = narrow if work.decode else case.chip
        work = replace(work, unfused=unfused)
        done = forward_pass(case.shape, work, case.layout, place, chip, case.element, 0.0, issue=case.issue)
        experts = numpy.asarray(done.stage.experts, dtype=float) * float(case.layout.pipeline)
        return numpy.asarray(done.time, dtype=float), experts

    return tabulate(pass_s, float(case.layout.pipeline), draft)


def overheads(case: Case, engine: Engine, *, front: bool = False, back: bool = False) -> Overheads:
    """Return what the engine adds to the kernels of a worker's passes [s], and stretches them by [1].

    ``front`` workers only read prompts, ``back`` workers only decode.
    """
    mixture = case.shape.experts > 0
    prompts = engine.front_mixture_stretch if front else engine.mixture_stretch
    steps = engine.decode_mixture_stretch if back else 1.0
    if float(case.element.weight) == BYTES["fp8"]:
        steps = steps * engine.byte_mixture_stretch
    return Overheads(
        engine.step_s,
        engine.layer_s * case.shape.layers,
        prompts * engine.slower if mixture else engine.prompt_stretch,
        engine.decode_layer_s * case.shape.layers,
        steps * engine.slower if mixture else 1.0,
    )


def worker_steps(
    case: Case,
    engine: Engine,
    ranks: float = 1.0,
    draft: Draft = NO_DRAFT,
    *,
    front: bool = False,
    back: bool = False,
) -> Steps:
    """Return the step times of one worker of ``ranks`` attention ranks, perhaps of one kind of pass alone [s]."""
    return worker_kernels(case, engine, draft).steps(overheads(case, engine, front=front, back=back), ranks)


def cache_tokens(case: Case, engine: Engine, context: float, ranks: float = 1.0) -> float:
    """Return how many tokens the key-value caches of one worker hold beside weights and workspace [1].

    Sequences of ``context`` tokens: layers with a window keep less of a longer one, and states weigh on it less.
    """
    local = local_weights(case.size, case.layout)
    workspace_B = engine.workspace_B if case.shape.experts > 0 else 0.0
    free_B = float(case.usable_B) - workspace_B - float((local.dense + local.expert) * case.element.weight)
    layout = case.layout
    one_B = sequence_cache(case.shape, context, case.element.cache, layout.tensor, layout.context)
    tokens = context * float(layout.pipeline) / float(one_B)
    return max(free_B, 0.0) * tokens * ranks


def worker_scheduler(case: Case, engine: Engine, context: float, ranks: float = 1.0) -> Scheduler:
    """Return the engine's scheduler with the room that this worker has for sequences of ``context`` tokens."""
    rules = engine.scheduler
    room = cache_tokens(case, engine, context, ranks)
    return replace(rules, cache_tokens=room, slots=int(rules.slots * ranks))


def transfer_token_s(case: Case, ranks: float = 1.0) -> float:
    """Return the time that the cache of one token takes from a prompt worker to a decoding one [s].

    All accelerators of the worker send their share at once over the outermost link: bytes · t_byte / count.
    """
    one_B = sum(group.count * group.attention.cached_per_token for group in case.shape.groups)
    return one_B * float(case.element.cache) * _sent_byte_s(case, ranks)


def transfer_state_s(case: Case, ranks: float = 1.0) -> float:
    """Return the time that the states of one sequence take on the same way, whatever its length [s]."""
    return state_cache_bytes(case.shape) * _sent_byte_s(case, ranks)


def _sent_byte_s(case: Case, ranks: float) -> float:
    senders = float(case.layout.tensor * case.layout.pipeline * case.layout.context) * ranks
    return float(case.tiers[-1].exchange.byte_s) / senders
