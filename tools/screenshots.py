"""Pictures of the planner for the documentation: each view, light or dark, wide or narrow, in some language."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.fixtures.browser import Browser, Planner  # noqa: E402

HERE = ROOT / "docs" / "planner"
COMPARED = "#/compare?d=example%3Dkunlun3-train&d=example%3Dh100-train"
SHOTS = (
    # name, width, height, colours, link, whether something is run first
    ("evaluate", 1280, 1000, "light", "#/plan?example=kunlun3-train", False),
    ("evaluate-dark-zh-CN", 1280, 1000, "dark", "#/plan?lang=zh-CN&example=kunlun3-serve", False),
    ("evaluate-narrow-zh-TW", 400, 1000, "light", "#/plan?lang=zh-TW&example=phone", False),
    ("device", 1280, 1100, "light", "#/plan?example=driving-orin", False),
    ("device-dark-narrow", 400, 1000, "dark", "#/plan?example=phone-xring", False),
    ("compare", 1280, 1000, "light", COMPARED, False),
    ("explore", 1280, 1100, "light", "#/explore?example=study-train-70b", True),
    ("supply", 1280, 1000, "dark", "#/supply", True),
    ("market", 1280, 900, "light", "#/market?series=ic_exports", False),
    ("catalogue", 1280, 900, "light", "#/catalogue?part=Baidu+Kunlun+3", False),
    ("accuracy", 1280, 900, "light", "#/accuracy", False),
)
PATIENCE_S = 240


def wait(browser: Browser, script: str) -> None:
    """Wait until an expression of the page is true."""
    until = time.monotonic() + PATIENCE_S
    while not browser.run(script):
        if time.monotonic() > until:
            raise TimeoutError(script)
        time.sleep(0.3)


def main() -> None:
    """Write every picture to docs/planner."""
    HERE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        planner = Planner("--state", f"{folder}/state")
        browser = Browser(Path(folder))
        try:
            for name, width, height, colours, link, runs in SHOTS:
                browser.size(width, height)
                browser.colours(colours)
                joint = "&" if "?" in link else "?"
                browser.open(planner.address + link + ("" if "lang=" in link else f"{joint}lang=en"))
                if runs:
                    browser.run("document.querySelector('[data-take=run]').click()")
                wait(browser, "document.querySelector('.page article') !== null")
                wait(browser, "document.documentElement.dataset.charts !== undefined")
                wait(browser, "!document.documentElement.dataset.following")
                time.sleep(0.5)
                browser.picture(HERE / f"{name}.png")
                print(HERE / f"{name}.png")
        finally:
            browser.close()
            planner.close()


if __name__ == "__main__":
    main()
