"""One scenario with each class of link as its scale-up network: copper and light on the same terms.

Two comparisons stand side by side. *Matched*: every class gives the scenario's bandwidth and domain. *Native*:
every class gives the bandwidth that a die edge of one length can carry, and the domain that its cables can reach.
Links burn their power whether they carry data or not, so their energy is power times the time of a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import Policy
from tauplan.errors import InputError, Problem
from tauplan.evaluate.batch import put
from tauplan.evaluate.book import Book
from tauplan.evaluate.case import TrainingTask
from tauplan.evaluate.link_parts import resolve_link
from tauplan.evaluate.resolve import Resolved, resolve
from tauplan.evaluate.solve import OK, REASONS, Result, solve
from tauplan.link import chain
from tauplan.link.chain import Link
from tauplan.link.fabric_collectives import message_time
from tauplan.link.topology import fat_tree
from tauplan.spec.scenario import Scenario

CLASSES = (
    "DAC 800G",
    "pluggable 800G DSP",
    "LPO 800G",
    "NPO 800G",
    "CPO 800G",
    "optical I/O 4T",
)
"""Six classes of link, copper first: the baseline of a comparison."""

SWITCH = "NVSwitch 4 (NVL72)"
PORT = "DAC 800G"
RACKS = "racks"
ENERGY = "energy_per_bit"


@dataclass(frozen=True)
class Option:
    """A scenario with one class of link inside its domain.

    ``length_m``: longest cable of the domain; ``hop_s``: one link; ``message_s``: across the domain's fat tree.
    ``step_s``: a training step, or an output token when serving; ``pace_s``: the run over all steps, or over the
    tokens of all users. ``step_J``: energy of accelerators, hosts and the domains' network for one of them,
    ``link_J`` and ``link_W`` those of links and switches. ``network_USD``: cables, modules and switches of the
    domains; ``step_USD``: write-off and energy of one; ``availability``: useful share of the run; ``lead_s``:
    order to acceptance.
    """

    link: str
    domain: float
    bandwidth_Bps: float
    length_m: float
    hop_s: float
    message_s: float
    step_s: float
    pace_s: float
    step_J: float
    link_J: float
    link_W: float
    network_USD: float
    step_USD: float
    availability: float
    lead_s: float
    time_to_result_s: float
    reason: str = ""

    @property
    def feasible(self) -> bool:
        """Whether the design works at all."""
        return not self.reason


@dataclass(frozen=True)
class Setting:
    """What a comparison fixes: ``bandwidth_Bps`` and ``domain``, or else the ``edge_m`` of die for links."""

    bandwidth_Bps: float | None = None
    domain: float | None = None
    edge_m: float | None = None
    price_USD: float | None = None


def compare_links(
    scenario: Scenario,
    catalog: Catalog,
    names: Sequence[str] = CLASSES,
    setting: Setting | None = None,
    folder: Path | None = None,
) -> list[Option]:
    """Return one option per class of link, in the order of ``names``.

    Errors: :class:`InputError` for an unknown link, or one whose chain the catalogue does not know.
    """
    return [variant(scenario, catalog, name, setting or Setting(), folder)[0] for name in names]


def matched(
    scenario: Scenario, catalog: Catalog, names: Sequence[str] = CLASSES, bandwidth_Bps: float | None = None
) -> Setting:
    """Return the setting that every class can meet: the scenario's domain, or what the shortest cables reach."""
    book = Book(catalog, Policy())
    reach = [_within_reach(book, resolve_link(book, catalog.resolve(name, "link").name)) for name in names]
    wanted = scenario.system.scale_up.domain or scenario.system.count
    return Setting(bandwidth_Bps, float(min(wanted, scenario.system.count, *reach)))


