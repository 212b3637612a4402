"""One model over more and more cards: the best split at each count, where the curve bends, mixed generations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError
from tauplan.evaluate.answer import Metric
from tauplan.evaluate.findings import Cell, Column, Findings, Grid, claims_used
from tauplan.evaluate.infer import ladder
from tauplan.evaluate.resolve import Resolved, resolve
from tauplan.evaluate.solve import OK, Result, solve
from tauplan.spec.device import DeviceScenario, Spread
from tauplan.spec.scenario import scenario_from
from tauplan.tau import LEVELS

WAYS = tuple(1 << i for i in range(7))  # definition: powers of two up to 64 cards
BENT = 0.8  # definition: the curve bends where a card gives less than this share of the best one
HALF = 0.5  # definition: one sequence gains less than half of what its cards would give
MANY = 1e6  # definition: requests of a steady stream, so that filling and draining do not count


@dataclass(frozen=True)
class Split:
    """One way to lay the model over cards: tokens per second, time per token [s], the level that owns most."""

    tensor: int
    pipeline: int
    instances: int
    tokens: float
    tpot_s: float
    owner: str

    @property
    def label(self) -> str:
        """The split in words."""
        return f"TP{self.tensor} PP{self.pipeline} x {self.instances}"


def spread(scenario: DeviceScenario, task: Spread, catalog: Catalog, folder: Path) -> Findings:
    """Return the scaling curve of serving one model on 1 to ``count`` cards, each with its best split.

    Tensor and pipeline ways within an instance, instances side by side; the batch offered grows with the cards.
    Cards of other generations work as instances of their own beside them, or as later stages of one pipeline.
    Errors: :class:`InputError` for unknown parts and models.
    """
    counts = ladder(scenario.system.count)
    found = {
        count: list(_splits(scenario.system.accelerator, count, task, catalog, folder)) for count in counts
    }
    book = _resolved(scenario.system.accelerator, 1, 1, 1, task, catalog, folder).book
    best = {count: max(splits, key=lambda s: s.tokens) for count, splits in found.items() if splits}
    if not best:
        reason = f"no split over {scenario.system.count} cards fits in memory and keeps the limit"
        return Findings(
            scenario.name, "multi-chip", "infeasible", reason, reason, (), (), tuple(book.notes),
            claims_used(book), catalog.hash,
        )  # fmt: skip
    per_card = {count: split.tokens / count for count, split in best.items()}
    top = max(per_card.values())
    bend = next((n for n in best if per_card[n] < BENT * top and n > min(best)), None)
    rows = tuple((float(n), s.label, s.tokens, s.tpot_s, per_card[n] / top, s.owner) for n, s in best.items())
    most = max(best)
    figures = (
        Metric("cards", "cards", float(most), "1"),
        Metric("tokens", "output tokens per second", best[most].tokens, "1/s"),
        Metric("tpot", "time per output token (TPOT)", best[most].tpot_s, "s"),
        Metric("efficiency", "per card, of the best count", per_card[most] / top, "%"),
        Metric("least", "fewest cards that hold it", float(min(best)), "1"),
    )
    grids = [
        Grid(
            "Scaling",
            (
                Column("cards", "1"),
                Column("best split"),
                Column("tokens/s", "1/s"),
                Column("TPOT", "s"),
                Column("per card", "%"),
                Column("slowest level"),
            ),
            rows,
            f"bends at {bend} cards: below {BENT:.0%} of the best count per card"
            if bend
            else f"does not bend: every count gives more than {BENT:.0%} of the best per card",
            ("cards", "tokens/s"),
        ),
        _ways(found[most], most),
    ]
    grids.insert(1, _one_instance(scenario.system.accelerator, counts, task, catalog, folder))
    mixed = _mixed(scenario, task, catalog, folder, best)
    if mixed is not None:
        grids.append(mixed)
    said = (
        f"{task.model} over up to {most} x {scenario.system.accelerator}: {best[most].tokens:,.0f} output tokens "
        f"per second as {best[most].label}; "
        + (f"the curve bends at {bend} cards" if bend else "the curve stays straight")
    )
    return Findings(
        scenario.name, "multi-chip", "ok", "", said, figures, tuple(grids), tuple(book.notes),
        claims_used(book), catalog.hash,
    )  # fmt: skip


def _splits(
    part: str, count: int, task: Spread, catalog: Catalog, folder: Path, whole: bool = False
) -> Iterator[Split]:
    """Yield the splits over a number of cards that fit and keep the limit; ``whole``: as a single instance."""
    for tensor in WAYS:
        for pipeline in WAYS:
            ways = tensor * pipeline
            if count % ways or (whole and ways != count):
                continue
            try:
                resolved = _resolved(part, count, tensor, pipeline, task, catalog, folder, whole)
            except InputError:
                continue  # heads or layers that the ways do not divide
            result = solve(resolved.case)
            if int(result.status) != OK or result.serving is None:
                continue
            yield Split(
                tensor,
                pipeline,
                count // (tensor * pipeline),
                task.output / float(result.serving.request_s),
                float(result.serving.tpot),
                _owner(resolved),
            )


def _one_instance(part: str, counts: list[int], task: Spread, catalog: Catalog, folder: Path) -> Grid:
    """Return how fast one sequence is answered when all cards work on it, and where that bends."""
    alone = task.model_copy(update={"batch": 1, "tpot_limit": None})
    rows: list[tuple[Cell, ...]] = []
    first: Split | None = None
    bend = ""
    for count in counts:
        splits = [s for s in _splits(part, count, alone, catalog, folder, whole=True) if s.instances == 1]
        if not splits:
            continue
        fastest = min(splits, key=lambda s: s.tpot_s)
        first = first or fastest
        cards = first.tensor * first.pipeline
        speed_up = first.tpot_s / fastest.tpot_s
        share = speed_up * cards / count
        if not bend and share < HALF:
            bend = f"bends at {count} cards: less than half of a straight line"
        rows.append(
            (
                float(count),
                f"TP{fastest.tensor} PP{fastest.pipeline}",
                fastest.tpot_s,
                speed_up,
                share,
                fastest.owner,
            )
        )
    heads = (
        Column("cards", "1"), Column("split"), Column("TPOT", "s"), Column("speed-up", "1"),
        Column("of a straight line", "%"), Column("slowest level"),
    )  # fmt: skip
    return Grid("One sequence on all cards", heads, tuple(rows), bend, ("cards", "speed-up"))


def _resolved(
    part: str,
    count: int,
    tensor: int,
    pipeline: int,
    task: Spread,
    catalog: Catalog,
    folder: Path,
    whole: bool = False,
) -> Resolved:
    scenario = scenario_from(
        {
            "workload": {
                "task": "serve",
                "model": task.model,
                "prompt": task.prompt,
                "output": task.output,
                "batch": task.batch if whole else task.batch * tensor * pipeline,
                "requests": MANY,
                "precision": task.precision,
                "tpot_limit": None if task.tpot_limit is None else f"{task.tpot_limit} s",
            },
            "system": {"accelerator": part, "count": count},
            "plan": {"tensor": tensor, "pipeline": pipeline},
            "supply": {"in_hand": True},
        }
    )
    return resolve(scenario, catalog, folder)


def _owner(resolved: Resolved) -> str:
    """Return the level that owns most of a token's time."""
    result: Result = solve(resolved.explained())
    if result.serving is None:
        return ""
    owned = result.serving.tpot.by_level()
    return max(LEVELS, key=lambda level: float(owned.get(level, 0.0)))


