"""The planner in a real browser: deep links, changes, Back, problems, the catalogue, the keyboard."""

from __future__ import annotations

import json

import pytest
from tests.fixtures.browser import CHROMIUM, Planner

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: set TAUPLAN_CHROMIUM or install it"),
]

PHONE = "#/plan?example=phone"
DRAWN = "(([a, b]) => a > 3 && a === b)((document.documentElement.dataset.charts ?? '0/1').split('/').map(Number))"


def verdict(browser):
    return browser.run("document.querySelector('.verdict').textContent")


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("link", ["#/plan?example=kunlun3-train", PHONE, "#/catalogue?part=Baidu+Kunlun+3"])
def test_a_link_shows_its_view_and_asks_nobody_else(browser, planner, link, width, colours):
    browser.call(
        "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False
    )
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": colours}])
    browser.open(planner.address + link)
    if "plan" in link:
        browser.until(DRAWN)
    assert browser.console == []
    assert all(asked.startswith((planner.address, "about:", "data:")) for asked in browser.asked)
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")
    ground = browser.run("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 29)"}[colours]


def test_a_change_moves_the_answer_and_the_link_and_back_undoes_it(browser, planner):
    browser.open(planner.address + PHONE)
    first = verdict(browser)
    browser.put("workload.output", "512")
    assert "set=workload.output%3D512" in browser.run("location.hash")
    assert verdict(browser) != first
    assert "later than" in browser.run("document.querySelector('.moved').textContent")
    second, link = verdict(browser), browser.run("location.href")
    browser.run("history.back()")
    browser.until("location.hash.indexOf('set=') < 0")
    browser.shown()
    assert (verdict(browser), browser.value("workload.output")) == (first, "256")
    browser.open(link)
    assert (verdict(browser), browser.value("workload.output")) == (second, "512")
    browser.run("window.before = true")
    browser.call("Page.reload")
    browser.until("window.before === undefined")
    browser.shown()
    assert verdict(browser) == second
    browser.run("document.querySelector('#f-workload-output').nextSibling.click()")
    browser.shown()
    assert verdict(browser) == first
    assert browser.console == []


def test_a_new_accelerator_and_a_field_of_it_change_together(browser, planner):
    browser.open(planner.address + "#/plan?example=kunlun3-train")
    browser.put("system.accelerator.memory_bandwidth", "3.6 TB/s")
    browser.put("system.accelerator", "NVIDIA H100 SXM5 80GB")
    assert "H100" in browser.run("document.querySelector('.summary').textContent")
    assert not browser.run("document.querySelector('.problems') !== null")


def test_bad_values_are_told_at_their_fields_and_the_answer_stays(browser, planner):
    browser.open(planner.address + PHONE)
    first = verdict(browser)
    browser.put("system.count", "many")
    assert browser.run("document.getElementById('f-system-count').getAttribute('aria-invalid')") == "true"
    assert "whole number" in browser.run("document.getElementById('f-system-count-problem').textContent")
    assert "system.count" in browser.run("document.querySelector('[role=alert]').textContent")
    assert verdict(browser) == first
    browser.put("system.count", "1")
    assert browser.run("document.querySelector('[role=alert], [aria-invalid]')") is None
    assert verdict(browser) == first


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("#/plan?example=phoen", "did you mean 'phone'"),
        ("#/plan?example=phone&set=plan.tensr%3D2", "did you mean 'tensor'"),
        ("#/plan?example=phone&set=workload.model%3D%2Fetc%2Fhosts.json", "files are not read here"),
        ("#/plan?yaml=%5B1%5D", "not a mapping"),
        ("#/catalogue?part=Kunlum", "did you mean"),
    ],
)
def test_a_bad_link_says_what_is_wrong(browser, planner, link, words):
    browser.open(planner.address + link)
    assert words in browser.run("document.querySelector('[role=alert]').textContent")


def test_markup_in_a_link_stays_text(browser, planner):
    name = "%3Cimg src=x onerror=document.title='run'%3E"
    browser.open(f"{planner.address}{PHONE}&set=name%3D{name}")
    assert browser.run("document.querySelector('article h1').textContent").startswith("<img")
    assert browser.run("document.querySelector('article img')") is None


