"""Days of the calendar, and deadlines that are a day or a time."""

from __future__ import annotations

import datetime
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from tauplan.errors import InputError, Problem
from tauplan.spec.quantity import Quantity

DURATION = Quantity("s", "40 weeks")


def _day(value: object) -> object:
    """Read 2026-06-01, as text or as the YAML reader gives it."""
    if isinstance(value, str):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            raise ValueError(
                InputError(Problem("not a date", value=value, expected="text such as 2026-06-01"))
            ) from None
    return value


def _due(value: object) -> object:
    """Read a day, or a duration in SI seconds."""
    if isinstance(value, datetime.date):
        return value
    if isinstance(value, str):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            return DURATION.read(value)
    return DURATION.read(value)


def _written(value: float | datetime.date) -> str | float:
    return value.isoformat() if isinstance(value, datetime.date) else DURATION.write(value)


Day = Annotated[datetime.date, BeforeValidator(_day)]
Due = Annotated[
    float | datetime.date,
    BeforeValidator(_due),
    PlainSerializer(_written),
    WithJsonSchema({"type": "string", "examples": ["40 weeks", "2027-03-01"]}),
]
