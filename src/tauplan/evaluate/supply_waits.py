"""What a system waits for between the order and its acceptance, and on whom."""

from __future__ import annotations

from collections.abc import Mapping

from tauplan.catalog.claims import Part
from tauplan.evaluate.book import Book
from tauplan.evaluate.designed_chip import CLASS
from tauplan.spec.scenario import Scenario
from tauplan.spec.system import Accelerator, Design, LeadItem
from tauplan.supply.chain import Stage
from tauplan.supply.lead_times import Wait
from tauplan.tau import Number
from tauplan.tau import arrays as np

INSTALLER = "installer"


def resolve_waits(book: Book, scenario: Scenario, part: Part, server: str | None) -> Mapping[str, Wait]:
    """Return the waits of a system: orders in parallel, then installation.

    Lead times come from the part itself or its market class; the value of the claim is the median, its high end
    the P90. The scenario's own replace them and are kept to the day unless it gives their P90 too. A system in
    hand waits for nothing.
    """
    supply = scenario.supply
    if supply.in_hand:
        return {}
    waits: dict[str, Wait] = {}

    def order(
        item: LeadItem,
        key: str,
        vendor: str,
        needed: Number = 1.0,
        after: tuple[str, ...] = (),
        then: Number = 0.0,
    ) -> None:
        own = supply.lead_times.get(item)
        median = book.number(key, "lead_time") if own is None else own
        late = supply.lead_times_p90.get(item)
        if late is None:
            claim = book.claim(key, "lead_time") if own is None else None
            late = median if claim is None or claim.high is None else claim.high
        waits[item] = Wait(median * needed + then, np.maximum(late, median) * needed + then, after, vendor)

    chosen = scenario.system.accelerator
    name = chosen.part if isinstance(chosen, Accelerator) else chosen
    resolved = book.catalog.resolve(name).name
    key = resolved
    if "accelerator" not in supply.lead_times and not book.has(resolved, "lead_time"):
        key = book.text(resolved, "lead_time_class") or "lead times: accelerators, US vendors"
    order("accelerator", key, part.vendor or "chip maker")
    if (
        isinstance(chosen, Accelerator)
        and chosen.design is not None
        and _stacked(book, resolved, chosen.design)
    ):
        # dies and stacks are made side by side, then packaged together; the chip's own lead time has that in it
        order("stacks", "lead times: HBM", "HBM makers", then=book.number(CLASS, "package_time"))
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
        order("installation", "lead times: installation", INSTALLER, after=tuple(waits))
    return waits


def _stacked(book: Book, part: str, design: Design) -> bool:
    """Tell whether a designed chip waits for stacks of HBM."""
    kind = book.text(part, "memory_type") if design.memory is None else design.memory
    return kind is not None and kind.startswith("HBM")


def stages(waits: Mapping[str, Wait]) -> Mapping[str, Stage]:
    """Return the chain at median lead times."""
    return {name: Stage(wait.median_s, wait.after) for name, wait in waits.items()}
