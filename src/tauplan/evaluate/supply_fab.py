"""How a designed chip is made: design, masks, wafers, test, stacks, package, board, each with who does it."""

from __future__ import annotations

from tauplan.evaluate.book import Book
from tauplan.evaluate.designed_chip import CLASS, DesignedChip
from tauplan.evaluate.silicon import late_fab_time
from tauplan.spec.system import LeadItem, Supply
from tauplan.supply.lead_times import Wait
from tauplan.tau import Number
from tauplan.tau import arrays as np

PACKAGER, STACK_MAKERS, BOARD_MAKER, MASK_MAKER, TESTER = (
    "packager",
    "HBM makers",
    "board maker",
    "mask shop",
    "test house",
)
STEPS: tuple[LeadItem, ...] = ("design", "masks", "wafers")


def fab_waits(book: Book, supply: Supply, chip: DesignedChip, designer: str) -> dict[str, Wait]:
    """Return the waits of a designed chip from the first step still to be done until it is on a board.

    design -> masks -> wafers -> test -> package -> board; memory stacks are ordered at once, needed at the package.
    The time in the fab follows from mask layers and load, its P90 from the high end of the load.
    """
    waits: dict[str, Wait] = {}

    def step(
        item: LeadItem, median: Number, late: Number, vendor: str, after: tuple[str, ...]
    ) -> tuple[str, ...]:
        own = supply.lead_times.get(item)
        median, late = (median, late) if own is None else (own, own)
        late = supply.lead_times_p90.get(item, late)
        waits[item] = Wait(median, np.maximum(late, median), after, vendor)
        return (item,)

    def market(item: LeadItem, part: str, vendor: str, after: tuple[str, ...]) -> tuple[str, ...]:
        median, late = _band(book, f"lead times: {part}", "lead_time")
        return step(item, median, late, vendor, after)

    foundry = book.catalog.resolve(chip.node, "node").vendor or "foundry"
    done: tuple[str, ...] = ()
    first = STEPS.index(supply.begins)
    if first <= STEPS.index("design"):
        done = market("design", "design", designer, done)
    if first <= STEPS.index("masks"):
        done = market("masks", "mask sets", MASK_MAKER, done)
    done = step("wafers", chip.fab_s, late_fab_time(book, chip.node), foundry, done)
    done = market("test", "wafer test", TESTER, done)
    if chip.words["memory_type"].startswith("HBM"):
        done = (*done, *market("stacks", "HBM", STACK_MAKERS, ()))
    done = step("package", *_band(book, CLASS, "package_time"), PACKAGER, done)
    market("board", "accelerator boards", BOARD_MAKER, done)
    return waits


def _band(book: Book, part: str, field: str) -> tuple[Number, Number]:
    """Return the value of a claim and its high end [s]."""
    median, claim = book.number(part, field), book.claim(part, field)
    return median, median if claim is None or claim.high is None else claim.high
