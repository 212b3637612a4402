"""Units: laws that hold for every value."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauplan import units
from tauplan.errors import InputError

SIZES = st.floats(min_value=1e-12, max_value=1e24)
SIGNED = SIZES | SIZES.map(lambda size: -size)
WRITTEN = (
    "1", "s", "B", "B/s", "FLOP", "FLOP/s", "OP/s", "W", "J", "Hz", "V", "m", "A", "F", "1/s", "m2", "1/m2", "J/B",
    "USD/J", "USD/B", "USD/s", "B/m2", "B/s/m", "s/m", "ohm/m", "F/m", "J/FLOP", "CNY", "EUR", "CNY/USD", "K/W",
    "B/FLOP", "kg", "ohm",
)  # fmt: skip
UNITS = ("GB/s", "Gb/s", "weeks", "pJ/bit", "mm2", "TFLOP/s", "kWh", "USD/kWh", "%", "GiB", "fF/um", "kUSD")


@given(value=SIGNED, unit=st.sampled_from(WRITTEN), digits=st.integers(min_value=1, max_value=9))
def test_what_is_written_reads_back_within_the_printed_digits(value: float, unit: str, digits: int) -> None:
    read = units.parse(units.format(value, unit, digits), unit)
    assert read == pytest.approx(value, rel=0.51 * 10.0 ** (1 - digits))


@given(value=st.floats(min_value=0.125, max_value=2.0**52), digits=st.integers(min_value=2, max_value=9))
def test_memory_in_binary_units_reads_back(value: float, digits: int) -> None:
    read = units.parse(units.format(value, "B", digits, binary=True), "B")
    assert read == pytest.approx(value, rel=0.51 * 10.0 ** (1 - digits))


@given(value=SIZES)
def test_a_number_above_one_stands_before_a_prefix(value: float) -> None:
    number = units.format(value, "B/s").split(" ")[0].replace(",", "")
    assert float(number) >= 1.0 or value < 1.0


@given(value=SIGNED, scale=st.floats(min_value=1e-6, max_value=1e6), unit=st.sampled_from(UNITS))
def test_to_si_is_linear(value: float, scale: float, unit: str) -> None:
    assert units.to_si(scale * value, unit) == pytest.approx(scale * units.to_si(value, unit), rel=1e-12)
    assert units.to_si(value + scale, unit) == pytest.approx(
        units.to_si(value, unit) + units.to_si(scale, unit),
        rel=1e-9,
        abs=abs(units.to_si(value, unit)) * 1e-12,
    )
    assert units.to_si(0.0, unit) == 0.0


@given(value=SIZES, prefix=st.sampled_from(["", "k", "M", "G", "T", "P"]), per=st.sampled_from(["", "/s"]))
def test_eight_bits_are_a_byte(value: float, prefix: str, per: str) -> None:
    in_bytes, in_bits = units.to_si(value, f"{prefix}B{per}"), units.to_si(8 * value, f"{prefix}b{per}")
    assert in_bytes == pytest.approx(in_bits, rel=1e-15)


@given(value=SIZES, steps=st.integers(min_value=0, max_value=5))
def test_binary_prefixes_are_powers_of_1024(value: float, steps: int) -> None:
    prefix = ("", "Ki", "Mi", "Gi", "Ti", "Pi")[steps]
    assert units.to_si(value, f"{prefix}B") == value * 1024.0**steps


@given(value=SIGNED, unit=st.sampled_from(UNITS))
def test_reading_text_is_the_same_as_scaling(value: float, unit: str) -> None:
    assert units.parse(f"{value!r} {unit}", units.canonical(unit)) == units.to_si(value, unit)


@given(text=st.text(max_size=20), unit=st.sampled_from(WRITTEN))
def test_any_text_is_a_finite_number_or_a_refusal(text: str, unit: str) -> None:
    try:
        value = units.parse(text, unit)
    except InputError as error:
        assert error.problems[0].expected
    else:
        assert math.isfinite(value)
