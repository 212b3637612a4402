"""``tauplan link``: classes of link, photonic budgets, and what a link makes of a whole system."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from tauplan.catalog.lookup import Catalog
from tauplan.cli.common import changes_option, print_json, read, show
from tauplan.cli.output import Output, Verbs, write_text
from tauplan.errors import InputError, Problem
from tauplan.units import parse

PLATFORM = "ring DWDM in package"
json_option: Any = click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
html_option: Any = click.option("--html", type=Output(), help="Write a self-contained HTML page.")


@click.group(
    "link", cls=Verbs, short_help="Links: one class, a photonic budget, copper against light in a system."
)
def command() -> None:
    """Look into links: latency, energy, reach and what they make of a system."""


@command.command("show")
@click.argument("link", required=False)
@click.option("--length", help="Length of the run, such as '20 m'; default: the reach, ten metres at most.")
@json_option
@html_option
def show_link(link: str | None, length: str | None, as_json: bool, html: Path | None) -> None:
    """Show LINK block by block, or all classes of link in a table."""
    from tauplan.evaluate.link_answer import links_with_chain, view_link
    from tauplan.report.export import finite
    from tauplan.report.link_tables import link_view, links_table

    catalog = Catalog.load()
    if link is None:
        views = [view_link(catalog, name) for name in links_with_chain(catalog)]
        if html is not None:
            raise InputError(Problem("no link to draw", expected="a link, such as 'CPO 800G'"))
        if as_json:
            print_json(finite({"links": [asdict(view) for view in views]}))
        else:
            show(links_table(views))
        return
    view = view_link(catalog, link, None if length is None else _quantity("--length", length, "m"))
    if html is not None:
        from tauplan.report.link_page import link_page

        write_text(html, link_page(view))
    if as_json:
        print_json(finite(asdict(view)))
    else:
        show(link_view(view))


@command.command("budget")
@click.argument("platform", default=PLATFORM)
@click.option(
    "--set", "changes", multiple=True, metavar="FIELD=VALUE", help="Change a field, such as fibre='500 m'."
)
@json_option
@html_option
def show_budget(platform: str, changes: tuple[str, ...], as_json: bool, html: Path | None) -> None:
    """Show the loss budget of a photonic PLATFORM: light, energy, errors, the best designs nearby.

    The platforms: tauplan catalog list photonics.
    """
    from tauplan.evaluate.link_answer import view_budget
    from tauplan.report.export import finite
    from tauplan.report.link_tables import budget_view

    view = view_budget(Catalog.load(), platform, _fields(changes))
    if html is not None:
        from tauplan.report.link_page import budget_page

        write_text(html, budget_page(view))
    if as_json:
        data = finite(asdict(view))
        print_json(data | {"cheapest": _design(view.cheapest), "widest": _design(view.widest)})
    else:
        show(budget_view(view))


@command.command("sweep")
@click.argument("scenario", type=click.Path(path_type=Path))
@changes_option
@click.option("--links", help="Classes of link, comma-separated; the first is the baseline.")
@click.option("--bandwidth", help="Matched bandwidth each way, such as '400 GB/s'; default: the scenario's.")
@click.option("--domain", type=click.IntRange(1), help="Domain wished for; default: all accelerators.")
@click.option(
    "--edge", default="10 mm", show_default=True, help="Die edge for links in the native comparison."
)
@json_option
@html_option
def sweep(
    scenario: Path,
    changes: tuple[str, ...],
    links: str | None,
    bandwidth: str | None,
    domain: int | None,
    edge: str,
    as_json: bool,
    html: Path | None,
) -> None:
    """Put classes of link into SCENARIO: matched, within reach, native; and where light overtakes copper.

    Matched: the scenario's bandwidth and domain for all. Within reach: the same bandwidth, the domain wished for
    or what the cables reach. Native: the bandwidth of a die edge and the domain within reach.
    """
    from tauplan.evaluate.link_breakeven import break_evens
    from tauplan.evaluate.link_study import CLASSES, Setting, compare_links, matched
    from tauplan.report.export import finite
    from tauplan.report.link_tables import break_even_lines, options_table

    catalog, case = Catalog.load(), read(scenario, changes)
    names = [name.strip() for name in links.split(",")] if links else list(CLASSES)
    rate = None if bandwidth is None else _quantity("--bandwidth", bandwidth, "B/s")
    wide = Setting(rate, float(domain or case.system.count))
    titles = (
        ("Matched", "the same bandwidth and domain for every link", matched(case, catalog, names, rate)),
        ("Within reach", "the same bandwidth; the domain ends where the cables do", wide),
        ("Native", f"the bandwidth of {edge} of die edge, the domain within reach", _native(edge)),
    )
    folder = scenario.parent
    rows = [(title, note, compare_links(case, catalog, names, how, folder)) for title, note, how in titles]
    found = break_evens(case, catalog, names, wide, folder) if len(names) > 1 else []
    if html is not None:
        from tauplan.report.link_page import sweep_page

        write_text(html, sweep_page(case.name, rows, found))
    if as_json:
        data = {title.lower().replace(" ", "_"): [asdict(o) for o in options] for title, _, options in rows}
        print_json(finite(data | {"baseline": names[0], "break_even": [asdict(one) for one in found]}))
        return
    unit = "step" if case.workload.task == "train" else "token"
    click.echo(f"{case.name}; baseline {names[0]}")
    for title, note, options in rows:
        show(options_table(title, note, options, unit))
    for line in break_even_lines(found, names[0]):
        click.echo(f"\n- {line}", nl=False)
    click.echo()


@command.command("fabrics")
@click.argument("endpoints", type=click.IntRange(4))
@click.option("--bandwidth", default="400 GB/s", show_default=True, help="Of one endpoint, each way.")
@click.option("--buffer", default="64 MB", show_default=True, help="Buffer of the collectives.")
@click.option("--domain", type=click.IntRange(1), default=8, show_default=True, help="Domain beside rails.")
@click.option(
    "--link", "link_name", default="pluggable 800G DSP", show_default=True, help="Class of every cable."
)
@json_option
def fabrics(endpoints: int, bandwidth: str, buffer: str, domain: int, link_name: str, as_json: bool) -> None:
    """Join ENDPOINTS by fat tree, rails, dragonfly, torus, full mesh and circuit switches."""
    from tauplan.evaluate.link_fabrics import compare_fabrics
    from tauplan.report.export import finite
    from tauplan.report.link_tables import fabrics_table

    rate, size = _quantity("--bandwidth", bandwidth, "B/s"), _quantity("--buffer", buffer, "B")
    rows = compare_fabrics(Catalog.load(), endpoints, rate, size, domain, link_name=link_name)
    if as_json:
        print_json(finite({"fabrics": [asdict(row) for row in rows]}))
    else:
        note = f"{bandwidth} each way per endpoint over {link_name}; repairs a year; collectives of {buffer}"
        show(fabrics_table(rows, note))


def _native(edge: str) -> Any:
    from tauplan.evaluate.link_study import Setting

    return Setting(edge_m=_quantity("--edge", edge, "m"))


def _quantity(option: str, text: str, unit: str) -> float:
    """Read a positive quantity of an option. Errors: :class:`InputError` that names the option."""
    try:
        value = parse(text, unit)
    except InputError as error:
        one = error.problems[0]
        raise InputError(Problem(one.message, option, "", one.value, one.expected, one.hint)) from None
    if value <= 0:
        raise InputError(Problem("must be more than zero", option, "", text))
    return value


def _fields(changes: tuple[str, ...]) -> dict[str, str]:
    """Return changed fields by name. Errors: :class:`InputError` for a change without an equals sign."""
    wrong = [change for change in changes if "=" not in change]
    if wrong:
        raise InputError([Problem("not a change", "--set", "", change, "FIELD=VALUE") for change in wrong])
    return {name.strip(): value.strip() for name, _, value in (change.partition("=") for change in changes)}


def _design(design: tuple[float, float, float]) -> dict[str, float]:
    return dict(zip(("channels", "rate_Bps", "energy_J_per_B"), design, strict=True))
