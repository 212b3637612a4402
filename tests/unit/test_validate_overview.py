"""The overview of ``tauplan validate``: one line per heading, held-out cases apart, a hundred columns at most."""

from __future__ import annotations

import re

import pytest

from tauplan.cli.main import main
from tauplan.validate.headings import headings
from tauplan.validate.overview import overview
from tauplan.validate.prediction import Prediction

KERNELS = "system,backend,gemm_dtype,m,n,k,latency_ms\n"


def case(kind, metric="time", use="dev-check", family="f", predicted=1.1):
    return Prediction("1", family, "d", metric, 1.0, predicted, use=use, kind=kind)


@pytest.mark.parametrize(
    ("kind", "metric", "row", "expected"),
    [
        ("training dense", "step", {}, "training, dense, up to Hopper"),
        ("training elsewhere", "step", {}, "training, other vendors"),
        ("serving TTFT", "TTFT", {"mode": "disagg"}, "serving, disaggregated: TTFT"),
        ("serving TPOT", "TPOT", {"mode": "agg"}, "serving, aggregated: TPOT"),
        (
            "serving throughput",
            "decode tg128 speed",
            {"mode": "single stream"},
            "serving, one stream: decode",
        ),
        ("gemm", "t", {"gemm_dtype": "fp8_block"}, "GEMM, fp8 and fp4"),
        ("gemm", "t", {"gemm_dtype": "nvfp4"}, "GEMM, fp8 and fp4"),
        ("gemm", "t", {"gemm_dtype": "int4_wo"}, "GEMM, integer weights"),
        ("gemm", "t", {"gemm_dtype": "bfloat16"}, "GEMM, 16 bits and wider"),
        ("latent attention", "t", {}, "attention, MLA, MoE kernels"),
        ("dies", "area", {}, "dies"),
    ],
)
def test_a_case_stands_under_the_heading_of_what_it_measures(kind, metric, row, expected):
    assert headings(case(kind, metric), row) == (expected,)


def test_large_collectives_in_a_server_count_twice_and_those_between_servers_once():
    small, large = {"message_size": "512"}, {"message_size": str(2**19)}  # elements of two bytes
    here, between = (
        case("collectives", family=f"collectives, {p}") for p in ("in a server", "between servers")
    )
    assert headings(here, small) == ("collectives in a server",)
    assert headings(here, large) == ("collectives in a server", "collectives in a server, ≥ 1 MiB")
    assert headings(between, large) == ("collectives between servers",)
    assert headings(here, {"size_bytes": "many"}) == ("collectives in a server",)


def test_rows_without_an_answer_count_against_the_coverage_of_held_out_cases():
    nothing = Prediction("2", "f", "d", "step", 1.0, reason="no", use="dev-check", kind="training dense")
    fitted = case("training dense", use="calibration", predicted=1.5)
    (line,) = overview([case("training dense"), nothing, fitted])
    assert (line.held_out.cases, line.held_out.coverage, line.fitted.cases) == (2, 0.5, 1)
    assert line.held_out.median_abs == pytest.approx(0.1)
    assert line.fitted.median_abs == pytest.approx(0.5)


def test_the_print_fits_a_hundred_columns_and_tells_every_reason_in_detail(tmp_path, capsys):
    devices = [f"accelerator of the {i}. kind with a long name" for i in range(20)]
    rows = "".join(f"{device},x,bfloat16,64,64,64,0.01\n" for device in devices)
    path = tmp_path / "g.csv"
    path.write_text(KERNELS + rows + "a100_sxm,x,bfloat16,128,128,128,0.01\n", encoding="utf-8")
    printed = {}
    for flags in ((), ("--detail",)):
        with pytest.raises(SystemExit) as stop:
            main(["validate", "--cases", str(path), *flags])
        assert not stop.value.code
        printed[flags] = capsys.readouterr().out
    assert max(len(line) for line in printed[()].splitlines()) <= 100
    assert re.search(r"8 not answered for 8 further reasons", printed[()])
    assert "a100_sxm" not in printed[()]
    assert all(device in printed[("--detail",)] for device in devices)
    assert re.search(r"^gemm  .*\n(?:  .*\n)*  a100_sxm  ", printed[("--detail",)], re.MULTILINE)
