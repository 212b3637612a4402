"""Pages and schema of scenarios on devices: charts of their tables, other languages, refusals."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.fixtures.foreign import english

from tauplan.catalog.lookup import Catalog
from tauplan.cli.main import cli
from tauplan.evaluate.device import evaluate_device
from tauplan.evaluate.findings import Column, Grid
from tauplan.language import use
from tauplan.report.device_page import device_page
from tauplan.report.grid_charts import grid_chart
from tauplan.spec.device import read_device_scenario
from tauplan.spec.schema import device_schema
from tauplan.spec.yaml_text import load

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = ("vision-kunlun3", "driving-orin", "phone-xring", "multichip-kunlun3")
OWN = re.compile(
    "conv [0-9]|lane markings|obstacles|prediction|signs|surround view|traffic lights|^all$|Kunlun 3$|"
    "^(?=.*[一-鿿]).*(ResNet-50|Llama|Thor|tauplan inspect)"
)
"""Words of the examples themselves and of the network, and sentences whose only foreign words are names."""


@pytest.fixture(scope="module")
def found():
    return {
        name: evaluate_device(
            read_device_scenario(EXAMPLES / f"{name}.yaml"), Catalog.load(), EXAMPLES, "tauplan evaluate it"
        )
        for name in NAMES
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_every_figure_table_and_claim_and_a_chart_for_each_table_that_can_be_drawn(found, name):
    study = found[name]
    page = device_page(study)
    assert page == device_page(study)
    charts = [chart for chart in map(grid_chart, study.grids) if chart is not None]
    assert page.count('class="chart"') == len(charts) >= 2
    assert page.count("<table") >= len(study.grids) + 1
    assert all(figure.label in page for figure in study.figures)
    assert study.catalogue_hash in page and "tauplan evaluate it" in page
    assert "http-equiv" in page and "src=" not in page.partition("<script>")[0]


@pytest.mark.parametrize("tag", ["zh-CN", "zh-TW"])
def test_no_page_has_english_left(found, tag):
    with use(tag):
        for name, study in found.items():
            page = device_page(replace(study, name="", command=""))
            body = re.sub(r'<span lang="en">.*?</span>|<code>.*?</code>', "", page, flags=re.DOTALL)
            body = body[body.index('<main id="main">') : body.index("</main>")]
            words = [word.strip() for word in re.findall(r">([^<]+)<", body) if word.strip()]
            assert [word for word in english(words) if not OWN.search(word)] == [], name


def test_a_line_over_powers_is_drawn_on_scales_of_powers_and_bars_over_words():
    columns = (Column("cards", "1"), Column("speed", "1/s"), Column("who"))
    rows = tuple((float(1 << i), 10.0 * (1 << i), f"the {i}th") for i in range(6))
    line = grid_chart(Grid("Speed", columns, rows, drawn=("cards", "speed")))
    encoding = line["layer"][0]["encoding"]
    assert encoding["x"]["scale"]["type"] == encoding["y"]["scale"]["type"] == "log"
    bars = grid_chart(Grid("Speed", columns, rows, "read so", ("who", "speed")))
    assert [row["text"] for row in bars["data"]["values"]][-1] == "320"
    assert "read so" in bars["title"]["subtitle"]


def test_what_cannot_be_drawn_is_no_chart():
    columns = (Column("who"), Column("speed", "1/s"))
    assert grid_chart(Grid("Speed", columns, (("a", 1.0), ("b", 2.0)))) is None
    assert grid_chart(Grid("Speed", columns, (("a", 1.0),), drawn=("who", "speed"))) is None
    assert grid_chart(Grid("Speed", columns, (("a", 1.0), ("b", None)), drawn=("who", "speed"))) is None
    assert grid_chart(Grid("Speed", columns, (("a", 1.0), ("a", 2.0)), drawn=("who", "speed"))) is None


def test_an_infeasible_study_says_so_on_its_page(tmp_path):
    page = tmp_path / "page.html"
    done = CliRunner().invoke(
        cli,
        [
            "evaluate",
            str(EXAMPLES / "vision-kunlun3.yaml"),
            "--set",
            "workload.rate=9000000000 1/s",
            "--html",
            str(page),
        ],
    )
    assert done.exit_code == 2 and "report:" in done.output
    assert "Infeasible: no batch keeps" in page.read_text(encoding="utf-8")


def keys_of(node):
    """Yield every key of a scenario's text, but for names that the scenario gives itself."""
    for key, value in node.items() if isinstance(node, dict) else ():
        yield key
        if key not in ("dims", "lanes"):
            yield from keys_of(value)
    for item in node if isinstance(node, list) else ():
        yield from keys_of(item)


def test_the_schema_is_shipped_printed_and_knows_every_key_of_the_examples():
    schema = device_schema()
    shipped = Path(__file__).parents[2] / "schemas" / "device.json"
    assert json.loads(shipped.read_text(encoding="utf-8")) == schema
    done = CliRunner().invoke(cli, ["schema", "--of", "device"])
    assert json.loads(done.output) == schema
    kinds = [schema, *schema["$defs"].values()]
    known = {name for kind in kinds for name in kind.get("properties", {})}
    tasks = {kind["properties"]["task"]["const"] for kind in kinds if "task" in kind.get("properties", {})}
    assert tasks == {"infer", "drive", "converse", "spread"}
    assert all(kind["additionalProperties"] is False for kind in kinds if "properties" in kind)
    for name in NAMES:
        path = EXAMPLES / f"{name}.yaml"
        assert set(keys_of(load(path).data)) <= known
        assert path.read_text(encoding="utf-8").startswith(
            "# yaml-language-server: $schema=../schemas/device.json"
        )
