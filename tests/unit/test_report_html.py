"""The page: one file, asks nobody, escapes everything, keeps its tables without its charts."""

from __future__ import annotations

import itertools
import json
import re
import sys
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from tests.fixtures.answers import infeasible, serving, training

from tauplan.errors import InputError
from tauplan.evaluate.answer import Part
from tauplan.report import html

VOID = {"meta", "br", "link", "img", "input", "hr"}
EVIL = "</script><script>alert('x')</script><img src=x onerror=alert(1)> & \"quotes\""


class Page(HTMLParser):
    """Collects elements and their attributes, and checks that they close in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.words = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"script", "style"} & set(self.open):
            self.words.append(data)

    def count(self, tag):
        return sum(name == tag for name, _ in self.elements)


PAGES = {
    "training": [training()],
    "serving": [serving()],
    "infeasible": [infeasible()],
    "comparison": [training(), serving(), infeasible()],
    "only infeasible": [infeasible(), infeasible()],
}


@pytest.fixture(scope="module", params=PAGES)
def made(request):
    """Return the name of a page, its text, and the text parsed."""
    pytest.importorskip("vl_convert")
    text = html.page(PAGES[request.param])
    return request.param, text, Page(text)


def test_elements_close_in_order(made):
    assert made[2].open == []


def test_the_page_asks_nobody(made):
    _, text, page = made
    for tag, attributes in page.elements:
        assert tag not in ("link", "iframe", "img", "object", "embed")
        assert "src" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        if "href" in attributes:
            assert tag == "a"
    assert "@import" not in text
    assert "default-src 'none'" in text


def test_landmarks_language_and_skip_link(made):
    _, _, page = made
    assert page.elements[0] == ("html", {"lang": "en"})
    assert page.count("main") == 1
    assert page.count("h1") == 1
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in page.elements:
        if tag == "a" and attributes["href"].startswith("#"):
            assert attributes["href"][1:] in ids


def test_headings_skip_no_level(made):
    levels = [int(tag[1]) for tag, _ in made[2].elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_every_chart_has_its_data_in_a_table(made):
    _, text, page = made
    places = [attributes for tag, attributes in page.elements if "data-chart" in attributes]
    specs = json.loads(re.search(r'id="charts">(.*?)</script>', text, re.DOTALL)[1])
    assert [int(place["data-chart"]) for place in places] == list(range(len(specs)))
    figures = re.findall(r"<figure>.*?</figure>", text, re.DOTALL)
    assert len(figures) == len(specs)
    for figure in figures:
        assert "<details><summary>Data: " in figure
        assert figure.count("<tr>") > 1
    for scope in ("col", "row"):
        assert f'<th scope="{scope}"' in text or made[0] == "only infeasible"


def test_identity_and_calls_are_on_the_page(made):
    words = " ".join(made[2].words)
    for answer in PAGES[made[0]]:
        assert answer.name in words
        assert answer.identity.command in words
        assert answer.identity.scenario_hash in words
        assert answer.identity.catalogue_hash in words
        assert answer.identity.python in words


def test_no_unknown_number_is_printed(made):
    words = " ".join(made[2].words)
    assert not re.search(r"\bnan\b|\bNone\b|\binf\b", words)
    assert "NaN" not in re.search(r'id="charts">(.*?)</script>', made[1], re.DOTALL)[1]


def test_the_same_answers_give_the_same_bytes(made):
    assert html.page(PAGES[made[0]]) == made[1]


def test_the_library_cannot_end_its_script(made):
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", made[1], re.DOTALL)
    assert len(scripts) == 3
    assert "<!--" not in "".join(scripts)
    assert made[1].count("</script") == 3


def test_everything_is_escaped():
    pytest.importorskip("vl_convert")
    base = training()
    evil = replace(
        base,
        name=EVIL,
        summary=EVIL,
        bound_by=EVIL,
        identity=replace(base.identity, command=EVIL, python=EVIL, version=EVIL, scenario_hash=EVIL),
        metrics=tuple(replace(metric, label=EVIL) for metric in base.metrics),
        ladder=tuple(replace(rung, event=EVIL, source=EVIL) for rung in base.ladder),
        cost_parts=(Part(EVIL, 1.0),),
        operators=tuple(replace(row, name=EVIL, bound_by=EVIL) for row in base.operators),
        headroom=tuple(replace(row, floor=EVIL) for row in base.headroom),
        claims=tuple(replace(claim, part=EVIL, value=EVIL, source=EVIL, grade=EVIL) for claim in base.claims),
        warnings=(EVIL,),
    )
    for answers in ([evil], [evil, base], [replace(evil, status="infeasible", reason=EVIL), base]):
        text = html.page(answers)
        page = Page(text)
        assert page.open == []
        assert page.count("script") == 3
        assert page.count("img") == 0
        assert "alert('x')" in " ".join(page.words)


def test_rivals_and_head_room_are_told():
    pytest.importorskip("vl_convert")
    words = " ".join(" ".join(Page(html.page([training()])).words).split())
    assert "time to result × 0.62" in words
    assert "Next investment: supply" in words
    assert "The claims it rests on allow 12.4 weeks to 30.2 weeks." in words


def test_without_the_library_there_is_a_hint(monkeypatch):
    html.chart_library.cache_clear()
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(InputError) as caught:
        html.page([training()])
    assert "pip install 'tauplan[report]'" in str(caught.value)
    html.chart_library.cache_clear()


def test_no_answer_is_refused():
    with pytest.raises(InputError):
        html.page([])
