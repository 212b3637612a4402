"""Numbers as text: times, shares, factors and amounts, as a report prints them."""

from __future__ import annotations

import math

from tauplan import units
from tauplan.language import told


def quantity(value: float | None, unit: str) -> str:
    """Return an SI value in engineering units, a dash where it is not known.

    >>> quantity(3.15e-6, "s")
    '3.15 µs'
    >>> quantity(None, "s")
    '–'
    """
    if value is None:
        return "–"
    shown = units.format(value, unit)
    return told(f"{shown[:-2]}µs" if shown.endswith(" us") else shown) if unit == "s" else shown


def time(seconds: float | None) -> str:
    """Return a time as people say it, a dash where there is none.

    >>> time(2419200.0)
    '4 weeks'
    """
    return quantity(seconds, "s")


def energy(joules: float) -> str:
    """Return an energy in joules with watt-hours from a kilowatt-hour on.

    >>> energy(3.6e9)
    '3.6 GJ (1 MWh)'
    """
    shown = quantity(joules, "J")
    for unit in ("GWh", "MWh", "kWh"):
        if joules >= units.to_si(1.0, unit):
            return f"{shown} ({joules / units.to_si(1.0, unit):.3g} {unit})"
    return shown


def percent(share: float) -> str:
    """Return a share in per cent; an amount too small to print is not printed as nothing.

    >>> percent(0.2513), percent(0.00001), percent(0.0)
    ('25.1 %', '<0.1 %', '0 %')
    """
    if not math.isfinite(share):
        return "–"
    if share == 0:
        return "0 %"
    if abs(share) < 0.0005:
        return "<0.1 %"
    return f"{100 * share:.1f} %" if abs(share) < 0.9995 or abs(share) > 1.0005 else "100 %"


def ratio(value: float | None) -> str:
    """Return a factor, a dash where there is none; more digits near 1, where they are the point.

    >>> ratio(0.62), ratio(1.0042)
    ('× 0.62', '× 1.004')
    """
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "× ∞"
    return f"× {value:.4g}" if abs(value - 1) < 0.1 else f"× {value:.3g}"


def share(amount: float, whole: float) -> float:
    """Return ``amount / whole`` [1], zero where the whole is zero or not known."""
    return amount / whole if whole and math.isfinite(whole) and math.isfinite(amount) else 0.0


def signed_time(seconds: float) -> str:
    """Return a difference of times with its sign.

    >>> signed_time(-120.0)
    '−2 min'
    """
    return ("+" if seconds > 0 else "−" if seconds < 0 else "") + time(abs(seconds))


def claim_name(key: str) -> str:
    """Return the dotted name of a claim in words.

    >>> claim_name("lead times: servers.lead_time")
    'servers, lead time'
    """
    part, _, field = key.rpartition(".")
    return (
        f"{told(part.removeprefix('lead times: '))}, {told(field.replace('_', ' '))}" if part else told(key)
    )


def unit_name(kind: str) -> str:
    """Return what a run repeats: "step" in training, "output token" in serving."""
    return "step" if kind == "training" else "output token"
