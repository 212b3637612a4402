"""What a system waits for between the order and its acceptance, and on whom."""

from __future__ import annotations

from collections.abc import Mapping

from tauplan.catalog.claims import Part
from tauplan.evaluate.book import Book
from tauplan.evaluate.designed_chip import DesignedChip
from tauplan.evaluate.supply_fab import fab_waits
from tauplan.spec.scenario import Scenario
from tauplan.spec.system import Accelerator, LeadItem
from tauplan.supply.capacity import implied_favour
from tauplan.supply.chain import Stage
from tauplan.supply.lead_times import P90, Wait
from tauplan.tau import Number
from tauplan.tau import arrays as np

INSTALLER = "installer"


def resolve_waits(
    book: Book, scenario: Scenario, part: Part, server: str | None, drawn: DesignedChip | None = None
) -> Mapping[str, Wait]:
    """Return the waits of a system: orders in parallel, then installation.

    An accelerator is bought; a designed one (``drawn``) is made step by step. Lead times come from the part itself
    or its market class; the value of the claim is the median, its high end the P90. The scenario's own replace them
    and are kept to the day unless it gives their P90 too. A system in hand waits for nothing.
    """
    supply = scenario.supply
    if supply.in_hand:
        return {}
    waits: dict[str, Wait] = {}

    def order(
        item: LeadItem, key: str, vendor: str, needed: Number = 1.0, after: tuple[str, ...] = ()
    ) -> None:
        own = supply.lead_times.get(item)
        median = book.number(key, "lead_time") if own is None else own
        late = supply.lead_times_p90.get(item)
        if late is None:
            claim = book.claim(key, "lead_time") if own is None else None
            late = median if claim is None or claim.high is None else claim.high
        if own is None and book.has(key, "load") and book.has(key, "alone"):
            median, late = _allocated(book, key, item, scenario, median, late)
        waits[item] = Wait(median * needed, np.maximum(late, median) * needed, after, vendor)

    chosen = scenario.system.accelerator
    name = chosen.part if isinstance(chosen, Accelerator) else chosen
    resolved = book.catalog.resolve(name).name
    key = resolved
    if "accelerator" not in supply.lead_times and not book.has(resolved, "lead_time"):
        key = book.text(resolved, "lead_time_class") or "lead times: accelerators, US vendors"
    if drawn is None or "accelerator" in supply.lead_times:
        order("accelerator", key, part.vendor or "chip maker")
    else:
        waits |= fab_waits(book, supply, drawn, part.vendor or "chip maker")
    if server is not None:
        maker = book.catalog.resolve(server, "server")
        vendors = "Chinese vendors" if maker.country == "CN" else "overseas vendors"
        order("server", "lead times: servers", maker.vendor or "server maker")
        order("memory", f"lead times: memory, {vendors}", f"memory, {vendors}")
        order("storage", "lead times: enterprise SSD", "SSD makers")
        beyond = scenario.system.count > book.number(server, "scale_up_domain")
        if np.any(beyond):
            named = scenario.system.scale_out.switch
            seller = book.catalog.resolve(named, "switch").vendor if named else ""
            needed = np.where(beyond, 1.0, 0.0)
            order("switch", "lead times: network switches", seller or "switch makers", needed)
            order("optics", "lead times: optical transceivers", "optics makers", needed)
    if part.kind == "accelerator" and server is not None:
        last = tuple(name for name in waits if not any(name in wait.after for wait in waits.values()))
        order("installation", "lead times: installation", INSTALLER, after=last)
    return waits


def _allocated(
    book: Book, key: str, item: LeadItem, scenario: Scenario, median: Number, late: Number
) -> tuple[Number, Number]:
    """Return the lead time of this buyer and its P90 [s], where makers' lines are full and some are served first.

    The stated lead time is that of the favoured; what share of orders can have it, and how long the rest waits,
    follows from the load (:func:`implied_favour`). The P90 of the rest is that of an exponential wait.
    """
    load, alone = book.number(key, "load"), book.number(key, "alone")
    share, others = implied_favour(alone, load, median)
    if all(np.ndim(value) == 0 for value in (share, others)):
        served = f"at {float(load):.0%} load no more than {float(share):.0%} of orders can have that"
        book.note(
            f"{item}: {float(median) / WEEK_S:.3g} weeks are for favoured customers; {served}, the others wait "
            f"{float(others) / WEEK_S:.3g} weeks in the mean"
        )
    if item not in scenario.supply.unfavoured:
        return median, late
    mean = others - alone
    return alone + mean * float(-np.log1p(-MEDIAN)), alone + mean * float(-np.log1p(-P90))


MEDIAN = 0.5  # definition: one in two
WEEK_S = 604_800.0  # definition: seconds of a week


def stages(waits: Mapping[str, Wait]) -> Mapping[str, Stage]:
    """Return the chain at median lead times."""
    return {name: Stage(wait.median_s, wait.after) for name, wait in waits.items()}
