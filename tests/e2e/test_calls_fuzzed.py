"""The calls under generated requests: whatever is sent, the server does not fail."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest

FUZZER = os.environ.get("TAUPLAN_SCHEMATHESIS") or shutil.which("schemathesis")


@pytest.mark.browser
@pytest.mark.skipif(FUZZER is None, reason="no schemathesis: `make e2e` installs it")
def test_no_generated_request_makes_the_server_fail(planner):
    words = ["--checks", "not_a_server_error", "--max-examples", "12", "--phases", "coverage,fuzzing"]
    command = [FUZZER, "run", f"{planner.address}api/v1/openapi.json", *words, "--generation-deterministic"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert re.search(r"[1-9]\d* generated", done.stdout), done.stdout[-3000:]
    assert "Server error" not in done.stdout, done.stdout[-3000:]
    assert " failed" not in done.stdout.partition("Test cases:")[2], done.stdout[-3000:]
