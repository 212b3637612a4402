"""Requests per second of the event-driven memory controller, as a ratio to those stated for a cycle-level one.

The stated rates are of another machine; a ratio near ten says no more than that the order is right.
"""

from __future__ import annotations

import csv
import time
from pathlib import Path

from tauplan.catalog.lookup import Catalog
from tauplan.memory.dram_catalogued import catalogued_dram
from tauplan.memory.dram_pattern import Pattern, requests
from tauplan.memory.dram_run import Queues, compiles, replay

FIXTURES = Path(__file__).parents[1] / "tests" / "fixtures"
RATES = (FIXTURES / "dram_simulated.csv", FIXTURES / "dram_simulated_banked.csv")
COUNT = {True: 300_000, False: 10_000}
REPEATS = 3


def _rows() -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for path in RATES:
        with path.open() as file:
            found += [row for row in csv.DictReader(file) if row["sim_req_per_cpu_s"]]
    return found


def main() -> None:
    catalog = Catalog.load()
    count = COUNT[compiles()]
    ratios = []
    for row in _rows():
        name, _, more = row["config"].partition(".ini")
        ranks = int(name[-2]) if name.endswith(("1R", "2R")) else int("1 rank)" in more)
        timing = catalogued_dram(name.removesuffix(f" {ranks}R"), catalog, ranks)
        places = 64 if name.startswith("HBM") else 32
        chunk = 0.0 if row["pattern"] == "stream" else float(timing.burst_B)
        place, write = requests(Pattern(chunk), timing, count, seed=1)
        place = place * int(row.get("burst_bytes", timing.burst_B)) // timing.burst_B
        queues = Queues(places, places)
        replay(timing, place[:100], write[:100], row["address_mapper"], queues)  # compiles
        spent = []
        for _ in range(REPEATS):
            start = time.process_time()
            replay(timing, place, write, row["address_mapper"], queues)
            spent.append(time.process_time() - start)
        rate, stated = count / min(spent), float(row["sim_req_per_cpu_s"])
        ratios.append(rate / stated)
        print(
            f"{name:24} {row['pattern']:7} {rate / 1e6:6.2f} M requests/s,"
            f" {rate / stated:5.1f} x the stated {stated:,.0f}"
        )
    print(f"least {min(ratios):.1f} x; compiled: {compiles()}")


if __name__ == "__main__":
    main()
