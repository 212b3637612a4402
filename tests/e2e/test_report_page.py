"""The report page in a real browser: every chart is drawn, nothing is logged, tables stay without charts."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest
from tests.fixtures.answers import infeasible, serving, training

from tauplan.report.html import page

CHROMIUM = os.environ.get("TAUPLAN_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--enable-logging=stderr",
    "--virtual-time-budget=20000",
)
DARK = "--blink-settings=preferredColorScheme=0"
PAGES = {
    "training": [training()],
    "serving": [serving()],
    "infeasible": [infeasible()],
    "comparison": [training(), serving(), infeasible()],
}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: set TAUPLAN_CHROMIUM or install it"),
]


def opened(text, folder, *settings, width=1280):
    """Return the document after its scripts ran, without them, and what they wrote to the console."""
    file = folder / "report.html"
    file.write_text(text, encoding="utf-8")
    command = [
        CHROMIUM,
        *QUIET,
        f"--user-data-dir={folder / 'profile'}",
        f"--window-size={width},2000",
        *settings,
    ]
    done = subprocess.run(
        [*command, "--dump-dom", file.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    document = re.sub(r"<script.*?</script>", "", done.stdout, flags=re.DOTALL)
    return document, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.mark.parametrize("settings", [(), (DARK,)], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("name", PAGES)
def test_every_chart_is_drawn_and_nothing_is_logged(tmp_path, name, width, settings):
    document, console = opened(page(PAGES[name]), tmp_path, *settings, width=width)
    places = re.findall(r'<div class="chart[^"]*" data-chart="\d+"', document)
    assert places
    assert console == []
    assert f'data-charts="{len(places)}/{len(places)}"' in document
    assert document.count("<svg") == len(places)
    assert "could not be drawn" not in document


def test_colours_follow_the_page(tmp_path):
    document, _ = opened(page(PAGES["training"]), tmp_path)
    charts = "".join(re.findall(r"<svg.*?</svg>", document, re.DOTALL))
    assert 'fill="var(--c-memory)"' in charts
    assert not re.findall(r'(?:fill|stroke)="#[0-9a-f]{3,6}"', charts)


def test_a_mark_tells_its_figures(tmp_path):
    point = """
    <script>
    window.setTimeout(function () {
      var mark = document.querySelector('[data-chart="0"] .mark-symbol path');
      var box = mark.getBoundingClientRect();
      var at = { clientX: box.x + box.width / 2, clientY: box.y + box.height / 2, bubbles: true };
      mark.dispatchEvent(new MouseEvent("mousemove", at));
      mark.dispatchEvent(new PointerEvent("pointermove", at));
    }, 5000);
    </script>
    </body>
</html>"""
    document, console = opened(page(PAGES["training"]).replace("</body>\n</html>", point), tmp_path)
    tip = re.search(r'<div id="vg-tooltip-element".*?</div>', document, re.DOTALL)
    assert console == []
    assert tip
    assert "inverter driving four (FO4)" in tip[0]
    assert "8 ps" in tip[0]


def test_the_wheel_zooms_the_ladder_only_with_the_control_key(tmp_path):
    wheel = """
    <script>
    window.setTimeout(function () {{
      var chart = document.querySelector('[data-chart="0"] svg');
      var box = chart.getBoundingClientRect();
      var at = {{ clientX: box.right - 60, clientY: box.y + 80, deltaY: -1500, bubbles: true, ctrlKey: {held} }};
      chart.querySelector(".background").dispatchEvent(new WheelEvent("wheel", at));
    }}, 5000);
    </script>
    </body>\n</html>"""
    text = page(PAGES["training"])
    seen = {}
    for held in ("false", "true"):
        document, console = opened(text.replace("</body>\n</html>", wheel.format(held=held)), tmp_path)
        assert console == []
        seen[held] = "1 ps</text>" in re.search(r'data-chart="0".*?</svg>', document, re.DOTALL)[0]
    assert seen == {"false": True, "true": False}


def test_without_the_library_the_tables_are_open(tmp_path):
    text = page(PAGES["training"])
    broken = text.replace("window.vegaEmbed =", "window.vegaGone =").replace(
        "window.vegaEmbed=", "window.vegaGone="
    )
    document, _ = opened(broken, tmp_path)
    places = document.count('data-chart="')
    assert document.count("This chart could not be drawn") == places
    assert document.count('<details open="">') == places
    assert f'data-charts="0/{places}"' in document
    assert "one read, row closed" in document


def test_a_chart_that_fails_leaves_the_others(tmp_path):
    text = page(PAGES["training"])
    broken = re.sub(r'"type":"log"', '"type":"nonsense"', text, count=1)
    broken = broken.replace('"mark":{"type":"line"', '"mark":{"type":"nonsense"', 1)
    document, _ = opened(broken, tmp_path)
    places = document.count('data-chart="')
    assert document.count("This chart could not be drawn") == 1
    assert f'data-charts="{places - 1}/{places}"' in document
