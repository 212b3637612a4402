"""What ``tauplan link`` answers: one class of link, or one photonic budget, as plain numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from tauplan import units
from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import DEFAULT
from tauplan.errors import InputError, Problem, did_you_mean
from tauplan.evaluate.book import Book, Key
from tauplan.evaluate.link_parts import has_chain, has_fitted_receiver, owned, resolve_link, resolve_photonic
from tauplan.link import chain
from tauplan.link.fec import coding_gain, residual_error_rate
from tauplan.link.photonic.budget import budget, received_error_rate
from tauplan.link.photonic.optimum import best_demux_q, search
from tauplan.link.signal import dbm, q_factor

CHANNELS = np.array([1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128])  # definition: channel counts tried
# definition: rates tried, Gb/s a wavelength
RATES = np.array([8, 10, 16, 20, 25, 32, 40, 50, 64, 106.25, 212.5])
GIGABIT_B = 1e9 / 8  # definition: bytes of a gigabit
TYPICAL_RUN = 10.0  # definition: metres of cable that a link is shown with, where it reaches that far
ROUNDING = 1.0 + 1e-9  # definition: lengths that differ by less are the same
TARGET = 1e-13  # definition: bit error rate of a link that is as good as free of errors


@dataclass(frozen=True)
class LinkView:
    """A class of link over ``length_m``: latency [s] and energy [J/B] by block, the rest from the catalogue."""

    link: str
    description: str
    medium: str
    length_m: float
    latency_parts_s: dict[str, float]
    latency_owned_s: dict[str, float]
    energy_parts_J: dict[str, float]
    energy_boundary: str
    claimed_energy_J: float | None
    port_Bps: float
    lane_Bps: float
    levels: float
    reach_m: float
    shoreline: float
    areal: float
    failure_Hz: float
    price_USD: float
    code: str
    coding_gain_dB: float
    threshold: float
    residual: float

    @property
    def latency_s(self) -> float:
        """One hop [s]."""
        return sum(self.latency_parts_s.values())

    @property
    def energy_J(self) -> float:
        """Both ends, per byte one way [J/B]."""
        return sum(self.energy_parts_J.values())


@dataclass(frozen=True)
class BudgetView:
    """A photonic budget: losses [dB], light [dBm], energy by block [J/B], error rates, and the best design near it.

    ``margin_ber``: error rate when the system margin is not used up; None where the receiver is a measured fit.
    """

    platform: str
    description: str
    losses_dB: dict[str, float]
    laser_dBm: float
    sensitivity_dBm: float
    waveguide_dBm: float
    slack_dB: float
    energy_parts_J: dict[str, float]
    channels: float
    rate_Bps: float
    bandwidth_Bps: float
    needed_ber: float
    needed_q: float
    got_ber: float | None
    margin_ber: float | None
    demux_q: float
    best_q: float
    cheapest: tuple[float, float, float]  # channels, rate [B/s], energy [J/B]
    widest: tuple[float, float, float]

    @property
    def energy_J(self) -> float:
        """Both ends, per byte one way [J/B]."""
        return sum(self.energy_parts_J.values())


def links_with_chain(catalog: Catalog) -> list[str]:
    """Return the links whose chain the catalogue knows."""
    return [part.name for part in catalog.parts("link") if has_chain(catalog, part.name)]


def view_link(catalog: Catalog, name: str, length_m: float | None = None) -> LinkView:
    """Return a class of link over a length [m], its longest up to ten metres by default.

    Errors: :class:`InputError` for an unknown link, one without a chain, or a length beyond its reach.
    """
    part = catalog.resolve(name, "link")
    if not has_chain(catalog, part.name):
        known = ", ".join(links_with_chain(catalog))
        raise InputError(Problem("the chain of this link is not known", value=part.name, expected=known))
    book = Book(catalog, DEFAULT)
    link = resolve_link(book, part.name)
    reach = float(link.reach_m)
    length = min(TYPICAL_RUN, reach) if length_m is None else length_m
    if length > reach * ROUNDING:
        raise InputError(
            Problem(
                "longer than the link reaches",
                value=units.format(length, "m"),
                expected=f"at most {units.format(reach, 'm')}",
            )
        )
    times = {key: float(value) for key, value in chain.latency_parts(link, length).items()}
    levels = chain.latency(owned(link), length).by_level()
    claim = catalog.choose(part.name, "energy_per_bit")
    return LinkView(
        link=part.name,
        description=part.description,
        medium=book.text(part.name, "medium") or "",
        length_m=length,
        latency_parts_s=times,
        latency_owned_s={level: float(value) for level, value in levels.items() if float(value) > 0},
        energy_parts_J={key: float(value) for key, value in chain.energy_parts(link, length).items()},
        energy_boundary=book.text(part.name, "energy_boundary") or "",
        claimed_energy_J=claim.value if claim is not None and isinstance(claim.value, float) else None,
        port_Bps=float(link.port_Bps),
        lane_Bps=float(link.lane_Bps),
        levels=float(link.levels),
        reach_m=reach,
        shoreline=float(link.shoreline),
        areal=float(link.areal),
        failure_Hz=float(link.failure_Hz),
        price_USD=float(link.price_USD),
        code=book.text(part.name, "fec") or "no FEC",
        coding_gain_dB=float(coding_gain(link.code, TARGET)),
        threshold=float(link.code.threshold),
        residual=float(residual_error_rate(link.code, link.code.threshold)),
    )


def view_budget(catalog: Catalog, name: str, changes: Mapping[str, str] | None = None) -> BudgetView:
    """Return the budget of a photonic platform with fields changed: field to a quantity with its unit.

    Errors: :class:`InputError` for an unknown platform, field or unit.
    """
    part = catalog.resolve(name, "photonics")
    book = Book(catalog, DEFAULT, _given(catalog, part.name, changes or {}))
    link = resolve_photonic(book, part.name)
    found = budget(link)
    fitted = has_fitted_receiver(book, part.name)
    grid, designs, fine = search(link, CHANNELS, RATES * GIGABIT_B)
    energy = np.where(fine > 0, np.asarray(designs.total_J), np.inf)
    wide = np.asarray(designs.bandwidth_Bps) * fine

    def design(place: int) -> tuple[float, float, float]:
        row, column = np.unravel_index(place, energy.shape)
        return (
            float(np.broadcast_to(grid.channels, energy.shape)[row, column]),
            float(np.broadcast_to(grid.rate_Bps, energy.shape)[row, column]),
            float(np.asarray(designs.total_J)[row, column]),
        )

    without = replace(link, margin_dB=0.0)
    return BudgetView(
        platform=part.name,
        description=part.description,
        losses_dB={key: float(value) for key, value in found.losses_dB.items()},
        laser_dBm=float(dbm(found.laser_W)),
        sensitivity_dBm=float(dbm(found.sensitivity_W)),
        waveguide_dBm=float(dbm(found.waveguide_W)),
        slack_dB=float(found.slack_dB),
        energy_parts_J={key: float(value) for key, value in found.energy_J.items()},
        channels=float(link.channels),
        rate_Bps=float(link.rate_Bps),
        bandwidth_Bps=float(found.bandwidth_Bps),
        needed_ber=float(link.error_rate),
        needed_q=float(q_factor(link.error_rate, link.levels)),
        got_ber=None if fitted else float(received_error_rate(link, found.laser_W)),
        margin_ber=None if fitted else float(received_error_rate(without, found.laser_W)),
        demux_q=float(link.demux_q),
        best_q=float(best_demux_q(link)),
        cheapest=design(int(np.argmin(energy))),
        widest=design(int(np.argmax(wide))),
    )


def _given(catalog: Catalog, part: str, changes: Mapping[str, str]) -> dict[Key, float]:
    """Return changed fields in SI units. Errors: :class:`InputError`, every wrong field at once."""
    problems: list[Problem] = []
    values: dict[Key, float] = {}
    known = [name for kind, name in catalog.fields if kind == "photonics"]
    for name, text in changes.items():
        field = catalog.fields.get(("photonics", name))
        if field is None:
            problems.append(Problem("unknown field", path=name, hint=did_you_mean(name, known)))
            continue
        try:
            values[(part, name)] = _quantity(text, field.unit)
        except InputError as error:
            problems += [replace(problem, path=name) for problem in error.problems]
    if problems:
        raise InputError(problems)
    return values


def _quantity(text: str, unit: str) -> float:
    """Read a quantity; a bare number is in the SI unit where the unit is per something, such as dB per metre."""
    try:
        return units.parse(text, unit)
    except InputError:
        if not unit.startswith("1/"):
            raise
        return units.parse(text, "1")
