"""Bounds in words, such as "<= 5 MW" or "at least 80 GB"."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Any

from tauplan import units
from tauplan.errors import InputError, Problem

_FORM = re.compile(r"^\s*(<=|>=|at most|at least|by|is)\s*(.+?)\s*$")
_UPPER = ("<=", "at most", "by")
DAY = 86_400.0  # definition: seconds of a day


@dataclass(frozen=True)
class Bound:
    """An upper or lower bound in SI units, or a word that must be met."""

    upper: bool
    value: float | str
    text: str

    def holds(self, value: Any) -> Any:
        """Tell whether values, floats or arrays in SI units, keep the bound."""
        if isinstance(self.value, str) or isinstance(value, str):
            return value == self.value
        return value <= self.value if self.upper else value >= self.value


def read_bound(text: str, unit: str, origin: datetime.date | None = None) -> Bound:
    """Read a bound on a field of a unit ("text" for words, "date" for days counted from ``origin``).

    Errors: :class:`InputError` for text that is no bound of that unit.
    """
    form = _FORM.match(str(text))
    if form is None:
        raise InputError(Problem("not a bound", value=str(text), expected="such as '<= 5 MW' or '>= 80 GB'"))
    sign, amount = form.groups()
    if unit == "text":
        return Bound(True, amount, text)
    if sign == "is":
        raise InputError(
            Problem("not a bound on a number", value=str(text), expected="<= or >= and an amount")
        )
    value = _days(amount, origin) * DAY if unit == "date" else units.parse(_plain(amount, unit), unit)
    return Bound(sign in _UPPER, value, text)


def _plain(amount: str, unit: str) -> str | float:
    try:
        return float(amount) if unit == "1" else amount
    except ValueError:
        return amount


def _days(amount: str, origin: datetime.date | None) -> int:
    if origin is None:
        raise InputError(
            Problem(
                "a date without a day to count from", value=amount, expected="the study's field 'ordered'"
            )
        )
    try:
        return (datetime.date.fromisoformat(amount) - origin).days
    except ValueError:
        raise InputError(Problem("not a date", value=amount, expected="a day such as 2027-06-30")) from None