def _ways(splits: list[Split], count: int) -> Grid:
    rows = tuple((s.label, s.tokens, s.tpot_s, s.owner) for s in sorted(splits, key=lambda s: -s.tokens))
    heads = (Column("split"), Column("tokens/s", "1/s"), Column("TPOT", "s"), Column("slowest level"))
    return Grid(f"Splits of {count} cards", heads, rows, "x instances side by side", ("split", "tokens/s"))


def _mixed(
    scenario: DeviceScenario, task: Spread, catalog: Catalog, folder: Path, best: dict[int, Split]
) -> Grid | None:
    """Return what other generations add: as instances of their own, and as even stages of one pipeline."""
    most = max(best)
    own = best[most].tokens
    rows: list[tuple[Cell, ...]] = [(f"{most} x {scenario.system.accelerator}", own, None, "alone")]
    total = own
    slowest, cards = own / most, most
    for group in scenario.system.others:
        splits = list(_splits(group.accelerator, group.count, task, catalog, folder))
        if not splits:
            rows.append((f"{group.count} x {group.accelerator}", 0.0, None, "does not fit or keep the limit"))
            continue
        fastest = max(splits, key=lambda s: s.tokens)
        total += fastest.tokens
        slowest, cards = min(slowest, fastest.tokens / group.count), cards + group.count
        rows.append(
            (f"{group.count} x {group.accelerator}", fastest.tokens, fastest.tokens / own, fastest.label)
        )
    if len(rows) == 1:
        return None
    rows.append(("all, requests shared by speed", total, total / own, "instances of each generation"))
    rows.append(
        ("all, requests shared evenly", slowest * cards, slowest * cards / own, "the slowest sets the pace")
    )
    heads = (Column("cards"), Column("tokens/s", "1/s"), Column("of the first", "%"), Column("how"))
    return Grid("Mixed generations", heads, tuple(rows), "", ("cards", "tokens/s"))
