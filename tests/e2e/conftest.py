"""A planner and a browser for the tests of the page."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest
from tests.fixtures.browser import CHROMIUM, Browser, Planner

AXE = "axe-core@4.14.1"
SMALL_STUDY = """name: Small study
scenario:
  workload: {task: serve, model: Llama-3.2-3B, prompt: 64, output: 64, requests: 10000}
  system: {accelerator: NVIDIA H100 SXM5 80GB, count: 1}
axes:
  system.count: [1, 2, 4]
  workload.batch: [1, 4, 16]
objectives: [tpot, cost_per_million_tokens]
"""


@pytest.fixture(scope="session")
def planner(tmp_path_factory):
    one = Planner("--state", str(tmp_path_factory.mktemp("state")))
    yield one
    one.close()


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    if CHROMIUM is None:
        pytest.skip("no Chromium: set TAUPLAN_CHROMIUM or install it")
    one = Browser(tmp_path_factory.mktemp("browser"))
    yield one
    one.close()


@pytest.fixture
def browser(shared):
    shared.console.clear()
    shared.asked.clear()
    shared.call("Emulation.clearDeviceMetricsOverride")
    shared.call("Emulation.setEmulatedMedia", media="", features=[])
    shared.run("location.protocol.startsWith('http') && localStorage.clear()")
    return shared


@pytest.fixture(scope="session")
def axe():
    """The script of axe-core, from the npm registry, for these tests alone."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm to fetch axe-core with")
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [npm, "pack", "--silent", AXE], cwd=folder, capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"axe-core could not be fetched: {done.stderr[-200:]}")
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            file = archive.extractfile("package/axe.min.js")
            assert file is not None
            return file.read().decode()