def variant(
    scenario: Scenario, catalog: Catalog, name: str, setting: Setting, folder: Path | None = None
) -> tuple[Option, Resolved]:
    """Return the scenario with one class of link, evaluated, and what it was resolved to."""
    book = Book(catalog, Policy({(pin.part, pin.field): pin.source for pin in scenario.pins}))
    part = catalog.resolve(name, "link").name
    link = resolve_link(book, part)
    count = float(scenario.system.count)
    bandwidth = _bandwidth(book, scenario, link, setting)
    reach = float(_within_reach(book, link))
    if setting.edge_m is None:
        wanted = setting.domain or float(scenario.system.scale_up.domain or min(count, reach))
        domain = min(wanted, reach, count)
    else:
        domain = min(count, reach)
    domain = max(domain, 1.0)
    length = _length(book, link, domain)
    radix = book.number(SWITCH, "throughput") / book.number(PORT, "bandwidth")
    fabric = fat_tree(domain, radix)
    hop = float(chain.latency(link, length))
    message = float(message_time(fabric, hop, book.number(SWITCH, "latency")))
    cables = float(
        fabric.cables / fabric.access
    )  # links that a byte's bandwidth is bought for: two through a spine
    ports = float(chain.ports(link, bandwidth))
    mtbf = scenario.reliability.mtbf
    rate = 1.0 / (float(book.number("reliability", "mtbf")) if mtbf is None else mtbf)
    changed = scenario
    for path, value in (
        ("system.scale_up.link", part),
        ("system.scale_up.domain", int(domain)),
        ("system.scale_up.bandwidth", bandwidth),
        ("system.scale_up.latency", message),
        ("reliability.mtbf", 1.0 / (rate + ports * cables * float(link.failure_Hz))),
        ("supply.lead_times", _lead_times(book, scenario, part)),
    ):
        changed = put(changed, path, value)
    price = float(link.price_USD) if setting.price_USD is None else setting.price_USD
    resolved = resolve(changed, catalog, folder, {(part, ENERGY): 0.0, (part, "price"): price * cables})
    planes = bandwidth / float(book.number(PORT, "bandwidth"))
    domain_network = _Network(
        length_m=length,
        hop_s=hop,
        message_s=message,
        link_W=bandwidth * cables * float(chain.energy(link, length)) * count,
        cables_USD=ports * cables * price * count,
        switches_USD=float(fabric.switches * book.number(SWITCH, "price")) * planes * count / domain,
        switches_W=float(fabric.switches * book.number(SWITCH, "power")) * planes * count / domain,
    )
    return _option(part, resolved, solve(resolved.case), domain, bandwidth, domain_network), resolved


@dataclass(frozen=True)
class _Network:
    """The network inside the domains: lengths [m], times [s], powers of links and switches [W], prices [USD]."""

    length_m: float
    hop_s: float
    message_s: float
    link_W: float
    cables_USD: float
    switches_USD: float
    switches_W: float


def _option(
    part: str, resolved: Resolved, result: Result, domain: float, bandwidth: float, network: _Network
) -> Option:
    facility = resolved.case.facility
    served = result.serving
    unit = (
        result.step.time if result.step is not None else (served.tpot if served is not None else float("nan"))
    )
    step = float(unit)
    task, run = resolved.case.task, float(result.run)
    units = run / step if isinstance(task, TrainingTask) else float(task.requests * task.output)
    pace = run / units
    network_J = (network.link_W + network.switches_W) * pace * float(facility.pue)
    network_USD = network_J * float(facility.electricity_USD_per_J)
    # the cables are in the scenario's capital already
    network_USD += network.switches_USD * pace / float(facility.life_s)
    return Option(
        link=part,
        domain=domain,
        bandwidth_Bps=bandwidth,
        length_m=network.length_m,
        hop_s=network.hop_s,
        message_s=network.message_s,
        step_s=step,
        pace_s=pace,
        step_J=float(result.energy_J) / units + network_J,
        link_J=network_J,
        link_W=network.link_W + network.switches_W,
        network_USD=network.cables_USD + network.switches_USD,
        step_USD=float(result.cost_USD) / units + network_USD,
        availability=float(result.goodput),
        lead_s=float(result.supply),
        time_to_result_s=float(result.time_to_result),
        reason=REASONS[int(result.status)] if int(result.status) != OK else "",
    )


def _bandwidth(book: Book, scenario: Scenario, link: Link, setting: Setting) -> float:
    if setting.edge_m is not None:
        if float(link.shoreline) == float("inf"):
            raise InputError(
                Problem("no shoreline density for this link", expected="a claim of shoreline_density")
            )
        return float(link.shoreline) * setting.edge_m
    given = setting.bandwidth_Bps or scenario.system.scale_up.bandwidth
    return float(given) if given is not None else float(_own_bandwidth(book, scenario))


def _own_bandwidth(book: Book, scenario: Scenario) -> float:
    chosen = scenario.system.accelerator
    name = chosen if isinstance(chosen, str) else chosen.part
    return float(book.number(book.catalog.resolve(name).name, "scale_up_bandwidth"))


def _within_reach(book: Book, link: Link) -> float:
    racks = ("accelerators_per_rack", "rack_pitch", "cable_slack")
    per_rack, pitch, slack = (float(book.number(RACKS, field)) for field in racks)
    return float(chain.domain_within_reach(link.reach_m, per_rack, pitch, slack))


def _length(book: Book, link: Link, domain: float) -> float:
    """Return the longest cable of a domain [m]: half of its racks from the switches, and the slack."""
    per_rack, pitch, slack = (
        float(book.number(RACKS, field)) for field in ("accelerators_per_rack", "rack_pitch", "cable_slack")
    )
    racks = max(-(-domain // per_rack), 1.0)
    return min(slack + (racks // 2.0) * pitch, float(link.reach_m))


def _lead_times(book: Book, scenario: Scenario, part: str) -> dict[str, float]:
    """Return the scenario's lead times, with the link's own where it is longer than that of the other optics."""
    own = dict(scenario.supply.lead_times)
    market = book.text(part, "lead_time_class")
    if market is not None:
        others = own.get("optics", float(book.number("lead times: optical transceivers", "lead_time")))
        own["optics"] = max(float(book.number(market, "lead_time")), others)
    return {str(item): value for item, value in own.items()}