def test_own_text_is_answered_and_kept_in_the_link(browser, planner):
    browser.open(planner.address + PHONE)
    browser.run(
        "const area = document.getElementById('yaml');"
        "area.value = area.value.replace('output: 256', 'output: 64').replace('A 3B', 'My 3B');"
        "[...document.querySelectorAll('button')].find((b) => b.textContent === 'Use this text').click()"
    )
    browser.until("location.hash.startsWith('#/plan?yaml=')")
    browser.shown()
    browser.open(browser.run("location.href"))
    assert browser.run("document.querySelector('article h1').textContent") == "My 3B model on a phone"
    assert browser.value("workload.output") == "64"
    browser.put("workload.output", "32")
    assert "set=workload.output%3D32" in browser.run("location.hash")


def test_command_and_yaml_can_be_taken_along(browser, planner):
    browser.open(planner.address + PHONE + "&set=system.count%3D2")
    browser.run(
        "Object.defineProperty(navigator, 'clipboard', {value: {writeText: async (t) => { window.t = t; }}})"
    )
    taken = {}
    for label in ("command", "Python", "YAML"):
        browser.run(f"document.querySelector('[data-take={label.lower()}]').click()")
        browser.until(f"document.getElementById('said').textContent === '{label} copied'")
        taken[label] = browser.run("window.t")
    assert taken["command"] == "tauplan evaluate examples/phone.yaml --set system.count=2"
    assert "count: 2" in taken["YAML"]
    assert "('system.count=2',)" in taken["Python"]


def test_the_catalogue_is_searched_and_a_part_shows_its_rivals(browser, planner):
    browser.open(planner.address + "#/catalogue")
    find = "document.getElementById('q').value = {}; document.getElementById('q').dispatchEvent(new Event('input'))"
    browser.run(find.format(json.dumps("kunlun 3")))
    browser.until("document.getElementById('found').children.length < 30")
    browser.run(
        "[...document.querySelectorAll('#found a')].find((a) => a.textContent.startsWith('Baidu Kunlun 3')).click()"
    )
    browser.until("document.querySelector('main h1').textContent === 'Baidu Kunlun 3'")
    assert browser.run("document.querySelectorAll('.rival').length") > 0
    browser.run(find.format(json.dumps("zzz")))
    browser.until("document.querySelector('main').textContent.includes('Nothing found')")
    assert browser.console == []


def test_the_keyboard_reaches_a_field_and_changes_it(browser, planner):
    browser.call(
        "Emulation.setDeviceMetricsOverride", width=1280, height=900, deviceScaleFactor=1, mobile=False
    )
    browser.open(planner.address + PHONE)
    focused = "document.activeElement.id || document.activeElement.textContent"
    seen = []
    for _ in range(40):
        browser.press("Tab", 9)
        seen.append(browser.run(focused))
        if seen[-1] == "f-workload-output":
            break
    assert seen[0] == "Skip to the answer"
    assert seen[-1] == "f-workload-output"
    browser.run("document.activeElement.select()")
    browser.call("Input.insertText", text="300")
    browser.press("Enter", 13, "\r")
    browser.until("location.hash.includes('output%3D300')")
    browser.shown()
    assert browser.run(focused) == "f-workload-output"


def test_every_control_has_a_name_and_every_id_is_there_once(browser, planner):
    browser.open(planner.address + PHONE)
    nameless = browser.run(
        "[...document.querySelectorAll('input, select, textarea, button, a')]"
        ".filter((e) => !(e.labels?.length || e.getAttribute('aria-label') || e.textContent.trim()))"
        ".map((e) => e.outerHTML)"
    )
    assert nameless == []
    ids = browser.run("[...document.querySelectorAll('aside [id], header [id], main[id]')].map((e) => e.id)")
    assert len(ids) == len(set(ids))


def test_a_server_that_went_away_is_told_and_tried_again(browser, tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text(
        "name: Own\nworkload: {task: serve, model: Llama-3.2-3B, prompt: 64, output: 64}\n"
        "system: {accelerator: NVIDIA H100 SXM5 80GB, count: 1}\n"
    )
    planner = Planner(str(own))
    assert "#/plan?example=own" in planner.said
    browser.open(planner.address)
    assert browser.run("document.querySelector('article h1').textContent") == "Own"
    planner.close()
    browser.put("system.count", "2")
    assert "does not answer" in browser.run("document.querySelector('[role=alert]').textContent")
    assert browser.run("document.querySelector('[role=alert] button').textContent") == "Try again"
