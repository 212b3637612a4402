"""``tauplan link`` as a person meets it: tables, JSON, pages, and mistakes in one message."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.cli.main import main
from tauplan.evaluate.link_answer import links_with_chain, view_budget, view_link
from tauplan.evaluate.link_study import CLASSES
from tauplan.report.link_charts import loss_chart, stack_chart

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "copper-vs-light.yaml"
CATALOG = Catalog.load()


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main(["link", *map(str, arguments)])
    captured = capsys.readouterr()
    return int(stop.value.code or 0), captured.out, captured.err


def test_all_links_in_a_table_and_one_block_by_block(capsys):
    code, out, _ = run(capsys, "show")
    assert code == 0
    assert all(name in out for name in ("DAC 800G", "UCIe 3D", "optical I/O 4T"))
    code, out, _ = run(capsys, "show", "cpo 800g")
    assert code == 0
    assert "fec gather" in out
    assert "laser" in out


@pytest.mark.parametrize("link", links_with_chain(CATALOG))
def test_every_link_has_a_view_whose_parts_sum(link):
    view = view_link(CATALOG, link)
    assert sum(view.latency_owned_s.values()) == pytest.approx(view.latency_s)
    assert view.energy_J > 0
    assert view.energy_boundary


def test_a_longer_run_takes_longer_and_one_too_long_is_refused(capsys):
    near, far = (
        json.loads(run(capsys, "show", "CPO 800G", "--length", x, "--json")[1]) for x in ("1 m", "90 m")
    )
    assert far["latency_parts_s"]["flight"] == pytest.approx(90 * near["latency_parts_s"]["flight"])
    code, _, err = run(capsys, "show", "CPO 800G", "--length", "5 km")
    assert code == 2
    assert "longer than the link reaches" in err


def test_a_budget_with_changes(capsys):
    code, out, _ = run(capsys, "budget", "--set", "fibre=500 m", "--set", "channels=16", "--json")
    assert code == 0
    data = json.loads(out)
    assert data["channels"] == 16
    assert data["losses_dB"]["fibre"] == pytest.approx(500 * 0.00035)
    assert data["bandwidth_Bps"] == pytest.approx(16 * 4e9)
    assert data["laser_dBm"] - sum(data["losses_dB"].values()) == pytest.approx(data["sensitivity_dBm"])
    assert data["widest"]["channels"] >= 1


@pytest.mark.parametrize("platform", [part.name for part in CATALOG.parts("photonics")])
def test_every_platform_has_a_budget_that_can_be_built(platform):
    view = view_budget(CATALOG, platform)
    assert view.slack_dB > 0
    assert view.energy_J > 0
    assert view.cheapest[2] <= view.widest[2]
    assert view.got_ber is None or view.got_ber <= view.needed_ber


def test_mistakes_in_fields_come_all_at_once(capsys):
    code, _, err = run(capsys, "budget", "--set", "fiber=3 m", "--set", "fibre=3 kg", "--set", "channels=x")
    assert code == 2
    assert "did you mean 'fibre'" in err
    assert "kg" in err
    assert "channels" in err
    code, _, err = run(capsys, "budget", "--set", "fibre")
    assert (code, "FIELD=VALUE" in err) == (2, True)


def test_a_sweep_names_where_light_wins(capsys):
    code, out, _ = run(capsys, "sweep", EXAMPLE, "--json")
    assert code == 0
    data = json.loads(out)
    assert data["baseline"] == "DAC 800G"
    for title in ("matched", "within_reach", "native"):
        assert [option["link"] for option in data[title]] == list(CLASSES)
    assert len(data["break_even"]) == 5
    for one in data["break_even"]:
        assert one["faster_domain"] == 64
        assert one["par_USD"] > 0
    code, out, _ = run(capsys, "sweep", EXAMPLE, "--links", "AEC 800G, LPO 800G")
    assert code == 0
    assert "LPO 800G against AEC 800G" in out


def test_topologies_side_by_side(capsys):
    code, out, _ = run(capsys, "fabrics", "4096", "--link", "CPO 800G", "--json")
    assert code == 0
    rows = {row["name"]: row for row in json.loads(out)["fabrics"]}
    assert rows["fat tree, 2:1"]["price_USD"] < rows["fat tree"]["price_USD"]
    assert rows["rail-only, domains of 8"]["power_W"] < rows["rail-optimised"]["power_W"]
    assert rows["circuit-switched torus 16 x 16 x 16"]["switches"] == 48
    torus, mesh = rows["torus 16 x 16 x 16"], rows["full mesh 16 x 16 x 16"]
    assert torus["price_USD"] == pytest.approx(mesh["price_USD"])
    assert torus["all_to_all_s"] > 2 * mesh["all_to_all_s"]
    assert all(row["all_reduce_s"] > 0 and row["failures_Hz"] > 0 for row in rows.values())
    code, out, _ = run(capsys, "fabrics", "1000")
    assert (code, "torus" in out) == (0, True)
    code, _, err = run(capsys, "fabrics", "1001")
    assert (code, "multiple of 8" in err) == (2, True)


def test_a_sweep_refuses_what_it_cannot_read(capsys):
    for wrong in (("--links", "wet string"), ("--bandwidth", "fast"), ("--edge", "3 kg"), ("--edge", "0 mm")):
        code, _, err = run(capsys, "sweep", EXAMPLE, *wrong)
        assert code == 2
        assert err.startswith("error: ")


def test_pages_stand_alone(capsys, tmp_path):
    for arguments in (("show", "LPO 800G"), ("budget",), ("sweep", EXAMPLE)):
        page = tmp_path / f"{arguments[0]}.html"
        assert run(capsys, *arguments, "--html", page)[0] == 0
        text = page.read_text(encoding="utf-8")
        assert "<h1>" in text
        assert "<figure>" in text


def test_charts_hold_their_numbers():
    view = view_budget(CATALOG, "ring DWDM in package")
    chart = loss_chart("light", view.laser_dBm, view.sensitivity_dBm, view.losses_dB)
    rows = chart["data"]["values"]
    assert rows[0]["from"] == view.laser_dBm
    assert rows[-1]["from"] == view.sensitivity_dBm
    assert rows[-2]["to"] == pytest.approx(view.sensitivity_dBm, abs=0.02)
    stack = stack_chart("energy", view.energy_parts_J, "J/B")
    assert sum(row["value"] for row in stack["data"]["values"]) == pytest.approx(view.energy_J / 8e-12)
