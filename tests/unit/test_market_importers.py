"""Files that users bring, in the layouts that their services write; small ones made here."""

from __future__ import annotations

import json

import openpyxl
import pytest

from tauplan.cli.main import main
from tauplan.errors import InputError
from tauplan.supply.market.importers import import_file
from tauplan.supply.market.series import read_figures

TRADE = (
    "typeCode,freqCode,refYear,refMonth,period,reporterDesc,flowCode,flowDesc,partnerDesc,cmdCode,qty,primaryValue\n"
    "C,M,2026,1,202601,China,X,Export,World,8542,26000000000,21600000000.5\n"
    "C,M,2026,2,202602,China,X,Export,World,8542,26460000000,21700000000\n"
)
REGIONS = [
    ["WSTS Historical Billings", None],
    [2024, "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
     "November", "December", "Total Year"],
    ["Americas", 14_000_000, 15_000_000, *[None] * 10, 29_000_000],
    ["Worldwide", 47_000_000, 46_000_000, *[None] * 10, 93_000_000],
    [None],
    [2025, "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
     "November", "December", "Total Year"],
    ["Americas", 20_000_000, *[None] * 11, None],
    ["Worldwide", 56_000_000, *[None] * 11, None],
]  # fmt: skip


def file(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def workbook(path):
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    sheet = book.create_sheet("Monthly Data")
    for row in REGIONS:
        sheet.append(row)
    book.save(path)
    return path


def figures(rows):
    return {row["period"]: float(row["value"]) for row in rows}


def test_trade_statistics_as_a_table(tmp_path):
    rows = import_file("customs", file(tmp_path, "t.csv", TRADE), "ic_exports", "China", "2026-03")
    assert figures(rows) == {"2026-01": 21600000000.5, "2026-02": 21700000000.0}


@pytest.mark.parametrize("name", ["t.csv", "t.json"])
def test_flows_are_never_mixed(tmp_path, name):
    head, first, second = TRADE.splitlines()
    mixed = second.replace("X,Export", "M,Import")
    text = "\n".join((head, first, mixed))
    if name.endswith("json"):
        names = head.split(",")
        text = json.dumps({"data": [dict(zip(names, line.split(","))) for line in (first, mixed)]})
    with pytest.raises(InputError, match="several flows in one file"):
        import_file("customs", file(tmp_path, name, text), "x", "China", "2026-03")


def test_sums_since_january_become_months(tmp_path):
    text = "period,value\n2026-02,433\n2026-01,210\n2026-03,724\n2025-01,5\n"
    rows = import_file("customs", file(tmp_path, "c.csv", text), "x", "China", "2026-05", cumulative=True)
    assert figures(rows) == {"2025-01": 5, "2026-01": 210, "2026-02": 223, "2026-03": 291}
    gap = file(tmp_path, "g.csv", "period,value\n2026-01,1\n2026-04,9\n")
    with pytest.raises(InputError, match="a sum without the one before"):
        import_file("customs", gap, "x", "China", "2026-05", cumulative=True)


@pytest.mark.parametrize(("entity", "first"), [("own", 47.0), ("Worldwide", 47.0), ("americas", 14.0)])
def test_a_workbook_of_billings_by_region(tmp_path, entity, first):
    path = workbook(tmp_path / "hbr.xlsx")
    found = figures(import_file("billings", path, "billings", entity, "2026-02"))
    assert found["2024-01"] == first
    assert set(found) == {"2024-01", "2024-02", "2025-01"}


def test_a_region_that_is_not_there_and_a_workbook_that_is_none(tmp_path):
    with pytest.raises(InputError, match="no such region"):
        import_file("billings", workbook(tmp_path / "h.xlsx"), "x", "Atlantis", "2026")
    with pytest.raises(InputError, match="not a workbook"):
        import_file("billings", file(tmp_path, "b.xlsx", "no zip"), "x", "own", "2026")
    with pytest.raises(InputError, match="cannot read"):
        import_file("billings", tmp_path / "none.xlsx", "x", "own", "2026")


def test_a_service_file_of_an_index_keeps_months_and_gaps(tmp_path):
    text = "observation_date,PCU33443344\n2026-01-01,31.7\n2026-02-01,.\n2026-03-01,32.25\n"
    rows = import_file("index", file(tmp_path, "PCU33443344.csv", text), "ppi", "US", "2026-04-15")
    assert figures(rows) == {"2026-01": 31.7, "2026-03": 32.25}


def test_two_values_of_one_day_are_refused_when_read(tmp_path, capsys):
    path, out = file(tmp_path, "p.csv", "date,price\n2026-05-01,4\n2026-05-01,5\n"), tmp_path / "o.csv"
    with pytest.raises(SystemExit) as stop:
        main(
            [
                "market",
                "import",
                "prices",
                str(path),
                "--series",
                "q",
                "--vintage",
                "2026-06",
                "--out",
                str(out),
            ]
        )
    assert stop.value.code == 2
    assert "overlapping vintages" in capsys.readouterr().err
    assert not out.exists()


def test_what_comes_in_can_be_plotted_and_projected(tmp_path, capsys):
    months = [f"{2020 + n // 12}-{n % 12 + 1:02d}" for n in range(40)]
    text = "date,price,unit\n" + "".join(f"{m},{10 * 1.02**n:.4f},USD/unit\n" for n, m in enumerate(months))
    path, out = file(tmp_path, "p.csv", text), tmp_path / "o.csv"
    for words in (
        ["import", "prices", str(path), "--series", "quotes", "--vintage", "2024", "--out", str(out)],
        ["project", "quotes", "--data", str(out)],
        ["plot", "quotes", "--data", str(out), "--out", str(tmp_path / "q.png")],
    ):
        with pytest.raises(SystemExit) as stop:
            main(["market", *words])
        assert not stop.value.code
    assert "drift" in capsys.readouterr().out
    assert {f.rights for f in read_figures([out])} == {"own use"}
    assert (tmp_path / "q.png").read_bytes().startswith(b"\x89PNG")
