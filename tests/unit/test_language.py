"""Other languages: nothing is left in English, patterns keep their values, catalogues are complete and compiled."""

from __future__ import annotations

import re

import pytest
from babel.messages.mofile import read_mo
from tests.fixtures.foreign import english, of_page
from tools.messages import LOCALES, read
from tools.messages import messages as written

from tauplan.catalog.lookup import Catalog
from tauplan.language import choose, current, messages, told, use
from tauplan.spec.schema import device_schema, scenario_schema
from tauplan.web.bases import shipped
from tauplan.web.listing import series_data
from tauplan.web.pages import Asked, compare_page, market_page, part_page, plan_page
from tauplan.workload.net.zoo import nets

FOREIGN = ("zh-CN", "zh-TW")
BASES = shipped()
OWN = [base.data.get("name", "") for base in BASES.named.values()]
NETS = [name for net in nets(Catalog.load().root).values() for name in (net.name, *net.aliases)]
FIELD = re.compile(r"\{\w+\}")


@pytest.mark.parametrize("tag", FOREIGN)
def test_every_message_of_the_program_is_translated_with_its_fields(tag):
    known = messages(tag)
    assert [message for message in written() if message not in known and message != "."] == []
    for message, text in known.items():
        assert set(FIELD.findall(text)) <= set(FIELD.findall(message)), message


@pytest.mark.parametrize(
    "path", sorted(LOCALES.glob("*/LC_MESSAGES/tauplan.po")), ids=lambda path: path.parts[-3]
)
def test_the_compiled_catalogue_is_that_of_the_text(path):
    with path.with_suffix(".mo").open("rb") as file:
        compiled = {entry.id: entry.string for entry in read_mo(file) if entry.id}
    assert compiled == {entry.id: entry.string for entry in read(path) if entry.id and entry.string}


@pytest.mark.parametrize("tag", FOREIGN)
@pytest.mark.parametrize(
    "name", [base.name for base in BASES.named.values() if base.kind in ("scenario", "device")]
)
def test_no_answer_has_english_left(name, tag):
    with use(tag):
        assert of_page(plan_page(Asked(BASES.to_evaluate(name, ""))), own_names(name)) == []


def own_names(name):
    """Return the names that a scenario gives itself."""
    work = BASES.named[name].data["workload"]
    own = [net[key] for net in work.get("nets", ()) for key in ("name", "model")]
    return [*OWN, *work.get("lanes", ()), *own, *NETS]


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("kunlun3-train", ("plan.tensor=1", "plan.pipeline=1")),
        ("kunlun3-serve", ("workload.tpot_limit=1 ms",)),
        ("phone", ("workload.prompt=200000",)),
        ("vision-kunlun3", ("workload.latency_limit=1 us",)),
        ("multichip-kunlun3", ("workload.tpot_limit=1 us",)),
        ("phone-xring", ("workload.model=meta-llama/Llama-3.1-70B",)),
    ],
)
def test_no_infeasible_answer_has_english_left(name, changes):
    with use("zh-CN"):
        page = plan_page(Asked(BASES.to_evaluate(name, ""), changes))
        assert page.extra["status"] == "infeasible"
        assert of_page(page, OWN) == []


def test_no_comparison_series_ledger_or_part_has_english_left():
    with use("zh-TW"):
        pages = [compare_page([Asked(BASES.find(n)) for n in ("kunlun3-train", "h100-train")])]
        pages += [market_page(one["name"], "") for one in series_data()["series"]]
        pages.append(market_page("", ""))
        catalog = Catalog.load()
        pages += [part_page(catalog.parts(kind)[0].name, ()) for kind in catalog.kinds()]
        left = {page.title: found for page in pages if (found := of_page(page, OWN))}
    assert left == {}


def test_what_is_left_in_english_is_found():
    assert english(["一次读取（行未打开）", "64 x NVIDIA H100 SXM5 80GB", "3.5 GB/s"]) == []
    assert english(["an untranslated label"]) == ["an untranslated label"]


def test_a_sentence_of_a_model_is_told_with_its_values():
    with use("zh-CN"):
        assert told("27.3 weeks") == "27.3 周"
        assert told("qkv projection, backward") == "QKV 投影，反向"
        assert told("does not fit in memory: 469 GB needed, 89.3 GB usable on Baidu Kunlun 3").endswith(
            "需要 469 GB，Baidu Kunlun 3 可用 89.3 GB"
        )
        assert told("a sentence that nobody wrote") == "a sentence that nobody wrote"
    assert told("27.3 weeks") == "27.3 weeks"
    assert current() == "en"


@pytest.mark.parametrize(
    ("wishes", "tag"),
    [
        (("zh-HK",), "zh-TW"),
        (("zh_CN.UTF-8",), "zh-CN"),
        (("fr", "zh-Hans-SG"), "zh-CN"),
        (("fr", "de"), "en"),
        ((), "en"),
    ],
)
def test_the_first_wish_that_is_there_is_chosen(wishes, tag):
    assert choose(*wishes) == tag


def fields_of(node):
    """Yield the label and description of every field of a scenario's schema."""
    if isinstance(node, list):
        for item in node:
            yield from fields_of(item)
    elif isinstance(node, dict):
        for name, field in node.get("properties", {}).items():
            yield name.replace("_", " ")
            yield field.get("description", "")
        yield from (name.replace("_", " ") for name in node.get("propertyNames", {}).get("enum", ()))
        for item in node.values():
            yield from fields_of(item)


@pytest.mark.parametrize("tag", FOREIGN)
@pytest.mark.parametrize("schema", [scenario_schema, device_schema])
def test_every_field_of_a_scenario_has_its_label_and_description(tag, schema):
    known = messages(tag)
    assert {words for words in fields_of(schema()) if words and words not in known} == set()
