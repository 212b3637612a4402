"""Pools of workers for a row: plans that fit in memory, and sizes where a row leaves them open."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace

from tauplan.cluster.simulate.run import Pool
from tauplan.cluster.simulate.steps import NO_DRAFT, Draft, Kernels, Steps
from tauplan.evaluate.case import Case
from tauplan.evaluate.engine import (
    Engine,
    aged,
    cache_tokens,
    draft_of,
    overheads,
    worker_kernels,
    worker_scheduler,
)
from tauplan.validate.serving_recipes import Listed, Named, Recipe, Side, matching, read
from tauplan.validate.serving_setup import (
    NODE,
    Setup,
    Ways,
    day_of,
    expert_ways,
    named_accelerators,
    pool_ways,
    power,
    year_of,
)
from tauplan.validate.table import Row, UnansweredError, number

WAITING = 0.75  # share of the time that a pool of prompt workers is kept busy: more makes users wait
LARGEST = 72  # accelerators of the largest systems that such tables hold
KNOWN_BY = ("layers", "hidden", "experts", "experts_per_token")  # fields of models that tell them apart
DOUBLING = tuple(1 << e for e in range(7))


@dataclass(frozen=True)
class Demand:
    """What the clients of a row ask for: tokens of prompts and answers, clients [1]."""

    prompt: float
    output: float
    clients: int

    @property
    def context(self) -> float:
        """Tokens of a request and its answer."""
        return self.prompt + self.output

    def rate(self, steps: Steps, workers: int) -> float:
        """Return the requests per second that decoding workers end when they share all clients [1/s]."""
        batch = max(self.clients // workers, 1)
        return self.clients / (self.output * steps.decode_s(batch, self.prompt + self.output / 2.0))

    def pace(self, front: Front, pool: Pool) -> float:
        """Return the time per token of decoding workers, longer where prompt workers cannot feed them [s]."""
        batch = max(self.clients // pool.workers, 1)
        step_s = pool.steps.decode_s(batch, self.prompt + self.output / 2.0)
        busy = self.rate(pool.steps, pool.workers) * front.prompt_s(self) / front.pool.workers
        return step_s * max(busy, 1.0)


@dataclass(frozen=True)
class Front:
    """Prompt workers: their plan and their pool."""

    ways: Ways
    pool: Pool

    def prompt_s(self, demand: Demand) -> float:
        """Return the time of one worker per prompt when it always has one for each rank [s]."""
        ranks = self.ways.ranks
        return self.pool.steps.mixed_s(0, 0.0, [(demand.prompt, 0.0)] * ranks) / ranks


class Pools:
    """Makes pools for rows; step times are tabulated once per plan."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self._kernels: dict[tuple[int, Draft], tuple[Case, Kernels]] = {}
        self._steps: dict[tuple[int, str, float, float, Draft, float, bool, bool], Steps] = {}
        self._recipes: dict[tuple[object, ...], tuple[Listed, ...]] | None = None

    def use(self, engine: Engine) -> None:
        """Put an engine in place of the one of its name; the kernels of its plans stay."""
        self.setup.use(engine)
        self._steps.clear()

    def pool(
        self,
        row: Row,
        ways: Ways,
        context: float,
        *,
        draft: Draft = NO_DRAFT,
        share: float = 1.0,
        ranks: int = 0,
        front: bool = False,
        back: bool = False,
    ) -> Pool:
        """Return one worker of a plan as a pool, perhaps for prompts (``front``) or decoding alone (``back``).

        Where it drafts tokens in a ``share`` of runs that look alike, its steps lie between doing so and not. It
        has the attention ``ranks`` of its plan, or some more of the kind where experts divide only the plan's.
        """
        engine, case = self._engine(row), self.case(row, ways)
        ranks = ranks or ways.ranks
        key = (id(case), engine.name, engine.slower, float(ranks), draft, share, front, back)
        if key not in self._steps:
            extra = overheads(case, engine, front=front, back=back)
            steps = self._kernels_of(case, engine, draft).steps(extra, ranks)
            if share < 1.0:
                steps = self._kernels_of(case, engine, NO_DRAFT).steps(extra, ranks).between(steps, share)
            self._steps[key] = steps
        return Pool(self._steps[key], worker_scheduler(case, engine, context, ranks))

    def perhaps_drafting(self, row: Row, ways: Ways, context: float) -> Pool:
        """Return one decoding worker of a row that does not say whether its run drafted tokens."""
        engine, draft = self._engine(row), draft_of(self._engine(row), self.case(row, ways).shape)
        if not draft.tokens or not may_draft(row):
            return self.pool(row, ways, context, back=True)
        return self.pool(row, ways, context, draft=draft, share=engine.draft_share, back=True)

    def _kernels_of(self, case: Case, engine: Engine, draft: Draft) -> Kernels:
        key = (id(case), draft)
        if key not in self._kernels:
            self._kernels[key] = (case, worker_kernels(case, engine, draft))
        return self._kernels[key][1]

    def listed(self, row: Row, demand: Demand) -> list[Recipe]:
        """Return the published recipes that a run may be of: of its model, device, engine, format and load."""
        if self._recipes is None:
            self._recipes = self._by_run()
        engine = self.setup.engine(row.get("backend", "")).name
        device = self.setup.devices.part(row["system"])
        key = (engine, device, row["precision"][:3], *astuple(demand), self._shape(row["model"]))
        words = (row.get("prefill_parallel") or row["decode_parallel"], row["decode_parallel"])
        counts = (int(number(row, name, 0.0)) for name in ("prefill_workers", "decode_workers"))
        named = Named(*(named_accelerators(text) for text in words), *counts)
        found = matching(self._recipes.get(key, ()), named, day_of(row))
        plain = [one for one in found if not one.drafts]
        return plain if named.backs and plain else found  # tables that state workers hold runs without drafts

    def _by_run(self) -> dict[tuple[object, ...], tuple[Listed, ...]]:
        found: dict[tuple[object, ...], list[Listed]] = {}
        for one in read(self.setup.devices.catalog.root):
            run = one.recipe
            engine = self.setup.engine(run.engine).name
            device = self.setup.devices.part(run.device)
            for clients in run.clients:
                demand = Demand(float(run.prompt), float(run.output), clients)
                key = (engine, device, run.precision, *astuple(demand), self._shape(run.model))
                found.setdefault(key, []).append(one)
        return {key: tuple(ones) for key, ones in found.items()}

    def _shape(self, model: str) -> tuple[float, ...]:
        """Return the figures of a model by which a recipe knows it: names differ between tables."""
        catalog = self.setup.devices.catalog
        part = catalog.find(model) or catalog.find(model.rpartition("/")[2])
        if part is None or part.kind != "model":
            return ()
        chosen = (catalog.choose(part.name, field) for field in KNOWN_BY)
        return tuple(float(choice.value) if choice else 0.0 for choice in chosen)

    def by_recipe(self, row: Row, demand: Demand, recipe: Recipe) -> tuple[Front, Pool]:
        """Return the pools of a recipe."""
        engine = self._engine(row)
        first, second = (ways_of(side) for side in (recipe.front, recipe.back))
        shape = self.case(row, second).shape
        draft = NO_DRAFT
        if recipe.drafts:
            count = recipe.drafts if recipe.drafts > 0 else draft_of(engine, shape).tokens
            draft = Draft(count, engine.draft_right, 1.0 / shape.layers)
        front = self.pool(row, first, demand.prompt, ranks=recipe.front.ranks, front=True)
        back = self.pool(row, second, demand.context, ranks=recipe.back.ranks, draft=draft, back=True)
        if recipe.front.tokens:
            front = replace(front, scheduler=replace(front.scheduler, budget=recipe.front.tokens))
        if recipe.back.batch:
            slots = recipe.back.batch * recipe.back.ranks
            back = replace(back, scheduler=replace(back.scheduler, slots=slots))
        fronts = replace(front, workers=recipe.front.workers)
        return Front(first, fronts), replace(back, workers=recipe.back.workers)

    def fitting(self, row: Row, ways: Ways, context: float) -> Ways:
        """Return the plan, or the least multiple of its attention ranks whose caches hold two requests."""
        for times in DOUBLING:
            if times > 1 and self.heads(row) < 1:
                break
            wider = replace(
                ways, ranks=ways.ranks * times, expert=ways.expert * times if self.mixture(row) else 1
            )
            if times > 1 and not self.mixture(row):
                wider = replace(ways, tensor=ways.tensor * times)
            room = cache_tokens(self.case(row, wider), self._engine(row), context, wider.ranks)
            if room >= 2.0 * context:
                return wider
        raise UnansweredError("the model does not fit in memory")

    def case(self, row: Row, ways: Ways) -> Case:
        """Return one worker of a plan as a case."""
        formats = self.setup.precision(row)
        return self.setup.case(
            row["model"], row["system"], formats, replace(ways, batch=0), self._engine(row)
        )

    def heads(self, row: Row) -> int:
        """Return the attention heads of the row's model [1]."""
        return self.case(row, Ways()).shape.heads

    def mixture(self, row: Row) -> bool:
        """Tell whether the row's model is a mixture of experts."""
        return self.case(row, Ways()).shape.experts > 0

    def _engine(self, row: Row) -> Engine:
        return aged(self.setup.engine(row.get("backend", "")), year_of(row))

    def names_a_system(self, row: Row, words: str, context: float) -> bool:
        """Tell whether a plan in words names no worker: it is too small for the model, or twice what could be.

        Such tables give the accelerators of the whole system, or nothing, where workers have plans of their own.
        """
        ways = pool_ways(words, self.heads(row))
        if not self.mixture(row) or (ways.expert > 1 and ways.tensor > 1):
            return False
        wide = named_accelerators(words)
        least = self.fitting(row, Ways(), context).accelerators
        return wide < least or (wide > NODE and wide >= 2 * least and expert_ways(words) == 1)

    def shared_out(self, row: Row, demand: Demand, system: int) -> tuple[Front, Pool]:
        """Return pools of a system that states how many accelerators it has, and not how they are used.

        Prompt workers are the smallest that hold the model. Decoding workers are the pool of the least time per
        token for its share of the clients that the rest can hold and the prompt workers can feed.
        """
        forms = self._forms(row, self._smallest(row, demand), demand)
        first = forms[0].ways.accelerators
        best: tuple[float, Front, int, Pool] | None = None
        for ways in self._decoding(row, first, system, demand.context):
            pool = self.pool(row, ways, demand.context, back=True)
            for fronts in range(1, (system - ways.accelerators) // first + 1):
                backs = (system - fronts * first) // ways.accelerators
                backs = min(backs, max(demand.clients, 1))
                batch = max(demand.clients // backs, 1)
                step_s = pool.steps.decode_s(batch, demand.prompt + demand.output / 2.0)
                for front in forms:
                    busy = demand.rate(pool.steps, backs) * front.prompt_s(demand) / fronts
                    if best is None or step_s * max(busy, 1.0) < best[0]:
                        best = step_s * max(busy, 1.0), front, fronts, replace(pool, workers=backs)
        if best is None:
            raise UnansweredError("the model does not fit in memory")
        front = best[1]
        return replace(front, pool=replace(front.pool, workers=best[2])), best[3]

    def _smallest(self, row: Row, demand: Demand) -> Front:
        ways = self.fitting(row, Ways(), demand.prompt)
        if ways.ranks <= NODE and self.heads(row) % ways.ranks == 0:
            ways = Ways(tensor=ways.ranks, expert=ways.ranks)
        return Front(ways, self.pool(row, ways, demand.prompt, front=True))

    def _forms(self, row: Row, front: Front, demand: Demand) -> tuple[Front, ...]:
        """Return prompt workers as they are and, of mixtures, with attention split by sequences."""
        ways = front.ways
        if not self.mixture(row) or ways.ranks > 1 or ways.tensor == 1:
            return (front,)
        other = replace(ways, tensor=1, ranks=ways.tensor, expert=max(ways.expert, ways.tensor))
        return front, Front(other, self.pool(row, other, demand.prompt, front=True))

    def _decoding(self, row: Row, least: int, system: int, context: float) -> Iterator[Ways]:
        """Yield plans of decoding workers: tensor ways inside a server, attention ranks on any power of two."""
        count = least
        while count + least <= system:
            if count <= NODE and self.heads(row) % count == 0:
                yield self.fitting(row, Ways(tensor=count, expert=count), context)
            yield self.fitting(row, Ways(ranks=count, expert=count), context)
            count *= 2

    def sized(self, row: Row, demand: Demand, front: Front, back: Front) -> tuple[Front, Pool]:
        """Return pools of stated plans whose sizes a row leaves open, as an operator who follows the load chooses.

        Decoding workers are added while one pool of prompt workers can feed them, prompt workers where it cannot.
        Decoding workers split attention by heads or by sequences, whichever gives the least time per token once
        sized; prompt workers do so by sequences where one worker would not be enough.
        """
        options = [back]
        ways = back.ways
        if ways.ranks == 1 and ways.tensor > 1:
            other = replace(ways, tensor=1, ranks=ways.tensor, expert=max(ways.expert, ways.tensor))
            options.append(Front(other, self.perhaps_drafting(row, other, demand.context)))
        sizes = [self._sized(row, demand, front, option) for option in options]
        return min(sizes, key=lambda size: demand.pace(*size))

    def _sized(self, row: Row, demand: Demand, front: Front, back: Front) -> tuple[Front, Pool]:
        second, pool = back.ways, back.pool
        if demand.rate(pool.steps, 1) * front.prompt_s(demand) > 1.0:
            front = self._forms(row, front, demand)[-1]
        first, prompt_s = front.ways, front.prompt_s(demand)
        widest = self._engine(row).widest_batch
        fronts, backs = 1, max(math.ceil(demand.clients / (second.ranks * widest)), 1)
        while True:
            used = first.accelerators * fronts + second.accelerators * backs
            if used + min(first.accelerators, second.accelerators) > LARGEST:
                break
            busy = demand.rate(pool.steps, backs) * prompt_s / fronts
            if busy > 1.0:
                fronts += 1
            elif (
                demand.rate(pool.steps, backs + 1) * prompt_s / fronts < WAITING
                and backs < demand.clients // 4
            ):
                backs += 1
            else:
                break
        return replace(front, pool=replace(front.pool, workers=fronts)), replace(pool, workers=backs)


def ways_of(side: Side) -> Ways:
    """Return the plan of a recipe's workers, on a power of two of its ranks: those divide the experts."""
    return Ways(tensor=side.tensor, expert=power(side.expert), ranks=power(side.ranks))


def may_draft(row: Row) -> bool:
    """Tell whether a row's run may have drafted tokens without saying so: it leaves its workers open as well.

    From 2026 on the public sweep measures pools of their own with and without drafts under the same labels.
    """
    dated = row.get("notes", "").removeprefix("measured ")[:4]
    return dated.isdecimal() and int(dated) >= DRAFTS_SINCE and not row.get("decode_workers", "").strip()


DRAFTS_SINCE = 2026  # definition: the year from which rows of the public sweep hold both kinds
