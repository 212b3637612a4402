"""The planner under load: fifty users, each with a cookie of its own, on loopback.

Prints requests per second and percentiles where all questions were asked before, where a tenth is new, and where
every one is new and has to be worked out.
"""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import sys
import tempfile
import time
from pathlib import Path

import httpx2

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.fixtures.browser import Planner

USERS, SECONDS = 50, 8.0
EXAMPLES = ("kunlun3-train", "h100-train", "phone", "llama-under-load", "lane-change")


async def user(
    client: httpx2.AsyncClient, until: float, fresh: float, taken: list[float], codes: list[int]
) -> None:
    """Ask one question after another; a share ``fresh`` of them was never asked before."""
    headers = {"cookie": f"tauplan_client={secrets.token_urlsafe(24)}", "content-type": "application/json"}
    while time.monotonic() < until:
        new = random.random() < fresh
        sizes = [f"workload.{name}={random.randrange(16, 4000)}" for name in ("prompt", "output")]
        asked = ("phone", sizes) if new else (random.choice(EXAMPLES), [])
        body = json.dumps({"example": asked[0], "changes": asked[1]})
        start = time.perf_counter()
        answer = await client.post("/api/v1/evaluate", content=body, headers=headers)
        taken.append(time.perf_counter() - start)
        codes.append(answer.status_code)


async def load(address: str, fresh: float) -> str:
    """Return what fifty users see."""
    taken: list[float] = []
    codes: list[int] = []
    limits = httpx2.Limits(max_connections=USERS)
    async with httpx2.AsyncClient(base_url=address, limits=limits, timeout=60) as client:
        for name in EXAMPLES:
            await client.post("/api/v1/evaluate", json={"example": name})
        until = time.monotonic() + SECONDS
        started = time.monotonic()
        await asyncio.gather(*(user(client, until, fresh, taken, codes) for _ in range(USERS)))
        wall = time.monotonic() - started
    taken.sort()
    p50, p99 = taken[len(taken) // 2], taken[int(0.99 * len(taken))]
    bad = sum(code != 200 for code in codes)
    times = f"p50 {1000 * p50:.0f} ms, p99 {1000 * p99:.0f} ms"
    return f"{len(taken) / wall:6.0f} requests/s, {times}, {bad} not answered"


def main() -> None:
    """Print the load that one planner takes."""
    with tempfile.TemporaryDirectory() as folder:
        planner = Planner("--state", folder)
        try:
            for fresh in (0.0, 0.1, 1.0):
                print(f"{100 * fresh:3.0f} % new: {asyncio.run(load(planner.address, fresh))}")
        finally:
            planner.close()


if __name__ == "__main__":
    main()
