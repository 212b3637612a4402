"""Field types that read text with units at the boundary and hold SI floats inside."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from tauplan import units
from tauplan.errors import InputError, Problem


@dataclass(frozen=True)
class Quantity:
    """A number with a unit of one dimension, between bounds in SI."""

    unit: str
    example: str
    minimum: float = 0.0
    open_below: bool = True  # the minimum itself is refused
    maximum: float | None = None

    def read(self, value: object) -> float:
        """Read text or a number as an SI float; errors are ``ValueError``, so that all of a file are collected."""
        try:
            return self._checked(value)
        except InputError as error:
            raise ValueError(error) from error

    def write(self, value: float) -> float | str:
        """Write an SI float so that :meth:`read` takes it back, exactly."""
        return value if self.unit == "1" else f"{value!r} {self.unit}"

    def _checked(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise InputError(
                Problem("not a quantity", value=repr(value), expected=f"text such as '{self.example}'")
            )
        si = units.parse(value, self.unit)
        low = si <= self.minimum if self.open_below else si < self.minimum
        if low or (self.maximum is not None and si > self.maximum):
            raise InputError(Problem("out of range", value=str(value), expected=self._range()))
        return si

    def _range(self) -> str:
        bound = f"{'more than' if self.open_below else 'at least'} {self.minimum:g}"
        if self.maximum is not None:
            bound += f" and at most {self.maximum:g}"
        return f"{bound}, such as {self.example}"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(
            self.read,
            handler(source),
            serialization=core_schema.plain_serializer_function_ser_schema(self.write),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        kind: str | list[str] = ["number", "string"] if self.unit == "1" else "string"
        return {"type": kind, "examples": [self.example]}


Duration = Annotated[float, Quantity("s", "4 weeks", open_below=False)]
Bandwidth = Annotated[float, Quantity("B/s", "400 Gb/s")]
Bytes = Annotated[float, Quantity("B", "96 GB")]
FlopRate = Annotated[float, Quantity("FLOP/s", "312 TFLOP/s")]
OpRate = Annotated[float, Quantity("OP/s", "256 TOP/s")]
Power = Annotated[float, Quantity("W", "350 W")]
Money = Annotated[float, Quantity("USD", "12000 USD", open_below=False)]
EnergyPrice = Annotated[float, Quantity("USD/J", "0.08 USD/kWh", open_below=False)]
Voltage = Annotated[float, Quantity("V", "0.65 V", maximum=2.0)]
Length = Annotated[float, Quantity("m", "1.5 um")]
Area = Annotated[float, Quantity("m2", "70 mm2")]
Fraction = Annotated[float, Quantity("1", "0.3", open_below=False, maximum=1.0)]
Ratio = Annotated[float, Quantity("1", "1.3", minimum=1.0, open_below=False)]
Rate = Annotated[float, Quantity("1/s", "20 1/s")]
Amount = Annotated[float, Quantity("1", "15e12")]
Total = Annotated[float, Quantity("1", "15e12", minimum=1.0, open_below=False, maximum=1e30)]


_GROUPED = re.compile(r"^\d{1,3}(_\d{3})+$")


def whole_number(value: object) -> object:
    """Read ``1_024`` and ``1.0e3`` as whole numbers; leave everything else to the field's own check."""
    if isinstance(value, str) and _GROUPED.match(value):
        return int(value.replace("_", ""))
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


Count = Annotated[int, Field(ge=1, le=100_000_000, strict=True), BeforeValidator(whole_number)]
