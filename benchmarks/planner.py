"""The planner under load, and in the hands of one reader.

Fifty users, each with a cookie of its own and a connection that is kept, on loopback: requests per second and
percentiles where all questions were asked before, where a tenth is new, and where every one is new and has to be
worked out, the answer alone (what a page waits for) or with interval, head-room and odds. Then one browser, in
which a field is changed until the new answer stands there.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import secrets
import sys
import tempfile
import time
from pathlib import Path

import httpx2

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.fixtures.browser import CHROMIUM, Browser, Planner, changed_ms

USERS, SECONDS, CHANGES = 50, 8.0, 60
EXAMPLES = ("kunlun3-train", "h100-train", "phone", "llama-under-load", "lane-change")
KEPT, TENTH, NEW = 0.0, 0.1, 1.0
LOADS = ((KEPT, ""), (TENTH, "?parts=answer"), (TENTH, ""), (NEW, "?parts=answer"), (NEW, ""))


def fresh_question() -> tuple[str, list[str]]:
    """Return a question that was hardly asked before: other sizes of a conversation on a phone."""
    return "phone", [f"workload.{name}={random.randrange(16, 4000)}" for name in ("prompt", "output")]


async def user(
    client: httpx2.AsyncClient, until: float, fresh: float, parts: str, seen: list[tuple[float, int]]
) -> None:
    """Ask one question after another; a share ``fresh`` of them was never asked before."""
    headers = {"cookie": f"tauplan_client={secrets.token_urlsafe(24)}", "content-type": "application/json"}
    while time.monotonic() < until:
        asked = fresh_question() if random.random() < fresh else (random.choice(EXAMPLES), [])
        body = json.dumps({"example": asked[0], "changes": asked[1]})
        start = time.perf_counter()
        answer = await client.post(f"/api/v1/evaluate{parts}", content=body, headers=headers)
        seen.append((time.perf_counter() - start, answer.status_code))


async def load(address: str, fresh: float, parts: str) -> str:
    """Return what fifty users see."""
    seen: list[tuple[float, int]] = []
    limits = httpx2.Limits(max_connections=USERS, max_keepalive_connections=USERS)
    async with httpx2.AsyncClient(base_url=address, limits=limits, timeout=60) as client:
        for name in EXAMPLES:
            await client.post(f"/api/v1/evaluate{parts}", json={"example": name})
        started = time.monotonic()
        until = started + SECONDS
        await asyncio.gather(*(user(client, until, fresh, parts, seen) for _ in range(USERS)))
        wall = time.monotonic() - started
    taken = sorted(one for one, _ in seen)
    p50, p99 = taken[len(taken) // 2], taken[int(0.99 * len(taken))]
    bad = sum(code != 200 for _, code in seen)
    times = f"p50 {1000 * p50:.0f} ms, p99 {1000 * p99:.0f} ms"
    return f"{len(taken) / wall:6.0f} requests/s, {times}, {bad} not answered"


def hands(address: str, folder: str) -> str:
    """Return how soon a changed field has moved the answer in a browser."""
    browser = Browser(Path(folder))
    try:
        taken = sorted(changed_ms(browser, address, CHANGES))
    finally:
        browser.close()
    return f"changed field: p50 {taken[len(taken) // 2]:.0f} ms, p95 {taken[int(0.95 * len(taken))]:.0f} ms"


def main() -> None:
    """Print the load that one planner takes."""
    print(f"{os.cpu_count()} cores, load of others before: {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        planner = Planner("--state", folder)
        try:
            for fresh, parts in LOADS:
                what = "the answer first" if parts else "whole"
                print(f"{100 * fresh:3.0f} % new, {what}: {asyncio.run(load(planner.address, fresh, parts))}")
            if CHROMIUM:
                print(hands(planner.address, folder))
        finally:
            planner.close()


if __name__ == "__main__":
    main()
