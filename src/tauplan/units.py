"""Units: text with units outside, SI floats inside. The only place that knows factors.

The table is closed: a unit that is not in it is refused with the nearest ones named. Decimal prefixes are
powers of 1000 (G = 1e9), binary prefixes powers of 1024 (Gi = 2**30). Bits and bytes convert; FLOP, integer
operations and cycles do not. A currency is a dimension of its own and is never converted here.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any

from tauplan.errors import InputError, Problem, did_you_mean

_DECIMAL = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18, "Z": 1e21, "Y": 1e24}
_SMALL = {"m": 1e-3, "u": 1e-6, "µ": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15}
_BINARY = {"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50}
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
_WEEK, _MONTH, _YEAR = 7 * _DAY, 365.25 / 12 * _DAY, 365.25 * _DAY

# unit -> (canonical unit of its dimension, factor to it)
_TABLE: dict[str, tuple[str, float]] = {}


def _add(canonical: str, entries: dict[str, float]) -> None:
    _TABLE.update({unit: (canonical, factor) for unit, factor in entries.items()})


def _prefixed(
    canonical: str, symbol: str, factor: float = 1.0, *, prefixes: dict[str, float] = _DECIMAL
) -> None:
    _add(canonical, {prefix + symbol: factor * scale for prefix, scale in prefixes.items()})


_ALL = _DECIMAL | _SMALL

# pure numbers
_add("1", {"1": 1.0, "count": 1.0, "fraction": 1.0, "x": 1.0, "%": 0.01, "percent": 0.01, "tokens": 1.0})
_add("1", {"token": 1.0, "cards": 1.0, "chips": 1.0, "units": 1.0, "wafers": 1.0, "lanes": 1.0, "ports": 1.0})
_add("1", {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18})  # 15 T tokens
_add("1", {"bit": 1.0})  # widths of buses and ranges of time are counts of bits; amounts of data are b or B

# time
_prefixed("s", "s", prefixes={"": 1.0} | _SMALL)
_add("s", {"min": _MINUTE, "h": _HOUR, "hour": _HOUR, "hours": _HOUR, "d": _DAY, "day": _DAY, "days": _DAY})
_add("s", {"week": _WEEK, "weeks": _WEEK, "wk": _WEEK, "month": _MONTH, "months": _MONTH})
_add("s", {"year": _YEAR, "years": _YEAR, "second": 1.0, "seconds": 1.0, "minutes": _MINUTE})
_add("s/m", {"s/m": 1.0, "ps/mm": 1e-9, "ns/m": 1e-9, "ps/um": 1e-6})
_prefixed("Hz", "Hz")

# data
_prefixed("B", "B")
_prefixed("B", "B", prefixes=_BINARY)
_prefixed("B", "b", 1 / 8)
_prefixed("B", "b", 1 / 8, prefixes=_BINARY)
_add("B", {"Gbit": 1e9 / 8, "Tbit": 1e12 / 8, "Mbit": 1e6 / 8})
_prefixed("B/s", "B/s")
_prefixed("B/s", "B/s", prefixes=_BINARY)
_prefixed("B/s", "b/s", 1 / 8)
_prefixed("1/s", "T/s")  # transfers: GT/s, MT/s
_prefixed("1/s", "IOPS")
_prefixed("1/s", "/s")
_add("1/s", {"1/s": 1.0, "tokens/s": 1.0, "samples/s": 1.0, "images/s": 1.0, "requests/s": 1.0})
_add("1/s", {"wafers/month": 1 / _MONTH, "1/year": 1 / _YEAR, "packets/s": 1.0})
_add("B/s/m", {"B/s/m": 1.0, "GB/s/mm": 1e12, "Gb/s/mm": 1e12 / 8, "Tb/s/mm": 1e15 / 8, "TB/s/mm": 1e15})
_add("B/s/m2", {"B/s/m2": 1.0, "GB/s/mm2": 1e15, "Gb/s/mm2": 1e15 / 8, "TB/s/mm2": 1e18})
_add("B/m2", {"B/m2": 1.0, "Gb/mm2": 1e15 / 8, "Mib/mm2": 2.0**20 * 1e6 / 8, "Mb/mm2": 1e12 / 8})

# work
_prefixed("FLOP", "FLOP")
_prefixed("FLOP/s", "FLOP/s")
_add("FLOP/s", {"TFLOPS": 1e12, "PFLOPS": 1e15, "GFLOPS": 1e9})
_prefixed("OP/s", "OP/s")
_add("OP/s", {"TOPS": 1e12, "GOPS": 1e9})
_add("B/FLOP", {"B/FLOP": 1.0})

# power and energy
_prefixed("W", "W", prefixes=_ALL)
_prefixed("J", "J", prefixes=_ALL)
_add("J", {"Wh": _HOUR, "kWh": 1e3 * _HOUR, "MWh": 1e6 * _HOUR, "GWh": 1e9 * _HOUR})
_add("J/B", {"J/B": 1.0, "pJ/bit": 8e-12, "fJ/bit": 8e-15, "nJ/bit": 8e-9, "pJ/b": 8e-12, "pJ/B": 1e-12})
_add("J/B/m", {"J/B/m": 1.0, "pJ/bit/mm": 8e-9})
_add("J s/B2", {"J s/B2": 1.0})
_add("J/FLOP", {"J/FLOP": 1.0, "pJ/FLOP": 1e-12, "fJ/FLOP": 1e-15})
_add("J/m2", {"J/m2": 1.0, "kWh/cm2": 1e3 * _HOUR * 1e4})
_prefixed("V", "V", prefixes={"": 1.0, "k": 1e3} | _SMALL)
_prefixed("A", "A", prefixes={"": 1.0, "k": 1e3} | _SMALL)
_add("A/W", {"A/W": 1.0})
_add("A/rtHz", {"A/rtHz": 1.0, "pA/rtHz": 1e-12})
_add("1/Hz", {"1/Hz": 1.0})
_add("W/Hz", {"W/Hz": 1.0, "uW/GHz": 1e-15})
_add("W/m2", {"W/m2": 1.0, "W/cm2": 1e4, "W/mm2": 1e6})
_add("K", {"K": 1.0})
_add("K/W", {"K/W": 1.0})
_add("K m2/W", {"K m2/W": 1.0, "K mm2/W": 1e-6})

# size and electrical figures of a process
_prefixed("m", "m", prefixes={"": 1.0, "k": 1e3} | _SMALL)
_add("m", {"cm": 1e-2})
_add("1/m", {"1/m": 1.0, "1/cm": 100.0, "1/km": 1e-3})
_add("m2", {"m2": 1.0, "mm2": 1e-6, "um2": 1e-12, "cm2": 1e-4})
_add("1/m2", {"1/m2": 1.0, "1/cm2": 1e4, "1/mm2": 1e6, "MTr/mm2": 1e12, "kTr/mm2": 1e9})
_add("ohm", {"ohm": 1.0, "kohm": 1e3, "mohm": 1e-3})
_add("A/m2", {"A/m2": 1.0, "A/mm2": 1e6})
_prefixed("F", "F", prefixes={"": 1.0} | _SMALL)
_add("ohm m", {"ohm m": 1.0})
_add("ohm/m", {"ohm/m": 1.0, "ohm/um": 1e6, "kohm/um": 1e9})
_add("F/m", {"F/m": 1.0, "fF/um": 1e-9, "pF/m": 1e-12})

# money and mass
_prefixed("USD", "USD")
_prefixed("CNY", "CNY")
_add("CNY", {"RMB": 1.0})
_prefixed("EUR", "EUR")
_add("CNY/USD", {"CNY/USD": 1.0})
_add("USD/s", {"USD/s": 1.0, "USD/h": 1 / _HOUR, "USD/GPU/h": 1 / _HOUR})
_add("USD/J", {"USD/J": 1.0, "USD/kWh": 1 / (1e3 * _HOUR), "USD/MWh": 1 / (1e6 * _HOUR)})
_add("USD/B", {"USD/B": 1.0, "USD/GB": 1e-9, "USD/TB": 1e-12, "USD/Gb": 8e-9})
_add("USD/m2", {"USD/m2": 1.0, "USD/mm2": 1e6})
_add("kg", {"kg": 1.0, "g": 1e-3, "t": 1e3})
_add("kg/B", {"kg/B": 1.0, "g/GB": 1e-12})
_add("kg/m2", {"kg/m2": 1.0, "kg/cm2": 1e4, "g/cm2": 10.0})
_add("kg/J", {"kg/J": 1.0, "kg/kWh": 1 / (1e3 * _HOUR), "g/kWh": 1e-3 / (1e3 * _HOUR)})

EXAMPLES = {
    "1": "0.9, 90% or 15e12",
    "s": "4 weeks, 90 s or 2 us",
    "B": "96 GB",
    "B/s": "400 Gb/s or 50 GB/s",
    "FLOP/s": "312 TFLOP/s",
    "OP/s": "256 TOP/s",
    "W": "700 W",
    "J": "3.6 MJ or 1 kWh",
    "USD": "12000 USD",
    "USD/J": "0.08 USD/kWh",
    "USD/s": "2.5 USD/GPU/h",
    "USD/B": "12 USD/GB",
    "J/B": "5 pJ/bit",
    "m": "30 km or 7 nm",
    "m2": "814 mm2",
    "Hz": "1.4 GHz",
}
"""An example of each dimension, for messages."""

_WHOLE = r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,3}(?:_[0-9]{3})+|[0-9]+"  # groups of thousands, or no groups
_QUANTITY = re.compile(
    rf"^([+-]?(?:(?:{_WHOLE})(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)(?![0-9_,.:])\s*(.*)$"
)


def canonical(unit: str) -> str:
    """Return the SI unit of a unit's dimension.

    >>> canonical("GB/s")
    'B/s'
    """
    return _entry(unit)[0]


def to_si(value: Any, unit: str) -> Any:
    """Return a value (number or array) in the SI unit of its dimension.

    >>> to_si(400.0, "Gb/s")
    50000000000.0
    """
    return value * _entry(unit)[1]


def parse(text: str | float, unit: str) -> float:
    """Read a quantity such as ``"400 Gb/s"`` as a float in the SI unit ``unit``.

    A bare number is read only where ``unit`` is "1". Errors: :class:`InputError` with what was expected.

    >>> parse("4 weeks", "s")
    2419200.0
    """
    shown = str(text)
    match = _QUANTITY.match(shown.replace("\u2009", " ").replace("\u00a0", " ").strip())
    if match is None:
        raise InputError(Problem("not a quantity", value=shown, expected=_expected(unit), hint=_slip(shown)))
    number = float(match[1].replace("_", "").replace(",", ""))
    if not math.isfinite(number):
        raise InputError(Problem("not a finite number", value=shown, expected=_expected(unit)))
    given = match[2].strip()
    if not given:
        if unit != "1":
            raise InputError(Problem("the unit is missing", value=shown, expected=_expected(unit)))
        return number
    dimension, factor = _entry(given, shown, unit)
    if dimension != unit:
        message = f"'{given}' is not a unit of {_name(unit)}"
        raise InputError(Problem(message, value=shown, expected=_expected(unit), hint=_kindred(given, unit)))
    return number * factor


def format(value: float, unit: str, digits: int = 3, *, binary: bool = False) -> str:
    """Write an SI value in engineering units.

    >>> format(3.35e12, "B/s")
    '3.35 TB/s'
    >>> format(2419200.0, "s")
    '4 weeks'
    """
    if not math.isfinite(value):
        return "–" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    if unit == "s":
        return _format_time(value, digits)
    if unit == "B" and binary:
        return _engineering(value, "B", _BINARY_STEPS, digits)
    if unit == "USD":
        return _format_money(value, digits)
    if unit == "1/m2" and abs(value) >= _TRANSISTORS:
        return f"{_digits(value / 1e12, digits)} MTr/mm2"
    if unit in _DISPLAY:
        shown, factor = _DISPLAY[unit]
        return f"{_digits(value / factor, digits)} {shown}"
    if unit in ("1", "CNY", "EUR") and _rounded(value, digits) < 1e6:
        return f"{_digits(value, digits)} {unit}".removesuffix(" 1")
    if unit == "1":
        return _engineering(value, "", _STEPS, digits)
    if unit == "1/s":
        return _engineering(value, "/s", _STEPS, digits).replace(" /s", "/s")
    if unit in _PREFIXABLE:
        return _engineering(value, unit, _STEPS, digits)
    return f"{_digits(value, digits)} {unit}"


_STEPS = tuple(
    (scale, prefix) for prefix, scale in sorted(_ALL.items(), key=lambda p: -p[1]) if prefix != "µ"
)
_BINARY_STEPS = ((2.0**40, "Ti"), (2.0**30, "Gi"), (2.0**20, "Mi"), (2.0**10, "Ki"), (1.0, ""))
_TRANSISTORS = 1e11  # per area: densities above this are of transistors, below of defects
_PREFIXABLE = {"B", "B/s", "FLOP", "FLOP/s", "OP/s", "W", "J", "Hz", "V", "m", "F", "A", "CNY", "EUR"}
_DISPLAY = {
    "m2": ("mm2", 1e-6),
    "1/m2": ("1/cm2", 1e4),
    "J/B": ("pJ/bit", 8e-12),
    "USD/J": ("USD/kWh", 1 / (1e3 * _HOUR)),
    "USD/B": ("USD/GB", 1e-9),
    "USD/s": ("USD/h", 1 / _HOUR),
    "B/m2": ("Gb/mm2", 1e15 / 8),
    "B/s/m": ("GB/s/mm", 1e12),
    "s/m": ("ps/mm", 1e-9),
    "ohm/m": ("ohm/um", 1e6),
    "F/m": ("fF/um", 1e-9),
    "J/FLOP": ("pJ/FLOP", 1e-12),
}
_TIMES = (
    (_YEAR, "years", 2 * _YEAR),
    (_WEEK, "weeks", 2 * _WEEK),
    (_DAY, "days", 2 * _DAY),
    (_HOUR, "h", _HOUR),
    (_MINUTE, "min", 2 * _MINUTE),
    (1.0, "s", 1.0),
    (1e-3, "ms", 1e-3),
    (1e-6, "us", 1e-6),
    (1e-9, "ns", 1e-9),
    (1e-12, "ps", 1e-12),
    (1e-15, "fs", 0.0),
)


def _format_time(value: float, digits: int) -> str:
    if value == 0:
        return "0 s"
    factor, name = next((f, name) for f, name, least in _TIMES if _rounded(value / f, digits) >= least / f)
    return f"{_digits(value / factor, digits)} {name}"


def _format_money(value: float, digits: int) -> str:
    sign, amount = ("-" if value < 0 else ""), abs(value)
    for least, factor, suffix in ((1e9, 1e9, "B"), (1e6, 1e6, "M"), (1e4, 1e3, "k")):
        if _rounded(amount, digits) >= least:
            return f"{sign}${_digits(amount / factor, digits)}{suffix}"
    return f"{sign}${_digits(amount, digits)}"


def _engineering(value: float, unit: str, steps: tuple[tuple[float, str], ...], digits: int) -> str:
    """Write with the largest prefix that the table knows for the unit and that leaves a number above one."""
    known = [(factor, prefix) for factor, prefix in steps if not prefix or prefix + unit in _TABLE]
    least = known[-1] if value else (1.0, "")
    factor, prefix = next((step for step in known if _rounded(value / step[0], digits) >= 1), least)
    return f"{_digits(value / factor, digits)} {prefix}{unit}".rstrip()


def _rounded(value: float, digits: int) -> float:
    """Round a size to significant digits, so that 999.9996 GB is written as 1 TB."""
    return float(f"{abs(value):.{digits - 1}e}")


def _digits(value: float, digits: int) -> str:
    """Write with significant digits, without an exponent where people would not use one."""
    if value == 0:
        return "0"
    if 10**digits <= _rounded(value, digits) < 1e6:
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"


def _entry(unit: str, shown: str = "", wanted: str = "") -> tuple[str, float]:
    entry = _TABLE.get(unit) or _TABLE.get(_typed(unit))
    if entry is not None:
        return entry
    hint = _UNIT_HINTS.get(unit) or _spelt(unit, wanted) or did_you_mean(unit, _candidates(wanted))
    expected = _expected(wanted) if wanted else ""
    raise InputError(Problem(f"unknown unit '{unit}'", value=shown, expected=expected, hint=hint))


def _typed(unit: str) -> str:
    """Return a unit as a keyboard writes it: mm² as mm2, either micro sign as u, omega as ohm."""
    return unicodedata.normalize("NFKC", unit).replace("\u03bc", "u").replace("\u03a9", "ohm")


def _slip(shown: str) -> str:
    """Return a hint for text that is nearly a quantity."""
    if "$" in shown:
        return "write USD after the number"
    return "a comma separates thousands, a point decimals" if re.search(r"[0-9],[0-9]", shown) else ""


def _kindred(given: str, wanted: str) -> str:
    """Return a hint for a unit of a dimension that people mistake for the one that is wanted."""
    for other in (f"{given}/s", given.removesuffix("/s")):
        if other != given and _TABLE.get(other, ("",))[0] == wanted:
            return f"did you mean '{other}'?"
    if (given, wanted) == ("m", "s"):
        return "m is metres; minutes are min, months are months"
    kinds = {_entry(given)[0], wanted}
    if kinds == {"FLOP/s", "OP/s"}:
        return "integer operations and floating-point operations do not convert"
    if len(kinds & _CURRENCIES) > 1:
        return "currencies do not convert; give the sum in the currency asked for"
    return ""


_CURRENCIES = {"USD", "CNY", "EUR"}
_UNIT_HINTS = {
    "dB": "decibels are ratios on a log scale; give the linear ratio",
    "dBm": "decibels are ratios on a log scale; give watts",
}


def _spelt(unit: str, wanted: str) -> str:
    """Return a hint for the customary spellings of a rate or sum: GBps, TFLOPs, $/h."""
    rates = [f"{unit.removesuffix(tail)}/s" for tail in ("ps", "s") if unit.endswith(tail)]
    for known in (*rates, unit.replace("$", "USD")):
        if known in _TABLE and wanted in ("", _TABLE[known][0]):
            return f"did you mean '{known}'?"
    return ""


def _candidates(wanted: str) -> list[str]:
    same = [unit for unit, (dimension, _) in _TABLE.items() if dimension == wanted]
    return same or list(_TABLE)


def _expected(unit: str) -> str:
    example = EXAMPLES.get(unit)
    return f"{_name(unit)}, such as {example}" if example else f"a quantity in {unit}"


_NAMES = {
    "s": "a time",
    "B": "an amount of data",
    "B/s": "a data rate",
    "FLOP/s": "a floating-point rate",
    "OP/s": "an integer rate",
    "W": "a power",
    "J": "an energy",
    "USD": "a sum of money",
    "USD/J": "a price of energy",
    "USD/s": "a price of time",
    "USD/B": "a price of memory",
    "J/B": "an energy per byte",
    "m": "a length",
    "m2": "an area",
    "Hz": "a frequency",
    "1": "a plain number",
}


def _name(unit: str) -> str:
    return _NAMES.get(unit, unit)
