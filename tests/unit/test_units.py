"""Units: text with units outside, SI floats inside."""

from __future__ import annotations

import doctest
import math

import numpy as np
import pytest

from tauplan import units
from tauplan.errors import InputError, Problem


def refusal(text: str | float, unit: str) -> Problem:
    with pytest.raises(InputError) as caught:
        units.parse(text, unit)
    (problem,) = caught.value.problems
    return problem


def test_the_examples_of_the_documentation_hold() -> None:
    result = doctest.testmod(units)
    assert result.attempted >= 5
    assert result.failed == 0


@pytest.mark.parametrize(
    ("text", "unit", "si"),
    [
        ("4 weeks", "s", 4 * 7 * 86400.0),
        ("50 ms", "s", 0.05),
        ("2us", "s", 2e-6),
        ("3 µs", "s", 3e-6),
        ("3 \u03bcs", "s", 3e-6),
        ("96 GB", "B", 96e9),
        ("64 GiB", "B", 64 * 2.0**30),
        ("16 Gb", "B", 2e9),
        ("400 Gb/s", "B/s", 50e9),
        ("25.6 Tb/s", "B/s", 3.2e12),
        ("312 TFLOP/s", "FLOP/s", 312e12),
        ("312 TFLOPS", "FLOP/s", 312e12),
        ("256 TOPS", "OP/s", 256e12),
        ("1 kWh", "J", 3.6e6),
        ("0.08 USD/kWh", "USD/J", 0.08 / 3.6e6),
        ("5 pJ/bit", "J/B", 40e-12),
        ("814 mm²", "m2", 814e-6),
        ("7 g/GB", "kg/B", 7e-12),
        ("0.07 1/cm2", "1/m2", 700.0),
        ("1.2 Tb/s/mm", "B/s/m", 1.5e14),
        ("30%", "1", 0.3),
        ("15 T", "1", 15e12),
        ("15e12", "1", 15e12),
        ("1_024", "1", 1024.0),
        ("12,000 USD", "USD", 12000.0),
        ("12 kUSD", "USD", 12000.0),
        ("-.5 V", "V", -0.5),
        ("+2.5e3 W", "W", 2500.0),
        ("3 EB", "B", 3e18),
        ("5/s", "1/s", 5.0),
        ("7\u00a0nm", "m", 7e-9),
        ("5 Ω", "ohm", 5.0),
        (0.25, "1", 0.25),
        (7, "1", 7.0),
    ],
)
def test_text_is_read_in_si(text: str | float, unit: str, si: float) -> None:
    assert units.parse(text, unit) == pytest.approx(si, rel=1e-15)


