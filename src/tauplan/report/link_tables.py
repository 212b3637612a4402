"""Links for the terminal: one class, one budget, classes side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from tauplan.evaluate.link_answer import BudgetView, LinkView
from tauplan.evaluate.link_breakeven import SIZES, Breakeven
from tauplan.evaluate.link_fabrics import FabricRow
from tauplan.evaluate.link_study import Option
from tauplan.report.blocks import Bar, Beside, grid, heading, section
from tauplan.report.palette import BAR_STYLE, style
from tauplan.report.parts import Fitting
from tauplan.report.text import percent, quantity, share, time

PICOJOULE = 8e-12  # joules per byte of a picojoule per bit
YEAR = 365.25 * 86400.0
MILLION = 1e6


def link_view(view: LinkView) -> Group:
    """Return one class of link: what it is, its latency and its energy by block, and what carries errors away."""
    kind = {2.0: "NRZ", 4.0: "PAM4"}.get(view.levels, f"{view.levels:g} levels")
    facts = [
        f"{quantity(view.port_Bps, 'B/s')} a port each way, lanes of {8 * view.lane_Bps / 1e9:g} Gb/s {kind}",
        f"reach {quantity(view.reach_m, 'm')}" + (f", {view.medium}" if view.medium else ""),
    ]
    if math.isfinite(view.shoreline):
        facts.append(f"die edge {quantity(view.shoreline, 'B/s/m')}")
    if math.isfinite(view.areal):
        facts.append(f"die area {view.areal / 1e15:,.3g} GB/s/mm2")
    if view.failure_Hz > 0:
        facts.append(f"{view.failure_Hz * YEAR:.2g} repairs a port and year")
    if view.price_USD > 0:
        facts.append(f"{quantity(view.price_USD, 'USD')} a port, both ends")
    code = view.code
    if view.threshold < 1 and view.code != "no FEC":
        code += f": takes {view.threshold:.1e} to {view.residual:.0e}, {view.coding_gain_dB:.1f} dB electrical gain"
    claimed = (
        ""
        if view.claimed_energy_J is None
        else f"; claimed as a whole {quantity(view.claimed_energy_J, 'J/B')}"
    )
    lines: list[RenderableType] = [Text(view.link, style="bold"), Text(view.description, style="dim")]
    lines += [Text("; ".join(facts)), Text(f"errors: {code}")]
    latency = _stack(
        "Latency of one hop", view.latency_parts_s, "s", f"{quantity(view.length_m, 'm')}", "link"
    )
    energy = _stack("Energy per bit one way", view.energy_parts_J, "J/B", "both ends", "")
    lines.append(Beside(latency, energy))
    lines.append(Text(f"energy counts: {view.energy_boundary}{claimed}", style="dim"))
    return Group(*lines)


def links_table(views: Sequence[LinkView]) -> Group:
    """Return all classes of link in a table."""
    fields = ("port", "reach", "hop", "energy", "edge", "price")
    cells = [
        (
            quantity(view.port_Bps, "B/s"),
            quantity(view.reach_m, "m"),
            time(view.latency_s),
            quantity(view.energy_J, "J/B"),
            quantity(view.shoreline, "B/s/m") if math.isfinite(view.shoreline) else "–",
            quantity(view.price_USD, "USD") if view.price_USD else "–",
        )
        for view in views
    ]
    note = "port and edge each way; hop and energy of both ends, over the reach or ten metres; price of both ends"
    table = Fitting("link", [view.link for view in views], fields, cells)
    return Group(table, Text(note, style="dim"))


def budget_view(view: BudgetView) -> Group:
    """Return a photonic budget: waterfall of losses, energy stack, error rates, and the best designs nearby."""
    lines: list[RenderableType] = [
        Text(view.platform, style="bold"),
        Text(view.description, style="dim"),
        Text(
            f"{view.channels:g} wavelengths of {8 * view.rate_Bps / 1e9:g} Gb/s: "
            f"{8 * view.bandwidth_Bps / 1e12:.3g} Tb/s one way in a fibre for {quantity(view.energy_J, 'J/B')}"
        ),
        Beside(_waterfall(view), _stack("Energy per bit", view.energy_parts_J, "J/B", "both ends", "")),
        _errors(view),
        _nearby(view),
    ]
    return Group(*lines)


def _waterfall(view: BudgetView) -> RenderableType:
    table = grid("lrr", bar=None, header=("", "dB", "dBm"))
    level = view.laser_dBm
    table.add_row("laser, per wavelength", "", f"{level:.2f}")
    for name, loss in view.losses_dB.items():
        level -= loss
        table.add_row(name, f"−{loss:.2f}", f"{level:.2f}")
    table.add_row(Text("receiver needs", style="bold"), "", f"{view.sensitivity_dBm:.2f}")
    all_dB = sum(view.losses_dB.values())
    return section("Light", table, f"{all_dB:.1f} dB of losses, penalties and margin")


def _errors(view: BudgetView) -> RenderableType:
    words = f"needs {view.needed_ber:.1e} before correction, Q = {view.needed_q:.2f}"
    if view.got_ber is not None and view.margin_ber is not None:
        words += f"; gets {view.got_ber:.1e}, and {view.margin_ber:.0e} while the margin is not used up"
    else:
        words += "; the receiver is a measured fit, so its error rate beyond that is not known"
    slack = f"{view.waveguide_dBm:.1f} dBm in the waveguide, {abs(view.slack_dB):.1f} dB " + (
        "below its cap" if view.slack_dB >= 0 else "above its cap: cannot be built"
    )
    return section("Errors and light in the waveguide", Text(f"{words}\n{slack}"))


def _nearby(view: BudgetView) -> RenderableType:
    best = (
        f"{view.best_q:,.0f} needs the least light"
        if view.channels > 1
        else "without neighbours none is needed"
    )
    lines = [f"drop ring: Q {view.demux_q:,.0f} here, {best}"]
    for name, (channels, rate, energy) in (("least energy", view.cheapest), ("most in a fibre", view.widest)):
        lines.append(
            f"{name}: {channels:g} x {8 * rate / 1e9:g} Gb/s = {8 * channels * rate / 1e12:.3g} Tb/s at "
            f"{quantity(energy, 'J/B')}"
        )
    return section("Best designs nearby", Text("\n".join(lines)), "receiver limited by its noise")


def _stack(title: str, parts: Mapping[str, float], unit: str, note: str, level: str) -> RenderableType:
    whole = sum(parts.values())
    table = grid("lrrl", bar=3)
    for name, value in parts.items():
        if value > 0:
            bar = Bar(share(value, whole), style(level) or BAR_STYLE)
            table.add_row(name, quantity(value, unit), percent(share(value, whole)), bar)
    return section(f"{title}: {quantity(whole, unit)}", table, note)


def options_table(title: str, note: str, options: Sequence[Option], unit: str) -> Group:
    """Return classes of link side by side under one setting; the first is the baseline.

    ``unit`` is "step" or "token". A token of one user takes longer than the system needs per token of all users,
    its pace; tokens are priced by the million.
    """
    serving = unit == "token"
    fields = ("domain", "rate", "across", unit, *(("pace",) if serving else ()), "energy")
    fields += ("cost_per M" if serving else "cost", "useful", "lead", "capital", "network")
    cells = [_option_cells(option, serving) for option in options]
    return Group(heading(title, note), Fitting("link", [option.link for option in options], fields, cells))


def _option_cells(option: Option, serving: bool) -> tuple[str, ...]:
    where = (f"{option.domain:,.0f}", quantity(option.bandwidth_Bps, "B/s"))
    if not option.feasible:
        return (*where, "–", option.reason, *("–",) * (7 if serving else 6))
    return (
        *where,
        time(option.message_s),
        time(option.step_s),
        *((time(option.pace_s),) if serving else ()),
        quantity(option.step_J, "J"),
        f"${option.step_USD * (MILLION if serving else 1.0):.3g}",
        percent(option.availability),
        time(option.lead_s),
        quantity(option.network_USD, "USD"),
        quantity(option.link_W, "W"),
    )


def fabrics_table(rows: Sequence[FabricRow], note: str) -> Group:
    """Return topologies side by side."""
    fields = (
        "switches",
        "cables",
        "hops",
        "bisection",
        "price",
        "power",
        "all-reduce",
        "all-to-all",
        "repairs",
    )
    cells = [
        (
            f"{row.switches:,.0f}",
            f"{row.cables:,.0f}",
            f"{row.hops:g}",
            percent(row.bisection),
            quantity(row.price_USD, "USD"),
            quantity(row.power_W, "W"),
            time(row.all_reduce_s),
            time(row.all_to_all_s),
            f"{row.failures_Hz * YEAR:,.0f}",
        )
        for row in rows
    ]
    return Group(Fitting("topology", [row.name for row in rows], fields, cells), Text(note, style="dim"))


def break_even_lines(found: Sequence[Breakeven], baseline: str) -> list[str]:
    """Return one sentence per class of link: where it overtakes the baseline."""
    return [_sentence(one, baseline) for one in found]


def _sentence(one: Breakeven, baseline: str) -> str:
    ranks = f"{one.ranks:g} ranks"
    parts = [
        f"all-to-all among {ranks} {_size(one.all_to_all_B)}",
        f"all-reduce {_size(one.all_reduce_B)}",
        "no domain makes it faster"
        if one.faster_domain is None
        else f"faster from domains of {one.faster_domain}",
        "no domain makes it cheaper"
        if one.cheaper_domain is None
        else f"cheaper from domains of {one.cheaper_domain}",
    ]
    if one.par_USD <= 0:
        parts.append("at no price per port does a step cost the same")
    else:
        parts.append(
            f"costs the same at {quantity(one.par_USD, 'USD')} a port (now {quantity(one.price_USD, 'USD')})"
        )
    return f"{one.link} against {baseline}: " + "; ".join(parts) + "."


def _size(size_B: float | None) -> str:
    if size_B is None:
        return "is not faster at large sizes"
    if size_B <= float(SIZES[0]):
        return "is faster at every size"
    return f"is faster from {quantity(size_B, 'B')}"
