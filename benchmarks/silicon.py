"""A million designed chips: node x matrix units x on-chip memory x stacks; clock, area, yield, cost, carbon."""

from __future__ import annotations

import time

import numpy as np

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import Policy
from tauplan.evaluate.book import Book
from tauplan.evaluate.designed_chip import DesignedChip, resolve_design
from tauplan.spec.system import Design

NODES = ("28 nm", "22 nm", "16/12 nm", "N10", "N7", "N5", "N3E", "N2")
CHUNK = 15_625


def chunk(catalog: Catalog, node: str, seed: int, size: int = CHUNK) -> DesignedChip:
    """Evaluate random designs of one node, struct of arrays."""
    random = np.random.default_rng(seed)
    design = Design(node=node, products=1, memory="HBM3e", harvest=0.08).model_copy(
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
    chunk(catalog, "TSMC N7", 0)
    start = time.perf_counter()
    best, count = np.inf, 0
    for node in NODES:
        for seed in range(8):
            chip = chunk(catalog, f"TSMC {node}", seed)
            count += CHUNK
            best = min(best, float(np.min(chip.unit_USD / chip.given["peak_bf16"])))
    spent = time.perf_counter() - start
    print(f"{count:,} designs of node x die x memory in {spent:.2f} s ({spent / count * 1e9:.0f} ns each)")
    print(f"cheapest rate: {best * 1e12:.2f} USD per TFLOP/s of materials")


if __name__ == "__main__":
    main()
