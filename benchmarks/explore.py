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
search: {search}
objectives: [run]
"""

PEER = 609.0
"""Plans a second that Calculon (commit caa4b11) tried on this machine: GPT-3 175B, one process, logging silent."""


def prepared(text: str) -> Prepared:
    return ready(parse_study(text, EXAMPLES), Catalog.load())


def timed(study: Prepared, workers: int) -> tuple[float, float]:
    """Return the seconds that a study takes by the clock, and those of its busiest process's processor.

    On a machine that does other work too the second figure tells what the clock would show on an idle one.
    """
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    own, start = time.process_time(), time.perf_counter()
    explore(study, Here() if workers == 1 else local(workers))
    wall, mine = time.perf_counter() - start, time.process_time() - own
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    theirs = children.ru_utime + children.ru_stime - others.ru_utime - others.ru_stime
    return wall, max(mine, theirs / max(workers - 1, 1))


def one_by_one(study: Prepared) -> float:
    """Return designs per second of a core of a plain loop over the same designs."""
    designs = np.random.default_rng(0).integers(0, study.space.size, SAMPLE).tolist()
    scenarios = [study.space.scenario(design) for design in designs]
    start = time.process_time()
    for scenario in scenarios:
        try:
            solve(resolve(scenario, study.catalog).case)
        except InputError:  # a plan that divides nothing is refused at once
            continue
    return SAMPLE / (time.process_time() - start)


def by_size(sizes: list[tuple[int, int]], cores: int) -> float:
    """Print designs per second by size and strong scaling; return the best ratio to one by one."""
    best = 0.0
    for bandwidths, memories in sizes:
        study = prepared(DESIGNS.format(bandwidths=bandwidths, memories=memories))
        loop = one_by_one(study)
        wall, one = timed(study, 1)
        rate = study.space.size / one
        best = max(best, rate / loop)
        line = f"{study.space.size:12,} designs: {rate:12,.0f}/s of a core ({wall:.1f} s by the clock), "
        line += f"{rate / loop:8,.0f} x one by one"
        if study.space.size > 1e6 and cores > 1:
            clock, busiest = timed(study, cores)
            line += (
                f"; {cores} processes {one / busiest:.2f} x by processor time, {wall / clock:.2f} x by clock"
            )
        print(line)
    return best


def plans(count: int, batch: int, search: str) -> None:
    """Print how fast all plans of GPT-3 175B are searched, and against what a peer was seen to do."""
    study = prepared(PLANS.format(count=count, batch=batch, search=search))
    wall, spent = timed(study, 1)
    tried = study.space.choices
    print(
        f"all {tried:,} {search} of GPT-3 175B on {count}: {wall:.2f} s by the clock, {spent:.2f} s of a core, "
        f"{tried / spent:,.0f}/s, {tried / spent / PEER:,.0f} x the peer"
    )


def main() -> int:
    cores = os.cpu_count() or 1
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}"
    print(f"machine: {platform.machine()}, {cores} cores, load {os.getloadavg()[0]:.1f}, {versions}")
    sizes = [(3, 4), (10, 10), (32, 32), (100, 100)] + ([(316, 316)] if "--full" in sys.argv else [])
    best = by_size(sizes, cores)
    study = prepared(HARDWARE)
    _, spent = timed(study, 1)
    print(
        f"hardware with the best of {study.space.choices} plans: {study.space.designs / spent:,.0f} designs/s, "
        f"{study.space.size / spent:,.0f} combinations/s of a core"
    )
    for count, batch, search in ((512, 512, "plans"), (4096, 4096, "plans"), (512, 512, "options")):
        plans(count, batch, search)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, children.ru_maxrss)
    print(f"peak memory {peak / 1e6:.2f} GB")
    return 0 if best > 100.0 else 1


if __name__ == "__main__":
    sys.exit(main())
