"""A million designed chips: node x die x memory, each with clock, area, heat, yield, cost, carbon, fab time."""

from __future__ import annotations

import time

import numpy as np

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import Policy
from tauplan.evaluate.book import Book
from tauplan.evaluate.designed_chip import DesignedChip, resolve_design
from tauplan.spec.system import Design

NODES = ("28 nm", "22 nm", "16/12 nm", "N10", "N7", "N5", "N3E", "N2")
MEMORIES = ("DDR5", "LPDDR5X", "GDDR6", "GDDR7", "HBM2e", "HBM3", "HBM3e", "HBM4")
CHUNK = 15_625


def chunk(catalog: Catalog, node: str, memory: str, seed: int, size: int = CHUNK) -> DesignedChip:
    """Evaluate random designs of one node and kind of memory, struct of arrays."""
    random = np.random.default_rng(seed)
    design = Design(node=node, products=1, memory=memory, harvest=0.08).model_copy(
        update={
            "products": random.uniform(2e4, 3e5, size),
            "sram": random.uniform(16e6, 256e6, size),
            "depth": random.uniform(40, 90, size),
            "stacks": np.floor(random.uniform(1, 9, size)),
        }
    )
    return resolve_design(Book(catalog, Policy()), "Baidu Kunlun 3", design)


def main() -> None:
    catalog = Catalog.load()
    chunk(catalog, "TSMC N7", "HBM3e", 0)
    start, worked = time.perf_counter(), time.process_time()
    best, count = np.inf, 0
    for node in NODES:
        for seed, memory in enumerate(MEMORIES):
            chip = chunk(catalog, f"TSMC {node}", memory, seed)
            count += CHUNK
            best = min(best, float(np.min(chip.unit_USD / chip.given["peak_bf16"])))
    spent, worked = time.perf_counter() - start, time.process_time() - worked
    print(f"{count:,} designs of node x die x memory in {spent:.2f} s ({worked:.2f} s of the processor)")
    print(f"cheapest rate: {best * 1e12:.2f} USD per TFLOP/s of materials")


if __name__ == "__main__":
    main()
