"""HTML pages of links: a budget, a class, classes side by side."""

from __future__ import annotations

from collections.abc import Sequence

from tauplan.evaluate.link_answer import BudgetView, LinkView
from tauplan.evaluate.link_breakeven import Breakeven
from tauplan.evaluate.link_study import Option
from tauplan.report import html
from tauplan.report.elements import Charts, Html, element, paragraph, raw, table, text
from tauplan.report.link_charts import classes_chart, loss_chart, stack_chart
from tauplan.report.link_tables import break_even_lines
from tauplan.report.text import percent, quantity, time

FIGURES = (
    ("step_s", "s", "Time of a step or token"),
    ("step_J", "J", "Energy of a step or token"),
    ("step_USD", "USD", "Cost of a step or token"),
    ("network_USD", "USD", "Capital of the domains' network"),
)


def budget_page(view: BudgetView) -> str:
    """Return a page of a photonic budget: waterfall of the light, stack of the energy."""
    place = Charts()
    losses = [(name, f"{loss:.2f} dB") for name, loss in view.losses_dB.items()]
    energies = [(name, quantity(value, "J/B")) for name, value in view.energy_parts_J.items()]
    light = loss_chart("Where the light goes", view.laser_dBm, view.sensitivity_dBm, view.losses_dB)
    stack = stack_chart("Energy per bit", view.energy_parts_J, "J/B")
    said = f"{view.channels:g} wavelengths of {8 * view.rate_Bps / 1e9:g} Gb/s, {quantity(view.energy_J, 'J/B')}."
    body = raw(
        element("h1", text(view.platform)),
        paragraph(said, "summary"),
        place.figure(light, table(("loss or penalty", "amount"), losses, "lr"), 2),
        place.figure(stack, table(("block", "energy"), energies, "lr"), 2),
    )
    return html.document(view.platform, body, place)


def link_page(view: LinkView) -> str:
    """Return a page of a class of link: stacks of latency and energy."""
    place = Charts()
    times = [(name, time(value)) for name, value in view.latency_parts_s.items()]
    energies = [(name, quantity(value, "J/B")) for name, value in view.energy_parts_J.items()]
    latency = stack_chart(
        f"Latency of one hop over {quantity(view.length_m, 'm')}", view.latency_parts_s, "s"
    )
    energy = stack_chart("Energy per bit, both ends", view.energy_parts_J, "J/B")
    body = raw(
        element("h1", text(view.link)),
        paragraph(f"{view.description}. Energy counts: {view.energy_boundary}.", "summary"),
        place.figure(latency, table(("block", "time"), times, "lr"), 2),
        place.figure(energy, table(("block", "energy"), energies, "lr"), 2),
    )
    return html.document(view.link, body, place)


def sweep_page(
    name: str, settings: Sequence[tuple[str, str, Sequence[Option]]], found: Sequence[Breakeven]
) -> str:
    """Return a page of classes of link under several settings: (title, note, options)."""
    place = Charts()
    lines = break_even_lines(found, settings[0][2][0].link)
    parts: list[Html] = [
        element("h1", text(name)),
        element("ul", *(element("li", text(line)) for line in lines), attributes='class="verdicts"'),
    ]
    for title, note, options in settings:
        parts.append(element("h2", text(title)))
        parts.append(paragraph(note, "summary"))
        fine = [option for option in options if option.feasible]
        for field, unit, what in FIGURES:
            rows = [(option.link, quantity(float(getattr(option, field)), unit)) for option in fine]
            chart = classes_chart(what, title, fine, field, unit)
            parts.append(place.figure(chart, table(("link", what), rows, "lr"), 3))
        parts.append(_options(options))
    return html.document(name, raw(*parts), place)


def _options(options: Sequence[Option]) -> Html:
    columns = (
        "link",
        "domain",
        "each way",
        "across",
        "step",
        "energy",
        "power",
        "capital",
        "cost",
        "useful",
        "lead",
    )
    rows = [
        (
            option.link,
            f"{option.domain:g}",
            quantity(option.bandwidth_Bps, "B/s"),
            time(option.message_s),
            time(option.step_s) if option.feasible else option.reason,
            quantity(option.step_J, "J"),
            quantity(option.link_W, "W"),
            quantity(option.network_USD, "USD"),
            quantity(option.step_USD, "USD"),
            percent(option.availability),
            time(option.lead_s),
        )
        for option in options
    ]
    return table(columns, rows, "l" + "r" * (len(columns) - 1))
