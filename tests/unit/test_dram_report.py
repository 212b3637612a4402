"""Energy of an access, and the verb of memory channels."""

import json

import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.cli.main import main
from tauplan.evaluate.dram_report import Access, dram_report

DDR4 = "DDR4-3200AA 16Gb x8"


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main(list(arguments))
    out, err = capsys.readouterr()
    return stop.value.code or 0, out, err


def test_energy_per_bit_of_a_stream_and_of_single_bursts():
    """13.63 and 31.97 pJ/bit: a simulator that sums the currents of a DDR4 channel."""
    catalog = Catalog.load()
    for chunk, seen in ((float("inf"), 13.63e-12), (0.0, 31.97e-12)):
        report = dram_report(catalog, DDR4, Access(chunk, mapping="RoBaRaCoCh"))
        bit = {row.label: row.value for row in report.figures}["energy of a byte"] / 8
        assert bit == pytest.approx(seen, rel=0.02)


@pytest.mark.parametrize(
    ("part", "nanoseconds"),
    [
        (DDR4, 46.4),
        ("DDR5-4800BN 16Gb x8", 47.0),
        ("DDR5-6400AN 16Gb x8", 44.6),
        ("LPDDR5-6400 16Gb x16", 63.9),
        ("GDDR6-14000 16Gb x16", 44.4),
        ("HBM2-2000 8Gb", 45.0),
        ("HBM3-6400 16Gb_8hi", 48.6),
        ("HBM4-8000 32Gb_8Hi", 48.2),
    ],
)
def test_idle_latency_of_a_random_read(part, nanoseconds):
    """A probe that waits for each answer before the next read, in a cycle-level simulator: within 6 %."""
    report = dram_report(Catalog.load(), part, Access(0.0))
    idle = {row.label: row.value for row in report.figures}["latency of a read, idle"]
    assert idle * 1e9 == pytest.approx(nanoseconds, rel=0.06)


def test_the_verb(capsys):
    code, out, _ = run(capsys, "memory", DDR4, "--pattern", "random", "--json")
    answer = json.loads(out)
    figures = {row["label"]: row["value"] for row in answer["figures"]}
    assert code == 0
    assert answer["binds"] == "activates"
    assert figures["sustained bandwidth"] < 0.5 * figures["peak bandwidth"]
    assert figures["latency of a read, idle"] < figures["latency of a read, saturated"]
    code, out, _ = run(capsys, "memory", "HBM3-6400 16Gb_8hi", "--queue", "64", "--writes", "0.2")
    assert code == 0
    assert "data bus" in out
    assert "binds" in out


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("memory", "DDR9"), "unknown dram"),
        (("memory", DDR4, "--pattern", "zigzag"), "quantity"),
        (("memory", DDR4, "--pattern", "-1 KiB"), "out of range"),
        (("memory", DDR4, "--mapping", "none"), "RoBaRaCoCh"),
        (("memory", DDR4, "--writes", "1"), "range"),
    ],
)
def test_bad_input_of_the_verb(capsys, arguments, word):
    code, _, err = run(capsys, *arguments)
    assert code == 2
    assert word in err


def test_a_channel_without_claims_of_energy_and_with_queues_per_bank():
    labels = {row.label for row in dram_report(Catalog.load(), "DDR4_8Gb_x8_3200", Access(0.0)).figures}
    assert {"peak bandwidth", "sustained bandwidth", "latency of a read, idle"} <= labels
    assert not {"energy of a byte", "latency of a read, saturated"} & labels
