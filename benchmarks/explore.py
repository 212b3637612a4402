"""Designs per second of studies by size, on one core and on all, against the same designs one by one.

With ``--full`` the sizes go to 10^8 designs.
"""

from __future__ import annotations

import os
import platform
import resource
import sys
import time
from pathlib import Path

import numpy as np

from tauplan.catalog.lookup import Catalog
from tauplan.errors import InputError
from tauplan.evaluate.resolve import resolve
from tauplan.evaluate.solve import solve
from tauplan.explore.executors import Here, local
from tauplan.explore.prepared import Prepared, ready
from tauplan.explore.run import explore
from tauplan.spec.study import parse_study

EXAMPLES = Path(__file__).parent.parent / "examples"
SAMPLE = 200

DESIGNS = """
scenario: kunlun3-train.yaml
axes:
  plan.tensor: [1, 2, 4, 8]
  plan.pipeline: [1, 2, 4, 8, 16]
  plan.micro_batch: [1, 2, 4, 8, 16]
  plan.zero: [0, 1]
  system.count: [256, 512, 1024, 2048, 4096]
  system.scale_out.bandwidth: {{low: 10 GB/s, high: 400 GB/s, steps: {bandwidths}, scale: log}}
  system.accelerator.memory_bandwidth: {{low: 1 TB/s, high: 8 TB/s, steps: {memories}}}
objectives: [time_to_result, cost, energy]
"""

HARDWARE = """
scenario: kunlun3-train.yaml
axes:
  system.accelerator: [Baidu Kunlun 3, NVIDIA H100 SXM5 80GB, Huawei Ascend 910C, AMD MI300X]
  system.count: [256, 512, 1024, 2048, 4096]
  system.scale_out.bandwidth: {low: 10 GB/s, high: 400 GB/s, steps: 50, scale: log}
  system.accelerator.memory_bandwidth: {low: 1 TB/s, high: 8 TB/s, steps: 50}
search:
  plan.tensor: [1, 2, 4, 8]
  plan.pipeline: [1, 2, 4, 8, 16]
  plan.recompute: [none, selective, full]
  plan.zero: [1, 3]
objectives: [time_to_result, cost, energy]
"""

PLANS = """
scenario:
  workload: {{task: train, model: gpt-3-175b, sequence: 2048, global_batch: {batch}, tokens: 300e9}}
  system: {{accelerator: NVIDIA A100 SXM4 80GB, count: {count}}}
axes:
  system.count: [{count}]
search: plans
objectives: [run]
"""


def prepared(text: str) -> Prepared:
    return ready(parse_study(text, EXAMPLES), Catalog.load())


def timed(study: Prepared, workers: int) -> float:
    """Return the seconds that a study takes; processes are started before."""
    start = time.perf_counter()
    explore(study, Here() if workers == 1 else local(workers))
    return time.perf_counter() - start


def one_by_one(study: Prepared) -> float:
    """Return designs per second of a plain loop over the same designs."""
    designs = np.random.default_rng(0).integers(0, study.space.size, SAMPLE).tolist()
    scenarios = [study.space.scenario(design) for design in designs]
    start = time.perf_counter()
    for scenario in scenarios:
        try:
            solve(resolve(scenario, study.catalog).case)
        except InputError:  # a plan that divides nothing is refused at once
            continue
    return SAMPLE / (time.perf_counter() - start)


def main() -> int:
    cores = os.cpu_count() or 1
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}"
    print(f"machine: {platform.machine()}, {cores} cores, load {os.getloadavg()[0]:.1f}, {versions}")
    sizes = [(3, 4), (10, 10), (32, 32), (100, 100)] + ([(316, 316)] if "--full" in sys.argv else [])
    best = 0.0
    for bandwidths, memories in sizes:
        study = prepared(DESIGNS.format(bandwidths=bandwidths, memories=memories))
        loop = one_by_one(study)
        one = timed(study, 1)
        rate = study.space.size / one
        best = max(best, rate / loop)
        line = (
            f"{study.space.size:12,} designs: {rate:12,.0f}/s on one core, {rate / loop:8,.0f} x one by one"
        )
        if study.space.size > 1e6 and cores > 1:
            line += f"; {cores} processes {one / timed(study, cores):.2f} x, their start included"
        print(line)
    study = prepared(HARDWARE)
    seconds = timed(study, 1)
    print(
        f"hardware with the best of {study.space.choices} plans: {study.space.designs / seconds:,.0f} designs/s, "
        f"{study.space.size / seconds:,.0f} combinations/s"
    )
    for count, batch in ((512, 512), (4096, 4096)):
        study = prepared(PLANS.format(count=count, batch=batch))
        seconds = timed(study, 1)
        plans = study.space.choices
        print(f"all {plans:,} plans of GPT-3 175B on {count}: {seconds:.2f} s, {plans / seconds:,.0f}/s")
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(f"peak memory {max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, children) / 1e6:.2f} GB")
    return 0 if best > 100.0 else 1


if __name__ == "__main__":
    sys.exit(main())