@pytest.mark.parametrize("text", ["", "GB", "1.2.3 GB", "12:30", "five GB", "True", "nan", "inf", "--5 GB"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    assert refusal(text, "B").message == "not a quantity"


@pytest.mark.parametrize("text", ["1,5 TB", "1_5 TB", "1000,000 B", "1,0000 B", "1,000_000 B"])
def test_a_decimal_comma_is_never_read_as_a_group_of_thousands(text: str) -> None:
    assert refusal(text, "B").message == "not a quantity"


def test_a_decimal_comma_gets_a_hint() -> None:
    assert refusal("1,5 TB", "B").hint == "a comma separates thousands, a point decimals"


def test_a_bare_number_is_refused_where_a_unit_belongs() -> None:
    problem = refusal(400, "B/s")
    assert problem.message == "the unit is missing"
    assert problem.value == "400"
    assert problem.expected == "a data rate, such as 400 Gb/s or 50 GB/s"


def test_numbers_beyond_floating_point_are_refused() -> None:
    assert refusal("1e999 GB", "B").message == "not a finite number"


@pytest.mark.parametrize(
    ("text", "unit", "hint"),
    [
        ("400 Gb", "B/s", "did you mean 'Gb/s'?"),
        ("96 GB/s", "B", "did you mean 'GB'?"),
        ("312 TFLOP", "FLOP/s", "did you mean 'TFLOP/s'?"),
        ("256 TOPS", "FLOP/s", "integer operations and floating-point operations do not convert"),
        ("5 kWh", "W", ""),
        ("5 m", "s", "m is metres; minutes are min, months are months"),
        ("5 EUR", "USD", "currencies do not convert; give the sum in the currency asked for"),
        ("5 days", "USD", ""),
    ],
)
def test_a_unit_of_another_dimension_is_refused(text: str, unit: str, hint: str) -> None:
    problem = refusal(text, unit)
    assert "is not a unit of" in problem.message
    assert problem.hint == hint


@pytest.mark.parametrize(
    ("text", "unit", "hint"),
    [
        ("5 Gbps", "B/s", "did you mean 'Gb/s'?"),
        ("5 gB/s", "B/s", "did you mean 'GB/s' or 'Gb/s'"),
        ("5 GBps", "B/s", "did you mean 'GB/s'?"),
        ("5 kbps", "B/s", "did you mean 'kb/s'?"),
        ("5 GBps", "B", "did you mean 'GB' or 'Gb'"),
        ("5 TFLOPs", "FLOP/s", "did you mean 'TFLOP/s'?"),
        ("5 TFLOPs", "FLOP", "did you mean 'TFLOP'"),
        ("5 TOPs", "OP/s", "did you mean 'TOP/s'?"),
        ("2.5 $/h", "USD/s", "did you mean 'USD/h'?"),
        ("5 dB", "1", "decibels"),
        ("5 week5", "s", "'week'"),
        ("12000 $", "USD", "did you mean 'USD'?"),
    ],
)
def test_an_unknown_unit_names_its_neighbours(text: str, unit: str, hint: str) -> None:
    problem = refusal(text, unit)
    assert problem.message.startswith("unknown unit '")
    assert hint in problem.hint


def test_a_dollar_sign_in_front_gets_a_hint() -> None:
    assert refusal("$12000", "USD").hint == "write USD after the number"


@pytest.mark.parametrize(
    ("given", "wanted"), [(a, b) for a in ("USD", "CNY", "EUR") for b in ("USD", "CNY", "EUR") if a != b]
)
def test_currencies_never_convert(given: str, wanted: str) -> None:
    assert refusal(f"5 {given}", wanted).message.startswith(f"'{given}' is not a unit of ")


@pytest.mark.parametrize("unit", ["GBps", "TFLOPs", "$"])
def test_customary_spellings_are_known_where_no_dimension_is_asked_for(unit: str) -> None:
    with pytest.raises(InputError, match=r"did you mean '(GB/s|TFLOP/s|USD)'"):
        units.to_si(1.0, unit)


def test_floating_point_and_cycles_never_convert() -> None:
    assert refusal("5 GHz", "FLOP/s").message == "'GHz' is not a unit of a floating-point rate"


@pytest.mark.parametrize(
    ("unit", "si"), [("GB/s", "B/s"), ("pJ/bit", "J/B"), ("mm2", "m2"), ("TOPS", "OP/s"), ("week", "s")]
)
def test_every_unit_knows_its_dimension(unit: str, si: str) -> None:
    assert units.canonical(unit) == si


def test_an_unknown_unit_has_no_dimension() -> None:
    with pytest.raises(InputError, match="unknown unit 'parsec'"):
        units.canonical("parsec")


def test_arrays_are_taken_to_si_element_by_element() -> None:
    np.testing.assert_allclose(units.to_si(np.array([1.0, 400.0]), "Gb/s"), [0.125e9, 50e9])


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (3.35e12, "B/s", "3.35 TB/s"),
        (0.0, "B", "0 B"),
        (0.5, "B", "0.5 B"),
        (999.9996e9, "B", "1 TB"),
        (999.4e9, "B", "999 GB"),
        (-3.2e9, "B", "-3.2 GB"),
        (2.5e-3, "W", "2.5 mW"),
        (1e-9, "FLOP", "1e-09 FLOP"),
        (5e5, "m", "500 km"),
        (0.75, "V", "750 mV"),
        (7e-9, "m", "7 nm"),
        (5.0, "1/s", "5/s"),
        (5e6, "1/s", "5 M/s"),
        (814e-6, "m2", "814 mm2"),
        (40e-12, "J/B", "5 pJ/bit"),
        (0.08 / 3.6e6, "USD/J", "0.08 USD/kWh"),
        (2.5 / 3600, "USD/s", "2.5 USD/h"),
        (7.2, "CNY/USD", "7.2 CNY/USD"),
        (2.0, "B/FLOP", "2 B/FLOP"),
        (120000.0, "CNY", "120,000 CNY"),
        (3.456e6, "CNY", "3.46 MCNY"),
        (0.0, "1", "0"),
        (0.123456, "1", "0.123"),
        (123456.0, "1", "123,456"),
        (999999.0, "1", "1 M"),
        (15e12, "1", "15 T"),
        (math.nan, "s", "–"),
        (math.inf, "s", "∞"),
        (-math.inf, "s", "−∞"),
    ],
)
def test_values_are_written_in_engineering_units(value: float, unit: str, text: str) -> None:
    assert units.format(value, unit) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0 s"),
        (1e-18, "0.001 fs"),
        (250e-12, "250 ps"),
        (999.9996e-6, "1 ms"),
        (59.9, "59.9 s"),
        (119.0, "119 s"),
        (119.99, "2 min"),
        (7200.0, "2 h"),
        (36 * 3600.0, "36 h"),
        (3 * 86400.0, "3 days"),
        (4 * 7 * 86400.0, "4 weeks"),
        (5 * 365.25 * 86400.0, "5 years"),
        (-0.002, "-2 ms"),
    ],
)
def test_times_are_written_as_people_say_them(value: float, text: str) -> None:
    assert units.format(value, "s") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "$0.5"),
        (1234.0, "$1,234"),
        (9999.6, "$10k"),
        (12000.0, "$12k"),
        (999999.0, "$1M"),
        (-5e6, "-$5M"),
        (3.21e9, "$3.21B"),
        (0.0, "$0"),
    ],
)
def test_money_is_written_with_a_sign_and_a_suffix(value: float, text: str) -> None:
    assert units.format(value, "USD") == text


@pytest.mark.parametrize(
    ("value", "text"), [(80 * 2.0**30, "80 GiB"), (1023 * 2.0**10, "1,023 KiB"), (2.0**50, "1,024 TiB")]
)
def test_memory_is_written_in_binary_units_on_request(value: float, text: str) -> None:
    assert units.format(value, "B", binary=True) == text


def test_digits_set_the_precision() -> None:
    assert units.format(1.23456e12, "FLOP/s", digits=5) == "1.2346 TFLOP/s"
    assert units.format(1.23456e12, "FLOP/s", digits=1) == "1 TFLOP/s"


@pytest.mark.parametrize("unit", sorted(units.EXAMPLES))
def test_the_examples_in_messages_can_be_read(unit: str) -> None:
    for example in units.EXAMPLES[unit].replace(" or ", ", ").split(", "):
        assert units.parse(example, unit) > 0
