"""Links from the catalogue: claims of a link, a code or a photonic platform as the models take them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tauplan.catalog.lookup import Catalog
from tauplan.evaluate.book import Book
from tauplan.link.chain import BLOCKS, Link, copper_reach
from tauplan.link.fec import Code
from tauplan.link.photonic.budget import PhotonicLink, heater, with_physical_receiver
from tauplan.link.photonic.optimum import SPEED_OF_LIGHT
from tauplan.link.photonic.receiver import fitted_sensitivity
from tauplan.tau import Number, Time

UNKNOWN = float("inf")
NO_CODE = "no FEC"

_PHOTONIC = {  # field of the model: field of the catalogue, where the two differ
    "rate_Bps": "line_rate",
    "wavelength_m": "wavelength",
    "comb_span_m": "comb_span",
    "fibre_m": "fibre",
    "waveguide_m": "waveguide",
    "modulator_F": "modulator_capacitance",
    "modulator_V": "modulator_voltage",
    "error_rate": "bit_error_rate",
    "driver_offset_J": "driver_offset",
    "receiver_J": "receiver_slope",
    "receiver_W": "receiver_power",
    "laser_threshold_W": "laser_threshold",
    "power_cap_W": "power_cap",
    "serdes_J": "serdes_energy",
}


def resolve_code(book: Book, name: str) -> Code:
    """Return an error-correcting code of the catalogue."""
    part = book.catalog.resolve(name, "fec").name
    return Code(
        symbols=book.number(part, "codeword_symbols"),
        payload=book.number(part, "payload_symbols"),
        symbol_bits=book.number(part, "symbol_bits"),
        correctable=book.number(part, "correctable"),
        interleave=book.number(part, "interleave"),
        decode_s=book.number(part, "decode_latency"),
        threshold=book.number(part, "threshold"),
        energy_J=book.number(part, "energy"),
    )


def resolve_link(book: Book, name: str) -> Link:
    """Return a class of link of the catalogue, with plain times. Errors: no claim for a field the chain needs."""
    part = book.catalog.resolve(name, "link").name
    return Link(
        port_Bps=book.number(part, "bandwidth"),
        lane_Bps=book.number(part, "lane_rate"),
        levels=book.number(part, "levels"),
        serdes_s=book.number(part, "serdes_latency"),
        dsp_s=book.number(part, "dsp_latency"),
        code=resolve_code(book, book.text(part, "fec") or NO_CODE),
        flight_s=book.number(part, "flight"),
        energy_J={
            block: _optional(book, part, f"{block}_energy", 0.0) for block in BLOCKS if block != "wire"
        },
        wire_J=_optional(book, part, "wire_energy", 0.0),
        reach_m=resolve_reach(book, part),
        shoreline=_optional(book, part, "shoreline_density", UNKNOWN),
        areal=_optional(book, part, "areal_density", UNKNOWN),
        failure_Hz=_optional(book, part, "failure_rate", 0.0),
        price_USD=_optional(book, part, "price", 0.0),
    )


def resolve_reach(book: Book, part: str) -> Number:
    """Return the reach of a link [m]: from its loss budget where there is one, else as claimed."""
    if book.has(part, "loss_budget_dB"):
        return copper_reach(
            book.number(part, "loss_budget_dB"),
            book.number(part, "fixed_dB"),
            book.number(part, "medium_dB_per_m"),
        )
    return _optional(book, part, "reach", 0.0)


def owned(link: Link) -> Link:
    """Return a link whose latencies are owned by the link level."""
    code = replace(link.code, decode_s=Time.of("link", link.code.decode_s))
    return replace(
        link,
        serdes_s=Time.of("link", link.serdes_s),
        dsp_s=Time.of("link", link.dsp_s),
        flight_s=Time.of("link", link.flight_s),
        code=code,
    )


def has_chain(catalog: Catalog, part: str) -> bool:
    """Tell whether the catalogue knows enough of a link for its chain."""
    return all(
        catalog.choose(part, field) for field in ("bandwidth", "lane_rate", "serdes_latency", "flight")
    )


def resolve_photonic(book: Book, name: str) -> PhotonicLink:
    """Return a photonic platform of the catalogue; sensitivity and tuning computed where they are not claimed."""
    part = book.catalog.resolve(name, "photonics").name
    values: dict[str, Any] = {}
    for field in PhotonicLink.__dataclass_fields__:
        if field in ("sensitivity_W", "tuning_W"):
            values[field] = 0.0
        else:
            values[field] = book.number(part, _PHOTONIC.get(field, field))
    link = PhotonicLink(**values)
    return replace(link, tuning_W=_tuning(book, part, link), sensitivity_W=_sensitivity(book, part, link))


def has_fitted_receiver(book: Book, part: str) -> bool:
    """Tell whether a platform's receiver is a measured fit rather than its noise."""
    return book.has(part, "sensitivity_dBm")


def _sensitivity(book: Book, part: str, link: PhotonicLink) -> Number:
    if not has_fitted_receiver(book, part):
        return with_physical_receiver(link)
    fit = ("sensitivity_dBm", "sensitivity_slope_dB", "sensitivity_curve_dB")
    zero, slope, curve = (book.number(part, field) for field in fit)
    return fitted_sensitivity(8.0 * link.rate_Bps, zero, slope, curve, link.levels)


def _tuning(book: Book, part: str, link: PhotonicLink) -> Number:
    if book.has(part, "tuning_power"):
        return book.number(part, "tuning_power")
    return heater(
        book.number(part, "tuning_sigma_local"),
        book.number(part, "tuning_sigma_global"),
        SPEED_OF_LIGHT * link.spacing_m / link.wavelength_m**2,
        book.number(part, "electrical_tuning"),
        book.number(part, "heater_efficiency"),
    )


def _optional(book: Book, part: str, field: str, default: float) -> Number:
    known = book.optional(part, field)
    return default if known is None else known
