"""The page about links and its pictures: written around what the tool computes when the page is made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tauplan.catalog.lookup import Catalog
from tauplan.evaluate.link_answer import view_budget, view_link
from tauplan.evaluate.link_breakeven import break_evens
from tauplan.evaluate.link_fabrics import compare_fabrics
from tauplan.evaluate.link_study import CLASSES, Option, Setting, compare_links
from tauplan.report.link_charts import classes_chart, energies_chart, loss_chart
from tauplan.report.link_tables import break_even_lines
from tauplan.report.palette import literal
from tauplan.report.text import percent, quantity, time
from tauplan.spec.scenario import read_scenario
from tauplan.validate.link_case import LinkCase
from tauplan.validate.link_cases import link_cases
from tauplan.validate.link_studies import link_studies

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "copper-vs-light.yaml"
TEMPLATE = ROOT / "tools" / "links.md.in"
PLATFORM = "ring DWDM in package"
SHOWN = ("DAC 800G", "AEC 800G", *CLASSES[1:])


def links_page() -> str:
    """Return the page about links."""
    catalog = Catalog.load()
    scenario = read_scenario(EXAMPLE)
    wide = Setting(domain=float(scenario.system.count))
    options = compare_links(scenario, catalog, setting=wide, folder=EXAMPLE.parent)
    found = break_evens(scenario, catalog, CLASSES, wide, EXAMPLE.parent)
    pieces = {
        "classes": _classes(catalog),
        "options": _options(options),
        "break_even": [f"- {line}" for line in break_even_lines(found, CLASSES[0])],
        "fabrics": _fabrics(catalog),
        "cases": _cases({one.number: one for one in (*link_cases(catalog), *link_studies(catalog))}),
    }
    page = TEMPLATE.read_text(encoding="utf-8")
    for name, lines in pieces.items():
        page = page.replace(f"{{{name}}}", "\n".join(lines))
    return page


def _classes(catalog: Catalog) -> Iterator[str]:
    yield "| link | reach | hop | energy | counts | die edge | repairs a year | price |"
    yield "| --- | ---: | ---: | ---: | --- | ---: | ---: | ---: |"
    for name in SHOWN:
        view = view_link(catalog, name)
        yield (
            f"| {name} | {quantity(view.reach_m, 'm')} | {time(view.latency_s)} | "
            f"{quantity(view.energy_J, 'J/B')} | {view.energy_boundary} | {quantity(view.shoreline, 'B/s/m')} | "
            f"{view.failure_Hz * 365.25 * 86400:.2g} | {quantity(view.price_USD, 'USD')} |"
        )


def _options(options: list[Option]) -> Iterator[str]:
    yield "| link | domain | across | step | its energy | network | capital | its cost | useful | lead |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for one in options:
        yield (
            f"| {one.link} | {one.domain:,.0f} | {time(one.message_s)} | {time(one.step_s)} | "
            f"{quantity(one.step_J, 'J')} | {quantity(one.link_W, 'W')} | {quantity(one.network_USD, 'USD')} | "
            f"${one.step_USD:.2f} | {percent(one.availability)} | {time(one.lead_s)} |"
        )


def _fabrics(catalog: Catalog) -> Iterator[str]:
    yield "| topology | switches | cables | hops | bisection | price | power | all-reduce | all-to-all |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for row in compare_fabrics(catalog, 4096, 400e9, 64e6, link_name="CPO 800G"):
        yield (
            f"| {row.name} | {row.switches:,.0f} | {row.cables:,.0f} | {row.hops:g} | {percent(row.bisection)} | "
            f"{quantity(row.price_USD, 'USD')} | {quantity(row.power_W, 'W')} | {time(row.all_reduce_s)} | "
            f"{time(row.all_to_all_s)} |"
        )


def _cases(cases: dict[str, LinkCase]) -> Iterator[str]:
    yield "| case | what | kind | reported | predicted | error | note | source |"
    yield "| --- | --- | --- | ---: | ---: | ---: | --- | --- |"
    for one in cases.values():
        error = f"{one.error:+.2f} dB" if one.kind == "budget" else f"{100 * one.error:+.1f} %"
        unit = "" if one.unit == "1" else f" {one.unit}"
        yield (
            f"| {one.number} | {one.what} | {one.kind} | {one.reported:.4g}{unit} | {one.predicted:.4g}{unit} | "
            f"{error} | {one.note} | {one.source} |"
        )


def loss_picture() -> str:
    """Return the waterfall of the in-package budget as SVG."""
    view = view_budget(Catalog.load(), PLATFORM)
    return _svg(loss_chart("Where the light goes", view.laser_dBm, view.sensitivity_dBm, view.losses_dB))


def energy_picture() -> str:
    """Return the energy of the classes of link by block as SVG."""
    catalog = Catalog.load()
    return _svg(energies_chart([view_link(catalog, name) for name in SHOWN]))


def step_picture() -> str:
    """Return the cost of a step with each class of link as SVG."""
    scenario = read_scenario(EXAMPLE)
    wide = Setting(domain=float(scenario.system.count))
    options = compare_links(scenario, Catalog.load(), setting=wide, folder=EXAMPLE.parent)
    return _svg(
        classes_chart("Cost of a step", "domains as far as the cables reach", options, "step_USD", "USD")
    )


def _svg(chart: dict[str, Any]) -> str:
    import vl_convert

    return vl_convert.vegalite_to_svg(literal(chart | {"width": 620, "background": "white"}))
