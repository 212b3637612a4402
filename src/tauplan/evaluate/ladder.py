"""The τ ladder: how long one event of each level lasts, from a gate to the order book."""

from __future__ import annotations

from tauplan.evaluate.answer import Rung
from tauplan.evaluate.resolve import Resolved
from tauplan.evaluate.solve import Result
from tauplan.technology.cycle import repeated_wire_delay

MILLIMETRE = 1e-3  # definition: length of wire on the ladder
MESSAGE_B = 1e6  # definition: message on the ladder


def ladder(resolved: Resolved, result: Result) -> tuple[Rung, ...]:
    """Return the rungs of a feasible answer, shortest first."""
    chip, book = resolved.chip, resolved.book
    rungs = [
        Rung("transistor", "inverter driving four (FO4)", float(chip.fo4_s), chip.node),
        Rung(
            "wire",
            "1 mm of repeated wire",
            float(repeated_wire_delay(chip.fo4_s, chip.rc_s_per_m2, MILLIMETRE)),
            chip.node,
        ),
        Rung("transistor", "one clock of the compute units", float(chip.period_s), chip.part),
    ]
    if chip.design is not None:
        rungs.append(Rung("sram", "one read of on-chip memory", float(chip.design.sram_s), chip.node))
        if chip.design.shrink is not None:
            rungs.append(Rung("fold", "one crossing between tiers", float(chip.design.crossing_s), chip.node))
    kind = book.text(chip.part, "memory_type")
    if kind and book.has(f"memory type {kind}", "access_latency"):
        latency = float(book.number(f"memory type {kind}", "access_latency"))
        rungs.append(Rung("memory", "one read, row closed", latency, kind))
    if resolved.storage is not None:
        rungs.append(Rung("memory", "1 MB from the drives", float(resolved.case.drives.read_s) * MESSAGE_B))
    rungs.append(Rung("software", "one kernel: launch, ramp, drain", float(chip.rates.kernel_s), chip.part))
    if float(resolved.case.count) > 1:
        rungs += _network(resolved)
    if result.step is not None:
        both = float(result.step.forward) + float(result.step.backward)
        rungs.append(Rung("schedule", "one micro-batch through a stage, both ways", both))
        rungs.append(Rung("schedule", "one step", float(result.step.time)))
        rungs.append(Rung("failures", "between checkpoints", float(result.checkpoint_interval)))
    elif result.serving is not None:
        rungs.append(Rung("schedule", "one output token (TPOT)", float(result.serving.tpot)))
        rungs.append(Rung("schedule", "first token (TTFT)", float(result.serving.ttft)))
    rungs.append(Rung("schedule", "the whole run", float(result.run)))
    if float(result.supply) > 0:
        rungs.append(Rung("supply", "order to acceptance", float(result.supply)))
    return tuple(sorted(rungs, key=lambda rung: rung.seconds))


def _network(resolved: Resolved) -> list[Rung]:
    inner, outer = resolved.network[0], resolved.network[1]
    rungs: list[Rung] = []
    if float(inner.tier.size) > 1:
        rungs.append(Rung("link", "one hop inside a domain", float(inner.link_s), inner.name))
        message = float(inner.tier.exchange.message_s + inner.tier.exchange.byte_s * MESSAGE_B)
        rungs.append(Rung("link", "1 MB inside a domain", message, inner.name))
    if float(resolved.case.count) > float(inner.tier.size):
        rungs.append(Rung("switch", "one switch hop", float(outer.switch_s), outer.name))
        message = float(outer.tier.exchange.message_s + outer.tier.exchange.byte_s * MESSAGE_B)
        rungs.append(Rung("link", "1 MB between domains", message, outer.name))
    return rungs
